"""The links of an incident alone: sealed while it is closed, and each state in its place."""

from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.alarm import AlarmState
from itops_core.domain.intake import AlarmLink, Fate, Outcome
from itops_core.domain.values import new_id
from itops_core.errors import SealedError
from itops_core.stores import link_writes
from itops_core.stores import links as store
from itops_core.stores.link_writes import Entry, Record
from itops_core.wiring.intake import links
from tests.support.alarm_batches import CHANGED_AT
from tests.support.chaos.clock import Clock

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    clock.at = CHANGED_AT.timestamp()
    monkeypatch.setattr(store, "time", clock)
    monkeypatch.setattr(link_writes, "time", clock)
    return clock


def an_entry(incident_id: str, number: int, **told: Any) -> Entry:  # noqa: ANN401
    facts: dict[str, Any] = {
        "incident_id": incident_id,
        "message_id": f"m-{number}",
        "alarm": "payment-memory",
        "service": "payments",
        "fingerprint_of": "f" * 32,
        "state": AlarmState.ALARM,
        "reason": "too much",
        "changed_at": CHANGED_AT,
        "received_at": CHANGED_AT,
        **told,
    }
    records = facts.pop("records", {})
    link = AlarmLink.model_validate(facts)
    fate = Fate(
        message_id=link.message_id,
        alarm=link.alarm,
        service=link.service,
        state=link.state,
        outcome=Outcome.LINKED,
        incident_id=incident_id,
    )
    return Entry(link, fate, records)


def test_a_seal_holds_for_a_minute_against_alarms_and_against_another_seal(clock: Clock) -> None:
    incident_id = new_id("INC")
    links().add([an_entry(incident_id, 1)])
    counted = links().count(incident_id)

    sealed = [links().seal(incident_id, counted) for _ in range(2)]
    clock.sleep(59)
    with pytest.raises(SealedError):
        links().add([an_entry(incident_id, 2, fingerprint_of="e" * 32)])
    clock.sleep(2)
    added = links().add([an_entry(incident_id, 2, fingerprint_of="e" * 32)])

    assert sealed == [True, False]
    assert added.count.alarms == 2


def test_what_is_not_closed_after_all_has_its_alarms_at_once() -> None:
    incident_id = new_id("INC")
    links().add([an_entry(incident_id, 1)])
    assert links().seal(incident_id, links().count(incident_id))

    links().unseal(incident_id)

    assert links().add([an_entry(incident_id, 2)]).count.alarms == 2
    assert links().seal(incident_id, links().count(incident_id))


@pytest.mark.parametrize("later_by", [0, 60])
def test_an_alarm_that_is_heard_of_after_its_end_does_not_ring(later_by: int) -> None:
    incident_id, over_at = new_id("INC"), CHANGED_AT + timedelta(seconds=later_by)
    links().add([an_entry(incident_id, 1, changed_at=CHANGED_AT - timedelta(seconds=60))])
    links().add([an_entry(incident_id, 2, state=AlarmState.OK, changed_at=over_at)])

    late = links().add([an_entry(incident_id, 3)])

    assert late.has_older
    assert links().ringing(incident_id) == ()
    assert links().last_quiet(incident_id) is not None


def test_what_another_message_told_is_linked_to_no_second_incident() -> None:
    first, second = new_id("INC"), new_id("INC")

    def told_by(name: str) -> dict[str, Record]:
        return {"change#1": Record({"incident_id": name}, 600, exclusive=True)}

    one = links().add([an_entry(first, 1, records=told_by(first))])
    other = links().add([an_entry(second, 2, records=told_by(second))])

    assert len(one.links) == 1
    assert (other.links, other.count.alarms) == ((), 0)
