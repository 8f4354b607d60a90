"""The log lines of the very call that failed: by request id, by task, or by its time alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.redaction import redacted_text
from monitoring_server.analysis.executions.explanation import Explanation

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient

_LINES = 12
_LINE_CHARACTERS = 240
_NEAR_MS = 1500
_STARTED = re.compile(r"START RequestId: ([\w-]+)")
_ERROR = re.compile(r"\[ERROR\]|\b(ERROR|FATAL|CRITICAL)\b")
_UNDERLINE = re.compile(r"[\^~ ]*")
"""What Python draws below the place that failed."""
_BEFORE, _AFTER = timedelta(seconds=5), timedelta(seconds=30)


class JoinedLine(Value):
    """One line that the failing call wrote."""

    at: Moment
    log_group: str
    message: str


@dataclass(frozen=True)
class _Place:
    group: str
    streams: tuple[str, ...] = ()
    contains: str = ""
    loosely: bool = False
    """Only the time ties the lines to the call."""


class InvocationLogs:
    """Finds what a Lambda, an ECS task or a job wrote while it failed."""

    def __init__(self, logs: "CloudWatchLogsClient", ecs: "ECSClient") -> None:
        self._logs = logs
        self._ecs = ecs

    def of(self, told: Explanation, gaps: list[str]) -> list[JoinedLine]:
        """Return the last lines of the call that failed; what cannot be had is a gap."""
        if told.failed_state is None or told.error is None:
            return []
        try:
            place = self._place(told)
            if place is None:
                return []
            lines = self._lines(place, told)
        except (ToolError, MCPError) as error:
            gaps.append(f"no log lines of the call: {error}")
            return []
        if not lines:
            gaps.append(f"{place.group} holds no line of the call")
        elif place.loosely:
            gaps.append(f"the lines of {place.group} are tied to the call by their time alone")
        return lines

    def _place(self, told: Explanation) -> _Place | None:
        state, error = told.failed_state, told.error
        if state is None or error is None:
            return None
        if error.log_group:
            return _Place(error.log_group, (error.log_stream,) if error.log_stream else ())
        if error.task_arn:
            return self._of_task(error.task_arn, error.task_definition)
        if state.integration == "lambda:invoke" and state.target:
            function = state.target.split(":function:")[-1].split(":", 1)[0]
            if function.startswith(("$", "{")):
                return None
            return _Place(
                f"/aws/lambda/{function}",
                contains=error.request_id,
                loosely=not error.request_id,
            )
        return None

    def _of_task(self, task_arn: str, known_definition: str) -> _Place | None:
        with asking("ecs"):
            name = known_definition or self._definition_of(task_arn)
            definition = self._ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
        for container in definition.get("containerDefinitions", []):
            told: Mapping[str, Any] = container.get("logConfiguration", {}).get("options") or {}
            if told.get("awslogs-group"):
                prefix = told.get("awslogs-stream-prefix", "")
                stream = f"{prefix}/{container.get('name')}/{task_arn.rsplit('/', 1)[-1]}"
                return _Place(str(told["awslogs-group"]), (stream,) if prefix else ())
        return None

    def _definition_of(self, task_arn: str) -> str:
        cluster = task_arn.split(":task/", 1)[-1].split("/", 1)[0]
        tasks = self._ecs.describe_tasks(cluster=cluster, tasks=[task_arn])["tasks"]
        if not tasks:
            raise ToolError("ECS forgets a stopped task after an hour")
        return tasks[0].get("taskDefinitionArn", "")

    def _lines(self, place: _Place, told: Explanation) -> list[JoinedLine]:
        start, end = _span(told)
        span = int(start.timestamp() * 1000), int(end.timestamp() * 1000)
        events = self._events(place, span)
        if place.contains:
            events = self._around(
                [one for one in events if place.contains in one["message"]], place
            )
        elif place.loosely:
            events = invocation_at(events, span[1] - int(_AFTER.total_seconds() * 1000)) or events
        shown = [one for one in events if not _UNDERLINE.fullmatch(one["message"].strip())]
        return [
            JoinedLine(
                at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
                log_group=place.group,
                message=_line(event["message"]),
            )
            for event in last_words(shown)
        ]

    def _around(self, named: list[Any], place: _Place) -> list[Any]:
        """Return all lines from the first to the last one that names the call, in its stream.

        A traceback stands there without the request id.
        """
        stream = named[0].get("logStreamName") if named else None
        if not stream:
            return named
        span = named[0]["timestamp"], named[-1]["timestamp"] + 1
        whole = self._events(_Place(place.group, (str(stream),)), span)
        return _between(whole, place.contains) or named

    def _events(self, place: _Place, span: tuple[int, int]) -> list[Any]:
        query: dict[str, Any] = {
            "logGroupName": place.group,
            "startTime": span[0],
            "endTime": span[1],
            "limit": 500,
        }
        if place.streams:
            query["logStreamNames"] = list(place.streams)
        if place.contains:
            query["filterPattern"] = f'"{place.contains}"'
        with asking("logs"):
            events = self._logs.filter_log_events(**query)["events"]
        return [{"timestamp": 0, "message": "", **one} for one in events]


def last_words(events: list[Any]) -> list[Any]:
    """Return the last lines, and the error's own where a long stack has pushed it out."""
    last = events[-_LINES:]
    errors = [one for one in events[:-_LINES] if _ERROR.search(one["message"])]
    if not errors or any(_ERROR.search(one["message"]) for one in last):
        return last
    return [errors[-1], *last[1:]]


def invocation_at(events: list[Any], ended_at: int) -> list[Any]:
    """Return the lines of the one invocation that ended next to a moment in milliseconds.

    Where the call does not tell its request id, START and END lines still tell calls apart.
    """
    calls: dict[tuple[str, str], list[Any]] = {}
    running: dict[str, tuple[str, str]] = {}
    for event in events:
        stream = str(event.get("logStreamName", ""))
        begun = _STARTED.match(event["message"])
        if begun:
            running[stream] = (stream, begun.group(1))
        if stream in running:
            calls.setdefault(running[stream], []).append(event)
    near = [one for one in calls.values() if abs(one[-1]["timestamp"] - ended_at) <= _NEAR_MS]
    return near[0] if len(near) == 1 else []


def _between(events: list[Any], request_id: str) -> list[Any]:
    """Return the events from the first that names a request to the last one."""
    places = [place for place, one in enumerate(events) if request_id in one["message"]]
    return events[places[0] : places[-1] + 1] if places else []


def _span(told: Explanation) -> tuple[datetime, datetime]:
    """Return when the last attempt ran, with some room for clocks and late lines."""
    last = told.retries.attempts[-1] if told.retries and told.retries.attempts else None
    if last is not None:
        end = last.at + timedelta(seconds=last.seconds or 0)
        return last.at - _BEFORE, end + _AFTER
    state = told.failed_state
    start = state.entered_at if state else told.started_at or datetime.now(UTC)
    return start - _BEFORE, (told.ended_at or start) + _AFTER


def _line(message: str) -> str:
    text = redacted_text(" ".join(message.split()))
    return text if len(text) <= _LINE_CHARACTERS else f"{text[: _LINE_CHARACTERS - 1]}…"
