"""Every tool of every server keeps the promises that agents, people and models rely on.

The servers run as processes of their own over stdio, with an AWS that does not answer: what is
promised here must hold without it.
"""

import json
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import Tool

from itops_core.tools.client_gateway import ClientGateway
from itops_core.wiring.tools import allowed_tools
from scripts.tools_page import LIST, PAGE, in_short, page, server_names

SERVERS = {
    "monitoring": {
        "get_metrics",
        "list_metrics",
        "detect_metric_anomalies",
        "get_cloudwatch_alarm_state",
        "list_alarms",
        "get_alarm_history",
        "query_cloudwatch_logs",
        "find_log_patterns",
        "get_traces",
        "get_service_map",
        "rank_root_causes",
        "list_failed_executions",
        "get_failure_trend",
        "find_shared_causes",
        "explain_execution_failure",
        "compare_executions",
        "list_executions",
        "get_execution_graph",
        "get_dlq_depth",
        "describe_ecs_service",
        "get_database_metrics",
        "get_database_load",
        "list_database_events",
        "list_recent_changes",
        "get_evidence",
    },
    "incident": {
        "get_incident",
        "list_incidents",
        "search_incidents",
        "search_knowledge_base",
        "get_runbook",
        "list_runbooks",
        "get_catalog_entry",
        "find_similar_incidents",
        "analyze_incident",
        "create_incident",
        "update_incident",
        "add_timeline_event",
        "generate_report",
        "save_knowledge_article",
        "create_ticket",
        "create_github_issue",
        "publish_sns_escalation",
    },
    "operations": {
        "list_actions",
        "preview_action",
        "restart_ecs_service",
        "stop_ecs_task",
        "scale_ecs_service",
        "rollback_ecs_deployment",
        "redrive_queue",
        "redrive_execution",
        "rerun_execution",
        "set_lambda_concurrency",
        "set_lambda_memory",
        "raise_dynamodb_capacity",
        "restart_device",
        "notify_only",
    },
    "fleet": {
        "list_fleet_devices",
        "get_device_telemetry",
        "get_excursion_events",
        "get_device_shadow",
    },
}
READ_VERBS = {
    "get", "list", "search", "query", "describe", "preview", "detect", "find", "rank",
    "explain", "compare", "analyze",
}  # fmt: skip
WRITE_VERBS = {
    "create",
    "update",
    "add",
    "restart",
    "scale",
    "rollback",
    "notify",
    "redrive",
    "rerun",
    "generate",
    "save",
    "publish",
    "stop",
    "set",
    "raise",
}
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "INCIDENTS_TABLE": "ITOps-Incidents",
    "AGENT_STATE_TABLE": "ITOps-AgentState",
    "KNOWLEDGE_TABLE": "ITOps-KnowledgeBase",
    "APPROVALS_TABLE": "ITOps-Approvals",
    "CATALOG_TABLE": "ITOps-Catalog",
    "RUNTIME_TABLE": "ITOps-Runtime",
    "AUDIT_TABLE": "ITOps-Audit",
    "KILL_SWITCH_PARAMETER": "/ITOps/actions-enabled",
    "NOTIFIER_FUNCTION": "ITOps-Notifier",
    "NOTIFICATIONS_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:ITOps-Notifications",
    "STATE_MACHINE_ARN": (
        "arn:aws:states:us-east-1:000000000000:stateMachine:ITOps-IncidentResponse"
    ),
}
ALL = [(server, tool) for server, tools in SERVERS.items() for tool in sorted(tools)]


def over_stdio(server: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", f"{server}_server"], env=ENVIRONMENT
    )


async def listed(server: str, mode: str) -> dict[str, Tool]:
    async with Client(over_stdio(server), mode=mode) as client:
        assert client.instructions
        return {tool.name: tool for tool in (await client.list_tools()).tools}


@pytest.fixture(scope="module")
def tools() -> dict[str, dict[str, Tool]]:
    return {server: anyio.run(partial(listed, server, "auto")) for server in SERVERS}


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[str, ClientGateway]]:
    found = {
        server: ClientGateway(server, partial(stdio_client, over_stdio(server)), 30)
        for server in SERVERS
    }
    yield found
    for gateway in found.values():
        gateway.close()


def test_no_server_is_left_out_here() -> None:
    assert sorted(SERVERS) == server_names()


def test_the_page_about_the_tools_tells_what_the_servers_tell(
    tools: dict[str, dict[str, Tool]],
) -> None:
    told = page({server: list(found.values()) for server, found in tools.items()})

    assert PAGE.read_text(encoding="utf-8") == told, "run: python scripts/tools_page.py"


