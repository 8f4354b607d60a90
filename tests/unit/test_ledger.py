"""The ledger and the claims by themselves: one caller at a time, and the first word stands."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, cast

import pytest

from itops_cli.investigation.stores import SCHEMAS, MemoryTable
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.remediation import ActionRecord, ActionStatus
from itops_core.stores import runtime
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from operations_server import ledger
from operations_server.claims import Claims
from operations_server.ledger import ActionLedger, Lease, OutOfTimeError
from tests.support.chaos.clock import Clock
from tests.support.execution_floor import PLAN, Floor
from tests.support.values import a_record

CLOCK = Clock()


@pytest.fixture(autouse=True)
def its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "time", CLOCK)
    monkeypatch.setattr(ledger, "time", CLOCK)


class SlowStore(RuntimeStore):
    """A store in memory whose answers take their time."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(cast(Any, MemoryTable(SCHEMAS["Runtime"])))
        self.seconds = seconds

    def begin(self, key: str, seconds: float, value: Mapping[str, Any] | None = None) -> bool:
        begun = super().begin(key, seconds, value)
        CLOCK.sleep(self.seconds)
        return begun


def a_ledger(store: RuntimeStore | None = None) -> ActionLedger:
    return ActionLedger(store or SlowStore(), wait_seconds=0)


def is_free(known: ActionLedger) -> bool:
    with known.lease("ACT-1") as lease:
        return lease is not None


def test_while_one_is_at_an_action_nobody_else_is_and_then_somebody_may() -> None:
    known = a_ledger()

    with known.lease("ACT-1") as first:
        while_held = is_free(known)

    assert first is not None
    assert (while_held, is_free(known)) == (False, True)


def test_an_error_leaves_the_lease_to_run_out() -> None:
    known = a_ledger()

    with pytest.raises(RuntimeError), known.lease("ACT-1"):
        raise RuntimeError("the answer never came")
    at_once = is_free(known)
    CLOCK.sleep(ledger.LEASE_SECONDS + 1)

    assert (at_once, is_free(known)) == (False, True)


def test_who_comes_back_too_late_takes_nobodys_lease_away() -> None:
    known = a_ledger()

    with known.lease("ACT-1"):
        CLOCK.sleep(ledger.LEASE_SECONDS + 1)
        second = known.lease("ACT-1")
        assert second.__enter__() is not None

    assert not is_free(known)


def test_a_write_is_begun_only_while_it_ends_before_anybody_else_may_begin() -> None:
    lease = Lease(CLOCK.monotonic(), ledger.LEASE_SECONDS)

    CLOCK.sleep(28)
    lease.check_time()
    CLOCK.sleep(1)

    with pytest.raises(OutOfTimeError):
        lease.check_time()


def test_the_time_that_taking_the_lease_took_counts_as_well() -> None:
    known = a_ledger(SlowStore(seconds=20))

    with known.lease("ACT-1") as lease:
        assert lease is not None
        CLOCK.sleep(9)
        with pytest.raises(OutOfTimeError):
            lease.check_time()


def test_the_first_word_on_an_action_stands_whoever_says_another() -> None:
    known = a_ledger()
    begun = a_record("INC-0000000A", CLOCK.moment(UTC), status=ActionStatus.STARTED)
    done = begun.model_copy(update={"status": ActionStatus.DONE, "ended_at": CLOCK.moment(UTC)})
    failed = begun.model_copy(update={"status": ActionStatus.FAILED, "ended_at": CLOCK.moment(UTC)})

    said = [known.begin(begun), known.begin(begun)]
    words = [known.end(done), known.end(failed)]

    assert said == [True, False]
    assert words == [done, done]
    assert known.find(begun.action_id) == done


def test_an_action_is_remembered_for_longer_than_anybody_may_ask_for_it_again() -> None:
    known = a_ledger()
    begun = a_record("INC-0000000A", CLOCK.moment(UTC), status=ActionStatus.STARTED)
    known.begin(begun)

    CLOCK.sleep(365 * 24 * 3600)

    assert known.find(begun.action_id) == begun
    assert not known.begin(begun)


class Claimants:
    """Incidents that want the same thing."""

    def __init__(self) -> None:
        incidents = IncidentStore(cast(Any, MemoryTable(SCHEMAS["Incidents"])))
        self.incidents = incidents
        self.claims = Claims(SlowStore(), incidents, 300, lambda: CLOCK.moment(UTC))

    def opened(self) -> str:
        incident = open_incident("Slow", "payments", CLOCK.moment(UTC), fingerprint="f")
        return self.incidents.create(incident).incident_id

    def change(self, incident_id: str, **changes: Any) -> Incident:  # noqa: ANN401
        return self.incidents.update(
            incident_id, lambda one: one.changed(CLOCK.moment(UTC), **changes)
        )

    def end(self, incident_id: str) -> None:
        self.incidents.update(
            incident_id, lambda one: one.moved_to(Status.ESCALATED, CLOCK.moment(UTC))
        )

    def fault(self, incident_id: str) -> str | None:
        return self.claims.fault_in_taking("arn:of:it", incident_id, "restart_ecs_service")


def test_who_takes_a_thing_over_holds_the_next_one_off() -> None:
    all_of_them = Claimants()
    first, second, third = (all_of_them.opened() for _ in range(3))

    assert all_of_them.fault(first) is None
    all_of_them.end(first)
    too_early = all_of_them.fault(second)
    CLOCK.sleep(61)
    all_of_them.change(first, resumes=1)

    assert (too_early or "").startswith(f"{first} acted on arn:of:it")
    assert all_of_them.fault(second) is None
    assert (all_of_them.fault(third) or "").startswith(f"{second} acted on arn:of:it")


def test_what_takes_something_back_has_nothing_to_be_taken_back_by() -> None:
    floor = Floor(CLOCK)
    done = floor.carry_out(floor.incident_ids[0], PLAN[0])
    assert done is not None
    assert done.inverse is not None

    undone = floor.carry_out(floor.incident_ids[0], done.inverse, undo=True)

    assert undone is not None
    assert (undone.status, undone.inverse) == (ActionStatus.DONE, None)
    assert isinstance(undone, ActionRecord)


def test_who_acted_last_is_known_for_longer_than_it_holds_others_off() -> None:
    all_of_them = Claimants()
    first, second, third = (all_of_them.opened() for _ in range(3))
    asked_at = CLOCK.moment(UTC)
    CLOCK.sleep(1)

    all_of_them.fault(first)
    CLOCK.sleep(301)

    told = all_of_them.claims.taken_since("arn:of:it", second, asked_at)
    assert (told or "").startswith(f"{first} began restart_ecs_service there at ")
    assert all_of_them.claims.taken_since("arn:of:it", first, asked_at) is None
    assert all_of_them.claims.taken_since("arn:of:it", second, CLOCK.moment(UTC)) is None
    assert all_of_them.fault(third) is None
