"""Pipelines of a scenario, written down in AWS's shapes: what ran, how it went, what it logged."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from local_cloud.address import ACCOUNT
from local_cloud.sandbox.pipelines.building import configuration_of, role_of, throughput_of, zipped
from local_cloud.sandbox.pipelines.calling import Account, Clock, Printed
from local_cloud.sandbox.pipelines.express import express_arn, logged_events
from local_cloud.sandbox.pipelines.imagined import ImaginedStates
from local_cloud.sandbox.pipelines.rehearsing import (
    GOOD_BEFORE,
    Moment,
    changes_of,
    execution_name,
)
from local_cloud.sandbox.pipelines.specs import (
    LONG_AGO_SECONDS,
    FunctionSpec,
    PipelineFault,
    PipelineSpec,
    changed,
)
from monitoring_server.recorded.recording import LogEvent, Raw

_TIMES = ("startDate", "stopDate")
_KEPT = (
    "executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "input",
    "output", "error", "cause",
)  # fmt: skip


@dataclass(frozen=True)
class RecordedPipelines:
    """What a look at AWS would show of the pipelines of a scenario."""

    executions: tuple[Raw, ...]
    state_machines: tuple[Raw, ...]
    functions: tuple[Raw, ...]
    tables: tuple[Raw, ...]
    log_groups: tuple[str, ...]
    log_events: tuple[LogEvent, ...]


def recorded_pipelines(
    pipelines: Sequence[PipelineSpec],
    faults: Sequence[PipelineFault],
    moment: Moment,
    seed: str,
) -> RecordedPipelines:
    """Rehearse the pipelines without any cloud and return what they leave behind."""
    if not pipelines:
        return RecordedPipelines((), (), (), (), (), ())
    account = Account(Clock(moment.now), Random(seed))  # noqa: S311 - rehearsed, nothing secret
    states = ImaginedStates(account)
    for pipeline in pipelines:
        states.take_up(pipeline)
        account.take_up(pipeline)
    _run(states, account, pipelines, (faults, moment))
    kinds = {one.arn: one for one in pipelines}
    ran = [(kinds[one["stateMachineArn"]], one) for one in states.executions()]
    express = [one for pipeline, one in ran if pipeline.kind == "EXPRESS"]
    groups = [one.log_group for pipeline in pipelines for one in pipeline.functions]
    groups += [pipeline.log_group_name for pipeline in pipelines if pipeline.log_group_name]
    return RecordedPipelines(
        executions=tuple(_execution(*pair) for pair in ran if pair[0].kind == "STANDARD"),
        state_machines=tuple(_machine(pipeline, moment.now) for pipeline in pipelines),
        functions=tuple(_functions(pipelines, faults, moment)),
        tables=tuple(_tables(pipelines, faults)),
        log_groups=tuple(groups),
        log_events=(*map(_printed, account.printed), *_express_lines(express, kinds)),
    )


def _run(
    states: ImaginedStates,
    account: Account,
    pipelines: Sequence[PipelineSpec],
    what: tuple[Sequence[PipelineFault], Moment],
) -> None:
    """Let everything run well, then break it and let it fail."""
    faults, moment = what
    for pipeline in pipelines:
        for number in reversed(range(0 if pipeline.nested else GOOD_BEFORE)):
            at = moment.good(pipeline, number)
            _run_at(states, account, (pipeline, pipeline.input), [at])
    known = {pipeline.name: pipeline for pipeline in pipelines}
    for fault in faults:
        for pipeline, change in changes_of(pipelines, fault):
            account.take_up(changed(pipeline, (change,)))
        told = known[fault.pipeline]
        _run_at(states, account, (told, fault.given(told)), moment.failures(fault))
        if fault.over:
            for pipeline, _ in changes_of(pipelines, fault):
                account.take_up(pipeline)
        _run_at(states, account, (told, told.input), moment.later(fault))


def _run_at(
    states: ImaginedStates,
    account: Account,
    what: tuple[PipelineSpec, Mapping[str, Any]],
    moments: Sequence[float],
) -> None:
    pipeline, given = what
    for at in moments:
        account.clock.now = at
        states.run(pipeline, given, execution_name(at))


def _execution(pipeline: PipelineSpec, raw: Mapping[str, Any]) -> Raw:
    told: Raw = {name: raw[name] for name in _KEPT if raw.get(name) is not None}
    if raw["status"] != "SUCCEEDED":
        told.pop("output", None)
    told |= {name: datetime.fromisoformat(told[name]) for name in _TIMES if name in told}
    return {
        **told,
        "definition": json.dumps(pipeline.definition),
        "machineType": pipeline.kind,
        "events": _in_order(raw["events"]),
    }


def _in_order(events: Sequence[Mapping[str, Any]]) -> list[Raw]:
    """Return events as their times order them; what ran side by side was told in turn."""
    timed = [{**one, "timestamp": datetime.fromisoformat(one["timestamp"])} for one in events]
    timed.sort(key=lambda event: event["timestamp"])
    numbers = {event["id"]: place for place, event in enumerate(timed, start=1)}
    return [
        {
            **event,
            "id": numbers[event["id"]],
            "previousEventId": numbers.get(event.get("previousEventId"), 0),
        }
        for event in timed
    ]


def _machine(pipeline: PipelineSpec, now: float) -> Raw:
    told: Raw = {
        "stateMachineArn": pipeline.arn,
        "name": pipeline.name,
        "type": pipeline.kind,
        "status": "ACTIVE",
        "definition": json.dumps(pipeline.definition),
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/sandbox-pipelines",
        "creationDate": _at(now - LONG_AGO_SECONDS),
    }
    if pipeline.logging:
        told["loggingConfiguration"] = pipeline.logging
    return told


def _express_lines(
    runs: Sequence[Mapping[str, Any]], kinds: Mapping[str, PipelineSpec]
) -> Iterator[LogEvent]:
    for raw in runs:
        pipeline, arn = kinds[raw["stateMachineArn"]], str(raw["executionArn"])
        for line in logged_events(arn, _in_order(raw["events"])):
            yield LogEvent(
                log_group=pipeline.log_group_name,
                timestamp=line["timestamp"],
                stream=f"states/{pipeline.name}/{express_arn(arn)[-12:]}",
                message=line["message"],
            )


def _printed(line: Printed) -> LogEvent:
    day = _at(line.at).strftime("%Y/%m/%d")
    stream = hashlib.sha256(line.request_id.encode()).hexdigest()[:32]
    return LogEvent(
        log_group=f"/aws/lambda/{line.function}",
        timestamp=int(line.at * 1000),
        stream=f"{day}/[$LATEST]{stream}",
        message=line.message,
    )


def _functions(
    pipelines: Sequence[PipelineSpec], faults: Sequence[PipelineFault], moment: Moment
) -> Iterator[Raw]:
    """Yield every version of every function, and how it stands."""
    for pipeline in pipelines:
        for function in pipeline.functions:
            yield from _versions(pipeline, function, faults, moment)


def _versions(
    pipeline: PipelineSpec,
    function: FunctionSpec,
    faults: Sequence[PipelineFault],
    moment: Moment,
) -> Iterator[Raw]:
    number, at = 1, moment.now - LONG_AGO_SECONDS
    yield _configuration(function, "1", at)
    for fault in faults:
        for owner, change in changes_of([pipeline], fault):
            after = next(
                one for one in changed(owner, (change,)).functions if one.name == function.name
            )
            if (after.code, configuration_of(after)) == (function.code, configuration_of(function)):
                continue
            function, number = after, number + 1
            at = moment.onset - change.minutes_before_onset * 60
            yield _configuration(function, str(number), at)
    yield _configuration(function, "$LATEST", at)


def _configuration(function: FunctionSpec, version: str, at: float) -> Raw:
    digest = base64.b64encode(hashlib.sha256(zipped(function.code)).digest()).decode()
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn if version == "$LATEST" else f"{function.arn}:{version}",
        "Version": version,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{role_of(function)}",
        "CodeSha256": digest,
        "LastModified": _at(at).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **configuration_of(function),
    }


def _tables(pipelines: Sequence[PipelineSpec], faults: Sequence[PipelineFault]) -> Iterator[Raw]:
    lasting = [change for fault in faults if not fault.over for change in fault.changes]
    for pipeline in pipelines:
        for table in changed(pipeline, tuple(lasting)).tables:
            yield {
                "TableName": table.name,
                "TableArn": table.arn,
                "TableStatus": "ACTIVE",
                "KeySchema": [{"AttributeName": table.key, "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": table.key, "AttributeType": "S"}],
                "BillingModeSummary": {"BillingMode": "PROVISIONED"},
                "ProvisionedThroughput": throughput_of(table),
            }


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
