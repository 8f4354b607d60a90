"""A recording of an estate so crowded that every answer has to be cut."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.values import sha256_of
from monitoring_server.recorded.recording import DatabaseLoad, LogEvent, RecordedMetric, Recording
from tests.support.histories import HistoryWriter

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
LONG = "a very long story of what went wrong, told by someone who is paid by the word; " * 40
MANY = 60
CLUSTER, SERVICE, GROUP, ALARM = "crowded", "service-0", "/ecs/service-0", "alarm-0"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:crowd"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:crowd:run-0"
DATABASE = "crowd-db"
INCIDENT, EVIDENCE = "INC-00000001", "EV-00000001"


def crowded() -> Recording:
    return Recording(
        recorded_at=NOW,
        alarms=tuple(_alarm(number) for number in range(MANY)),
        alarm_history=tuple(_step(number) for number in range(MANY)),
        services=tuple(_service(number) for number in range(MANY)),
        task_definitions=tuple(_definition(number) for number in range(MANY)),
        stopped_tasks=tuple(_task(number) for number in range(MANY)),
        parameters=tuple(_parameter(number) for number in range(MANY)),
        queues=tuple(_queue(number) for number in range(MANY)),
        functions=tuple(_function(number) for number in range(MANY)),
        stacks=({"StackName": "shop", "CreationTime": _ago(9)},),
        stack_events=tuple(_stack_event(number) for number in range(MANY)),
        trail_events=tuple(_call(number) for number in range(MANY)),
        executions=tuple(_execution(number) for number in range(MANY + 1)),
        catalog=tuple(_entry(number) for number in range(MANY)),
        evidence=(_evidence(),),
        metrics=(
            *(metric for number in range(MANY) for metric in _metrics(number)),
            *(_database_metric(number) for number in range(MANY)),
        ),
        log_events=tuple(_line(number) for number in range(3000)),
        segments=tuple(_segments()),
        databases=({"DBInstanceIdentifier": DATABASE, "DBInstanceClass": "db.r6g.2xlarge"},),
        database_events=tuple(_database_event(number) for number in range(MANY)),
        database_loads=(_database_load(),),
    )


def _ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def _arn(rest: str) -> str:
    return f"arn:aws:ecs:us-east-1:000000000000:{rest}"


def _alarm(number: int) -> dict[str, Any]:
    return {
        "AlarmName": f"alarm-{number}",
        "StateValue": "ALARM",
        "StateReason": LONG,
        "StateUpdatedTimestamp": _ago(number),
        "Namespace": "Crowd",
        "MetricName": "Latency",
        "Dimensions": [{"Name": "Service", "Value": f"service-{number}"}],
    }


def _step(number: int) -> dict[str, Any]:
    return {
        "AlarmName": ALARM,
        "Timestamp": _ago(number),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": LONG,
        "HistoryData": f'{{"newState": {{"stateValue": "ALARM", "stateReason": "{LONG}"}}}}',
    }


def _service(number: int) -> dict[str, Any]:
    return {
        "serviceName": f"service-{number}",
        "serviceArn": _arn(f"service/{CLUSTER}/service-{number}"),
        "clusterArn": _arn(f"cluster/{CLUSTER}"),
        "status": "ACTIVE",
        "taskDefinition": _arn(f"task-definition/service-{number}:1"),
        "deployments": [
            {
                "id": f"ecs-svc/{number}-{one}",
                "status": "ACTIVE",
                "taskDefinition": _arn(f"task-definition/service-{number}:1"),
                "createdAt": _ago(number),
            }
            for one in range(12)
        ],
        "events": [{"createdAt": _ago(one), "message": LONG} for one in range(MANY)],
    }


def _definition(number: int) -> dict[str, Any]:
    variables = [{"name": f"SETTING_{one}", "value": LONG} for one in range(MANY)]
    return {
        "taskDefinitionArn": _arn(f"task-definition/service-{number}:1"),
        "family": f"service-{number}",
        "revision": 1,
        "registeredAt": _ago(number),
        "containerDefinitions": [{"name": "app", "image": LONG, "environment": variables}],
    }


def _task(number: int) -> dict[str, Any]:
    return {
        "taskArn": _arn(f"task/{CLUSTER}/{number:032x}"),
        "clusterArn": _arn(f"cluster/{CLUSTER}"),
        "group": f"service:{SERVICE}",
        "stoppedAt": _ago(number),
        "stoppedReason": LONG,
        "containers": [{"name": f"sidecar-{one}", "reason": LONG} for one in range(9)],
    }


def _execution(number: int) -> dict[str, Any]:
    """Return an execution of many states and long words; only the last one succeeded."""
    good = number == MANY
    writer = HistoryWriter(_ago(2000 if good else 30))
    given = {f"field_{one}": LONG for one in range(MANY)}
    last = writer.begin(given)
    names = [f"State {one} of crowd" for one in range(MANY)]
    for name in names:
        writer.enter("Pass", name, {**given, "name": name}, last)
        last = writer.leave("Pass", name, {**given, "name": LONG})
    writer.enter("Task", f"Task {number % MANY}", {"run": number, **given}, last)
    error = {"error": f"Error{number}", "cause": LONG}
    for _ in range(20):
        last = writer.task(("lambda", "invoke"), 0.1, "{}" if good else error, last)
    if good:
        writer.leave("Task", f"Task {number % MANY}", given, last)
        writer.add("ExecutionSucceeded", output="{}")
    else:
        writer.add("ExecutionFailed", last, 0.02, **error)
    states: dict[str, Any] = {
        name: {"Type": "Pass", "Comment": LONG, "Next": following}
        for name, following in zip(names, [*names[1:], "Task 0"], strict=True)
    }
    states["Task 0"] = {
        "Type": "Task",
        "Comment": LONG,
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "service-0"},
        "End": True,
    }
    return {
        "executionArn": EXECUTION.replace("run-0", f"run-{number}"),
        "stateMachineArn": MACHINE,
        "name": f"run-{number}",
        "status": "SUCCEEDED" if good else "FAILED",
        "startDate": _ago(2000 if good else 30),
        "stopDate": _ago(1990 if good else 29),
        "definition": json.dumps({"StartAt": names[0], "States": states}),
        "events": writer.events,
    }


def _parameter(number: int) -> dict[str, Any]:
    return {
        "Name": f"/crowd/{number}",
        "Type": "String",
        "Value": LONG,
        "Version": 1,
        "LastModifiedDate": _ago(number),
    }


def _queue(number: int) -> dict[str, str]:
    dead = "arn:aws:sqs:us-east-1:000000000000:queue-0"
    return {
        "QueueArn": f"arn:aws:sqs:us-east-1:000000000000:queue-{number}",
        "ApproximateNumberOfMessages": str(number),
        "RedrivePolicy": f'{{"deadLetterTargetArn": "{dead}", "maxReceiveCount": 3}}',
    }


def _function(number: int) -> dict[str, Any]:
    return {
        "FunctionName": f"function-{number}",
        "Version": "$LATEST",
        "LastModified": _ago(number).isoformat(),
        "Environment": {"Variables": {f"SETTING_{one}": LONG for one in range(MANY)}},
    }


def _stack_event(number: int) -> dict[str, Any]:
    is_stack = number % 10 == 9
    return {
        "StackName": "shop",
        "EventId": str(number),
        "Timestamp": _ago(number / 10),
        "LogicalResourceId": f"Resource{number}",
        "ResourceType": "AWS::CloudFormation::Stack" if is_stack else "AWS::Lambda::Function",
        "ResourceStatus": "UPDATE_IN_PROGRESS" if is_stack else "UPDATE_FAILED",
        "ResourceStatusReason": LONG,
    }


def _call(number: int) -> dict[str, Any]:
    return {
        "EventId": str(number),
        "EventName": "UpdateFunctionConfiguration",
        "EventTime": _ago(number),
        "EventSource": "lambda.amazonaws.com",
        "CloudTrailEvent": f'{{"requestParameters": {{"description": "{LONG}"}}}}',
        "Resources": [{"ResourceName": LONG}],
    }


def _entry(number: int) -> CatalogEntry:
    return CatalogEntry(
        entry_id=f"service-{number}",
        kind="ecs_service",
        cluster=CLUSTER,
        ecs_service=f"service-{number}",
        metric_namespace="Crowd",
        metric_dimensions={"Service": f"service-{number}"},
        depends_on=tuple(f"service-{one}" for one in range(number + 1, min(number + 6, MANY))),
    )


def _metrics(number: int) -> list[RecordedMetric]:
    minutes = [_ago(180 - minute).timestamp() for minute in range(180)]
    jump = [1.0 + (9.0 if minute > 165 else 0.01 * (minute % 7)) for minute in range(180)]
    return [
        RecordedMetric(
            namespace="Crowd",
            metric=name,
            dimensions={"Service": f"service-{number}"},
            points=tuple(zip(minutes, jump, strict=True)),
        )
        for name in ("Latency", "RequestCount", "ErrorRate")
    ]


def _line(number: int) -> LogEvent:
    words = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return LogEvent(
        log_group=GROUP,
        timestamp=int(_ago(80 * (1 - number / 3000)).timestamp() * 1000),
        stream=f"service-0/{number}",
        message=f"ERROR {words} {words[::-1]} broke: {LONG}",
    )


def _segments() -> list[str]:
    began = _ago(10).timestamp()
    found: list[str] = []
    for number in range(MANY):
        for one in range(12):
            cause = f'{{"exceptions": [{{"message": "{LONG}"}}]}}'
            parent = f'"parent_id": "{number:04x}{one - 1:012x}",' if one else ""
            found.append(
                f'{{"trace_id": "1-{number:08x}-{0:024x}", "id": "{number:04x}{one:012x}", {parent}'
                f'"name": "service-{(number * 7 + one) % MANY}", "start_time": {began + one}, '
                f'"end_time": {began + 20 - one}, "fault": true, "cause": {cause}}}'
            )
    return found


def _database_metric(number: int) -> RecordedMetric:
    minutes = [_ago(180 - minute).timestamp() for minute in range(180)]
    return RecordedMetric(
        namespace="AWS/RDS",
        metric=f"OneOfTheMetricsThatADatabaseHas{number}",
        dimensions={"DBInstanceIdentifier": DATABASE},
        unit="Bytes",
        points=tuple((at, 123_456.78 * (place % 17 + number)) for place, at in enumerate(minutes)),
    )


def _database_event(number: int) -> dict[str, Any]:
    return {
        "SourceIdentifier": DATABASE,
        "SourceType": "db-instance",
        "Message": f"event {number}: {LONG}",
        "EventCategories": ["notification"],
        "Date": _ago(number),
    }


def _database_load() -> DatabaseLoad:
    busy = tuple(
        {"name": f"CALL routine_{number}({LONG})", "load": MANY - number, "parts": {"CPU": 1.0}}
        for number in range(MANY)
    )
    return DatabaseLoad(
        instance=DATABASE,
        points=tuple((_ago(180 - minute).timestamp(), 1.0 + minute) for minute in range(180)),
        groups=dict.fromkeys(("db.sql_tokenized", "db.wait_event", "db.user", "db.host"), busy),
    )


def _evidence() -> Evidence:
    content = {"lines": [LONG] * MANY}
    return Evidence(
        evidence_id=EVIDENCE,
        incident_id=INCIDENT,
        server="monitoring",
        tool="query_cloudwatch_logs",
        arguments={},
        data_source="cloudwatch_logs",
        content=content,
        sha256=sha256_of(content),
        collected_at=NOW,
    )
