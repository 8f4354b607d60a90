"""Every monitoring tool over a recording: no cloud, no credentials, the same promises."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

from itops_core.tools.client_gateway import ClientGateway
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from local_cloud.sandbox.recording import recorded_scenario
from monitoring_server.recorded.composition import RecordedEvidence, recorded_server
from monitoring_server.recorded.recording import Recording, load, save
from tests.support.crowds import (
    ALARM,
    CLUSTER,
    DATABASE,
    EVIDENCE,
    EXECUTION,
    GROUP,
    INCIDENT,
    SERVICE,
    crowded,
)
from tests.support.scenarios import REHEARSED
from tests.support.tool_servers import answered, refused

MOST_CHARACTERS = 8000
"""Some 2,000 tokens."""

QUESTIONS: dict[str, dict[str, Any]] = {
    "get_metrics": {
        "namespace": "Crowd",
        "metric": "Latency",
        "dimensions": {"Service": SERVICE},
        "minutes_back": 180,
    },
    "list_metrics": {},
    "detect_metric_anomalies": {"namespace": "Crowd"},
    "get_cloudwatch_alarm_state": {"alarm_name": ALARM},
    "list_alarms": {},
    "get_alarm_history": {"alarm_name": ALARM},
    "query_cloudwatch_logs": {"log_group": GROUP},
    "find_log_patterns": {"log_group": GROUP},
    "get_traces": {},
    "get_service_map": {},
    "rank_root_causes": {"service": SERVICE, "metric": "latency"},
    "list_failed_executions": {},
    "get_failure_trend": {},
    "find_shared_causes": {},
    "explain_execution_failure": {"execution_arn": EXECUTION},
    "compare_executions": {"execution_arn": EXECUTION},
    "list_executions": {"state_machine": "crowd"},
    "get_execution_graph": {"execution_arn": EXECUTION},
    "get_dlq_depth": {"all_queues": True},
    "describe_ecs_service": {"cluster": CLUSTER, "service": SERVICE},
    "get_database_metrics": {"instance": DATABASE},
    "get_database_load": {"instance": DATABASE},
    "list_database_events": {"instance": DATABASE},
    "list_recent_changes": {},
    "get_evidence": {"incident_id": INCIDENT, "evidence_id": EVIDENCE},
}
"""A question without anything optional, for each tool there is."""
DATABASES = {"get_database_metrics", "get_database_load", "list_database_events"}
CUT_WITHOUT_CURSOR = {
    "describe_ecs_service",
    "get_metrics",
    "get_cloudwatch_alarm_state",
    "compare_executions",
    "get_database_load",
}
FITS_WHOLE = {"rank_root_causes", "get_failure_trend", "find_shared_causes"}
"""Whose answer is whole even here, so that nothing is left to page to."""


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away all credentials, and the network with them."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "ITOPS_"))]:
        monkeypatch.delenv(name)

    def refuse(*_: object) -> None:
        raise AssertionError("a recording needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def crowd() -> Iterator[ToolGateway]:
    gateway = InMemoryToolGateway(recorded_server(crowded()))
    yield gateway
    gateway.close()


@pytest.fixture(scope="module")
def outage_of_payment() -> Recording:
    return recorded_scenario("payment-oom", now=1_795_000_000)


def test_every_tool_is_asked_something_here(crowd: ToolGateway) -> None:
    assert {tool.name for tool in crowd.list_tools()} == set(QUESTIONS)


@pytest.mark.parametrize("tool", sorted(QUESTIONS))
def test_a_default_answer_costs_a_model_at_most_two_thousand_tokens(
    tool: str, crowd: ToolGateway
) -> None:
    answer = answered(crowd, tool, **QUESTIONS[tool])

    assert len(json.dumps(answer)) < MOST_CHARACTERS
    assert answer["data_source"] == "recorded"
    assert answer["query"]
    if answer["truncated"] and tool not in CUT_WITHOUT_CURSOR:
        assert answer["cursor"]


@pytest.mark.parametrize("tool", sorted(FITS_WHOLE))
def test_an_answer_that_fits_whole_says_so(tool: str, crowd: ToolGateway) -> None:
    answer = answered(crowd, tool, **QUESTIONS[tool])

    assert not answer["truncated"]
    assert answer["cursor"] is None


@pytest.mark.parametrize("tool", sorted(set(QUESTIONS) - CUT_WITHOUT_CURSOR - FITS_WHOLE))
def test_the_cursor_leads_to_other_parts_of_the_answer(tool: str, crowd: ToolGateway) -> None:
    first = answered(crowd, tool, **QUESTIONS[tool])
    argument = "end" if tool == "query_cloudwatch_logs" else "cursor"

    assert first["cursor"] is not None
    second = answered(crowd, tool, **QUESTIONS[tool], **{argument: first["cursor"]})

    part = max(first, key=lambda name: len(json.dumps(first[name])))
    assert second[part]
    assert second[part] != first[part]


@pytest.mark.parametrize("slug", REHEARSED)
def test_every_rehearsed_fault_can_be_looked_at_without_a_cloud(slug: str) -> None:
    recording = recorded_scenario(slug)
    gateway = InMemoryToolGateway(recorded_server(recording))
    firing = [alarm for alarm in recording.alarms if alarm["StateValue"] == "ALARM"]
    entry = recording.catalog[0]
    asked: dict[str, dict[str, Any]] = {
        **QUESTIONS,
        "get_metrics": {
            "namespace": firing[0]["Namespace"],
            "metric": firing[0]["MetricName"],
            "dimensions": {one["Name"]: one["Value"] for one in firing[0]["Dimensions"]},
        },
        "detect_metric_anomalies": {"namespace": firing[0]["Namespace"]},
        "get_cloudwatch_alarm_state": {"alarm_name": firing[0]["AlarmName"]},
        "get_alarm_history": {"alarm_name": firing[0]["AlarmName"]},
        "query_cloudwatch_logs": {"log_group": recording.log_groups[0]},
        "find_log_patterns": {"log_group": recording.log_groups[0]},
        "rank_root_causes": {"service": entry.entry_id, "metric": "availability"},
        "describe_ecs_service": {"cluster": entry.cluster, "service": entry.ecs_service},
    }
    of_the_crowd = {
        "get_evidence", "explain_execution_failure", "compare_executions", "list_executions",
        "get_execution_graph", *DATABASES,
    }  # fmt: skip
    asked = {tool: question for tool, question in asked.items() if tool not in of_the_crowd}

    answers = {tool: answered(gateway, tool, **question) for tool, question in asked.items()}

    assert {answer["data_source"] for answer in answers.values()} == {"recorded"}
    assert all(len(json.dumps(answer)) < MOST_CHARACTERS for answer in answers.values())
    assert answers["get_alarm_history"]["times_in_alarm"] >= 1
    assert answers["get_service_map"]["calls"]
    assert answers["query_cloudwatch_logs"]["lines"]


def test_a_recording_shows_the_fault_it_is_of(outage_of_payment: Recording) -> None:
    gateway = InMemoryToolGateway(recorded_server(outage_of_payment))

    unusual = answered(
        gateway,
        "detect_metric_anomalies",
        namespace="AWS/ECS",
        dimensions={"ServiceName": "payment-service"},
    )
    patterns = answered(
        gateway, "find_log_patterns", log_group="/ecs/payment-service", minutes_back=14
    )
    ranked = answered(gateway, "rank_root_causes", service="checkout", metric="availability")
    traces = answered(gateway, "get_traces", service="payment-service", only="failing")
    stopped = answered(gateway, "describe_ecs_service", cluster="shop", service="payment-service")[
        "stopped_tasks"
    ]

    assert "MemoryUtilization" in unusual["findings"][0]["series"]
    assert unusual["findings"][0]["direction"] == "up"
    assert {"OutOfMemoryError" in one["example"]["message"] for one in patterns["patterns"]} == {
        True,
        False,
    }
    assert ranked["suspects"][0]["component"] == "payment-service"
    assert any(trace["path"][-1]["service"] == "payment-service" for trace in traces["traces"])
    assert "OutOfMemoryError" in stopped[0]["stopped_reason"]


def test_what_a_scenario_lacks_its_recording_lacks() -> None:
    gateway = InMemoryToolGateway(recorded_server(recorded_scenario("blind-spot")))

    assert "no log group '/ecs/inventory'" in refused(
        gateway, "query_cloudwatch_logs", log_group="/ecs/inventory"
    )


def test_what_the_agents_saw_can_be_paged_in_during_a_recorded_run() -> None:
    kept = RecordedEvidence()
    gateway = InMemoryToolGateway(recorded_server(recorded_scenario("payment-oom"), kept))
    (evidence,) = crowded().evidence

    missing = refused(gateway, "get_evidence", incident_id=INCIDENT, evidence_id=EVIDENCE)
    kept.put(evidence)
    there = answered(gateway, "get_evidence", incident_id=INCIDENT, evidence_id=EVIDENCE)

    assert "no evidence" in missing
    assert there["sha256"] == evidence.sha256


def test_a_recording_comes_back_from_its_folder_as_it_was(
    outage_of_payment: Recording, tmp_path: Path
) -> None:
    save(outage_of_payment, tmp_path)

    assert load(tmp_path) == outage_of_payment


def test_a_recording_is_served_over_stdio_as_aws_is(
    outage_of_payment: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(outage_of_payment, tmp_path)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "monitoring_server", "--recorded", str(tmp_path)],
        env={"PATH": os.environ["PATH"]},
    )
    gateway = ClientGateway("monitoring", partial(stdio_client, server), 30)

    try:
        alarms = answered(gateway, "list_alarms", state="ALARM")["alarms"]
    finally:
        gateway.close()

    assert [alarm["name"] for alarm in alarms] == ["payment-service-memory-high"]
