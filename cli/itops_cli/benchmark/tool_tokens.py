"""How many tokens a model reads of a tool: its description, and its answer to a plain question."""

import json
from typing import Any

from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from monitoring_server.recorded.recording import Recording

_CHARACTERS_A_TOKEN = 4
"""Of English and JSON, roughly; every provider counts otherwise."""

_SCENARIO = "payment-oom"


def tokens() -> dict[str, Any]:
    """Return, for each server, what its list of tools costs, and each tool's default answer."""
    from itops_cli.recorded_tools import COLD_CHAIN, recorded_server  # noqa: PLC0415 - slow
    from local_cloud.sandbox.recording import recorded_scenario  # noqa: PLC0415

    questions = _questions(recorded_scenario(_SCENARIO))
    listed: dict[str, int] = {}
    answered: dict[str, dict[str, int]] = {}
    for server, asked in questions.items():
        place = COLD_CHAIN if server == "fleet" else _SCENARIO
        gateway = InMemoryToolGateway(recorded_server(server, place))
        try:
            listed[server] = _listed(gateway)
            answered[server] = _answered(gateway, asked)
        finally:
            gateway.close()
    return {"list_tokens": listed, "answer_tokens": answered}


def _listed(gateway: ToolGateway) -> int:
    told = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
        for tool in gateway.list_tools()
    ]
    return len(json.dumps(told)) // _CHARACTERS_A_TOKEN


def _answered(gateway: ToolGateway, asked: dict[str, dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for tool, arguments in asked.items():
        answer = gateway.call(tool, arguments)
        if answer.ok:
            found[tool] = len(json.dumps(answer.content)) // _CHARACTERS_A_TOKEN
    return found


def _questions(recording: Recording) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what each server is asked about an outage: what the first alarm leads to."""
    alarm = next(one for one in recording.alarms if one["StateValue"] == "ALARM")
    named = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    service = next(one for one in recording.catalog if one.ecs_service in named.values())
    group = service.log_groups[0]
    return {
        "monitoring": {
            "get_metrics": {
                "namespace": alarm["Namespace"],
                "metric": alarm["MetricName"],
                "dimensions": named,
            },
            "list_metrics": {},
            "detect_metric_anomalies": {"namespace": alarm["Namespace"]},
            "get_cloudwatch_alarm_state": {"alarm_name": alarm["AlarmName"]},
            "list_alarms": {},
            "get_alarm_history": {"alarm_name": alarm["AlarmName"]},
            "query_cloudwatch_logs": {"log_group": group},
            "find_log_patterns": {"log_group": group},
            "get_traces": {},
            "get_service_map": {},
            "rank_root_causes": {"service": service.entry_id, "metric": "availability"},
            "list_failed_executions": {},
            "get_dlq_depth": {"all_queues": True},
            "describe_ecs_service": {"cluster": service.cluster, "service": service.ecs_service},
            "list_recent_changes": {},
        },
        "incident": {
            "list_incidents": {},
            "search_knowledge_base": {"query": f"{service.entry_id} out of memory"},
            "list_runbooks": {},
            "get_runbook": {"runbook_id": service.runbook},
            "get_catalog_entry": {"name": service.entry_id},
        },
        "operations": {
            "list_actions": {},
            "preview_action": {
                "name": "restart_ecs_service",
                "parameters": {"cluster": service.cluster, "service": service.ecs_service},
            },
        },
        "fleet": {
            "list_fleet_devices": {},
            "get_device_telemetry": {"device_id": "truck-002"},
            "get_excursion_events": {},
            "get_device_shadow": {"device_id": "truck-003"},
        },
    }
