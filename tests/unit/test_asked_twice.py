"""What the gate says to the agent, it says again in the operations server."""

from itops_cli.investigation.stores import memory_stores
from itops_core.domain.remediation import ActionStatus, DecisionOutcome
from itops_core.domain.verdict import Severity
from tests.support.approval_desk import Desk


def a_desk(**facts: object) -> Desk:
    facts.setdefault("severity", Severity.HIGH)
    return Desk(memory_stores((), ()), 0, **facts)  # type: ignore[arg-type]


def test_a_class_of_actions_that_lost_its_autonomy_is_stopped_in_the_server_as_well() -> None:
    desk = a_desk()
    said = desk.proposed(desk.incident, desk.plan).decision
    desk.earned = False

    asked = desk.proposed(desk.incident, desk.plan).decision
    (first, *_) = desk.carry_out()

    assert (said.outcome, asked.outcome) == (DecisionOutcome.AUTO, DecisionOutcome.APPROVAL)
    assert first.status is ActionStatus.VOID
    assert "autonomy-not-earned" in first.message
    assert desk.service.writes == []


def test_what_has_earned_it_is_done_with_nobody_asked() -> None:
    desk = a_desk()

    records = desk.carry_out()

    assert [one.status for one in records] == [ActionStatus.DONE, ActionStatus.DONE]
    assert desk.service.desired_count == 6


def test_a_plan_of_another_mode_is_forbidden_and_refused_again_by_the_server() -> None:
    desk = a_desk(mode="watchdog")

    said = desk.proposed(desk.incident, desk.plan).decision
    records = desk.carry_out()

    assert said.outcome is DecisionOutcome.FORBID
    assert said.policy_ids == ("mode-allow-list",)
    assert records[0].status is ActionStatus.REFUSED
    assert "mode watchdog may not use scale_ecs_service" in records[0].message
    assert desk.service.writes == []
