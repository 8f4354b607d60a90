"""What became of a question to people: told the same way wherever it is shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from itops_core.domain.aftermath import Aftermath, Tone, aftermath_of
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    Approval,
    ApprovalStatus,
    HumanDecision,
    PlannedAction,
)
from tests.support.values import RESTART, a_record, an_approval

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCALE = Action(name="scale_ecs_service", parameters={"service": "payment", "desired_count": 8})
MESSAGE = "actions are switched off"
DONE = ActionStatus.DONE


def answered(status: ApprovalStatus, *actions: Action, **changes: Any) -> Approval:  # noqa: ANN401
    approval = an_approval(AT)
    plan = approval.plan.model_copy(
        update={
            "actions": tuple(
                PlannedAction(action=one, reason="it helps") for one in actions or (RESTART,)
            )
        }
    )
    word = HumanDecision(
        decided_by="ann",
        role="approver",
        approved=True,
        reason="looks right",
        plan_hash=plan.plan_hash,
        decided_at=AT,
    )
    told = {"status": status, "plan": plan, "plan_hash": plan.plan_hash, "decisions": (word,)}
    return approval.model_copy(update={**told, **changes})


def approved(*actions: Action) -> Approval:
    return answered(ApprovalStatus.APPROVED, *actions)


def after(*records: ActionRecord, **changes: Any) -> Incident:  # noqa: ANN401
    incident = open_incident("Payments fail", "payment", AT, fingerprint="f")
    return incident.model_copy(update={"actions": records, **changes})


def deed(status: ActionStatus, action: Action = RESTART, **changes: Any) -> ActionRecord:  # noqa: ANN401
    told = {"status": status, "action": action, "message": MESSAGE, **changes}
    return a_record("INC-0000000A", AT, **told)


def told(approval: Approval, *given: Any) -> Aftermath:  # noqa: ANN401
    found = aftermath_of(approval, *given)
    assert found is not None
    return found


@pytest.mark.parametrize("status", ActionStatus)
def test_an_approved_plan_ended_well_only_where_it_was_done(status: ActionStatus) -> None:
    assert (told(approved(), after(deed(status))).tone is Tone.GOOD) is (status is DONE)


def test_before_anything_is_done_it_is_neither_good_nor_final() -> None:
    for known in ((), (after(),), (after(deed(ActionStatus.STARTED)),)):
        found = told(approved(), *known)
        assert (found.tone, found.is_final) == (Tone.OPEN, False)


def test_a_refusal_is_told_with_its_reason() -> None:
    found = told(approved(), after(deed(ActionStatus.REFUSED)))

    assert found.title == "Approved, but refused when it was to be carried out"
    assert (found.tone, found.why) == (Tone.HALTED, MESSAGE)


def test_of_several_actions_it_says_how_many_stand() -> None:
    both = approved(RESTART, SCALE)
    failed = after(deed(DONE), deed(ActionStatus.FAILED, SCALE))
    over = after(deed(DONE), closed_at=AT)

    assert told(both, failed).why == f"1 of 2 actions stand as carried out. {MESSAGE}"
    assert "only 1 of 2" in told(both, over).title
    assert told(both, after(deed(DONE))).tone is Tone.OPEN


def test_what_was_done_in_vain_is_not_good() -> None:
    found = told(approved(), after(deed(DONE, in_vain=True)))

    assert (found.tone, "did not help" in found.title) == (Tone.HALTED, True)


def test_only_the_plans_own_actions_of_its_own_round_count() -> None:
    undo_id = ActionRecord.id_for("INC-0000000A", 1, RESTART, undo=True)
    later = after(deed(ActionStatus.REFUSED, round=2))
    undoing = after(deed(DONE), deed(ActionStatus.FAILED, action_id=undo_id))
    foreign = after(deed(DONE), deed(ActionStatus.FAILED, SCALE))

    assert told(approved(), later).tone is Tone.OPEN
    assert told(approved(), undoing).tone is Tone.GOOD
    assert told(approved(), foreign).tone is Tone.GOOD


def test_it_says_where_the_incident_ended_first_and_where_nothing_is_carried_out_now() -> None:
    ended = after(closed_at=AT, resolution="ann mended it by hand", status=Status.RESOLVED)

    first, off = told(approved(), ended, MESSAGE), told(approved(), after(), MESSAGE)

    assert (first.title, first.why) == ("Approved, but never carried out", "ann mended it by hand")
    assert (first.is_final, off.is_final) == (True, False)
    assert (off.tone, off.why) == (Tone.HALTED, MESSAGE)


def test_a_void_one_tells_why_rather_than_who_approved_it() -> None:
    reason = "8 tasks run, not 3"

    void = told(answered(ApprovalStatus.VOID, void_reason=reason))
    unasked = told(answered(ApprovalStatus.VOID, void_reason=reason, decisions=()))

    assert void.title == "Approved, but void: it was not carried out"
    assert (void.why, unasked.title) == (reason, "The question is void")


def test_nothing_became_yet_of_what_waits_and_nothing_more_will_of_what_nobody_allowed() -> None:
    assert aftermath_of(answered(ApprovalStatus.PENDING)) is None
    for status in (ApprovalStatus.DENIED, ApprovalStatus.EXPIRED):
        found = told(answered(status), after(deed(DONE)))
        assert (found.tone, found.is_final) == (Tone.OPEN, True)
