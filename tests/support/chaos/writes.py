"""Writes to the estate: what AWS does where it is told to change something."""

import io
import json
from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

from monitoring_server.recorded.answering import Answer, refusal
from monitoring_server.recorded.recording import Raw

if TYPE_CHECKING:
    from tests.support.chaos.estate import Estate


def named(kept: tuple[Raw, ...], by: str, name: str, **also: str) -> Raw:
    return next(
        one
        for one in kept
        if one[by] == name and all(one[key] == value for key, value in also.items())
    )


def _with(kept: tuple[Raw, ...], by: str, name: str, after: Raw) -> tuple[Raw, ...]:
    return tuple(after if one[by] == name else one for one in kept)


def _update_service(estate: "Estate", change: Raw) -> Answer:
    name, number = change["service"], len(estate.effects)
    before = named(estate.recording.services, "serviceName", name)
    rolled = dict(before["deployments"][0])
    if change.get("forceNewDeployment") or "taskDefinition" in change:
        rolled |= {"id": f"ecs-svc/played-{number}", "createdAt": estate.clock.moment(UTC)}
    arn = change.get("taskDefinition", before["taskDefinition"])
    if ":task-definition/" not in arn:
        arn = f"{before['taskDefinition'].rsplit('/', 1)[0]}/{arn}"
    count = change.get("desiredCount", before["desiredCount"])
    after = {
        **before,
        "taskDefinition": arn,
        "desiredCount": count,
        "runningCount": count,
        "deployments": [{**rolled, "taskDefinition": arn, "desiredCount": count}],
    }
    estate.change(services=_with(estate.recording.services, "serviceName", name, after))
    return {"service": after}


def _stop_task(estate: "Estate", change: Raw) -> Answer:
    tasks = estate.recording.running_tasks
    stopped = next(one for one in tasks if one["taskArn"].endswith(change["task"]))
    at = estate.clock.moment(UTC)
    gone = {**stopped, "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedAt": at}
    fresh = {**stopped, "taskArn": f"{stopped['taskArn'][:-8]}{len(estate.effects):08x}"}
    estate.change(
        running_tasks=(*(one for one in tasks if one is not stopped), fresh),
        stopped_tasks=(*estate.recording.stopped_tasks, gone | {"stoppedReason": "by a person"}),
    )
    return {"task": gone}


def _update_function(estate: "Estate", change: Raw) -> Answer:
    name = change["FunctionName"]
    functions = tuple(
        {**one, "MemorySize": change["MemorySize"]}
        if one["FunctionName"] == name and one["Version"] == "$LATEST"
        else one
        for one in estate.recording.functions
    )
    estate.change(functions=functions)
    return {}


def _reserve(estate: "Estate", change: Raw) -> Answer:
    kept = dict(estate.recording.function_concurrency)
    kept[change["FunctionName"]] = change["ReservedConcurrentExecutions"]
    estate.change(function_concurrency=kept)
    return {}


def _unreserve(estate: "Estate", change: Raw) -> Answer:
    kept = dict(estate.recording.function_concurrency)
    kept.pop(change["FunctionName"], None)
    estate.change(function_concurrency=kept)
    return {}


def _update_table(estate: "Estate", change: Raw) -> Answer:
    name = change["TableName"]
    before = named(estate.recording.tables, "TableName", name)
    after = {**before, "ProvisionedThroughput": change["ProvisionedThroughput"]}
    estate.change(tables=_with(estate.recording.tables, "TableName", name, after))
    return {"TableDescription": after}


def _move_messages(estate: "Estate", change: Raw) -> Answer:
    arn, at = change["SourceArn"], int(estate.clock.at * 1000)
    queues = tuple(
        {**one, "ApproximateNumberOfMessages": "0"} if one["QueueArn"] == arn else one
        for one in estate.recording.queues
    )
    estate.change(queues=queues)
    estate.moves.insert(0, {"SourceArn": arn, "StartedTimestamp": at, "Status": "COMPLETED"})
    return {"TaskHandle": str(at)}


def _update_shadow(estate: "Estate", change: Raw) -> Answer:
    name, told = change["thingName"], json.loads(change["payload"])
    before = named(estate.recording.things, "thingName", name)
    shadow: Raw = before.get("shadow") or {"state": {}, "version": 1}
    if told.get("version", shadow["version"]) != shadow["version"]:
        raise refusal("UpdateThingShadow", "ConflictException", "Version conflict")
    state = {**shadow["state"], **told["state"]}
    after = {**before, "shadow": {**shadow, "state": state, "version": shadow["version"] + 1}}
    estate.change(things=_with(estate.recording.things, "thingName", name, after))
    return {"payload": io.BytesIO(json.dumps(after["shadow"]).encode())}


def _start_execution(estate: "Estate", change: Raw) -> Answer:
    arn, name = change["stateMachineArn"], change["name"]
    started = f"{arn.replace(':stateMachine:', ':execution:')}:{name}"
    before = [one for one in estate.recording.executions if one["stateMachineArn"] == arn][-1]
    if any(one["executionArn"] == started for one in estate.recording.executions):
        raise refusal("StartExecution", "ExecutionAlreadyExists", name)
    ran = {"name": name, "executionArn": started, "input": change["input"], "events": []}
    again = {**before, **ran, **_succeeded(estate)}
    for failure in ("error", "cause"):
        again.pop(failure, None)
    estate.change(executions=(*estate.recording.executions, again))
    return {"executionArn": started, "startDate": again["startDate"]}


def _redrive_execution(estate: "Estate", change: Raw) -> Answer:
    """AWS goes on with the same execution; a repeat with the same token changes nothing."""
    arn = change["executionArn"]
    before = named(estate.recording.executions, "executionArn", arn)
    at = estate.clock.moment(UTC)
    after = {**before, **_succeeded(estate), "redriveCount": 1, "redriveDate": at}
    estate.change(executions=_with(estate.recording.executions, "executionArn", arn, after))
    return {"redriveDate": at}


def _succeeded(estate: "Estate") -> Raw:
    at = estate.clock.moment(UTC)
    helps = bool(estate.scenario.physics.recovers_when)
    return {"status": "SUCCEEDED" if helps else "FAILED", "startDate": at, "stopDate": at}


PERFORMERS: dict[tuple[str, str], Callable[["Estate", Raw], Answer]] = {
    ("ecs", "update_service"): _update_service,
    ("ecs", "stop_task"): _stop_task,
    ("lambda", "update_function_configuration"): _update_function,
    ("lambda", "put_function_concurrency"): _reserve,
    ("lambda", "delete_function_concurrency"): _unreserve,
    ("dynamodb", "update_table"): _update_table,
    ("sqs", "start_message_move_task"): _move_messages,
    ("iot-data", "update_thing_shadow"): _update_shadow,
    ("stepfunctions", "start_execution"): _start_execution,
    ("stepfunctions", "redrive_execution"): _redrive_execution,
}
WRITES = frozenset(PERFORMERS)
"""What changes something that ITOps does not own."""
