"""Recordings of pipelines in which one of the recorded executions failed a little while ago."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from monitoring_server.recorded.recording import LogEvent, RecordedMetric, Recording
from tests.support.histories import HistoryWriter
from tests.support.recordings import FOLDER, history

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
REGION = "arn:aws:states:us-east-1:123456789012"

REQUEST = "7f0e7a52-3f1b-4c39-9f3d-0d1a5c6b7e21"
ETL = json.dumps(
    {
        "StartAt": "Extract",
        "States": {
            "Extract": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "extract-rows", "Payload.$": "$"},
                "Next": "Transform",
            },
            "Transform": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "transform-rows:live", "Payload.$": "$"},
                "Next": "Load",
            },
            "Load": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Parameters": {"TableName": "rows-out", "Item": {"id": {"S.$": "$.batch"}}},
                "End": True,
            },
        },
    }
)

History = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class PipelineWorld:
    """A pipeline that ran well before, failed now, and the alarm that tells of it."""

    bad: str | History
    good: str | History | None = None
    name: str = "nightly-orders"
    definition: str = ""
    """As JSON; that of the recorded execution where left out."""
    good_definition: str = ""
    entries: tuple[CatalogEntry, ...] = ()
    functions: tuple[dict[str, Any], ...] = ()
    trail: tuple[dict[str, Any], ...] = ()
    log_lines: tuple[tuple[str, float, str], ...] = ()
    """Log group, minutes before now, words."""
    redrive_offered: bool = True
    repeats: int = 3
    recovered: bool = False
    children: tuple[tuple[str, str], ...] = field(default=())
    """ARN of an execution that it started, and the recording that stands for it."""

    @property
    def machine(self) -> str:
        """ARN of the state machine."""
        return f"{REGION}:stateMachine:{self.name}"

    def recording(self) -> Recording:
        """Return everything that can be looked at."""
        return Recording(
            recorded_at=NOW,
            alarms=(self._alarm(),),
            executions=tuple(self._executions()),
            catalog=(
                CatalogEntry(
                    entry_id=self.name,
                    kind="pipeline",
                    owner="data-team",
                    state_machine_arn=self.machine,
                    depends_on=tuple(one.entry_id for one in self.entries),
                ),
                *self.entries,
            ),
            metrics=(self._failures(),),
            functions=self.functions,
            trail_events=self.trail,
            log_groups=tuple(dict.fromkeys(group for group, _, _ in self.log_lines)),
            log_events=tuple(
                LogEvent(
                    log_group=group,
                    stream="2026/11/20/[$LATEST]a1",
                    timestamp=int((NOW - timedelta(minutes=minutes)).timestamp() * 1000),
                    message=words,
                )
                for group, minutes, words in self.log_lines
            ),
        )

    def _alarm(self) -> dict[str, Any]:
        return {
            "AlarmName": f"{self.name}-failures",
            "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{self.name}-failures",
            "Namespace": "AWS/States",
            "MetricName": "ExecutionsFailed",
            "Dimensions": [{"Name": "StateMachineArn", "Value": self.machine}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "StateValue": "ALARM",
            "StateReason": "Threshold Crossed",
            "StateUpdatedTimestamp": NOW - timedelta(minutes=4),
        }

    def _failures(self) -> RecordedMetric:
        now = NOW.timestamp()
        return RecordedMetric(
            namespace="AWS/States",
            metric="ExecutionsFailed",
            dimensions={"StateMachineArn": self.machine},
            unit="Count",
            points=tuple((now - 60 * back, float(back < 9)) for back in range(150, 0, -5)),
        )

    def _executions(self) -> list[dict[str, Any]]:
        found = [
            self._execution(f"bad-{number}", self.bad, "FAILED", 8 + 5 * number)
            for number in range(self.repeats)
        ]
        if self.good is not None:
            found.append(
                self._execution(
                    "good", self.good, "SUCCEEDED", 90, self.good_definition or self.definition
                )
            )
        if self.recovered:
            found.append(self._execution("again", self.good or "good-run", "SUCCEEDED", 2))
        for arn, name in self.children:
            machine, run = arn.rsplit(":", 2)[-2:]
            child = self._execution(run, name, "FAILED", 8)
            found.append(
                {
                    **child,
                    "executionArn": arn,
                    "stateMachineArn": f"{REGION}:stateMachine:{machine}",
                }
            )
        return found

    def _redrive(self, status: str) -> dict[str, str]:
        """Return what AWS tells of a redrive; an emulator tells nothing."""
        possible = "REDRIVABLE" if status == "FAILED" else "NOT_REDRIVABLE"
        return {"redriveStatus": possible} if self.redrive_offered else {}

    def _execution(
        self, run: str, told: str | History, status: str, minutes: float, definition: str = ""
    ) -> dict[str, Any]:
        events = moved(history(told) if isinstance(told, str) else told, minutes)
        begin = datetime.fromisoformat(events[0]["timestamp"])
        return {
            "executionArn": f"{REGION}:execution:{self.name}:{run}",
            "stateMachineArn": self.machine,
            "name": run,
            "status": status,
            "startDate": begin,
            "stopDate": datetime.fromisoformat(events[-1]["timestamp"]),
            "input": "{}",
            **self._redrive(status),
            "definition": definition or self.definition or definition_of(told),
            "events": tuple(events),
        }


def an_etl(
    given: object, failure: dict[str, Any] | None = None, seconds: float = 1
) -> list[dict[str, Any]]:
    """Return a run of extract, transform and load that may have failed in transform."""
    told = HistoryWriter()
    told.begin(given)
    for state, called in (
        ("Extract", ("lambda", "invoke")),
        ("Transform", ("lambda", "invoke")),
        ("Load", ("dynamodb", "putItem")),
    ):
        told.enter("Task", state, given)
        if state == "Transform" and failure is not None:
            told.task(called, seconds, failure)
            told.add("ExecutionFailed", **failure)
            return told.events
        told.task(called, 1, json.dumps(given))
        told.leave("Task", state, given)
    told.add("ExecutionSucceeded", output=json.dumps(given))
    return told.events


def raised(kind: str, message: str) -> dict[str, Any]:
    """Return the failure of a Python function that raised an exception."""
    cause = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": REQUEST,
        "stackTrace": ['  File "/var/task/app.py", line 9, in handler\n    return load(event)\n'],
    }
    return {"error": kind, "cause": json.dumps(cause)}


def a_function(name: str, minutes: float, version: str = "$LATEST", sha: str = "a") -> Any:  # noqa: ANN401
    """Return a function as Lambda lists it, modified so many minutes before now."""
    modified = NOW - timedelta(minutes=minutes)
    return {
        "FunctionName": name,
        "Version": version,
        "LastModified": modified.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "CodeSha256": sha,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "MemorySize": 256,
        "Timeout": 30,
    }


def definition_of(name: str | History) -> str:
    """Return the definition that a recorded execution ran by."""
    if not isinstance(name, str):
        return "{}"
    return (FOLDER / f"{name}.definition.json").read_text(encoding="utf-8")


def moved(events: Sequence[Any], minutes: float) -> list[dict[str, Any]]:
    """Return a history that began so many minutes before now."""
    first = _at(events[0]["timestamp"])
    shift = NOW - timedelta(minutes=minutes) - first
    return [
        {**event, "timestamp": (_at(event["timestamp"]) + shift).isoformat()} for event in events
    ]


def _at(told: Any) -> datetime:  # noqa: ANN401
    if isinstance(told, datetime):
        return told
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told / 1000 if told > 1e11 else told, UTC)
    return datetime.fromisoformat(str(told).replace("Z", "+00:00"))
