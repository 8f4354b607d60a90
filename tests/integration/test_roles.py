"""Each function's role, tried out: a probe with that role makes the calls, IAM answers."""

import io
import json
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_cloud.address import Address

_PROBE = Path(__file__).with_name("role_probe.py")
_REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
_INCIDENT = {"incident_id": {"S": "INC-00000000"}, "item_key": {"S": "incident"}}
_SERVICE = {"cluster": "shop", "service": "payment-service"}

Call = tuple[str, str, dict[str, Any]]
Unique = Callable[[str], str]


def _get(table: str, key: dict[str, Any]) -> Call:
    return ("dynamodb", "get_item", {"TableName": f"ITOps-{table}", "Key": key})


def _put(table: str, item: dict[str, Any]) -> Call:
    return ("dynamodb", "put_item", {"TableName": f"ITOps-{table}", "Item": item})


def _by_status(table: str) -> Call:
    query = {
        "TableName": f"ITOps-{table}",
        "IndexName": "by_status",
        "KeyConditionExpression": "#status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "none such"}},
    }
    return ("dynamodb", "query", query)


def _invoke(function: str) -> Call:
    return (
        "lambda",
        "invoke",
        {"FunctionName": f"ITOps-{function}", "InvocationType": "DryRun"},
    )


_GET_APPROVAL = _get("Approvals", {"approval_id": {"S": "APR-00000000"}})
_SCALE: Call = ("ecs", "update_service", {**_SERVICE, "desiredCount": 0})
_RESTART_NOBODY: Call = (
    "ecs",
    "update_service",
    {"cluster": "shop", "service": "nobody", "forceNewDeployment": True},
)
_DELETE_SERVICE: Call = ("ecs", "delete_service", {**_SERVICE, "force": True})
_LOOK_AT_SERVICE: Call = (
    "ecs",
    "describe_services",
    {"cluster": "shop", "services": ["payment-service"]},
)
_FLIP_KILL_SWITCH: Call = (
    "ssm",
    "put_parameter",
    {"Name": "/ITOps/actions-enabled", "Value": "on", "Overwrite": True},
)
_READ_KILL_SWITCH: Call = ("ssm", "get_parameter", {"Name": "/ITOps/actions-enabled"})
_LIST_ROLES: Call = ("iam", "list_roles", {})
_LIST_BUCKETS: Call = ("s3", "list_buckets", {})
_SCAN_INCIDENTS: Call = ("dynamodb", "scan", {"TableName": "ITOps-Incidents"})
_DELETE_INCIDENT: Call = (
    "dynamodb",
    "delete_item",
    {"TableName": "ITOps-Incidents", "Key": _INCIDENT},
)
_START: Call = (
    "stepfunctions",
    "start_execution",
    {
        "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:Another",
        "input": "{}",
    },
)
_PURGE: Call = (
    "sqs",
    "purge_queue",
    {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/ITOps-DeadLetters"},
)
_DELETE_STACK: Call = ("cloudformation", "delete_stack", {"StackName": "none-such"})
_READ_A_SECRET: Call = ("secretsmanager", "get_secret_value", {"SecretId": "somebody-elses"})
_WRITE_NO_ARTICLE: Call = (
    "dynamodb",
    "put_item",
    {
        "TableName": "ITOps-KnowledgeBase",
        "Item": {"article_id": {"S": "KB-none"}},
        "ConditionExpression": "attribute_exists(article_id)",
    },
)
_ALARMS: Call = ("cloudwatch", "describe_alarms", {})

_READ_AUDIT: Call = (
    "dynamodb",
    "query",
    {
        "TableName": "ITOps-Audit",
        "KeyConditionExpression": "#chain = :chain",
        "ExpressionAttributeNames": {"#chain": "chain"},
        "ExpressionAttributeValues": {":chain": {"S": "INC-00000000"}},
    },
)
_DELETE_AUDIT: Call = (
    "dynamodb",
    "delete_item",
    {
        "TableName": "ITOps-Audit",
        "Key": {"chain": {"S": "INC-00000000"}, "item_key": {"S": "entry#00000001"}},
    },
)

_OWN_DEAD_LETTERS = "arn:aws:sqs:us-east-1:000000000000:ITOps-DeadLetters"
_CHANGES_OF_ITS_OWN: tuple[Call, ...] = (
    (
        "lambda",
        "update_function_configuration",
        {"FunctionName": "ITOps-Triage", "MemorySize": 256},
    ),
    (
        "lambda",
        "put_function_concurrency",
        {"FunctionName": "ITOps-Triage", "ReservedConcurrentExecutions": 0},
    ),
    (
        "dynamodb",
        "update_table",
        {"TableName": "ITOps-Incidents", "BillingMode": "PAY_PER_REQUEST"},
    ),
    ("sqs", "start_message_move_task", {"SourceArn": _OWN_DEAD_LETTERS}),
)
_REMEDIES: tuple[Call, ...] = (
    ("lambda", "get_function_configuration", {"FunctionName": "another"}),
    ("lambda", "update_function_configuration", {"FunctionName": "another", "MemorySize": 256}),
    ("lambda", "get_account_settings", {}),
    (
        "lambda",
        "put_function_concurrency",
        {"FunctionName": "another", "ReservedConcurrentExecutions": 5},
    ),
    ("dynamodb", "describe_table", {"TableName": "another"}),
    ("dynamodb", "update_table", {"TableName": "another", "BillingMode": "PAY_PER_REQUEST"}),
    ("sqs", "get_queue_url", {"QueueName": "another"}),
    (
        "sqs",
        "start_message_move_task",
        {"SourceArn": "arn:aws:sqs:us-east-1:000000000000:another"},
    ),
    (
        "sqs",
        "list_message_move_tasks",
        {"SourceArn": "arn:aws:sqs:us-east-1:000000000000:another"},
    ),
    ("iot", "describe_thing", {"thingName": "another"}),
    ("iot", "list_thing_groups_for_thing", {"thingName": "another"}),
    ("iot-data", "get_thing_shadow", {"thingName": "another"}),
    ("iot-data", "update_thing_shadow", {"thingName": "another", "payload": "{}"}),
    ("ecs", "describe_tasks", {"cluster": "shop", "tasks": ["another"]}),
    ("ecs", "stop_task", {"cluster": "shop", "task": "another"}),
)

REFUSED: dict[str, tuple[Call, ...]] = {
    "Triage": (
        _SCALE,
        _DELETE_SERVICE,
        _LOOK_AT_SERVICE,
        _GET_APPROVAL,
        _SCAN_INCIDENTS,
        _by_status("Incidents"),
        _DELETE_INCIDENT,
        _put("KnowledgeBase", {"article_id": {"S": "KB-forged"}}),
        _invoke("OperationsServer"),
        _invoke("ActionRunner"),
        _invoke("ApprovalGate"),
        _FLIP_KILL_SWITCH,
        _START,
        _LIST_ROLES,
        _LIST_BUCKETS,
    ),
    "RootCause": (
        _SCALE,
        _GET_APPROVAL,
        _invoke("OperationsServer"),
        _FLIP_KILL_SWITCH,
        _READ_AUDIT,
    ),
    "Remediation": (_SCALE, _DELETE_INCIDENT, _invoke("ActionRunner"), _FLIP_KILL_SWITCH),
    "ActionRunner": (_SCALE, _DELETE_SERVICE, _invoke("MonitoringServer"), _FLIP_KILL_SWITCH),
    "MonitoringServer": (
        _SCALE,
        _get("Incidents", _INCIDENT),
        _put("Catalog", {"entry_id": {"S": "forged"}}),
        _FLIP_KILL_SWITCH,
        _invoke("OperationsServer"),
        _PURGE,
        _DELETE_STACK,
    ),
    "FleetServer": (
        _SCALE,
        _get("Incidents", _INCIDENT),
        _FLIP_KILL_SWITCH,
        _ALARMS,
        ("iot", "delete_thing", {"thingName": "truck-001"}),
    ),
    "IncidentServer": (
        _SCALE,
        _LOOK_AT_SERVICE,
        _GET_APPROVAL,
        _by_status("Approvals"),
        _ALARMS,
        _START,
        _FLIP_KILL_SWITCH,
        _READ_A_SECRET,
        _invoke("OperationsServer"),
        _DELETE_INCIDENT,
        _put("AgentState", _INCIDENT),
        _put("Catalog", {"entry_id": {"S": "forged"}}),
    ),
    "OperationsServer": (
        _DELETE_SERVICE,
        _DELETE_AUDIT,
        _put("Incidents", _INCIDENT),
        _put("Approvals", {"approval_id": {"S": "APR-00000000"}}),
        _FLIP_KILL_SWITCH,
        _LIST_ROLES,
        _PURGE,
        ("lambda", "delete_function", {"FunctionName": "another"}),
        ("dynamodb", "delete_table", {"TableName": "another"}),
        ("iot", "delete_thing", {"thingName": "another"}),
        *_CHANGES_OF_ITS_OWN,
    ),
    "IncidentApi": (
        _SCALE,
        _invoke("OperationsServer"),
        _DELETE_INCIDENT,
        _DELETE_AUDIT,
    ),
    "Watchdog": (
        _SCALE,
        _invoke("OperationsServer"),
        _FLIP_KILL_SWITCH,
        _DELETE_INCIDENT,
        _DELETE_AUDIT,
        _GET_APPROVAL,
    ),
    "ApiAuthorizer": (_put("Runtime", {"key": {"S": "token#forged"}}), _SCAN_INCIDENTS),
    "IncidentIntake": (_GET_APPROVAL, _START, _SCALE, _DELETE_INCIDENT),
    "AlarmLinker": (_GET_APPROVAL, _START, _SCALE, _DELETE_INCIDENT, _SCAN_INCIDENTS),
    "Notifier": (
        _START,
        _SCALE,
        _READ_A_SECRET,
        _put("Approvals", {"approval_id": {"S": "APR-00000000"}}),
        _invoke("OperationsServer"),
    ),
    "IncidentCloser": (_SCALE, _READ_A_SECRET, _invoke("OperationsServer"), _FLIP_KILL_SWITCH),
    "TestDataGenerator": (
        _SCALE,
        _START,
        _get("Incidents", _INCIDENT),
        _put("Incidents", _INCIDENT),
        _invoke("IncidentCloser"),
        ("logs", "create_log_group", {"logGroupName": "/aws/lambda/forged"}),
    ),
}
"""What each role has no business doing."""

ALLOWED: dict[str, tuple[Call, ...]] = {
    "Triage": (
        _get("Incidents", _INCIDENT),
        ("dynamodb", "scan", {"TableName": "ITOps-KnowledgeBase"}),
        _invoke("MonitoringServer"),
        _invoke("IncidentServer"),
    ),
    "Remediation": (_invoke("OperationsServer"), _READ_KILL_SWITCH, _READ_AUDIT),
    "MonitoringServer": (
        _ALARMS,
        _LOOK_AT_SERVICE,
        ("lambda", "list_functions", {}),
        ("lambda", "list_versions_by_function", {"FunctionName": "ITOps-Triage"}),
        ("sqs", "list_queues", {}),
        ("cloudformation", "describe_stacks", {}),
        ("cloudformation", "describe_stack_events", {"StackName": "ITOps"}),
        ("cloudtrail", "describe_trails", {}),
    ),
    "OperationsServer": (
        _READ_AUDIT,
        _LOOK_AT_SERVICE,
        _RESTART_NOBODY,
        _READ_KILL_SWITCH,
        _GET_APPROVAL,
        *_REMEDIES,
    ),
    "FleetServer": (
        ("iot", "list_things", {}),
        ("iot", "describe_thing", {"thingName": "truck-001"}),
        ("iot-data", "get_thing_shadow", {"thingName": "truck-001"}),
    ),
    "IncidentServer": (
        _get("Incidents", _INCIDENT),
        _get("Runtime", {"key": {"S": "message#none"}}),
        _READ_KILL_SWITCH,
        _WRITE_NO_ARTICLE,
    ),
    "IncidentApi": (_by_status("Approvals"), _by_status("Incidents"), _READ_AUDIT),
    "Reconciler": (_by_status("Incidents"), _GET_APPROVAL),
    "Watchdog": (
        _by_status("Incidents"),
        _get("Incidents", _INCIDENT),
        _invoke("FleetServer"),
        _invoke("MonitoringServer"),
    ),
    "ApiAuthorizer": (_get("Runtime", {"key": {"S": "token#none"}}),),
    "Notifier": (_GET_APPROVAL, _by_status("Incidents"), _invoke("Notifier")),
    "IncidentCloser": (_get("Incidents", _INCIDENT), _invoke("Notifier")),
}
"""What it needs: without it, a refusal above would prove nothing."""


@pytest.mark.parametrize("function", sorted(REFUSED))
def test_a_role_is_refused_what_it_has_no_business_doing(
    function: str, cloud: Address, unique: Unique
) -> None:
    with probe(cloud, function, unique("probe")) as tried:
        answers = tried(REFUSED[function])

    said = {_told(call): answer for call, answer in zip(REFUSED[function], answers, strict=True)}
    assert {call for call, answer in said.items() if answer not in _REFUSED} == set()


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_a_role_may_do_what_its_function_needs(
    function: str, cloud: Address, unique: Unique
) -> None:
    with probe(cloud, function, unique("probe")) as tried:
        answers = tried(ALLOWED[function])

    said = {_told(call): answer for call, answer in zip(ALLOWED[function], answers, strict=True)}
    assert {call: answer for call, answer in said.items() if answer in _REFUSED} == {}


@contextmanager
def probe(
    cloud: Address, function: str, name: str
) -> Generator[Callable[[tuple[Call, ...]], list[str]]]:
    """A function with the role of `function`, for as long as the block lasts."""
    client = cloud.client("lambda")
    role = client.get_function_configuration(FunctionName=f"ITOps-{function}")["Role"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(_PROBE, "role_probe.py")
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="role_probe.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )

    def tried(calls: tuple[Call, ...]) -> list[str]:
        listed = [
            {"service": service, "operation": operation, "arguments": arguments}
            for service, operation, arguments in calls
        ]
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"calls": listed}))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    try:
        yield tried
    finally:
        client.delete_function(FunctionName=name)


def _told(call: Call) -> str:
    service, operation, arguments = call
    return f"{service}.{operation} {json.dumps(arguments, sort_keys=True)}"
