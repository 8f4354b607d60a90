"""Whoever asks, crashes, comes late or asks again, in whatever order: what is done is done once."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from itops_core.domain.remediation import ActionRecord, ActionStatus
from itops_core.stores import runtime
from operations_server import ledger
from tests.support.chaos.clock import Clock
from tests.support.execution_floor import COOL_DOWN, PLAN, RESTART, Floor, scale_to

_AS_SLOW_AS_IT_IS = (HealthCheck.too_slow, HealthCheck.data_too_large)
CLOCK = Clock()
WHO = st.sampled_from([0, 1])
WHAT = st.sampled_from([*PLAN, PLAN[0], scale_to(9)])
DEATHS = st.sampled_from(["", "", "before", "after"])


@pytest.fixture(autouse=True)
def its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "time", CLOCK)
    monkeypatch.setattr(ledger, "time", CLOCK)


class Execution(RuleBasedStateMachine):
    """Two incidents, their workers, and people at the same service.

    The service itself holds every write to the rules (`Floor`); here is what is asked of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(CLOCK)

    @rule(who=WHO, what=WHAT, death=DEATHS)
    def an_action_is_asked_for(self, who: int, what: object, death: str) -> None:
        self.floor.dies = death
        action = next(one for one in (*PLAN, scale_to(9)) if one == what)
        known = self.floor.ledger.find(self._key(who, action))

        record = self.floor.carry_out(self.floor.incident_ids[who], action)

        if action not in PLAN and record is not None:
            assert record.status is ActionStatus.REFUSED
        if known is not None and known.ended_at is not None:
            assert record == known

    @rule(who=WHO, death=DEATHS)
    def the_scaling_is_to_be_undone(self, who: int, death: str) -> None:
        self.floor.dies = death
        known = self.floor.ledger.find(self._key(who, PLAN[0]))
        inverse = known.inverse if known else None

        record = self.floor.carry_out(
            self.floor.incident_ids[who], inverse or scale_to(2), undo=True
        )

        nothing_done = known is None or known.status is not ActionStatus.DONE
        if nothing_done and record is not None:
            assert record.status in (ActionStatus.REFUSED, ActionStatus.VOID)

    @rule(seconds=st.sampled_from([1, 20, 100, COOL_DOWN + 1]))
    def time_passes(self, seconds: float) -> None:
        CLOCK.sleep(seconds)

    @rule(is_on=st.booleans())
    def people_throw_the_switch(self, is_on: bool) -> None:
        self.floor.is_on = is_on

    @rule(desired_count=st.sampled_from([1, 3, 7]))
    def people_scale_it_themselves(self, desired_count: int) -> None:
        self.floor.people_scale(desired_count)

    @precondition(lambda self: not self.second_is_over())
    @rule()
    def the_second_incident_ends(self) -> None:
        self.floor.end(self.floor.incident_ids[1])

    def second_is_over(self) -> bool:
        return self.floor.stores.incidents.get(self.floor.incident_ids[1]).is_over

    @invariant()
    def what_is_on_record_is_what_was_done(self) -> None:
        for who in (0, 1):
            for action in PLAN:
                record = self.floor.ledger.find(self._key(who, action))
                done = self.floor.effects[self._key(who, action)]
                assert record is not None or not done
                if record is not None and record.status is ActionStatus.DONE:
                    # Where people have brought about the same, it counts as done, too.
                    assert done or action != RESTART
                    assert record.inverse is not None

    def _key(self, who: int, action: object) -> str:
        named = next(one for one in (*PLAN, scale_to(9)) if one == action)
        return ActionRecord.id_for(self.floor.incident_ids[who], 1, named)


def test_what_is_asked_for_in_any_order_is_done_once_with_its_inverse_on_record() -> None:
    run_state_machine_as_test(
        Execution,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=_AS_SLOW_AS_IT_IS,
        ),
    )


@pytest.mark.slow
def test_what_is_asked_for_in_any_order_is_done_once_in_a_long_round() -> None:
    run_state_machine_as_test(
        Execution,
        settings=settings(
            max_examples=300,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=_AS_SLOW_AS_IT_IS,
        ),
    )


@pytest.mark.parametrize("death", ["before", "after"])
def test_what_a_worker_that_died_was_at_is_done_once_by_the_next(death: str) -> None:
    floor = Floor(CLOCK)
    incident_id = floor.incident_ids[0]
    floor.dies = death

    lost = floor.carry_out(incident_id, PLAN[0])
    found = floor.carry_out(incident_id, PLAN[0])

    assert lost is None
    assert found is not None
    assert (found.status, floor.desired_count) == (ActionStatus.DONE, 4)
    assert floor.effects[found.action_id] == 1
    assert ("before it could be recorded" in found.message) is (death == "after")


def test_what_people_took_back_after_a_crash_is_not_done_again() -> None:
    floor = Floor(CLOCK)
    incident_id = floor.incident_ids[0]
    floor.people_scale(1)
    floor.dies = "after"

    floor.carry_out(incident_id, PLAN[0])
    floor.people_scale(1)
    found = floor.carry_out(incident_id, PLAN[0])

    assert found is not None
    assert (found.status, floor.desired_count) == (ActionStatus.FAILED, 1)
    assert "changed since" in found.message
    assert found.inverse is not None
    undone = floor.carry_out(incident_id, found.inverse, undo=True)
    assert undone is not None
    assert undone.status is ActionStatus.REFUSED
    assert "not the recorded inverse of anything this round has done" in undone.message


def test_what_somebody_else_began_while_it_was_being_allowed_is_left_to_them() -> None:
    floor = Floor(CLOCK)
    incident_id = floor.incident_ids[0]
    begun = ActionRecord(
        action_id=ActionRecord.id_for(incident_id, 1, PLAN[0]),
        incident_id=incident_id,
        round=1,
        action=PLAN[0],
        resource="payments",
        inverse=scale_to(2),
        status=ActionStatus.STARTED,
        message="somebody else is at it",
        started_at=floor.now,
    )
    floor.meanwhile = lambda: floor.ledger.begin(begun)

    record = floor.carry_out(incident_id, PLAN[0])

    assert record == begun
    assert (floor.desired_count, floor.effects[begun.action_id]) == (2, 0)


def test_the_switch_thrown_midway_stops_what_is_left_of_a_plan() -> None:
    floor = Floor(CLOCK)
    incident_id = floor.incident_ids[0]

    first = floor.carry_out(incident_id, PLAN[0])
    floor.is_on = False
    second = floor.carry_out(incident_id, RESTART)

    assert first is not None
    assert second is not None
    assert (first.status, second.status) == (ActionStatus.DONE, ActionStatus.REFUSED)
    assert "switched off" in second.message or "model says so" in second.message


def test_a_second_incident_is_refused_in_words_that_name_the_first() -> None:
    floor = Floor(CLOCK)
    first, second = floor.incident_ids

    floor.carry_out(first, PLAN[0])
    floor.desired_count = 2
    refused = floor.carry_out(second, PLAN[0])
    CLOCK.sleep(COOL_DOWN + 1)
    later = floor.carry_out(second, PLAN[0])

    assert refused is not None
    assert refused.status is ActionStatus.REFUSED
    assert refused.message.startswith(f"{first} acted on ")
    assert "no other incident does within 300 seconds" in refused.message
    assert later is not None
    assert later.status is ActionStatus.DONE
