"""Every form in which alarms arrive, from samples written after the documented shapes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.alarm_messages import (
    AlarmStateChange,
    CloudWatchNotification,
    GenericAlarm,
    PlainAlarm,
    form_of,
    read_message,
)
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError
from itops_core.workflow.alarms import service_of, title_of

SAMPLES = Path(__file__).parents[1] / "data" / "alarms"
NOW = datetime(2026, 11, 20, 3, 5, tzinfo=UTC)
CATALOG = (
    CatalogEntry(entry_id="checkout", kind="ecs_service", ecs_service="checkout-svc"),
    CatalogEntry(entry_id="orders-api", kind="api", resource="orders-api"),
)


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def message(name: str) -> AlarmMessage:
    return read_message(sample(name), "m-1", NOW)


@pytest.mark.parametrize(
    ("name", "form", "service", "title"),
    [
        (
            "sns-single-metric",
            CloudWatchNotification,
            "checkout",
            "checkout-cpu-high (CPUUtilization > 90)",
        ),
        (
            "sns-metric-math",
            CloudWatchNotification,
            "orders-api",
            "orders-error-rate (Error rate = errors / requests * 100 ≥ 5)",
        ),
        (
            "sns-anomaly-band",
            CloudWatchNotification,
            "orders-api",
            "orders-latency-unusual (above the band of what is usual, 2 deviations wide)",
        ),
        (
            "sns-composite",
            CloudWatchNotification,
            "checkout",
            'shop-is-ill (ALARM("checkout-cpu-high") OR ALARM("orders-error-rate"))',
        ),
        (
            "event-single-metric",
            AlarmStateChange,
            "checkout",
            "checkout-cpu-high (CPUUtilization > 90)",
        ),
        (
            "event-metric-math",
            AlarmStateChange,
            "orders-api",
            "orders-error-rate (Error rate = errors / requests * 100 ≥ 5)",
        ),
        (
            "event-composite",
            AlarmStateChange,
            "checkout",
            'shop-is-ill (ALARM("checkout-cpu-high") OR ALARM("orders-error-rate"))',
        ),
        ("plain", PlainAlarm, "checkout", "checkout-svc errors (errors > 5)"),
        ("generic-firing", GenericAlarm, "checkout", "Checkout answers slowly (p99 > 2 s)"),
    ],
)
def test_each_form_is_known_and_says_what_is_wrong_where(
    name: str, form: type, service: str, title: str
) -> None:
    told = message(name)

    assert isinstance(form_of(sample(name)), form)
    assert told.state is AlarmState.ALARM
    assert service_of(told, CATALOG) == service
    assert title_of(told.alarm) == title


def test_sns_and_eventbridge_tell_the_same_alarm() -> None:
    for name in ("single-metric", "metric-math", "composite"):
        one, other = message(f"sns-{name}").alarm, message(f"event-{name}").alarm

        assert one.fingerprint == other.fingerprint
        assert one.changed_at == other.changed_at
        assert one.dimensions == other.dimensions
        assert (one.statistic, one.threshold) == (other.statistic, other.threshold)


def test_what_an_expression_is_compared_with_is_no_threshold_of_its_metrics() -> None:
    alarm = message("sns-metric-math").alarm

    assert (alarm.namespace, alarm.metric, alarm.statistic) == ("AWS/ApiGateway", "5XXError", "Sum")
    assert alarm.threshold is None
    assert alarm.dimensions == {"ApiName": "orders-api"}


def test_a_composite_alarm_names_the_alarms_that_set_it_off() -> None:
    assert message("sns-composite").alarm.children == ("checkout-cpu-high",)


def test_a_composite_alarm_whose_actions_are_suppressed_says_by_what() -> None:
    suppressed = message("event-composite-suppressed")

    assert suppressed.suppressed_by == "WaitPeriod"


def test_the_generic_form_carries_severity_labels_and_its_end() -> None:
    firing, over = message("generic-firing"), message("generic-resolved")

    assert (firing.severity, over.state) == (Severity.HIGH, AlarmState.OK)
    assert firing.alarm.fingerprint == over.alarm.fingerprint
    assert firing.alarm.changed_at == datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert "team: checkout" in firing.alarm.description


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "JSON object"),
        ({}, "none of the known forms"),
        ({"AlarmName": "x"}, "NewStateValue"),
        ({"title": "x", "service": "y"}, "dedup_key"),
        ({"metric": "x"}, "service"),
        ({"service": "x", "metric": "m", "value": float("nan"), "threshold": 1}, "finite"),
        ({"detail-type": "CloudWatch Alarm State Change", "id": "e", "detail": {}}, "alarmName"),
        ({"detail-type": "Scheduled Event", "id": "e", "detail": {}}, "detail-type"),
        ({**sample("generic-firing"), "severity": "warning"}, "severity"),
        ({**sample("generic-firing"), "starts_at": "2026-11-20T03:00:00"}, "offset"),
        ({**sample("generic-firing"), "starts_at": "2126-11-20T03:00:00Z"}, "lies in the future"),
        (
            {**sample("sns-single-metric"), "StateChangeTime": "2126-11-20T03:00:00.000+0000"},
            "2126-11-20 03:00:00 UTC, which lies in the future",
        ),
        ({**sample("generic-firing"), "labels": {str(n): "x" for n in range(51)}}, "labels"),
        ({**sample("sns-single-metric"), "Trigger": {"Dimensions": [{"x": 1}]}}, "dimension"),
        ({**sample("sns-single-metric"), "AlarmName": ""}, "AlarmName"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_wrong(content: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_message(content, "m-1", NOW)


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_fields_that_nobody_needs_may_be_missing_or_null(name: str) -> None:
    content = sample(name)

    for field in ("AlarmDescription", "OKActions", "Region", "resources", "version", "labels"):
        if field in content:
            nulled = {**content, field: None} if field != "labels" else content
            without = {key: value for key, value in content.items() if key != field}
            assert read_message(nulled, "m-1", NOW).alarm.name
            assert read_message(without, "m-1", NOW).alarm.name
