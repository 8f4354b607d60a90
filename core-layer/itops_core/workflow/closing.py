"""The last word on an incident: closed, handed to people, or failed; never silence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.audit_events import approval_decided, approval_ended, incident_ended
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.escalation import Breakdown
from itops_core.domain.incident import Incident, Status
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import (
    ActionStatus,
    Approval,
    ApprovalStatus,
    RemediationPlan,
)
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import VerdictOutcome
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.observability import logger
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.audit import AuditLog
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.endings import EndingStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.workflow.escalation import Circumstances, escalation_of, failure_of
from itops_core.workflow.events import timeline_event
from itops_core.workflow.learning import draft_of, what_helped
from itops_core.workflow.notifications import Notifications

_log = logger("workflow")
_ACTOR = "incident_closer"
_OCCASIONS = {
    Status.RESOLVED: Occasion.RESOLVED,
    Status.CLOSED: Occasion.CLOSED,
    Status.ESCALATED: Occasion.ESCALATED,
    Status.FAILED: Occasion.FAILED,
}
_NOT_REPEATED = "no execution that had failed was repeated: what they should have done is missing"


@dataclass(frozen=True)
class Closer:
    """Ends incidents. Everything here may run twice, and what is over stays as it is."""

    incidents: IncidentStore
    knowledge: KnowledgeStore
    catalog: CatalogStore
    approvals: ApprovalStore
    notifications: Notifications
    audit: AuditLog
    endings: EndingStore
    is_spent: Callable[[Incident], bool]
    """Whether what an incident may cost is used up."""
    blocked_keyword: Callable[[RemediationPlan], str | None]
    """The word in a plan that asks for a person."""
    self_watch: Callable[[Incident, Breakdown], object]
    """Told when our own work on an incident broke."""
    now: Callable[[], datetime] = utc_now

    def close(self, incident_id: str, reason: str) -> str:
        """End an incident that recovered, or in which nothing was wrong."""
        if reason not in {"recovered", "healthy"}:
            raise InvalidInputError(f"cannot close for {reason!r}: only recovered or healthy")
        status = Status.RESOLVED if reason == "recovered" else Status.CLOSED
        entry = self._entry_of(self.incidents.get(incident_id))

        def said(incident: Incident) -> str:
            told = _resolution(incident, reason)
            kept = "".join(f"; {one}" for one in _kept_in_vain(incident))
            return (
                f"{told}{kept}; {_NOT_REPEATED}" if _left_undone(incident, entry) else told + kept
            )

        def closed(incident: Incident) -> Incident:
            if incident.is_over:
                return incident
            return incident.moved_to(status, self.now(), resolution=said(incident))

        incident = self._ended(incident_id, closed)
        if incident.status is not status:
            return "stopped"
        self._finish(incident)
        return "closed"

    def escalate(self, incident_id: str, came_by: str, detail: str = "") -> str:
        """Hand an incident to people, with everything that is known.

        `came_by` is an `EscalationReason`, or the outcome that the workflow could not go on with.
        """
        known = self.incidents.get(incident_id)
        around = self._around(known)

        def escalated(incident: Incident) -> Incident:
            if incident.is_over:
                return incident
            at = self.now()
            escalation = escalation_of(incident, came_by, around, at, detail)
            return incident.moved_to(Status.ESCALATED, at, escalation=escalation)

        incident = self._ended(incident_id, escalated)
        if incident.status is not Status.ESCALATED:
            return "stopped"
        self._finish(incident)
        return "escalated"

    def finish(self, incident_id: str) -> str:
        """Say what remains to be said of an incident that somebody ended and then died."""
        incident = self.incidents.get(incident_id)
        if incident.is_over:
            self._finish(incident)
        return "finished" if incident.is_over else "running"

    def record_failure(self, incident_id: str, broke: Breakdown) -> str:
        """Mark an incident whose work failed, whatever state it is in, and tell people.

        What fails here is our own, so an incident about that is opened as well.
        """
        try:
            known = self.incidents.get(incident_id)
        except NotFoundError:
            _log.error("agent failure of an unknown incident", incident_id=incident_id)
            return "failed"
        around = self._around(known)

        def failed(incident: Incident) -> Incident:
            if incident.is_over:
                return incident
            at = self.now()
            escalation = failure_of(incident, broke, around, at)
            return incident.moved_to(Status.FAILED, at, escalation=escalation)

        incident = self._ended(incident_id, failed)
        _log.error("agent failed", incident_id=incident_id, state=broke.state, error=broke.error)
        sentence = f"{broke.state or 'the workflow'} failed: {broke.error} {broke.cause[:500]}"
        self._note(incident, "failure", sentence.strip(), (broke.state, broke.error))
        # Whoever ended it before may have died with the last word half said.
        if incident.status is Status.FAILED or self.endings.is_open(incident_id):
            self._finish(incident)
        if incident.status is Status.FAILED:
            self.self_watch(incident, broke)
        return "failed"

    def _ended(self, incident_id: str, change: Callable[[Incident], Incident]) -> Incident:
        """End an incident; until all is said of it, it stands among those that are being ended."""
        known = self.incidents.get(incident_id)
        if known.is_over:
            return known
        self.endings.begin(incident_id, self.now())
        return self.incidents.update(incident_id, change)

    def _around(self, incident: Incident) -> Circumstances:
        plan = incident.plan
        return Circumstances(
            budget_is_spent=self.is_spent(incident),
            blocked_keyword=self.blocked_keyword(plan) if plan else None,
            approval=self._approval_of(incident),
            entry=self._entry_of(incident),
        )

    def _finish(self, incident: Incident) -> None:
        occasion = _OCCASIONS.get(incident.status)
        if occasion is None or self._said(incident, occasion):
            self.endings.cross_off(incident.incident_id)

    def _said(self, incident: Incident, occasion: Occasion) -> bool:
        """Say the last word; `False` where people are not told yet."""
        if incident.status is Status.RESOLVED:
            self._keep_what_was_learned(incident)
        told = incident.resolution or (incident.escalation.reason if incident.escalation else "")
        self._note(incident, occasion.value, told, incident.status)
        for approval in self.approvals.for_incident(incident.incident_id):
            self._end(approval, f"the incident is {incident.status}")
        self.audit.append(incident_ended(incident))
        self.audit.seal(incident.incident_id, incident.closed_at or self.now())
        told_people = self.notifications.tell(incident, occasion)
        _log.info("incident ended", incident_id=incident.incident_id, status=incident.status)
        return told_people

    def _end(self, approval: Approval, reason: str) -> None:
        """Close a question that is open, and see to it that every word on it is on record."""
        for word in approval.decisions:
            self.audit.append(approval_decided(approval, word))
        if approval.status is ApprovalStatus.PENDING:
            approval = self.approvals.void(approval.approval_id, reason)
        if approval.status in (ApprovalStatus.VOID, ApprovalStatus.EXPIRED):
            self.audit.append(approval_ended(approval, approval.ended_at or self.now()))

    def _note(self, incident: Incident, kind: str, message: str, key: object) -> None:
        self.incidents.add_event(
            timeline_event(incident.incident_id, kind, message, self.now(), actor=_ACTOR, key=key)
        )

    def _keep_what_was_learned(self, incident: Incident) -> None:
        draft = draft_of(incident, incident.closed_at or self.now())
        if draft is not None:
            # Not in place of one that is there: a person may have graded it since.
            self.knowledge.add(draft)

    def _approval_of(self, incident: Incident) -> Approval | None:
        if incident.approval_id is None:
            return None
        try:
            return self.approvals.get(incident.approval_id)
        except NotFoundError:
            return None

    def _entry_of(self, incident: Incident) -> CatalogEntry | None:
        return self.catalog.find(incident.service)


def _left_undone(incident: Incident, entry: CatalogEntry | None) -> bool:
    """Whether a pipeline was mended and nothing that had failed was repeated."""
    done = {one.action.name for one in incident.actions if one.status is ActionStatus.DONE}
    return (
        entry is not None
        and entry.kind == "pipeline"
        and bool(done - {"notify_only"})
        and not done & {"redrive_execution", "rerun_execution"}
    )


def _kept_in_vain(incident: Incident) -> list[str]:
    """Return what stands although it did not help."""
    return [
        f"{one.action.name} on {one.resource} did not help, and stands until somebody takes it back"
        for one in incident.actions
        if one.in_vain
    ]


def _resolution(incident: Incident, reason: str) -> str:
    verdict = incident.verdict
    if reason == "healthy":
        if verdict is not None and verdict.outcome is VerdictOutcome.HEALTHY:
            return verdict.summary
        return "nothing was wrong"
    helped = what_helped(incident)
    return f"{incident.service} recovered" + (f" after {helped}" if helped else "")
