"""The log lines of the very call that failed: by request id, by task, or by its time alone."""

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

_LINES = 10
_LINE_CHARACTERS = 240
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
            return self._of_task(error.task_arn)
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

    def _of_task(self, task_arn: str) -> _Place | None:
        cluster = task_arn.split(":task/", 1)[-1].split("/", 1)[0]
        with asking("ecs"):
            tasks = self._ecs.describe_tasks(cluster=cluster, tasks=[task_arn])["tasks"]
            if not tasks:
                raise ToolError("ECS forgets a stopped task after an hour")
            definition = self._ecs.describe_task_definition(
                taskDefinition=tasks[0].get("taskDefinitionArn", "")
            )["taskDefinition"]
        for container in definition.get("containerDefinitions", []):
            told: Mapping[str, Any] = container.get("logConfiguration", {}).get("options") or {}
            if told.get("awslogs-group"):
                prefix = told.get("awslogs-stream-prefix", "")
                stream = f"{prefix}/{container.get('name')}/{task_arn.rsplit('/', 1)[-1]}"
                return _Place(str(told["awslogs-group"]), (stream,) if prefix else ())
        return None

    def _lines(self, place: _Place, told: Explanation) -> list[JoinedLine]:
        start, end = _span(told)
        query: dict[str, Any] = {
            "logGroupName": place.group,
            "startTime": int(start.timestamp() * 1000),
            "endTime": int(end.timestamp() * 1000),
            "limit": 500,
        }
        if place.streams:
            query["logStreamNames"] = list(place.streams)
        if place.contains:
            query["filterPattern"] = f'"{place.contains}"'
        with asking("logs"):
            events = self._logs.filter_log_events(**query)["events"]
        return [
            JoinedLine(
                at=datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC),
                log_group=place.group,
                message=_line(event.get("message", "")),
            )
            for event in [one for one in events if place.contains in one.get("message", "")][
                -_LINES:
            ]
        ]


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
