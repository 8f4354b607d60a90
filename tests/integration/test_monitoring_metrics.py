"""Metrics and alarms, asked for through the tools, against real AWS APIs."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.values import canonical_json, utc_now
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account
from tests.support.telemetry import (
    CPU,
    DEFAULT_ANSWER_CHARACTERS,
    SERVICE,
    put_alarm,
    put_cpu,
    this_minute,
)
from tests.support.tool_servers import answered, monitoring_server, refused

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def monitoring(account: Account) -> ToolGateway:
    return InMemoryToolGateway(monitoring_server(account))


def cpu(gateway: ToolGateway, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    return answered(
        gateway,
        "get_metrics",
        namespace="AWS/ECS",
        metric="CPUUtilization",
        dimensions=CPU,
        **arguments,
    )


def test_a_metric_comes_with_its_extremes_its_baseline_and_the_query(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [20.0] * 30 + [95.5] * 10)

    series = cpu(monitoring)

    summary = series["summary"]
    assert len(series["points"]) == summary["count"] == 40
    assert (summary["minimum"], summary["maximum"], summary["latest"]) == (20.0, 95.5, 95.5)
    assert summary["baseline_mean"] == 20.0
    assert summary["recent_mean"] == 95.5
    assert series["unit"] == "Percent"
    assert series["points"] == sorted(series["points"])
    assert series["data_source"] == "cloudwatch"
    assert series["query"]["Stat"] == "Average"
    assert len(canonical_json(series)) < DEFAULT_ANSWER_CHARACTERS


def test_a_long_window_is_read_coarsely_and_says_so(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [float(at % 50) for at in range(600)])

    series = cpu(monitoring, minutes_back=600)

    assert series["period_seconds"] == 300
    assert len(series["points"]) <= 121
    assert "300 s instead of 60 s" in series["note"]


def test_a_percentile_and_a_window_in_the_past_are_possible(
    monitoring: ToolGateway, account: Account
) -> None:
    ended = this_minute() - timedelta(minutes=90)
    put_cpu(account, [10.0, 20.0, 30.0], ends=ended)

    series = cpu(monitoring, statistic="p90", minutes_back=10, end=ended.isoformat())

    assert [value for _, value in series["points"]] == [10.0, 20.0, 30.0]


def test_a_single_datapoint_has_no_baseline(monitoring: ToolGateway, account: Account) -> None:
    put_cpu(account, [42.0])

    summary = cpu(monitoring)["summary"]

    assert (summary["count"], summary["latest"], summary["recent_mean"]) == (1, 42.0, 42.0)
    assert summary["baseline_mean"] is None


def test_a_metric_that_fell_silent_is_an_empty_window_and_not_an_error(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0], ends=this_minute() - timedelta(minutes=120))

    series = cpu(monitoring, minutes_back=30)

    assert series["points"] == []
    assert "no datapoints in this window" in series["note"]


def test_what_does_not_exist_is_answered_with_what_does(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0])

    no_namespace = refused(monitoring, "get_metrics", namespace="AWS/Nope", metric="X")
    no_metric = refused(monitoring, "get_metrics", namespace="AWS/ECS", metric="CPU")
    no_dimension = refused(
        monitoring,
        "get_metrics",
        namespace="AWS/ECS",
        metric="CPUUtilization",
        dimensions={"ServiceName": "other"},
    )

    assert "list_metrics" in no_namespace
    assert "CPUUtilization" in no_metric
    assert SERVICE in no_dimension


@pytest.mark.parametrize(
    "arguments",
    [
        {"minutes_back": 0},
        {"minutes_back": 1_000_000},
        {"period_seconds": 0},
        {"statistic": "Median"},
        {"end": "yesterday"},
        {"end": "2026-11-20T03:00:00"},
        {"end": "2999-01-01T00:00:00Z"},
        {"dimension": {"ServiceName": "x"}},
        {"metric": ""},
    ],
)
def test_an_argument_that_cannot_be_used_is_refused_with_advice(
    monitoring: ToolGateway, arguments: dict[str, Any]
) -> None:
    message = refused(
        monitoring, "get_metrics", **{"namespace": "AWS/ECS", "metric": "CPU", **arguments}
    )

    assert "get_metrics" in message or "end" in message
    assert "pydantic" not in message


def test_a_clock_that_runs_a_little_ahead_is_forgiven(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0])
    ahead = (utc_now() + timedelta(minutes=2)).isoformat()

    assert cpu(monitoring, end=ahead)["summary"]["count"] == 1


def test_metrics_are_listed_by_namespace_and_by_dimension(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0])

    by_namespace = answered(monitoring, "list_metrics", namespace="AWS/ECS")["metrics"]
    by_dimension = answered(monitoring, "list_metrics", dimensions={"ServiceName": SERVICE})

    assert by_namespace == by_dimension["metrics"]
    assert by_namespace[0]["dimensions"] == CPU
    assert "get_catalog_entry" in refused(monitoring, "list_metrics", namespace="Nope")


def test_an_alarm_tells_its_state_its_reason_and_what_it_watches(
    monitoring: ToolGateway, account: Account
) -> None:
    put_alarm(account)

    alarm = answered(monitoring, "get_cloudwatch_alarm_state", alarm_name="payment-cpu")

    assert alarm["state"] == "ALARM"
    assert alarm["reason"] == "it crossed the line"
    assert (alarm["namespace"], alarm["metric"], alarm["dimensions"]) == (
        "AWS/ECS",
        "CPUUtilization",
        CPU,
    )
    assert (alarm["threshold"], alarm["comparison"]) == (80.5, "GreaterThanThreshold")
    assert datetime.fromisoformat(alarm["changed_at"]) <= utc_now()


def test_alarms_are_listed_by_state_a_page_at_a_time(
    monitoring: ToolGateway, account: Account
) -> None:
    for number in range(27):
        put_alarm(account, f"payment-{number:02d}", "ALARM" if number else "OK")

    first = answered(monitoring, "list_alarms", state="ALARM")
    second = answered(monitoring, "list_alarms", state="ALARM", cursor=first["cursor"])

    names = [alarm["name"] for alarm in (*first["alarms"], *second["alarms"])]
    assert len(names) == len(set(names)) == 26
    assert first["truncated"]
    assert not second["truncated"]
    assert "list_alarms" in refused(monitoring, "get_cloudwatch_alarm_state", alarm_name="nope")
