"""What people said yes to is what is done: asked again before each action, from what is stored."""

from datetime import UTC, datetime

import pytest

from itops_cli.investigation.stores import memory_stores
from itops_core.domain.evidence import Citation, Claim, Evidence
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import ActionStatus
from itops_core.domain.values import sha256_of
from itops_core.workflow.deciding import Word
from tests.support.approval_desk import RESTART, Desk, scale_to

BOB = Caller(name="bob", role=Role.APPROVER)
FOUND = {"running_count": 1}


@pytest.fixture
def desk() -> Desk:
    return Desk(memory_stores([], ()), dependants=0)


def agreed_on(desk: Desk) -> None:
    asked = desk.ask()
    desk.decider.decide(asked.approval_id, BOB, Word(approved=True, reason="Do it."))


def test_an_action_rests_on_what_the_one_before_it_made_of_the_thing(desk: Desk) -> None:
    agreed_on(desk)

    records = desk.carry_out()

    assert [one.status for one in records] == [ActionStatus.DONE, ActionStatus.DONE]


def test_what_people_change_between_two_actions_makes_their_yes_void(desk: Desk) -> None:
    agreed_on(desk)
    (scaled,) = desk.carry_out(scale_to(6))
    desk.service.desired_count = 9

    (restarted,) = desk.carry_out(RESTART)

    assert scaled.status is ActionStatus.DONE
    assert (restarted.status, restarted.state_changed) == (ActionStatus.VOID, True)
    assert "is not what people saw when they were asked" in restarted.message
    assert len(desk.service.writes) == 1


def test_evidence_that_is_another_than_when_people_were_asked_makes_their_yes_void(
    desk: Desk,
) -> None:
    cited = Citation(evidence_id="EV-0000000A", quote="running_count")
    verdict = desk.incident.verdict
    assert verdict is not None
    proven = verdict.model_copy(update={"claims": (Claim(text="One runs.", citations=(cited,)),)})
    desk.stores.incidents.update(
        desk.incident_id, lambda one: one.changed(desk.now, verdict=proven)
    )
    agreed_on(desk)
    desk.stores.agent_state.put_evidence(
        Evidence(
            evidence_id=cited.evidence_id,
            incident_id=desk.incident_id,
            server="monitoring",
            tool="describe_ecs_service",
            arguments={},
            data_source="ecs",
            content=FOUND,
            sha256=sha256_of(FOUND),
            collected_at=datetime(2026, 11, 20, tzinfo=UTC),
        )
    )

    record, *_ = desk.carry_out()

    assert record.status is ActionStatus.VOID
    assert "the evidence behind" in record.message
    assert desk.service.writes == []


def test_a_plan_of_another_incident_is_no_plan(desk: Desk) -> None:
    agreed_on(desk)
    foreign = desk.plan.model_copy(update={"incident_id": "INC-0000000F"})
    desk.stores.incidents.update(desk.incident_id, lambda one: one.changed(desk.now, plan=foreign))

    (record,) = desk.carry_out(scale_to(6))

    assert record.status is ActionStatus.REFUSED
    assert "has no plan for round 1" in record.message
    assert desk.service.writes == []
