"""Writes histories as Step Functions does: the very field names, links and order of its events."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import botocore.session

START = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


@cache
def event_members() -> frozenset[str]:
    """Return the fields that an event may have, from AWS's own service model."""
    model: Any = botocore.session.get_session().get_service_model("stepfunctions")
    return frozenset(model.shape_for("HistoryEvent").members)


def details_name(kind: str) -> str | None:
    """Return the field that holds the details of a type of event, if it has one."""
    for ending in ("StateEntered", "StateExited"):
        if kind.endswith(ending):
            return f"{ending[0].lower()}{ending[1:]}EventDetails"
    name = f"{kind[0].lower()}{kind[1:]}EventDetails"
    return name if name in event_members() else None


class HistoryWriter:
    """Adds events one after the other; each call returns the id of the event."""

    def __init__(self, start: datetime = START) -> None:
        self.events: list[dict[str, Any]] = []
        self.now = start

    def add(
        self, kind: str, previous: int | None = None, after: float = 0.02, **details: object
    ) -> int:
        """Add an event that follows `previous`: the last one, if left out."""
        self.now += timedelta(seconds=after)
        number = len(self.events) + 1
        event: dict[str, Any] = {
            "timestamp": self.now.isoformat(timespec="milliseconds"),
            "type": kind,
            "id": number,
            "previousEventId": number - 1 if previous is None else previous,
        }
        name = details_name(kind)
        if name is not None:
            event[name] = {field: told for field, told in details.items() if told is not None}
        self.events.append(event)
        return number

    def begin(self, given: object) -> int:
        """Add the start of the execution."""
        return self.add(
            "ExecutionStarted",
            after=0,
            input=json.dumps(given),
            inputDetails={"truncated": False},
            roleArn="arn:aws:iam::123456789012:role/pipeline",
        )

    def enter(self, kind: str, name: str, given: object, previous: int | None = None) -> int:
        """Add the entry into a state."""
        return self.add(
            f"{kind}StateEntered",
            previous,
            name=name,
            input=json.dumps(given),
            inputDetails={"truncated": False},
        )

    def leave(self, kind: str, name: str, output: object, previous: int | None = None) -> int:
        """Add the exit of a state."""
        return self.add(
            f"{kind}StateExited",
            previous,
            name=name,
            output=json.dumps(output),
            outputDetails={"truncated": False},
        )

    def task(
        self,
        called: tuple[str, str],
        after: float,
        outcome: dict[str, Any] | str,
        previous: int | None = None,
    ) -> int:
        """Add one attempt of a Task: scheduled, started, and an error or its output."""
        kind, resource = called
        self.add(
            "TaskScheduled",
            previous,
            resourceType=kind,
            resource=resource,
            region="us-east-1",
            parameters=json.dumps({"p": 1}),
        )
        self.add("TaskStarted", resourceType=kind, resource=resource)
        details: dict[str, Any] = {"resourceType": kind, "resource": resource}
        if isinstance(outcome, dict):
            ended = "TaskTimedOut" if outcome.get("error") == "States.Timeout" else "TaskFailed"
            return self.add(ended, None, after, **details, **outcome)
        told = {"output": outcome, "outputDetails": {"truncated": False}}
        return self.add("TaskSucceeded", None, after, **details, **told)
