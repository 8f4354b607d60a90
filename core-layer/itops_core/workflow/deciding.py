"""A person's word on an approval, and how the waiting workflow hears of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from itops_core.domain.approval_card import ending_of, state_of
from itops_core.domain.audit_events import (
    Witness,
    approval_decided,
    approval_ended,
    unwitnessed,
)
from itops_core.domain.narrowing import PlanEdit, narrowed, with_plan_of
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


def unhurried(_incident_id: str) -> None:
    """Leave it to the next message about the incident."""


@dataclass(frozen=True)
class Word:
    """What a person says to a question; a yes may be to less than was asked."""

    approved: bool
    reason: str
    edit: PlanEdit | None = None


@dataclass(frozen=True)
class Decider:
    """Takes decisions and passes them on."""

    incidents: IncidentStore
    approvals: ApprovalStore
    executions: Executions
    now: Callable[[], datetime] = utc_now
    witness: Witness = unwitnessed
    hurry: Callable[[str], object] = unhurried
    """Has those who were shown a question shown how it was decided."""

    def decide(self, approval_id: str, caller: Caller, word: Word) -> Approval:
        """Record one person's word; raise `ConflictError` where nothing is left to decide.

        Raises `InvalidInputError` where an edit would make the plan larger, or another one.
        """
        approval = self.approvals.get(approval_id)
        # A crash may have come between an earlier word and its place on record.
        self._put_on_record(approval)
        if approval.status is not ApprovalStatus.PENDING:
            raise ConflictError(ending_of(approval))
        incident = self.incidents.get(approval.incident_id)
        if incident.is_over:
            raise ConflictError(
                f"{incident.incident_id} is {incident.status} already: nothing is left to decide"
            )
        at = self.now()
        decision = HumanDecision(
            decided_by=caller.name,
            role=caller.role,
            approved=word.approved,
            reason=word.reason,
            decided_at=at,
        )
        edit = word.edit if word.approved else None
        narrow = partial(narrowed, edit=edit, by=caller.name, at=at) if edit else None
        decided = self.approvals.decide(approval_id, decision, narrow)
        self._put_on_record(decided)
        self._note(decided, decision)
        self.release(decided)
        self.hurry(decided.incident_id)
        return decided

    def release(self, approval: Approval) -> bool:
        """Tell the workflow how an approval ended, if something still waits for it.

        Nothing waiting is no error: whoever runs next reads the approval itself.
        """
        if approval.narrowings:
            # Before anything goes on: what is carried out is the plan of the incident.
            self.incidents.update(
                approval.incident_id, lambda one: with_plan_of(one, approval, self.now())
            )
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
        lines = [
            line
            for one in approval.narrowings
            if (one.narrowed_by, one.narrowed_at) == (decision.decided_by, decision.decided_at)
            for line in one.told
        ]
        smaller = f" narrowed ({'; '.join(lines)})" if lines else ""
        name = approval.approval_id
        self.incidents.add_event(
            timeline_event(
                approval.incident_id,
                "approval",
                f"{decision.decided_by} {word} {name}{smaller}: {decision.reason}; it is now "
                f"{state_of(approval)}",
                decision.decided_at,
                actor=decision.decided_by,
                key=(name, decision.decided_by, decision.decided_at),
                approval_id=name,
                status=approval.status.value,
            )
        )
