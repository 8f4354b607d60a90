"""Asks people whether a plan may be carried out, and closes the question when nobody answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approval_gate.waiting import WaitingTask
from itops_core.domain.audit_events import (
    Witness,
    approval_asked,
    approval_ended,
    unwitnessed,
)
from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.domain.narrowing import with_plan_of
from itops_core.domain.remediation import Approval, ApprovalStatus, RemediationPlan
from itops_core.errors import ConflictError, NotFoundError
from itops_core.remediation.approvals import Question, approval_id_for, evidence_hash_of
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.notifications import Notifications
from itops_core.workflow.rendering.approval import question_told

_OUTCOMES = {
    ApprovalStatus.APPROVED: "approved",
    ApprovalStatus.DENIED: "denied",
    ApprovalStatus.EXPIRED: "expired",
    ApprovalStatus.VOID: "expired",
}


@dataclass(frozen=True)
class ApprovalGate:
    """One question for each plan and each time it had to be asked anew."""

    incidents: IncidentStore
    approvals: ApprovalStore
    agent_state: AgentStateStore
    notifications: Notifications
    clock: Callable[[], datetime]
    minutes: float
    witness: Witness = unwitnessed

    def ask(self, incident_id: str, task: WaitingTask) -> dict[str, Any]:
        """Ask, or find what was asked before, and let the workflow wait at this task.

        Whoever decides after the token is set answers the task; what was decided before that is
        answered here.
        """
        incident = self.incidents.get(incident_id)
        if incident.is_over:
            return task.succeed(_answer(incident_id, "stopped"))
        asked = self._asked(incident)
        incident = self.incidents.update(incident_id, lambda one: self._waiting(one, asked))
        if incident.is_over:
            # It ended between the two writes: nobody should be asked about it.
            self.approvals.void(asked.approval_id, f"the incident is {incident.status}")
            return task.succeed(_answer(incident_id, "stopped"))
        self.witness(approval_asked(asked))
        self.incidents.add_event(_event(asked, "asked", asked.summary, asked.created_at))
        self.notifications.tell(incident, "approval", question_told(asked), asked.approval_id)
        approval = self.approvals.set_token(asked.approval_id, task.token)
        if approval.status is ApprovalStatus.PENDING:
            return _answer(incident_id, "waiting")
        return task.succeed(_answer(incident_id, _OUTCOMES[approval.status]))

    def expire(self, incident_id: str) -> dict[str, Any]:
        """Close the question; return the decision where one was made at the last moment."""
        incident = self.incidents.get(incident_id)
        if incident.is_over:
            return _answer(incident_id, "stopped")
        if incident.approval_id is None:
            return _answer(incident_id, "expired")
        now = self.clock()
        approval = self.approvals.expire(incident.approval_id, now)
        outcome = _OUTCOMES[approval.status]
        if outcome == "expired":
            self.witness(approval_ended(approval, now))
            self.incidents.add_event(_event(approval, "expired", "Nobody decided in time.", now))
        return _answer(incident_id, outcome)

    def _asked(self, incident: Incident) -> Approval:
        """Return the approval that waits, or was decided, for the incident's present plan."""
        plan, decision = incident.plan, incident.decision
        if plan is None or decision is None or plan.round != incident.round:
            raise ConflictError(f"{incident.incident_id} has no plan that could be approved")
        standing = self._standing(incident, plan)
        if standing is not None:
            return standing
        attempt, before = 0, self._void_before(incident)
        while True:
            known = self._known(approval_id_for(plan, attempt))
            if known is None:
                break
            if known.status is not ApprovalStatus.VOID:
                return known
            attempt, before = attempt + 1, known
        heads = self.agent_state.evidence_heads(incident.incident_id)
        hashes = {head.evidence_id: head.sha256 for head in heads}
        question = Question(
            incident=incident,
            plan=plan,
            previews=incident.previews,
            decision=decision,
            evidence_hash=evidence_hash_of(incident, plan, hashes),
            before=before,
        )
        asked = question.asked(attempt, self.clock(), self.minutes)
        try:
            return self.approvals.create(asked)
        except ConflictError:
            return self.approvals.get(asked.approval_id)

    def _standing(self, incident: Incident, plan: RemediationPlan) -> Approval | None:
        """Return the question that the incident waits for: people may have narrowed its plan."""
        known = self._known(incident.approval_id) if incident.approval_id else None
        if known is None or known.status is ApprovalStatus.VOID:
            return None
        hashes = {known.plan_hash, known.asked_plan_hash}
        return known if plan.round == known.plan.round and plan.plan_hash in hashes else None

    def _void_before(self, incident: Incident) -> Approval | None:
        """Return the question that became void and is asked anew, whatever plan it was about.

        It is this round's, or that of the round before, if the cause was looked for anew since.
        """
        name = incident.approval_id or next(
            (
                record.approval_id
                for record in reversed(incident.actions)
                if record.state_changed and record.round == incident.round - 1
            ),
            None,
        )
        known = self._known(name) if name else None
        if known is None or known.status is not ApprovalStatus.VOID:
            return None
        return known if incident.round - known.plan.round in (0, 1) else None

    def _known(self, approval_id: str) -> Approval | None:
        try:
            return self.approvals.get(approval_id)
        except NotFoundError:
            return None

    def _waiting(self, incident: Incident, asked: Approval) -> Incident:
        if incident.is_over:
            return incident
        name = asked.approval_id
        if (incident.status, incident.approval_id) != (Status.AWAITING_APPROVAL, name):
            incident = incident.moved_to(Status.AWAITING_APPROVAL, self.clock(), approval_id=name)
        # A crash may have come between a narrowed yes and its plan.
        return with_plan_of(incident, asked, self.clock())


def _answer(incident_id: str, outcome: str) -> dict[str, Any]:
    return {"incident_id": incident_id, "outcome": outcome}


def _event(approval: Approval, what: str, message: str, at: datetime) -> TimelineEvent:
    return TimelineEvent(
        incident_id=approval.incident_id,
        event_id=f"approval-{approval.approval_id}-{what}",
        at=at,
        kind="approval",
        actor="approval_gate",
        message=message,
        fields={
            "approval_id": approval.approval_id,
            "approvers_needed": approval.decision.approvers_needed,
            "reasons": list(approval.decision.reasons),
            "policy_ids": list(approval.decision.policy_ids),
            "expires_at": approval.expires_at.isoformat(),
        },
    )
