"""Picking up incidents on which nothing works any more.

An execution may be aborted, lost in a restart, or never have started; an approval may have been
decided by a caller that died before it told the workflow. Everything needed is in the tables.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import ApprovalStatus, VerificationOutcome
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import VerdictOutcome
from itops_core.errors import ConflictError
from itops_core.observability import logger
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.deciding import Decider
from itops_core.workflow.events import timeline_event
from itops_core.workflow.executions import RUNNING, Executions

_log = logger("workflow")
_MAX_RESUMES = 10
_GIVE_UP = "Escalate"
"""No resumable state: the workflow then hands the incident to people."""

_STATES = {
    Status.OPEN: "Triage",
    Status.TRIAGING: "Triage",
    Status.INVESTIGATING: "InvestigateStep",
    Status.AWAITING_APPROVAL: "AwaitApproval",
    Status.REMEDIATING: "ExecuteAction",
    Status.VERIFYING: "VerifyRecovery",
}
_NOT_BETTER = (VerificationOutcome.UNCHANGED, VerificationOutcome.WORSE)


def resume_state(incident: Incident) -> str:
    """Return the state of the workflow in which an incident goes on."""
    verdict, measured = incident.verdict, incident.verification
    if (
        incident.status in (Status.REMEDIATING, Status.VERIFYING)
        and measured is not None
        and measured.round == incident.round
        and measured.outcome in _NOT_BETTER
    ):
        return "RollBack"
    # In a later round the verdict may be that of the round before: the agent knows.
    if incident.status is Status.INVESTIGATING and incident.round == 1 and verdict is not None:
        return (
            "ProposeRemediation" if verdict.outcome is VerdictOutcome.FOUND else "InvestigateStep"
        )
    return _STATES[incident.status]


@dataclass(frozen=True)
class Resumer:
    """Looks at every unfinished incident once."""

    incidents: IncidentStore
    approvals: ApprovalStore
    executions: Executions
    decider: Decider
    grace_seconds: float = 15.0
    now: Callable[[], datetime] = utc_now

    def reconcile(self) -> dict[str, int]:
        """Resume, expire and release what nobody works on; return how many of each."""
        done: Counter[str] = Counter()
        for seen in self.incidents.unfinished():
            incident = self.incidents.get(seen.incident_id)
            if not incident.is_over:
                done[self._look_after(incident)] += 1
        return dict(done)

    def _look_after(self, incident: Incident) -> str:
        execution = self.executions.find(self._arn_of(incident))
        if execution is not None and execution.status == RUNNING:
            return self._hurry(incident)
        if execution is None:
            # Stored before it is started: give whoever stored it the time to start it.
            age = self.now() - incident.updated_at
            return (
                "fresh" if age < timedelta(seconds=self.grace_seconds) else self._resume(incident)
            )
        # The last word is written before an execution ends: now it must be there, or never.
        latest = self.incidents.get(incident.incident_id)
        if latest.is_over or latest.execution_arn != incident.execution_arn:
            return "fresh"
        return self._resume(latest)

    def _hurry(self, incident: Incident) -> str:
        """Let a waiting approval go on that is overdue, or decided without its task hearing."""
        if incident.status is not Status.AWAITING_APPROVAL:
            return "running"
        for approval in self.approvals.for_incident(incident.incident_id):
            if approval.approval_id != incident.approval_id:
                continue
            latest = self.approvals.get(approval.approval_id)
            if latest.status is ApprovalStatus.PENDING and latest.expires_at <= self.now():
                latest = self.approvals.expire(latest.approval_id, self.now())
                self._tell(incident, "approval", f"{latest.approval_id} {latest.status.value}")
            if self.decider.release(latest):
                return "released"
        return "running"

    def _resume(self, incident: Incident) -> str:
        number = incident.resumes + 1
        state = resume_state(incident) if number <= _MAX_RESUMES else _GIVE_UP
        arn = self.executions.arn_of(incident.incident_id, number)
        try:
            # Written first and guarded by the version: of two reconcilers one starts it.
            self.incidents.save(incident.changed(self.now(), resumes=number, execution_arn=arn))
        except ConflictError:
            return "fresh"
        self.executions.start(incident.incident_id, state, number)
        self._tell(incident, "resumed", f"work goes on with {state}, resumption {number}")
        _log.warning(
            "incident resumed",
            incident_id=incident.incident_id,
            state=state,
            number=number,
        )
        return "resumed"

    def _arn_of(self, incident: Incident) -> str:
        return incident.execution_arn or self.executions.arn_of(
            incident.incident_id, incident.resumes
        )

    def _tell(self, incident: Incident, kind: str, message: str) -> None:
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                kind,
                message,
                self.now(),
                actor="reconciler",
                key=message,
            )
        )
