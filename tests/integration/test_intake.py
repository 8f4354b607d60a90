"""Alarms from SNS: one incident for each thing that is wrong, and nothing lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_intake.handler import handler
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status
from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError
from itops_core.wiring import stores
from itops_core.workflow.alarms import read_message
from tests.support.accounts import Account
from tests.support.calls import Context

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

CHANGED_AT = utc_now().replace(microsecond=0) - timedelta(seconds=30)


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


def an_alarm(
    state: str = "ALARM", name: str = "payment-memory", **changes: object
) -> dict[str, Any]:
    """Return what CloudWatch publishes, field for field."""
    first = CHANGED_AT - timedelta(minutes=2)
    points = f"99.5 ({CHANGED_AT:%d/%m/%y %H:%M:%S}), 98.1 ({first:%d/%m/%y %H:%M:%S})"
    return {
        "AlarmName": name,
        "AlarmDescription": "memory of payment tasks",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": f"Threshold Crossed: 2 datapoints [{points}] were greater than …",
        "StateChangeTime": CHANGED_AT.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "MemoryUtilization",
            "Namespace": "AWS/ECS",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": None,
            "Dimensions": [
                {"value": "shop", "name": "ClusterName"},
                {"value": "payment-svc", "name": "ServiceName"},
            ],
            "Period": 60,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 90.0,
        },
        **changes,
    }


def records(*messages: object, message_id: str | None = None) -> dict[str, Any]:
    texts = [text if isinstance(text, str) else json.dumps(text) for text in messages]
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "Sns": {
                    "MessageId": message_id or f"{hash(text)}-{number}",
                    "Message": text,
                    "Timestamp": "2026-11-20T03:00:01.000Z",
                },
            }
            for number, text in enumerate(texts)
        ]
    }


def taken(*messages: object, message_id: str | None = None) -> list[dict[str, Any]]:
    return handler(records(*messages, message_id=message_id), Context())["alarms"]  # type: ignore[arg-type]


def the_incident() -> Incident:
    (incident,) = stores.incidents().list().items
    return stores.incidents().get(incident.incident_id)


def kinds(incident: Incident) -> list[str]:
    return [event.kind for event in stores.incidents().timeline(incident.incident_id).items]


def ended(status: Status, seconds_ago: float = 1) -> Incident:
    at = utc_now() - timedelta(seconds=seconds_ago)
    return stores.incidents().update(
        the_incident().incident_id, lambda known: known.moved_to(status, at)
    )


def test_an_alarm_opens_an_incident_on_the_service_the_catalog_knows(process: Account) -> None:
    (alarm,) = taken(an_alarm())

    incident = the_incident()
    assert (alarm["incident_id"], alarm["is_new"]) == (incident.incident_id, True)
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

    (alarm,) = taken(an_alarm(), message_id="m-2")

    incident = the_incident()
    assert (alarm["incident_id"], alarm["is_new"]) == (incident.incident_id, False)
    assert kinds(incident) == ["opened", "linked"]
    assert len(process.executions()) == 1


def test_of_many_alarms_of_one_kind_at_once_one_opens_an_incident(process: Account) -> None:
    def take(number: int) -> bool:
        return taken(an_alarm(), message_id=f"m-{number}")[0]["is_new"]

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(take, range(6)))

    assert sum(new) == 1
    assert sorted(kinds(the_incident())) == ["linked"] * 5 + ["opened"]
    assert len(process.executions()) == 1


def test_a_symptom_that_is_back_after_a_resolved_incident_is_news() -> None:
    taken(an_alarm(), message_id="m-1")
    at = utc_now()
    incident = the_incident()
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.RESOLVED):
        incident = stores.incidents().save(incident.moved_to(status, at))

    (alarm,) = taken(an_alarm(), message_id="m-2")

    assert alarm["is_new"]
    assert len(stores.incidents().list().items) == 2


@pytest.mark.parametrize(("seconds_ago", "is_new"), [(1, False), (3600, True)])
def test_an_incident_handed_to_people_absorbs_its_alarm_for_the_cooldown(
    seconds_ago: float, is_new: bool
) -> None:
    taken(an_alarm(), message_id="m-1")
    ended(Status.ESCALATED, seconds_ago)

    assert taken(an_alarm(), message_id="m-2")[0]["is_new"] is is_new


def test_an_alarm_that_is_over_is_noted_and_decides_nothing() -> None:
    taken(an_alarm())

    taken(an_alarm("OK"))

    incident = the_incident()
    assert incident.status is Status.OPEN
    assert kinds(incident) == ["opened", "note"]


def test_an_alarm_that_is_over_without_an_incident_opens_none() -> None:
    (alarm,) = taken(an_alarm("OK"))

    assert alarm["incident_id"] is None
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
def test_what_cannot_be_read_is_raised_and_the_others_are_taken_in(message: object) -> None:
    with pytest.raises(InvalidInputError):
        taken(message, an_alarm())

    assert the_incident().service == "payment-service"


def test_an_event_without_records_is_no_success() -> None:
    with pytest.raises(InvalidInputError):
        handler({"Records": [{"Sns": None}]}, Context())  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        handler({}, Context())  # type: ignore[arg-type]


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
    event["Records"][0]["Sns"]["Timestamp"] = "2026-11-20T03:00:01"

    handler(event, Context())  # type: ignore[arg-type]

    assert the_incident().opened_at > datetime(2026, 1, 1, tzinfo=UTC)


def test_a_claim_whose_holder_died_before_it_opened_anything_is_taken_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("itops_core.workflow.opening._PATIENCE_SECONDS", 0.2)
    message = read_message(an_alarm(), "m-1", utc_now())
    key = f"opening#{message.alarm.fingerprint}"
    stores.runtime().begin(key, 60, {"incident_id": "INC-00000000"})

    (alarm,) = taken(an_alarm(), message_id="m-1")

    assert alarm["is_new"]
    assert stores.runtime().read(key) == {"incident_id": alarm["incident_id"]}


def test_another_alarm_of_a_service_under_investigation_is_linked_too(process: Account) -> None:
    taken(an_alarm(name="payment-memory"), message_id="m-1")

    (other,) = taken(an_alarm(name="payment-errors"), message_id="m-2")
    taken(an_alarm("OK", name="payment-errors"), message_id="m-3")

    incident = the_incident()
    assert (other["incident_id"], other["is_new"]) == (incident.incident_id, False)
    assert kinds(incident) == ["opened", "linked", "note"]
    assert len(process.executions()) == 1


def test_of_many_different_alarms_of_one_service_at_once_one_opens_an_incident(
    process: Account,
) -> None:
    def take(number: int) -> bool:
        return taken(an_alarm(name=f"payment-{number}"), message_id=f"m-{number}")[0]["is_new"]

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(take, range(6)))

    assert sum(new) == 1
    assert sorted(kinds(the_incident())) == ["linked"] * 5 + ["opened"]
    assert len(process.executions()) == 1


def test_another_alarm_of_a_service_whose_incident_is_over_is_news() -> None:
    taken(an_alarm(name="payment-memory"), message_id="m-1")
    ended(Status.ESCALATED, 1)

    (other,) = taken(an_alarm(name="payment-errors"), message_id="m-2")

    assert other["is_new"]


def test_an_alarm_of_a_duplicate_belongs_to_the_incident_it_doubles() -> None:
    taken(an_alarm(name="payment-memory"), message_id="m-1")
    original = the_incident()
    elsewhere = {"service": "ledger", "metric": "Errors", "value": 9, "threshold": 1}
    (double,) = taken(elsewhere, message_id="m-2")
    stores.incidents().update(
        double["incident_id"],
        lambda known: known.moved_to(
            Status.DUPLICATE, utc_now(), duplicate_of=original.incident_id
        ),
    )

    (alarm,) = taken(elsewhere, message_id="m-3")

    assert double["is_new"]
    assert (alarm["incident_id"], alarm["is_new"]) == (original.incident_id, False)
