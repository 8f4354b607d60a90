"""Incidents and timelines against real DynamoDB semantics."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from itops_core.domain.alarm import Alarm
from itops_core.domain.incident import Incident, Status, TimelineEvent, open_incident
from itops_core.domain.remediation import Action, PlannedAction, RemediationPlan
from itops_core.errors import ConflictError, InvalidInputError, NotFoundError
from itops_core.stores.incidents import IncidentStore
from tests.support.accounts import Tables

pytest_plugins = ("tests.emulator",)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def store(tables: Tables) -> IncidentStore:
    return IncidentStore(tables.incidents)


def an_incident(at: datetime = NOON, fingerprint: str = "f" * 32) -> Incident:
    alarm = Alarm(name="payment-memory", changed_at=at, threshold=90.5, dimensions={"A": "b"})
    return open_incident(
        "Payments fail", "payment-service", at, fingerprint=fingerprint, alarm=alarm
    )


def an_event(incident: Incident, event_id: str, at: datetime) -> TimelineEvent:
    return TimelineEvent(
        incident_id=incident.incident_id,
        event_id=event_id,
        at=at,
        kind="note",
        actor="test",
        message=f"event {event_id}",
    )


def test_an_incident_comes_back_as_it_was_stored(store: IncidentStore) -> None:
    incident = store.create(an_incident())

    assert store.get(incident.incident_id) == incident


def test_the_hash_of_a_plan_survives_storage_to_the_letter(store: IncidentStore) -> None:
    incident = an_incident()
    action = Action(name="scale", parameters={"to": 4.0, "tiny": 1e-200, "none": None, "é": [1]})
    plan = RemediationPlan(
        incident_id=incident.incident_id,
        round=1,
        actions=(PlannedAction(action=action, reason="more"),),
        rationale="load",
        confidence=0.8,
        reasoner="offline",
    )

    store.create(incident.changed(NOON, plan=plan))

    stored = store.get(incident.incident_id).plan
    assert stored is not None
    assert stored.plan_hash == plan.plan_hash


def test_an_id_is_taken_only_once(store: IncidentStore) -> None:
    incident = store.create(an_incident())

    with pytest.raises(ConflictError):
        store.create(incident)


def test_an_unknown_id_is_not_found(store: IncidentStore) -> None:
    with pytest.raises(NotFoundError):
        store.get("INC-00000000")


def test_the_second_of_two_concurrent_saves_is_refused(store: IncidentStore) -> None:
    read_by_both = store.create(an_incident())
    store.save(read_by_both.moved_to(Status.TRIAGING, NOON))

    with pytest.raises(ConflictError):
        store.save(read_by_both.moved_to(Status.ESCALATED, NOON))


def test_twelve_concurrent_updates_are_all_kept(store: IncidentStore) -> None:
    incident = store.create(an_incident())

    def add(name: str) -> None:
        store.update(
            incident.incident_id,
            lambda known: known.changed(NOON, affected_services=(*known.affected_services, name)),
        )

    names = {f"service-{number}" for number in range(4)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, names))

    assert set(store.get(incident.incident_id).affected_services) == names


def test_a_change_that_changes_nothing_is_not_written(store: IncidentStore) -> None:
    incident = store.create(an_incident())

    assert store.update(incident.incident_id, lambda known: known).version == 0


def test_a_list_is_newest_first_and_its_cursor_leads_to_the_rest(store: IncidentStore) -> None:
    # 12:00:00 and 12:00:00.5 sort wrongly where a time without a fraction is written shorter.
    offsets = (0, 0.5, 1, 61)
    made = [store.create(an_incident(NOON + timedelta(seconds=second))) for second in offsets]

    first = store.list(limit=3)
    rest = store.list(limit=3, cursor=first.cursor)

    found = [incident.incident_id for incident in (*first.items, *rest.items)]
    assert found == [incident.incident_id for incident in reversed(made)]
    assert rest.cursor is None


def test_a_list_can_be_narrowed_to_a_status(store: IncidentStore) -> None:
    store.create(an_incident())
    triaged = store.create(an_incident().moved_to(Status.TRIAGING, NOON))

    assert store.list(status=Status.TRIAGING).items == (triaged,)


@pytest.mark.parametrize("cursor", ["", "x", "e30", "W10", "bnVsbA", "%%%", "é", "eyJhIjoxfQ"])
def test_a_cursor_that_no_page_gave_is_refused_with_advice(
    store: IncidentStore, cursor: str
) -> None:
    with pytest.raises(InvalidInputError, match="cursor"):
        store.list(cursor=cursor)


def test_a_cursor_of_one_list_does_not_open_another(store: IncidentStore) -> None:
    for _ in range(2):
        store.create(an_incident())
    cursor = store.list(status=Status.OPEN, limit=1).cursor

    with pytest.raises(InvalidInputError):
        store.list(status=Status.FAILED, cursor=cursor)


def test_only_an_unfinished_incident_is_open_for_a_fingerprint(store: IncidentStore) -> None:
    store.create(an_incident(fingerprint="a").moved_to(Status.ESCALATED, NOON))
    unfinished = store.create(an_incident(fingerprint="a"))
    store.create(an_incident(fingerprint="b").moved_to(Status.CLOSED, NOON))

    assert store.open_with_fingerprint("a") == unfinished
    assert store.open_with_fingerprint("b") is None


def test_recent_incidents_of_a_correlation_key_are_found(store: IncidentStore) -> None:
    store.create(an_incident(NOON - timedelta(hours=1)))
    recent = store.create(an_incident(NOON))

    found = store.recent_by_correlation("payment-service", NOON - timedelta(minutes=5))

    assert found == (recent,)


def test_unfinished_leaves_out_what_is_over(store: IncidentStore) -> None:
    waiting = store.create(an_incident())
    store.create(an_incident().moved_to(Status.CLOSED, NOON))

    assert tuple(store.unfinished()) == (waiting,)


def test_a_timeline_is_oldest_first_and_pages(store: IncidentStore) -> None:
    incident = store.create(an_incident())
    for number in (3, 1, 2):
        store.add_event(an_event(incident, f"e{number}", NOON + timedelta(seconds=number)))

    first = store.timeline(incident.incident_id, limit=2)
    rest = store.timeline(incident.incident_id, cursor=first.cursor, limit=2)

    assert [event.event_id for event in (*first.items, *rest.items)] == ["e1", "e2", "e3"]


def test_a_repeated_event_stands_once_even_with_another_time(store: IncidentStore) -> None:
    incident = store.create(an_incident())
    store.add_event(an_event(incident, "opened", NOON))

    store.add_event(an_event(incident, "opened", NOON + timedelta(seconds=9)))

    events = store.timeline(incident.incident_id).items
    assert [event.at for event in events] == [NOON]


def test_a_cursor_of_another_incident_does_not_open_a_timeline(store: IncidentStore) -> None:
    incident, other = store.create(an_incident()), store.create(an_incident())
    for number in (1, 2):
        store.add_event(an_event(other, f"e{number}", NOON))
    cursor = store.timeline(other.incident_id, limit=1).cursor

    with pytest.raises(InvalidInputError):
        store.timeline(incident.incident_id, cursor=cursor)
