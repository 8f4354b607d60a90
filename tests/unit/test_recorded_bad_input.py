"""The new monitoring tools, asked badly, and asked about data that is bad."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import LogEvent, RecordedMetric, Recording
from tests.support.tool_servers import answered, refused

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
GROUP = "/ecs/shop"
LATER = (NOW + timedelta(hours=2)).isoformat()
A_LITTLE_LATER = (NOW + timedelta(minutes=2)).isoformat()
EARLIER = (NOW - timedelta(days=13)).isoformat()


def ago(minutes: float) -> float:
    return (NOW - timedelta(minutes=minutes)).timestamp()


def metric(name: str, points: Sequence[tuple[float, float]]) -> RecordedMetric:
    return RecordedMetric(
        namespace="Shop", metric=name, dimensions={"Service": "web"}, points=tuple(points)
    )


def line(minutes: float, message: str) -> LogEvent:
    return LogEvent(log_group=GROUP, timestamp=int(ago(minutes) * 1000), message=message)


def web(**parts: Any) -> ToolGateway:  # noqa: ANN401
    entry = CatalogEntry(
        entry_id="web",
        kind="ecs_service",
        metric_namespace="Shop",
        metric_dimensions={"Service": "web"},
        depends_on=("web", "database"),
    )
    usual: dict[str, Any] = {
        "recorded_at": NOW,
        "catalog": (entry,),
        "log_groups": (GROUP,),
        "alarms": ({"AlarmName": "slow", "StateValue": "OK"},),
        "metrics": (metric("Latency", [(ago(minute), 0.2) for minute in range(300, 0, -1)]),),
    }
    return InMemoryToolGateway(recorded_server(Recording.model_validate(usual | parts)))


@pytest.mark.parametrize(
    ("tool", "arguments", "advice"),
    [
        ("get_alarm_history", {"alarm_name": "none"}, "call list_alarms"),
        ("get_alarm_history", {"alarm_name": "slow", "end": LATER}, "lies in the future"),
        ("detect_metric_anomalies", {"namespace": "Nothing"}, "call list_metrics"),
        ("detect_metric_anomalies", {"namespace": "Shop", "metrics": ["Cpu"]}, "it has Latency"),
        (
            "detect_metric_anomalies",
            {"namespace": "Shop", "dimensions": {"Service": "none"}},
            "keeps nothing by",
        ),
        ("detect_metric_anomalies", {"namespace": "Shop", "end": LATER}, "lies in the future"),
        ("detect_metric_anomalies", {"namespace": "Shop", "cursor": "99"}, "leave the cursor out"),
        ("find_log_patterns", {"log_group": "/ecs/none"}, "there are /ecs/shop"),
        ("find_log_patterns", {"log_group": GROUP, "baseline_end": LATER}, "within the window"),
        ("find_log_patterns", {"log_group": GROUP, "minutes_back": 0}, "at least 1"),
        ("get_traces", {"end": LATER}, "lies in the future"),
        ("get_traces", {"end": "yesterday"}, "change them and call it again"),
        ("get_traces", {"end": "2026-11-20T05:00:00"}, "a time needs its offset"),
        ("get_traces", {"cursor": "-1"}, "cursor"),
        ("get_service_map", {"minutes_back": 100_000}, "at most 1440"),
        ("rank_root_causes", {"service": "none", "metric": "latency"}, "it has web"),
        (
            "rank_root_causes",
            {"service": "web", "metric": "mood"},
            "one of latency or availability",
        ),
        (
            "rank_root_causes",
            {"service": "web", "metric": "latency", "onset": LATER},
            "has to be before end",
        ),
        (
            "rank_root_causes",
            {"service": "web", "metric": "latency", "onset": NOW.isoformat(), "end": EARLIER},
            "has to be before end",
        ),
        ("get_dlq_depth", {"name_prefix": "none"}, "no queue starts with 'none'"),
        ("get_dlq_depth", {"name_prefix": "no/such"}, "change them and call it again"),
        ("list_metrics", {"cursor": "nonsense"}, "leave it out"),
    ],
)
def test_what_cannot_be_answered_is_answered_with_what_would_do(
    tool: str, arguments: Mapping[str, Any], advice: str
) -> None:
    assert advice in refused(web(), tool, **arguments)


@pytest.mark.parametrize(
    ("tool", "arguments", "what_is_empty"),
    [
        ("get_alarm_history", {"alarm_name": "slow"}, "steps"),
        ("detect_metric_anomalies", {"namespace": "Shop", "end": EARLIER}, "findings"),
        ("find_log_patterns", {"log_group": GROUP}, "patterns"),
        ("get_traces", {}, "traces"),
        ("get_service_map", {}, "calls"),
        ("rank_root_causes", {"service": "web", "metric": "availability"}, "suspects"),
        ("rank_root_causes", {"service": "web", "metric": "latency", "end": EARLIER}, "suspects"),
        ("get_dlq_depth", {}, "queues"),
    ],
)
def test_an_empty_window_is_an_answer_that_says_why(
    tool: str, arguments: Mapping[str, Any], what_is_empty: str
) -> None:
    answer = answered(web(), tool, **arguments)

    assert answer[what_is_empty] == []
    assert answer["note"]


@pytest.mark.parametrize("tool", ["get_traces", "get_service_map"])
def test_a_clock_that_runs_ahead_a_little_is_forgiven(tool: str) -> None:
    answer = answered(web(), tool, end=A_LITTLE_LATER)

    assert answer["query"]["EndTime"] == NOW.isoformat()


def test_series_too_short_to_judge_are_named_and_nothing_is_made_up_about_them() -> None:
    gateway = web(
        metrics=(
            metric("OnePoint", [(ago(3), 99.0)]),
            metric("Flat", [(ago(minute), 5.0) for minute in range(300, 0, -1)]),
            metric("Empty", []),
        )
    )

    answer = answered(gateway, "detect_metric_anomalies", namespace="Shop")

    assert answer["findings"] == []
    assert answer["series_examined"] == 3
    assert [told.split(" ")[0] for told in answer["not_judged"]] == ["Empty", "OnePoint"]


def test_a_target_with_a_single_datapoint_blames_nobody() -> None:
    gateway = web(metrics=(metric("Latency", [(ago(3), 99.0)]),))

    answer = answered(gateway, "rank_root_causes", service="web", metric="latency")

    assert answer["suspects"] == []
    assert "database" in " ".join(answer["gaps"])


def test_a_line_of_fifty_megabytes_and_binary_junk_are_harmless() -> None:
    junk = bytes(range(256)).decode("latin-1") * 20
    gateway = web(
        log_events=(
            line(5, "ERROR disk full on volume 7"),
            line(4, "x" * 50_000_000),
            line(3, junk),
            line(2, ""),
        )
    )

    answer = answered(gateway, "find_log_patterns", log_group=GROUP)

    assert answer["window_lines"] == 4
    assert len(json.dumps(answer)) < 8000
    assert any("disk full" in one["example"]["message"] for one in answer["patterns"])


def test_secrets_in_patterns_and_in_causes_do_not_get_out() -> None:
    told = "ERROR login failed password=hunter2 for key AKIAABCDEFGHIJKLMNOP"
    segment = {
        "trace_id": "1-00000001-000000000000000000000001",
        "id": "0000000000000001",
        "name": "web",
        "start_time": ago(5),
        "end_time": ago(5) + 1,
        "fault": True,
        "cause": {"exceptions": [{"message": told}]},
    }
    gateway = web(log_events=(line(5, told),), segments=(json.dumps(segment),))

    shown = json.dumps(
        [
            answered(gateway, "find_log_patterns", log_group=GROUP),
            answered(gateway, "get_traces"),
        ]
    )

    assert "login failed" in shown
    assert "hunter2" not in shown
    assert "AKIAABCDEFGHIJKLMNOP" not in shown


def test_documents_that_are_no_segments_are_counted_and_passed_over() -> None:
    trace = {"trace_id": "1-00000001-000000000000000000000001"}
    good = {**trace, "id": "01", "name": "web", "start_time": ago(5), "end_time": ago(5) + 1}
    endless: dict[str, Any] = {**good, "id": "02", "parent_id": "03"}
    circle: dict[str, Any] = {**good, "id": "03", "parent_id": "02"}
    nameless = {**trace, "id": "04", "start_time": "soon"}
    gateway = web(segments=tuple(json.dumps(one) for one in (good, endless, circle, nameless)))

    traces = answered(gateway, "get_traces")
    drawn = answered(gateway, "get_service_map")

    assert "1 documents could not be read" in traces["note"]
    assert traces["traces"][0]["path"][0]["service"] == "web"
    assert drawn["services"] == ["web"]


def test_services_that_call_in_circles_are_ranked_all_the_same() -> None:
    jump = [(ago(minute), 0.2 if minute > 15 else 4.0) for minute in range(300, 0, -1)]
    count = [(ago(minute), 100.0) for minute in range(300, 0, -1)]
    gateway = web(metrics=(metric("Latency", jump), metric("Requests", count)))

    answer = answered(gateway, "rank_root_causes", service="web", metric="latency")

    assert [one["component"] for one in answer["suspects"]] == ["web"]