def test_the_list_that_the_api_answers_with_is_of_the_same_tools(
    tools: dict[str, dict[str, Tool]],
) -> None:
    told = in_short({server: list(found.values()) for server, found in tools.items()})

    assert LIST.read_text(encoding="utf-8") == told, "run: python scripts/tools_page.py"


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_a_server_has_the_tools_it_should_have_in_both_protocol_eras(
    server: str, tools: dict[str, dict[str, Tool]]
) -> None:
    legacy = anyio.run(partial(listed, server, "legacy"))

    assert set(tools[server]) == SERVERS[server]
    assert {name: tool.input_schema for name, tool in legacy.items()} == {
        name: tool.input_schema for name, tool in tools[server].items()
    }


def test_every_tool_that_an_agent_is_allowed_exists() -> None:
    for servers in allowed_tools().values():
        for server, names in servers.items():
            assert set(names) <= SERVERS[server]


@pytest.mark.parametrize(("server", "name"), ALL)
def test_a_tool_says_what_it_is_for_and_whether_it_writes(
    server: str, name: str, tools: dict[str, dict[str, Tool]]
) -> None:
    tool = tools[server][name]
    verb = name.split("_", 1)[0]

    assert verb in READ_VERBS | WRITE_VERBS
    assert len(name) <= 64
    assert 20 <= len(tool.description or "") <= 250
    assert "\n" not in (tool.description or "")
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint is (verb in READ_VERBS)
    assert tool.annotations.idempotent_hint is True
    assert tool.annotations.destructive_hint is not None
    assert tool.annotations.open_world_hint is not None
    if verb in READ_VERBS:
        assert tool.annotations.destructive_hint is False


@pytest.mark.parametrize(("server", "name"), ALL)
def test_every_argument_is_described_and_bounded(
    server: str, name: str, tools: dict[str, dict[str, Tool]]
) -> None:
    schema = tools[server][name].input_schema

    faults = list(unbounded(schema, schema, ""))

    assert faults == []
    for argument, told in schema.get("properties", {}).items():
        words = [told, *told.get("anyOf", [])]
        assert any(word.get("description") for word in words), f"{argument} is not described"


@pytest.mark.parametrize(("server", "name"), ALL)
def test_an_answer_has_a_shape_and_says_where_it_comes_from(
    server: str, name: str, tools: dict[str, dict[str, Tool]]
) -> None:
    output = tools[server][name].output_schema

    assert output is not None
    assert output["type"] == "object"
    if name.split("_", 1)[0] in READ_VERBS:
        assert {"data_source", "query"} <= set(output["required"])
        assert {"truncated", "cursor"} <= set(output["properties"])


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_a_model_can_afford_to_be_told_of_all_tools(
    server: str, tools: dict[str, dict[str, Tool]]
) -> None:
    told = [
        {"name": tool.name, "description": tool.description, "schema": tool.input_schema}
        for tool in tools[server].values()
    ]

    assert len(json.dumps(told)) < 900 * max(16, len(told))


@pytest.mark.parametrize(("server", "name"), ALL)
def test_a_wrong_argument_is_answered_with_what_would_do(
    server: str, name: str, gateways: dict[str, ClientGateway], tools: dict[str, dict[str, Tool]]
) -> None:
    unknown = gateways[server].call(name, {"no_such_argument": 1})
    required = tools[server][name].input_schema.get("required", [])

    assert not unknown.ok
    assert "does not take no_such_argument; it takes" in unknown.message
    if required:
        missing = gateways[server].call(name, {})
        assert not missing.ok
        assert all(argument in missing.message for argument in required[:3])
        assert "change them and call it again" in missing.message


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_an_unknown_tool_is_answered_with_those_there_are(
    server: str, gateways: dict[str, ClientGateway]
) -> None:
    answer = gateways[server].call("launch_rocket", {})

    assert not answer.ok
    assert all(name in answer.message for name in SERVERS[server])


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_the_lambda_handler_of_a_server_is_a_few_lines(server: str) -> None:
    folder = Path(__file__).parents[2] / "mcp-servers" / f"{server}_server"
    code = (folder / "handler.py").read_text(encoding="utf-8")

    statements = [line for line in code.splitlines() if line.strip() and '"""' not in line]

    assert len(statements) <= 15


def unbounded(schema: dict[str, Any], root: dict[str, Any], place: str) -> Iterator[str]:
    """Yield the places of a schema at which a caller could send any amount."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        yield from unbounded(root["$defs"][name], root, place)
    for option in (*schema.get("anyOf", []), *schema.get("allOf", [])):
        yield from unbounded(option, root, place)
    kind = schema.get("type")
    if kind == "string" and not {"maxLength", "pattern", "enum", "format", "const"} & set(schema):
        yield f"{place}: any text"
    if kind in {"integer", "number"} and "enum" not in schema:
        low, high = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
        if not (low & set(schema) and high & set(schema)):
            yield f"{place}: any number"
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{place}: any number of elements"
        yield from unbounded(schema.get("items", {}), root, f"{place}[]")
    if kind == "object":
        if "properties" not in schema and "maxProperties" not in schema:
            yield f"{place}: any object"
        for name, part in schema.get("properties", {}).items():
            yield from unbounded(part, root, f"{place}.{name}")
