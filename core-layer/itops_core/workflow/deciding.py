"""A person's word on an approval, and how the waiting workflow hears of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.audit_events import (
    Witness,
    approval_decided,
    approval_ended,
    unwitnessed,
)
from itops_core.domain.people import Caller
from itops_core.domain.remediation import Approval, ApprovalStatus, HumanDecision
from itops_core.domain.values import utc_now
from itops_core.errors import ConflictError
from itops_core.observability import logger
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.events import timeline_event
from itops_core.workflow.executions import Executions

_log = logger("workflow")
OUTCOMES = {
    ApprovalStatus.APPROVED: "approved",
    ApprovalStatus.DENIED: "denied",
    ApprovalStatus.EXPIRED: "expired",
    ApprovalStatus.VOID: "stopped",
}


@dataclass(frozen=True)
class Decider:
    """Takes decisions and passes them on."""

    incidents: IncidentStore
    approvals: ApprovalStore
    executions: Executions
    now: Callable[[], datetime] = utc_now
    witness: Witness = unwitnessed

    def decide(self, approval_id: str, caller: Caller, reason: str, *, approved: bool) -> Approval:
        """Record one person's word; raise `ConflictError` where nothing is left to decide."""
        approval = self.approvals.get(approval_id)
        # A crash may have come between an earlier word and its place on record.
        self._put_on_record(approval)
        incident = self.incidents.get(approval.incident_id)
        if incident.is_over:
            raise ConflictError(
                f"{incident.incident_id} is {incident.status} already: nothing is left to decide"
            )
        decision = HumanDecision(
            decided_by=caller.name,
            role=caller.role,
            approved=approved,
            reason=reason,
            decided_at=self.now(),
        )
        decided = self.approvals.decide(approval_id, decision)
        self._put_on_record(decided)
        self._note(decided, decision)
        self.release(decided)
        return decided

    def release(self, approval: Approval) -> bool:
        """Tell the workflow how an approval ended, if something still waits for it.

        Nothing waiting is no error: whoever runs next reads the approval itself.
        """
        outcome = OUTCOMES.get(approval.status)
        if outcome is None or approval.task_token is None:
            return False
        answer = {"incident_id": approval.incident_id, "outcome": outcome}
        heard = self.executions.answer(approval.task_token, answer)
        _log.info(
            "approval ended",
            incident_id=approval.incident_id,
            approval_id=approval.approval_id,
            outcome=outcome,
            heard=heard,
        )
        return heard

    def void_pending(self, incident_id: str, reason: str) -> None:
        """Make the open questions of an incident worth nothing, and let the workflow go on."""
        for approval in self.approvals.for_incident(incident_id):
            if approval.status is ApprovalStatus.PENDING:
                voided = self.approvals.void(approval.approval_id, reason)
                self.witness(approval_ended(voided, self.now()))
                self.release(voided)

    def _put_on_record(self, approval: Approval) -> None:
        for word in approval.decisions:
            self.witness(approval_decided(approval, word))

    def _note(self, approval: Approval, decision: HumanDecision) -> None:
        word = "approved" if decision.approved else "denied"
        self.incidents.add_event(
            timeline_event(
                approval.incident_id,
                "approval",
                f"{decision.decided_by} {word} {approval.approval_id}: {decision.reason}",
                decision.decided_at,
                actor=decision.decided_by,
                key=(approval.approval_id, decision.decided_by),
                approval_id=approval.approval_id,
                status=approval.status.value,
            )
        )
