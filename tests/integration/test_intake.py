"""Alarms from SNS: one incident for each thing that is wrong, and nothing lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from incident_intake.handler import handler
from itops_core.domain.alarm import AlarmState
from itops_core.domain.audit import AuditKind, day_chain
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Status
from itops_core.domain.intake import Fate, LinkCount, Outcome
from itops_core.domain.values import utc_now
from itops_core.errors import SealedError
from itops_core.settings import places
from itops_core.stores.link_writes import Entry
from itops_core.wiring import stores
from itops_core.wiring.intake import dead_letters, intake, links
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


@pytest.fixture(autouse=True)
def catalog(process: Account) -> None:
    stores.catalog().put(
        CatalogEntry(
            entry_id="payment-service",
            kind="ecs_service",
            cluster="shop",
            ecs_service="payment-svc",
            metric_dimensions={"Service": "payments"},
        )
    )


def test_an_alarm_opens_an_incident_on_the_service_the_catalog_knows(process: Account) -> None:
    (alarm,) = taken(an_alarm())

    incident = the_incident()
    assert (alarm.incident_id, alarm.is_new) == (incident.incident_id, True)
    assert (incident.service, incident.severity) == ("payment-service", None)
    assert incident.title == "payment-memory (MemoryUtilization > 90)"
    assert incident.alarm is not None
    assert incident.alarm.dimensions == {"ClusterName": "shop", "ServiceName": "payment-svc"}
    assert (incident.alarm.statistic, incident.alarm.region) == ("Average", "us-east-1")
    assert process.executions() == {incident.incident_id: "RUNNING"}


def test_the_symptom_began_with_the_first_datapoint_over_the_line() -> None:
    taken(an_alarm())

    incident = the_incident()
    assert incident.symptom_started_at == CHANGED_AT - timedelta(minutes=2)
    assert incident.phases[0].started_at == incident.symptom_started_at


def test_the_plain_form_opens_an_incident_too() -> None:
    taken({"service": "payment-svc", "metric": "errors", "value": 12, "threshold": 5})

    incident = the_incident()
    assert incident.service == "payment-service"
    assert incident.title == "payment-svc errors (errors > 5)"


def test_the_same_message_delivered_again_changes_nothing(process: Account) -> None:
    first = taken(an_alarm(), message_id="m-1")

    again = taken(an_alarm(), message_id="m-1")

    assert again == first
    assert kinds(the_incident()) == ["opened"]
    assert len(process.executions()) == 1


def test_an_alarm_whose_incident_is_unfinished_is_linked_to_it(process: Account) -> None:
    taken(an_alarm(), message_id="m-1")

    later = told(CHANGED_AT + timedelta(seconds=1))
    (alarm,) = taken(an_alarm(StateChangeTime=later), message_id="m-2")

    incident = the_incident()
    assert (alarm.incident_id, alarm.is_new) == (incident.incident_id, False)
    assert kinds(incident) == ["opened", "linked"]
    assert len(process.executions()) == 1


def test_of_many_alarms_of_one_kind_at_once_one_opens_an_incident(process: Account) -> None:
    def take(number: int) -> bool:
        return taken(an_alarm(), message_id=f"m-{number}")[0].is_new

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(take, range(6)))

    assert sum(new) == 1
    assert kinds(the_incident()) == ["opened"]
    assert links().count(the_incident().incident_id).alarms == 6
    assert len(process.executions()) == 1


def test_a_symptom_that_is_back_after_a_resolved_incident_is_news() -> None:
    taken(an_alarm(), message_id="m-1")
    at = utc_now()
    incident = the_incident()
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.RESOLVED):
        incident = stores.incidents().save(incident.moved_to(status, at))

    (alarm,) = taken(an_alarm(), message_id="m-2")

    assert alarm.is_new
    assert len(stores.incidents().list().items) == 2


@pytest.mark.parametrize(("seconds_ago", "is_new"), [(1, False), (24 * 3600, True)])
def test_an_incident_handed_to_people_absorbs_its_alarm_for_the_cooldown(
    seconds_ago: float, is_new: bool
) -> None:
    taken(an_alarm(), message_id="m-1")
    ended(Status.ESCALATED, seconds_ago)

    assert taken(an_alarm(), message_id="m-2")[0].is_new is is_new


def test_an_incident_whose_alarm_clears_before_anybody_began_is_closed_and_says_so() -> None:
    taken(an_alarm(), message_id="m-1")

    (fate,) = taken(an_alarm("OK"), message_id="m-2")

    incident = the_incident()
    assert (fate.outcome, incident.status) == (Outcome.CLEARED, Status.CLOSED)
    assert incident.resolution is not None
    assert incident.resolution.startswith("Cleared by itself: payment-memory went back to OK")
    assert kinds(incident) == ["opened", "note", "closed"]
    entries = stores.audit().entries(incident.incident_id)
    assert [entry.kind.value for entry in entries] == ["incident_ended"]


def test_one_alarm_of_two_that_clears_closes_nothing() -> None:
    taken(an_alarm(name="payment-memory"), an_alarm(name="payment-errors"))

    taken(an_alarm("OK", name="payment-memory"), message_id="m-3")
    assert the_incident().status is Status.OPEN

    taken(an_alarm("OK", name="payment-errors"), message_id="m-4")
    assert the_incident().status is Status.CLOSED


def test_an_alarm_of_work_that_failed_for_good_closes_nothing_by_being_ok() -> None:
    failed = {"MetricName": "ExecutionsFailed", "Namespace": "AWS/States"}
    trigger = {**an_alarm()["Trigger"], **failed}
    taken(an_alarm(name="payment-export", Trigger=trigger), an_alarm())

    taken(an_alarm("OK", name="payment-export", Trigger=trigger), message_id="m-3")
    taken(an_alarm("OK"), message_id="m-4")

    incident = the_incident()
    last = stores.incidents().timeline(incident.incident_id).items[-1]
    assert incident.status is Status.OPEN
    assert "failed for good" in last.message


def test_an_alarm_at_the_moment_of_closing_waits_for_the_closing_and_is_news() -> None:
    taken(an_alarm(), message_id="m-1")
    closing = the_incident()
    assert not links().seal(closing.incident_id, LinkCount(alarms=0))
    assert links().seal(closing.incident_id, links().count(closing.incident_id))
    rings_again = an_alarm(name="payment-errors")

    refused = handler(records(rings_again, message_id="m-2"), Context())  # type: ignore[arg-type]

    assert len(refused["batchItemFailures"]) == 1
    assert links().count(closing.incident_id).alarms == 1
    stores.incidents().update(
        closing.incident_id, lambda known: known.moved_to(Status.CLOSED, utc_now())
    )
    (fate,) = taken(rings_again, message_id="m-2")
    assert fate.is_new


def test_what_a_closing_incident_has_already_is_no_news_to_it() -> None:
    taken(an_alarm(), message_id="m-1")
    closing = the_incident().incident_id
    (link,) = links().page(closing).items
    (fate,) = links().fates([link.message_id]).values()
    assert links().seal(closing, links().count(closing))

    added = links().add([Entry(link, fate)])

    assert added.count.alarms == 1
    rings_again = link.model_copy(update={"message_id": "m-2"})
    with pytest.raises(SealedError):
        links().add([Entry(link, fate), Entry(rings_again, fate)])
    assert links().count(closing).alarms == 1


def test_links_that_are_put_off_while_their_incident_is_being_closed_are_news() -> None:
    taken(an_alarm(), message_id="m-1")
    closing = the_incident().incident_id
    (link,) = links().page(closing).items
    assert links().seal(closing, links().count(closing))

    with pytest.raises(SealedError):
        links().expect(link.model_copy(update={"message_id": "m-2"}))

    links().unseal(closing)
    taken(an_alarm("OK"), message_id="m-3")
    assert the_incident().status is Status.CLOSED


def test_no_incident_is_closed_while_links_of_it_are_put_off_however_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken(an_alarm(), message_id="m-1")
    incident_id, store = the_incident().incident_id, links()
    (link,) = store.page(incident_id).items
    over = {"message_id": "m-2", "state": AlarmState.OK, "changed_at": utc_now()}
    (fate,) = store.fates([link.message_id]).values()
    store.add([Entry(link.model_copy(update=over), fate)])
    seal = store.seal

    def after_links_were_put_off(sealed: str, known: LinkCount) -> bool:
        store.expect(link)
        return seal(sealed, known)

    with monkeypatch.context() as between:
        between.setattr(store, "seal", after_links_were_put_off)
        assert not intake().clearing.look(incident_id)

    store.arrived(link)
    assert intake().clearing.look(incident_id)
    assert the_incident().status is Status.CLOSED


def test_work_that_has_begun_is_told_that_the_alarm_cleared_and_goes_on() -> None:
    taken(an_alarm(), message_id="m-1")
    for status in (Status.TRIAGING, Status.INVESTIGATING):
        stores.incidents().update(
            the_incident().incident_id, lambda known, to=status: known.moved_to(to, utc_now())
        )

    taken(an_alarm("OK"), message_id="m-2")

    incident = the_incident()
    last = stores.incidents().timeline(incident.incident_id).items[-1]
    assert incident.status is Status.INVESTIGATING
    assert "none of its alarms rings any more" in last.message
    assert "goes on" in last.message


def test_an_alarm_that_rings_again_after_it_cleared_by_itself_is_news() -> None:
    taken(an_alarm(), message_id="m-1")
    taken(an_alarm("OK"), message_id="m-2")
    later = told(CHANGED_AT + timedelta(seconds=20))

    (fate,) = taken(an_alarm(StateChangeTime=later), message_id="m-3")

    assert fate.is_new


def test_an_alarm_that_is_over_without_an_incident_opens_none() -> None:
    (alarm,) = taken(an_alarm("OK"))

    assert (alarm.incident_id, alarm.outcome) == (None, Outcome.NOTED)
    assert stores.incidents().list().items == ()


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[" * 100_000,
        "[]",
        "{}",
        {"AlarmName": "x"},
        an_alarm("PANIC"),
        {**an_alarm(), "StateChangeTime": "yesterday"},
        {**an_alarm(), "StateChangeTime": "2026-11-20T03:00:00"},
        {**an_alarm(), "Trigger": {"Dimensions": [{"x": 1}]}},
        {**an_alarm(), "Trigger": "x"},
        {"service": "payment", "metric": "errors", "value": "many", "threshold": 5},
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason_and_the_others_are_taken_in(
    message: object,
) -> None:
    taken(message, an_alarm())

    assert the_incident().service == "payment-service"
    (letter,) = dead_letters().listed(10)
    assert letter.reason
    assert letter.buried_at is not None


def test_a_record_that_is_no_notification_is_kept_with_the_reason() -> None:
    batch = records("x")
    batch["Records"][0]["body"] = "what is this?"

    answer = handler(batch, Context())  # type: ignore[arg-type]

    (letter,) = dead_letters().listed(10)
    assert answer == {"batchItemFailures": []}
    assert letter.reason == "the record is not JSON: what is this?"


def test_what_fails_is_brought_again_and_at_last_kept_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CATALOG_TABLE", "gone")
    forget_wiring()

    first = handler(records(an_alarm(), message_id="m-1"), Context())  # type: ignore[arg-type]
    last = handler(records(an_alarm(), message_id="m-1", tries=5), Context())  # type: ignore[arg-type]

    (letter,) = dead_letters().listed(10)
    assert first == {"batchItemFailures": [{"itemIdentifier": "q-0"}]}
    assert last == {"batchItemFailures": []}
    assert letter.reason.startswith("not taken in after 5 tries: ")


def test_a_letter_that_is_sent_again_is_taken_in_once(process: Account) -> None:
    body = json.dumps({"service": "ledger", "metric": "Errors", "value": 9, "threshold": 1})
    dead_letters().bury(body, "the catalog was away", "first-name")
    (letter,) = dead_letters().listed(10)

    answer = dead_letters().redrive([letter.letter_id, "another"], "ann")
    sqs = process.client("sqs")
    received = sqs.receive_message(
        QueueUrl=places()["INTAKE_QUEUE_URL"], MessageAttributeNames=["All"]
    )["Messages"]
    named = received[0]["MessageAttributes"]["original_id"]["StringValue"]
    for try_ in ("q-1", "q-2"):
        again = {
            "messageId": try_,
            "body": received[0]["Body"],
            "attributes": {},
            "messageAttributes": {"original_id": {"stringValue": named}},
        }
        handler({"Records": [again]}, Context())  # type: ignore[arg-type]

    assert (answer.handled, answer.missing) == ((letter.letter_id,), ("another",))
    assert dead_letters().listed(10) == ()
    assert links().count(the_incident().incident_id).alarms == 1


def test_discarded_letters_are_gone_and_the_record_says_who_did_so() -> None:
    dead_letters().bury("{}", "nonsense", "name")
    dead_letters().bury("[]", "nonsense", "other")
    kept, dropped = dead_letters().listed(10)

    dead_letters().discard([dropped.letter_id], "ann", "a test")

    assert [letter.letter_id for letter in dead_letters().listed(10)] == [kept.letter_id]
    (entry,) = stores.audit().entries(day_chain(utc_now()))
    assert (entry.kind, entry.actor) == (AuditKind.DEAD_LETTER, "ann")


@pytest.mark.parametrize(
    ("trigger", "service"),
    [
        ({"Dimensions": [{"name": "Service", "value": "payments"}]}, "payment-service"),
        (
            {"Dimensions": [{"name": "TargetGroup", "value": "targetgroup/payment-service-tg/1a"}]},
            "payment-service",
        ),
        ({"Dimensions": [{"name": "FunctionName", "value": "unknown-fn"}]}, "unknown-fn"),
        ({"Dimensions": []}, "payment-service"),
    ],
)
def test_the_service_is_found_by_dimension_target_group_or_at_last_by_words(
    trigger: dict[str, Any], service: str
) -> None:
    alarm = an_alarm(AlarmDescription="5xx of payment-service rise")
    taken({**alarm, "Trigger": {**alarm["Trigger"], **trigger}})

    assert the_incident().service == service


def test_an_alarm_on_metric_math_is_read_by_its_first_metric() -> None:
    query = {
        "Id": "m1",
        "MetricStat": {
            "Metric": {
                "MetricName": "Errors",
                "Namespace": "Shop",
                "Dimensions": [{"name": "Service", "value": "payments"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }
    trigger = {"Metrics": [{"Id": "e1", "Expression": "m1*2"}, query], "Threshold": 5}

    taken(an_alarm(Trigger={**trigger, "ComparisonOperator": "GreaterThanThreshold"}))

    alarm = the_incident().alarm
    assert alarm is not None
    assert (alarm.metric, alarm.statistic) == ("Errors", "Sum")
    assert the_incident().service == "payment-service"


def test_a_composite_alarm_without_a_metric_opens_an_incident() -> None:
    alarm = an_alarm(name="payment-service is ill")
    del alarm["Trigger"]

    taken(alarm)

    assert (the_incident().service, the_incident().title) == (
        "payment-service",
        "payment-service is ill",
    )


def test_times_without_an_offset_in_the_delivery_do_not_matter() -> None:
    event = records({"service": "x", "metric": "m", "value": 1, "threshold": 2})
    body = json.loads(event["Records"][0]["body"])
    event["Records"][0]["body"] = json.dumps({**body, "Timestamp": "2026-11-20T03:00:01"})

    handler(event, Context())  # type: ignore[arg-type]

    assert the_incident().opened_at > datetime(2026, 1, 1, tzinfo=UTC)


def test_an_incident_that_its_first_alarm_never_opened_is_opened_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The bearer of the first alarm dies between the board of outages and the incident.
    with monkeypatch.context() as dying, pytest.raises(RuntimeError):
        dying.setattr("itops_core.stores.incidents.IncidentStore.create", _die)
        taken(an_alarm(name="payment-memory"), message_id="m-1")

    (alarm,) = taken(an_alarm(name="payment-errors"), message_id="m-2")

    incident = the_incident()
    assert (alarm.incident_id, alarm.is_new) == (incident.incident_id, False)
    assert incident.title.startswith("payment-memory")


def test_a_hub_that_rings_last_leads_and_its_callers_incidents_become_one(
    process: Account,
) -> None:
    for name, leans in (("pages", ("hub",)), ("mails", ("hub",)), ("hub", ())):
        stores.catalog().put(CatalogEntry(entry_id=name, kind="other", depends_on=leans))

    def ring(service: str) -> Fate:
        plain = {"service": service, "metric": "Errors", "value": 9, "threshold": 1}
        return taken(plain, message_id=f"m-{service}")[0]

    first, second, hub = ring("pages"), ring("mails"), ring("hub")

    assert (first.is_new, second.is_new, hub.incident_id) == (True, True, first.incident_id)
    kept = stores.incidents().get(str(first.incident_id))
    folded = stores.incidents().get(str(second.incident_id))
    assert (kept.service, kept.status) == ("hub", Status.OPEN)
    assert kept.title == "hub Errors (Errors > 1)"
    assert set(kept.affected_services) == {"hub", "pages", "mails"}
    assert (folded.status, folded.duplicate_of) == (Status.DUPLICATE, kept.incident_id)
    assert len(links().ringing(kept.incident_id)) == 3
    assert links().count(folded.incident_id).alarms == 1


def test_in_a_storm_links_that_can_wait_are_written_later_and_once(
    process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = process.client("sqs")
    queue = sqs.create_queue(QueueName="ITOps-AlarmLinks")["QueueUrl"]
    monkeypatch.setenv("INTAKE_LINKS_URL", queue)
    forget_wiring()
    storm = [an_alarm(name=f"payment-{number}") for number in range(60)]
    elsewhere = {"service": "ledger", "metric": "Errors", "value": 9, "threshold": 1}

    handler(records(*storm, elsewhere), Context())  # type: ignore[arg-type]

    found = stores.incidents().list().items
    by_service = {incident.service: incident.incident_id for incident in found}
    assert set(by_service) == {"payment-service", "ledger"}
    assert links().count(by_service["payment-service"]).alarms == 18
    put_off = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    for number, message in enumerate([*put_off, *put_off]):
        later = {"messageId": f"q-{number}", "body": message["Body"], "attributes": {}}
        assert handler({"Records": [later]}, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert links().count(by_service["payment-service"]).alarms == 60
    assert len(links().ringing(by_service["payment-service"])) == 60


def test_a_batch_of_a_known_storm_asks_little_however_many_alarms_it_holds(
    process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = process.client("sqs").create_queue(QueueName="ITOps-AlarmLinks")["QueueUrl"]
    monkeypatch.setenv("INTAKE_LINKS_URL", queue)
    session, asked = boto3.Session(), list[str]()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    forget_wiring()

    def note(model: Any, **_: Any) -> None:  # noqa: ANN401
        asked.append(model.name)

    session.events.register("before-call.*", note)
    taken(an_alarm())
    asked.clear()

    handler(records(*(an_alarm(name=f"payment-{n}") for n in range(100))), Context())  # type: ignore[arg-type]

    assert "TransactWriteItems" not in asked, "what can wait is counted elsewhere"
    assert len(asked) <= 15, asked
    assert links().count(the_incident().incident_id).alarms == 1


def _die(*_: object) -> None:
    raise RuntimeError("the power is gone")


def test_another_alarm_of_a_service_under_investigation_is_linked_too(process: Account) -> None:
    taken(an_alarm(name="payment-memory"), message_id="m-1")

    (other,) = taken(an_alarm(name="payment-errors"), message_id="m-2")
    taken(an_alarm("OK", name="payment-errors"), message_id="m-3")

    incident = the_incident()
    assert (other.incident_id, other.is_new) == (incident.incident_id, False)
    assert kinds(incident) == ["opened", "linked", "note"]
    assert incident.status is Status.OPEN
    assert len(process.executions()) == 1


def test_of_many_different_alarms_of_one_service_at_once_one_opens_an_incident(
    process: Account,
) -> None:
    def take(number: int) -> bool:
        return taken(an_alarm(name=f"payment-{number}"), message_id=f"m-{number}")[0].is_new

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(take, range(6)))

    assert sum(new) == 1
    assert sorted(kinds(the_incident())) == ["linked"] * 5 + ["opened"]
    assert len(process.executions()) == 1


@pytest.mark.parametrize(("seconds_ago", "is_new"), [(1, False), (24 * 3600, True)])
def test_the_other_alarms_of_an_outage_that_people_have_belong_to_it_for_the_cooldown(
    seconds_ago: float, is_new: bool
) -> None:
    taken(an_alarm(name="payment-memory"), message_id="m-1")
    ended(Status.ESCALATED, seconds_ago)

    (other,) = taken(an_alarm(name="payment-errors"), message_id="m-2")

    assert other.is_new is is_new


def test_a_change_of_state_that_comes_by_sns_and_by_eventbridge_counts_once() -> None:
    taken(an_alarm(), message_id="m-1")
    handler({"Records": [as_record(an_event())]}, Context())  # type: ignore[arg-type]

    event_id = an_event()["id"]
    assert links().fates([event_id])[event_id].outcome is Outcome.NOTED
    assert links().count(the_incident().incident_id).alarms == 1


def test_an_alarm_of_a_duplicate_belongs_to_the_incident_it_doubles() -> None:
    taken(an_alarm(name="payment-memory"), message_id="m-1")
    original = the_incident()
    elsewhere = {"service": "ledger", "metric": "Errors", "value": 9, "threshold": 1}
    (double,) = taken(elsewhere, message_id="m-2")
    assert double.incident_id is not None
    stores.incidents().update(
        double.incident_id,
        lambda known: known.moved_to(
            Status.DUPLICATE, utc_now(), duplicate_of=original.incident_id
        ),
    )

    (alarm,) = taken(elsewhere, message_id="m-3")

    assert double.is_new
    assert (alarm.incident_id, alarm.is_new) == (original.incident_id, False)
