"""Sources that are away, late or silent, as recordings tell them; and what a remedy looks at."""

from typing import Any

import pytest

from itops_cli.investigation.servers import Surroundings, tool_gateways
from itops_cli.investigation.stores import memory_stores
from itops_core.errors import ToolUnavailableError
from itops_core.settings import config
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded, recorded_scenario
from local_cloud.sandbox.scenario import load, parse
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import Recording
from tests.support.scenarios import a_scenario
from tests.support.tool_servers import answered, refused

NOW = 1_795_000_000.0
LATENCY = {"namespace": "Shop", "metric": "LatencyP99", "dimensions": {"Service": "ledger"}}


def with_gap(**gap: Any) -> Recording:  # noqa: ANN401
    estate = [
        {
            "name": "ledger",
            "routine_logs": [{"per_minute": 20, "message": "booked {id}"}],
        },
        {"name": "cart"},
    ]
    scenario = parse(a_scenario(estate=estate, missing=[gap]))
    return recorded(scenario, NOW)


def tools_over(recording: Recording) -> ToolGateway:
    return InMemoryToolGateway(recorded_server(recording))


def test_a_backend_that_may_not_be_read_is_named_with_the_permission() -> None:
    tools = tools_over(with_gap(kind="backend", source="logs", how="denied"))

    message = refused(tools, "query_cloudwatch_logs", log_group="/ecs/ledger")

    assert "logs:FilterLogEvents" in message
    assert answered(tools, "get_metrics", **LATENCY)["points"]


@pytest.mark.parametrize("how", ["down", "throttled"])
def test_a_backend_that_is_not_well_is_out_of_reach(how: str) -> None:
    tools = tools_over(with_gap(kind="backend", source="cloudwatch", how=how))

    with pytest.raises(ToolUnavailableError):
        tools.call("get_metrics", LATENCY)


def test_a_log_that_fell_silent_answers_and_has_no_line_since() -> None:
    tools = tools_over(with_gap(kind="log_lines", service="ledger", since="onset"))

    lately = answered(tools, "query_cloudwatch_logs", log_group="/ecs/ledger", minutes_back=8)
    before = answered(tools, "query_cloudwatch_logs", log_group="/ecs/ledger", minutes_back=60)

    assert lately["lines"] == []
    assert before["lines"]


def test_late_metrics_end_that_much_before_now() -> None:
    tools = tools_over(with_gap(kind="late_metrics", service="ledger", minutes=12))

    points = answered(tools, "get_metrics", **LATENCY, minutes_back=30)["points"]

    assert 16 <= len(points) <= 19


def test_a_part_that_fell_silent_tells_nothing_more_at_all() -> None:
    recording = with_gap(kind="telemetry", service="ledger", after_minutes=0)

    onset = NOW - 9 * 60
    ours = [one for one in recording.metrics if "ledger" in one.dimensions.values()]
    assert ours
    assert all(at < onset for one in ours for at, _ in one.points)
    lines = [one for one in recording.log_events if one.log_group == "/ecs/ledger"]
    assert all(line.timestamp < onset * 1000 for line in lines)


def test_a_tool_server_that_was_down_and_past_incidents_are_told_with_the_recording() -> None:
    assert recorded_scenario("incident-server-away", NOW).unreachable == ("incident",)
    past = recorded_scenario("again-this-week", NOW).incidents
    assert {one.service for one in past} == {"pdf-stamper"}
    assert all(one.is_over and one.verdict is not None for one in past)


def test_without_traces_there_is_no_segment() -> None:
    assert with_gap(kind="traces").segments == ()


@pytest.mark.parametrize(
    ("slug", "action", "parameters"),
    [
        ("month-end-invoices", "set_lambda_concurrency", {"function_name": "invoice-render"}),
        ("thumbnails-large", "set_lambda_memory", {"function_name": "thumbnail-maker"}),
        ("order-writes-refused", "raise_dynamodb_capacity", {"table_name": "bookings"}),
        ("claims-left-behind", "redrive_queue", {"queue_name": "claims-inbox-dlq"}),
        ("readings-that-never-move", "restart_device", {"device_id": "store-ant-3"}),
    ],
)
def test_the_remedy_of_a_component_can_be_previewed_over_its_recording(
    slug: str, action: str, parameters: dict[str, Any]
) -> None:
    recording = recorded_scenario(slug, NOW)
    around = Surroundings(recording, memory_stores(recording.catalog, ()), config())

    preview = answered(
        tool_gateways(around)["operations"], "preview_action", name=action, parameters=parameters
    )

    assert preview["possible"], preview


def test_one_ill_task_can_be_previewed_by_the_id_that_its_log_stream_has() -> None:
    recording = recorded_scenario("one-task-of-five", NOW)
    around = Surroundings(recording, memory_stores(recording.catalog, ()), config())
    streams = {
        line.stream for line in recording.log_events if "read-only file system" in line.message
    }
    task = next(iter(streams)).rsplit("/", 1)[-1]

    preview = answered(
        tool_gateways(around)["operations"],
        "preview_action",
        name="stop_ecs_task",
        parameters={"cluster": load("one-task-of-five", library()).estate[0].cluster, "task": task},
    )

    assert len(streams) == 1
    assert preview["possible"], preview
