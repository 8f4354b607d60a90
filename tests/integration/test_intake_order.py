"""Alarms that come twice, out of order or late: each change of state counts once."""

import itertools
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from incident_intake.handler import handler
from itops_core.domain.alarm_messages import read_message
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Status
from itops_core.domain.intake import Fate, LinkCount, Outcome
from itops_core.domain.values import utc_now
from itops_core.wiring import stores
from itops_core.wiring.intake import intake, links
from tests.support.accounts import Account, forget_wiring
from tests.support.alarm_batches import (
    CHANGED_AT,
    an_alarm,
    an_event,
    as_record,
    ended,
    kinds,
    records,
    taken,
    the_incident,
    told,
)
from tests.support.calls import Context

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

LATER = CHANGED_AT + timedelta(seconds=10)


@pytest.fixture(autouse=True)
def catalog(process: Account) -> None:
    entry = CatalogEntry(
        entry_id="payment-service", kind="ecs_service", cluster="shop", ecs_service="payment-svc"
    )
    stores.catalog().put(entry)


def take(*batch: dict[str, Any]) -> None:
    assert handler({"Records": list(batch)}, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]


def by_sns(state: str, message_id: str, **changes: object) -> dict[str, Any]:
    (record,) = records(an_alarm(state, **changes), message_id=message_id)["Records"]  # type: ignore[arg-type]
    return {**record, "messageId": f"q-{message_id}"}


def counted(incident_id: str) -> LinkCount:
    count = links().count(incident_id)
    return count.model_copy(update={"ringing": len(links().ringing(incident_id))})


