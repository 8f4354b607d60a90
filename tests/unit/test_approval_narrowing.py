"""A person may make a plan smaller before saying yes to it, and never larger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_core.domain.approval_card import card_of
from itops_core.domain.audit_events import approval_decided
from itops_core.domain.narrowing import ActionEdit, PlanEdit, narrowed, room_in
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    Approval,
    BlastSize,
    Decision,
    DecisionOutcome,
    HumanDecision,
    PlannedAction,
    RemediationPlan,
    Risk,
)
from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError
from itops_core.remediation.approvals import fault_in_approval, state_hash_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_preview(name: str, parameters: dict[str, Any], before: dict[str, Any]) -> ActionPreview:
    return ActionPreview(
        action=Action(name=name, parameters=parameters),
        resource=f"arn:of:{name}",
        before=before,
        after={**before, **{key: parameters[key] for key in before if key in parameters}},
        risk=Risk.LOW,
        blast_size=BlastSize.SMALL,
        blast_radius=("payments",),
        reversible=True,
        inverse=None,
        possible=True,
        reason="It helps.",
        state_hash=name[:8],
    )


SCALE = a_preview(
    "scale_ecs_service",
    {"cluster": "shop", "service": "payments", "desired_count": 8},
    {"desired_count": 2, "running_count": 2},
)
CAPACITY = a_preview(
    "raise_dynamodb_capacity",
    {"table_name": "orders", "read_units": 10, "write_units": 20},
    {"read_units": 5, "write_units": 10},
)
RESERVE = a_preview(
    "set_lambda_concurrency",
    {"function_name": "sizes", "reserved_concurrency": 40},
    {"reserved_concurrency": -1},
)


def asked(*previews: ActionPreview, approvers: int = 1) -> Approval:
    plan = RemediationPlan(
        incident_id="INC-0000000A",
        round=1,
        actions=tuple(PlannedAction(action=one.action, reason="More.") for one in previews),
        rationale="Load.",
        confidence=0.9,
        reasoner="offline",
    )
    return Approval(
        approval_id="APR-0000000A",
        incident_id=plan.incident_id,
        plan=plan,
        plan_hash=plan.plan_hash,
        evidence_hash="e" * 64,
        state_hash=state_hash_of(previews),
        previews=previews,
        decision=Decision(
            outcome=DecisionOutcome.APPROVAL, reasons=("critical",), approvers_needed=approvers
        ),
        summary="Payments fail.",
        severity=Severity.HIGH,
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=30),
    )


def edit_of(*edits: tuple[int, dict[str, int]]) -> PlanEdit:
    return PlanEdit(actions=tuple(ActionEdit(number=n, parameters=p) for n, p in edits))


def less(approval: Approval, *edits: tuple[int, dict[str, int]], by: str = "ada") -> Approval:
    return narrowed(approval, edit_of(*edits), by, NOON)


def test_a_number_nearer_to_what_it_is_now_binds_the_question_to_the_smaller_plan() -> None:
    question = asked(SCALE)

    smaller = less(question, (1, {"desired_count": 4}))

    assert smaller.plan.actions[0].action.parameters["desired_count"] == 4
    assert smaller.previews[0].after["desired_count"] == 4
    assert smaller.plan_hash == smaller.plan.plan_hash != question.plan_hash
    assert smaller.asked_plan_hash == question.plan_hash
    assert smaller.state_hash == state_hash_of(smaller.previews)
    assert smaller.narrowings[0].told == (
        "scale_ecs_service: desired_count 4 instead of 8 (now 2)",
    )


def test_a_number_that_two_people_narrowed_is_traced_to_what_was_asked_first() -> None:
    once = less(asked(SCALE, CAPACITY), (1, {"desired_count": 6}), (2, {}))

    twice = less(once, (1, {"desired_count": 4}), (2, {}), by="bob")

    scale, capacity = (one.action for one in twice.plan.actions)
    assert twice.asked_for(scale) == SCALE.action
    assert twice.asked_for(capacity) is None


def test_fewer_actions_of_the_plan_are_a_smaller_plan() -> None:
    smaller = less(asked(SCALE, CAPACITY), (2, {}))

    assert [one.action.name for one in smaller.plan.actions] == ["raise_dynamodb_capacity"]
    assert [one.action.name for one in smaller.previews] == ["raise_dynamodb_capacity"]
    assert smaller.state_hash == state_hash_of(smaller.previews)
    assert card_of(smaller).narrowed == (
        "ada: scale_ecs_service on arn:of:scale_ecs_service is left out",
    )


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        (((1, {"desired_count": 9}),), "more than people were asked"),
        (((1, {"desired_count": 1}),), "may lie between 2"),
        (((1, {"desired_count": 2}),), "leave the action out"),
        (((1, {"running_count": 3}),), "it has no running_count"),
        (((1, {"cluster": 3}),), "not a number"),
        (((3, {}),), "there is no action 3"),
        (((2, {}), (1, {})), "in the order of the plan"),
        (((1, {}), (1, {"desired_count": 3})), "may be kept once"),
    ],
)
def test_what_would_be_more_or_another_plan_is_refused_with_the_reason(
    edits: tuple[tuple[int, dict[str, int]], ...], why: str
) -> None:
    with pytest.raises(InvalidInputError, match=why):
        less(asked(SCALE, CAPACITY), *edits)


def test_a_second_person_cannot_take_back_what_the_first_one_narrowed() -> None:
    smaller = less(asked(SCALE, approvers=2), (1, {"desired_count": 4}))

    with pytest.raises(InvalidInputError, match="6 would be more"):
        less(smaller, (1, {"desired_count": 6}), by="bob")


def test_a_lower_limit_is_no_smaller_action_where_there_was_none_at_all() -> None:
    assert room_in(RESERVE) == {}
    with pytest.raises(InvalidInputError, match="not a number that can be made smaller"):
        less(asked(RESERVE), (1, {"reserved_concurrency": 5}))


def test_keeping_everything_as_it_is_narrows_nothing() -> None:
    question = asked(SCALE, CAPACITY)

    assert less(question, (1, {"desired_count": 8}), (2, {})) == question


def test_one_of_two_numbers_may_stay_where_it_is_while_the_other_moves() -> None:
    smaller = less(asked(CAPACITY), (1, {"read_units": 5}))

    assert smaller.plan.actions[0].action.parameters["read_units"] == 5
    assert smaller.plan.actions[0].action.parameters["write_units"] == 20


def test_the_card_says_what_may_be_narrowed_and_how_far() -> None:
    (action,) = card_of(asked(SCALE)).actions

    assert {name: (room.now, room.asked) for name, room in action.may_be_narrowed.items()} == {
        "desired_count": (2, 8)
    }


def test_a_yes_to_the_wider_plan_does_not_cover_the_smaller_one_nor_the_other_way_round() -> None:
    question = asked(SCALE)
    smaller = less(question, (1, {"desired_count": 4}))
    word = HumanDecision(
        decided_by="ada", role="approver", approved=True, reason="ok", decided_at=NOON,
        plan_hash=question.plan_hash,
    )  # fmt: skip

    assert smaller.model_copy(update={"decisions": (word,)}).agreed == ()
    assert question.model_copy(update={"decisions": (word,)}).agreed == ("ada",)
    assert fault_in_approval(smaller, question.plan, "e" * 64, NOON)


def test_what_was_narrowed_stands_in_the_audit_log_with_the_word() -> None:
    smaller = less(asked(SCALE), (1, {"desired_count": 4}))
    word = HumanDecision(
        decided_by="ada", role="approver", approved=True, reason="four will do", decided_at=NOON,
        plan_hash=smaller.plan_hash,
    )  # fmt: skip

    event = approval_decided(smaller.model_copy(update={"decisions": (word,)}), word)

    assert event.details["plan_hash"] == smaller.plan_hash
    assert "desired_count 4 instead of 8" in event.message


@given(st.integers(-5, 60), st.integers(0, 30), st.integers(0, 30))
def test_whatever_is_asked_for_a_narrowed_number_never_leaves_the_room(
    wanted: int, now: int, asked_for: int
) -> None:
    preview = a_preview(
        "scale_ecs_service",
        {"cluster": "shop", "service": "payments", "desired_count": asked_for},
        {"desired_count": now},
    )
    try:
        smaller = less(asked(preview), (1, {"desired_count": wanted}))
    except InvalidInputError:
        return

    count = smaller.plan.actions[0].action.parameters["desired_count"]
    assert min(now, asked_for) <= count <= max(now, asked_for)
    assert abs(count - now) <= abs(asked_for - now)
