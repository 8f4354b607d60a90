"""What an approval is bound to: change anything, and it no longer counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    ActionRecord,
    ActionStatus,
    Approval,
    ApprovalStatus,
    BlastSize,
    Decision,
    DecisionOutcome,
    HumanDecision,
    PlannedAction,
    RemediationPlan,
    Risk,
)
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.remediation.approvals import (
    Question,
    approval_id_for,
    approvers_of,
    evidence_hash_of,
    fault_in_approval,
    lapses_at,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HASHES = {"EV-0000000A": "a" * 64, "EV-0000000B": "b" * 64}


def a_claim(evidence_id: str) -> Claim:
    return Claim(text="It leaks.", citations=(Citation(evidence_id=evidence_id, quote="x"),))


def an_incident() -> Incident:
    verdict = Verdict(
        outcome=VerdictOutcome.FOUND,
        confidence=0.9,
        summary="Tasks die.",
        claims=(a_claim("EV-0000000A"),),
        reasoner="offline",
    )
    return open_incident("Payments fail", "payments", NOON, fingerprint="f" * 32, verdict=verdict)


def a_plan(incident: Incident, **parameters: Any) -> RemediationPlan:  # noqa: ANN401
    given = {"cluster": "shop", "service": "payments", "desired_count": 4, **parameters}
    action = Action(name="scale_ecs_service", parameters=given)
    cited = Citation(evidence_id="EV-0000000B", quote="y")
    return RemediationPlan(
        incident_id=incident.incident_id,
        round=1,
        actions=(PlannedAction(action=action, reason="More.", citations=(cited,)),),
        rationale="Load.",
        confidence=0.9,
        reasoner="offline",
    )


def a_preview(plan: RemediationPlan) -> ActionPreview:
    return ActionPreview(
        action=plan.actions[0].action,
        resource="arn:service",
        before={"desired_count": 2},
        after={"desired_count": 4},
        risk=Risk.LOW,
        blast_size=BlastSize.SMALL,
        blast_radius=("payments",),
        reversible=True,
        inverse=None,
        possible=True,
        reason="From 2 to 4 tasks.",
        state_hash="5" * 64,
    )


def a_word(person: str, *, role: str = "approver", approved: bool = True) -> HumanDecision:
    return HumanDecision(
        decided_by=person,
        role=role,
        approved=approved,
        reason="ok",
        decided_at=NOON + timedelta(minutes=10),
    )


INCIDENT = an_incident()
PLAN = a_plan(INCIDENT)
EVIDENCE = evidence_hash_of(INCIDENT, PLAN, HASHES)


def an_approval(*words: HumanDecision) -> Approval:
    question = Question(
        incident=INCIDENT,
        plan=PLAN,
        previews=(a_preview(PLAN),),
        decision=Decision(outcome=DecisionOutcome.APPROVAL, reasons=("critical",)),
        evidence_hash=EVIDENCE,
    )
    asked = question.asked(0, NOON, 30)
    return asked.model_copy(
        update={"status": ApprovalStatus.APPROVED, "decisions": words or (a_word("ada"),)}
    )


def changed(**changes: Any) -> Approval:  # noqa: ANN401
    return an_approval().model_copy(update=changes)


LATER = NOON + timedelta(minutes=11)


def test_an_approval_covers_exactly_what_was_asked() -> None:
    assert fault_in_approval(an_approval(), PLAN, EVIDENCE, LATER) is None


@pytest.mark.parametrize(
    "approval",
    [
        changed(status=ApprovalStatus.PENDING),
        changed(status=ApprovalStatus.DENIED),
        changed(status=ApprovalStatus.EXPIRED),
        changed(status=ApprovalStatus.VOID),
        changed(incident_id="INC-0000000B"),
        changed(plan_hash="0" * 64),
        changed(plan=a_plan(INCIDENT, desired_count=5)),
        changed(state_hash="0" * 64),
        changed(previews=()),
        changed(
            previews=(a_preview(PLAN).model_copy(update={"state_hash": "6" * 64}),),
        ),
        changed(evidence_hash="0" * 64),
    ],
)
def test_an_approval_of_which_anything_was_changed_covers_nothing(approval: Approval) -> None:
    assert fault_in_approval(approval, PLAN, EVIDENCE, LATER)


@pytest.mark.parametrize(
    "plan",
    [
        a_plan(INCIDENT, desired_count=5),
        a_plan(INCIDENT, desired_count=4.0),
        a_plan(INCIDENT, desired_count="4"),
        a_plan(INCIDENT, service="cart"),
        a_plan(INCIDENT, extra=None),
        PLAN.model_copy(update={"round": 2}),
        PLAN.model_copy(update={"actions": (*PLAN.actions, *PLAN.actions)}),
        PLAN.model_copy(update={"actions": ()}),
    ],
)
def test_another_plan_is_not_covered_however_alike(plan: RemediationPlan) -> None:
    assert plan.plan_hash != PLAN.plan_hash
    assert fault_in_approval(an_approval(), plan, EVIDENCE, LATER)


@pytest.mark.parametrize(
    "hashes",
    [
        {**HASHES, "EV-0000000A": "c" * 64},
        {**HASHES, "EV-0000000B": "c" * 64},
        {"EV-0000000A": "a" * 64},
        {},
    ],
)
def test_cited_evidence_that_differs_or_is_gone_changes_the_hash(hashes: dict[str, str]) -> None:
    assert evidence_hash_of(INCIDENT, PLAN, hashes) != EVIDENCE


def test_evidence_that_nobody_cites_plays_no_part() -> None:
    more = {**HASHES, "EV-0000000C": "c" * 64}

    assert evidence_hash_of(INCIDENT, PLAN, more) == EVIDENCE


def test_a_yes_may_be_acted_on_as_long_again_as_people_had_to_say_it() -> None:
    approval = an_approval()
    end = NOON + timedelta(minutes=40)

    assert lapses_at(approval) == end
    assert fault_in_approval(approval, PLAN, EVIDENCE, end - timedelta(seconds=1)) is None
    assert fault_in_approval(approval, PLAN, EVIDENCE, end)


def test_where_two_people_say_yes_it_is_the_second_yes_that_it_lapses_after() -> None:
    second = a_word("cid").model_copy(update={"decided_at": NOON + timedelta(minutes=25)})

    assert lapses_at(an_approval(a_word("ada"), second)) == NOON + timedelta(minutes=55)
    assert lapses_at(changed(decisions=())) == NOON + timedelta(minutes=30)


def test_a_yes_to_another_plan_than_the_one_that_is_left_is_nobodys() -> None:
    wider = a_word("bob").model_copy(update={"plan_hash": "0" * 64})

    assert approvers_of(an_approval(a_word("ada"), wider)) == {"ada"}


def test_undoing_is_not_the_same_action_as_doing_it() -> None:
    action = PLAN.actions[0].action
    done, undone = (
        ActionRecord(
            action_id=ActionRecord.id_for(PLAN.incident_id, 1, action, undo=undo),
            incident_id=PLAN.incident_id,
            round=1,
            action=action,
            resource="arn:service",
            inverse=None,
            status=ActionStatus.DONE,
            started_at=NOON,
        )
        for undo in (False, True)
    )

    assert done.action_id != undone.action_id
    assert (done.is_undo, undone.is_undo) == (False, True)


def test_only_different_people_who_may_decide_and_said_yes_are_counted() -> None:
    approval = an_approval(
        a_word("ada"),
        a_word("ada"),
        a_word("bob", role="responder"),
        a_word("cid", role="admin"),
        a_word("dan", role="made-up"),
        a_word("eve", approved=False),
    )

    assert approvers_of(approval) == {"ada", "cid"}


@pytest.mark.parametrize(
    "other",
    [
        lambda: approval_id_for(PLAN, 1),
        lambda: approval_id_for(a_plan(INCIDENT, desired_count=5), 0),
        lambda: approval_id_for(PLAN.model_copy(update={"round": 2}), 0),
    ],
)
def test_another_question_has_another_id_and_a_repeat_the_same(other: Callable[[], str]) -> None:
    assert approval_id_for(PLAN, 0) == approval_id_for(a_plan(INCIDENT), 0)
    assert other() != approval_id_for(PLAN, 0)


def test_what_people_may_see_of_an_approval_lets_nobody_answer_in_its_place() -> None:
    shown = changed(task_token="the-token").public()

    assert "the-token" not in str(shown)
    assert shown["approval_id"] == an_approval().approval_id