def changes_of() -> Sequence[dict[str, Any]]:
    """Return an alarm and its end, each by SNS and by EventBridge."""
    return (
        by_sns("ALARM", "m-1"),
        as_record(an_event("ALARM")),
        by_sns("OK", "m-2", StateChangeTime=told(LATER)),
        as_record(an_event("OK", at=LATER)),
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
@pytest.mark.parametrize("size", [1, 4])
def test_an_alarm_and_its_end_by_two_ways_count_once_each_in_any_order(
    order: tuple[int, ...], size: int
) -> None:
    told_of = [changes_of()[one] for one in order]

    for start in range(0, 4, size):
        take(*told_of[start : start + size])

    incident = the_incident()
    page = links().page(incident.incident_id).items
    assert counted(incident.incident_id) == LinkCount(alarms=1, recoveries=1, ringing=0)
    assert [link.state.value for link in page] == ["ALARM", "OK"]
    assert page[0].opened
    assert incident.status is Status.CLOSED
    assert kinds(incident) == ["opened", "note", "closed"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("size", [1, 2])
def test_an_alarm_and_its_end_in_one_second_leave_nothing_ringing(
    order: tuple[int, ...], size: int
) -> None:
    told_of = [(by_sns("ALARM", "m-1"), by_sns("OK", "m-2"))[one] for one in order]

    for start in range(0, 2, size):
        take(*told_of[start : start + size])

    assert counted(the_incident().incident_id) == LinkCount(alarms=1, recoveries=1, ringing=0)
    assert the_incident().status is Status.CLOSED


def test_an_incident_stays_open_while_its_main_alarm_rings_though_another_one_is_over() -> None:
    take(by_sns("ALARM", "m-1"), as_record(an_event("ALARM")))
    taken(an_alarm(name="payment-errors"), message_id="m-2")

    taken(an_alarm("OK", name="payment-errors"), message_id="m-3")

    incident = the_incident()
    assert incident.status is Status.OPEN
    assert links().ringing(incident.incident_id) == ("payment-memory",)


def test_an_end_that_is_read_before_the_links_that_were_put_off_counts_all_the_same(
    process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = process.client("sqs")
    queue = sqs.create_queue(QueueName="ITOps-AlarmLinks")["QueueUrl"]
    monkeypatch.setenv("INTAKE_LINKS_URL", queue)
    forget_wiring()
    names = [f"payment-{number}" for number in range(30)]
    handler(records(*(an_alarm(name=name) for name in names)), Context())  # type: ignore[arg-type]
    incident_id = the_incident().incident_id

    for name in names:
        taken(an_alarm("OK", name=name, StateChangeTime=told(LATER)), message_id=f"ok-{name}")
    before = the_incident().status
    (put_off,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    take({"messageId": "q-later", "body": put_off["Body"], "attributes": {}})

    assert before is Status.OPEN
    assert counted(incident_id) == LinkCount(alarms=30, recoveries=30, ringing=0)
    assert the_incident().status is Status.CLOSED


@pytest.mark.parametrize("status", [Status.ESCALATED, Status.FAILED, Status.RESOLVED])
def test_a_recovery_after_an_incident_is_over_is_noted_on_it(status: Status) -> None:
    taken(an_alarm(), message_id="m-1")
    if status is Status.RESOLVED:
        ended(Status.TRIAGING)
    ended(status)

    (fate,) = taken(an_alarm("OK", StateChangeTime=told(LATER)), message_id="m-2")

    incident = the_incident()
    assert (fate.outcome, fate.incident_id) == (Outcome.NOTED, incident.incident_id)
    assert counted(incident.incident_id) == LinkCount(alarms=1, recoveries=1, ringing=0)
    assert incident.status is status
    assert kinds(incident)[-1] == "note"


def test_an_alarm_that_flaps_after_people_have_it_pages_nobody_again(process: Account) -> None:
    taken(an_alarm(), message_id="m-1")
    ended(Status.ESCALATED)

    for number in range(1, 4):
        at = CHANGED_AT + timedelta(seconds=10 * number)
        state = "ALARM" if number % 2 == 0 else "OK"
        taken(an_alarm(state, StateChangeTime=told(at)), message_id=f"flap-{number}")

    incident = the_incident()
    assert counted(incident.incident_id) == LinkCount(alarms=2, recoveries=2, ringing=0)
    assert kinds(incident) == ["opened", "note", "linked", "note"]
    assert len(process.executions()) == 1


def test_a_change_that_comes_the_other_way_after_its_incident_is_over_opens_nothing() -> None:
    take(as_record(an_event("ALARM")))
    ended(Status.TRIAGING)
    ended(Status.RESOLVED)

    (fate,) = taken(an_alarm(), message_id="m-1")

    assert fate.outcome is Outcome.NOTED
    assert counted(the_incident().incident_id).alarms == 1


def test_the_same_change_told_again_is_one_line_of_the_timeline() -> None:
    taken(an_alarm(), message_id="m-1")

    for number in range(3):
        taken(an_alarm(name="payment-errors"), message_id=f"n-{number}")
        taken(an_alarm(), message_id=f"o-{number}")

    assert kinds(the_incident()) == ["opened", "linked"]


def test_a_dedup_key_is_one_alarm_by_whichever_way_it_comes() -> None:
    firing = {"title": "Slow", "service": "ledger", "dedup_key": "slow", "severity": "low"}
    (opened,) = taken(firing, message_id="m-1")
    ended(Status.ESCALATED)
    incident_id = str(opened.incident_id)

    over = _webhook({**firing, "status": "resolved"})
    again = _webhook({**firing, "starts_at": "2026-11-20T03:00:00Z"})

    assert (over.incident_id, again.incident_id) == (incident_id, incident_id)
    assert counted(incident_id) == LinkCount(alarms=2, recoveries=1, ringing=1)


def _webhook(content: dict[str, Any]) -> Fate:
    text = json.dumps(content)
    message = read_message(content, f"webhook#{hash(text)}", utc_now())
    named = message.model_copy(update={"origin": "webhook"})
    fate = intake().take_in([named])[named.message_id]
    assert isinstance(fate, Fate)
    return fate
