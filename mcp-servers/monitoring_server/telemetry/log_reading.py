"""Log groups, a page at a time or whole stretches of them."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.tools.aws_errors import asking, code_of
from monitoring_server.telemetry.windows import Window

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_SUGGESTED = 8
_A_PAGE = 10_000
_AT_ONCE = 3
"""CloudWatch Logs takes five to ten such questions a second from a whole account."""
_LINE_CHARACTERS = 1000


@dataclass(frozen=True)
class Line:
    """One event, cut to what is looked at of it."""

    at_ms: int
    stream: str
    message: str

    @property
    def at(self) -> datetime:
        """When it was logged."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


@dataclass(frozen=True)
class Stretch:
    """The lines of a window, oldest first; `covered` is the share of its time that was read."""

    lines: list[Line]
    covered: float


class LogReader:
    """Reads whole stretches of log groups."""

    def __init__(self, logs: "CloudWatchLogsClient") -> None:
        self._logs = logs

    def read(self, log_group: str, span: Window, at_most: int, seconds: float) -> Stretch:
        """Return the window's lines: all, or as evenly spread a part as fits.

        The window is read in parts side by side; a part that has too much is read from its
        beginning on, as far as its share goes.
        """
        deadline = time.monotonic() + seconds
        parts = _parts(span, _AT_ONCE)

        def read(part: Window) -> tuple[list[Line], float]:
            return self._part(log_group, part, at_most // len(parts), deadline)

        with asking("logs"), ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(read, parts))
        lines = [line for some, _ in found for line in some]
        lines.sort(key=lambda line: line.at_ms)
        return Stretch(lines, sum(covered for _, covered in found) / len(found))

    def _part(
        self, log_group: str, part: Window, at_most: int, deadline: float
    ) -> tuple[list[Line], float]:
        query: dict[str, Any] = {
            "logGroupName": log_group,
            "startTime": milliseconds(part.start),
            "endTime": milliseconds(part.end) - 1,
        }
        lines: list[Line] = []
        while True:
            query["limit"] = min(_A_PAGE, max(at_most - len(lines), 1))
            page = log_page(self._logs, query)
            lines.extend(map(_line, page["events"]))
            query["nextToken"] = page.get("nextToken")
            if not query["nextToken"]:
                return lines, 1.0
            if len(lines) >= at_most or time.monotonic() > deadline:
                return lines, _reached(lines, part)


def log_page(logs: "CloudWatchLogsClient", query: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return one page of events; an unknown group is refused with those that start alike."""
    asked = {name: value for name, value in query.items() if value is not None}
    try:
        return logs.filter_log_events(**asked)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            raise _unknown(logs, query["logGroupName"]) from error
        raise


def milliseconds(moment: datetime) -> int:
    """Return what CloudWatch Logs calls a time."""
    return int(moment.timestamp() * 1000)


def _unknown(logs: "CloudWatchLogsClient", log_group: str) -> ToolError:
    beginning = log_group[: log_group.find("/", 1) + 1] or log_group[:4]
    page = logs.describe_log_groups(logGroupNamePrefix=beginning, limit=_SUGGESTED)
    names = [str(group.get("logGroupName")) for group in page["logGroups"]]
    alike = f"there are {', '.join(names)}" if names else f"none starts with {beginning!r}"
    return ToolError(
        f"no log group {log_group!r}; {alike}; get_catalog_entry tells a service's log groups"
    )


def _parts(span: Window, count: int) -> Sequence[Window]:
    """Return the window in equal parts, the last of which ends where it does."""
    length = span.span / count
    edges = [span.start + length * number for number in range(count)] + [span.end]
    return [Window(begin, end) for begin, end in pairwise(edges)]


def _line(event: dict[str, Any]) -> Line:
    return Line(
        int(event.get("timestamp", 0)),
        str(event.get("logStreamName", "")),
        str(event.get("message", ""))[:_LINE_CHARACTERS],
    )


def _reached(lines: Sequence[Line], part: Window) -> float:
    if not lines or not part.span:
        return 0.0
    passed = lines[-1].at_ms - milliseconds(part.start)
    return min(1.0, max(0.0, passed / (part.span.total_seconds() * 1000)))
