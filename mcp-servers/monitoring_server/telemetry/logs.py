"""CloudWatch Logs, read plainly and sifted here: pattern languages differ, a substring does not."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.redaction import redacted_text
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.lines import level_of, readable
from monitoring_server.telemetry.log_reading import log_page, milliseconds
from monitoring_server.telemetry.windows import End, MinutesBack, Window, window

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_SCANNED_AT_MOST = 20_000
_SECONDS = 8.0
"""Reading stops after so many events or so long; what was not reached is said."""
_A_PAGE = 10_000
_SLICES = 16
_LINE_CHARACTERS = 500
_SHOWN_CHARACTERS = 6000


LogGroup = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_./#-]+$",
        max_length=512,
        description="Log group name, as /ecs/payment-service.",
    ),
]


class LogLine(Value):
    """One log event."""

    at: Moment
    stream: str
    message: str


class LogLines(ToolResult):
    """The newest lines that match, oldest first; counts are over all that was scanned."""

    log_group: str
    lines: list[LogLine]
    matched: int
    scanned: int
    levels: dict[str, int] = Field(description="Matching lines by level.")
    covered_from: Moment
    covered_to: Moment
    note: str = ""


@dataclass
class _Sieve:
    """What has been found so far, newest slice first."""

    wanted: str
    limit: int
    lines: deque[LogLine] = field(default_factory=deque)
    levels: dict[str, int] = field(default_factory=dict)
    matched: int = 0
    scanned: int = 0
    stopped: bool = False
    deadline: float = field(default_factory=lambda: time.monotonic() + _SECONDS)

    def add(self, events: list[Any]) -> None:
        """Take in a slice that is older than every one before."""
        self.scanned += len(events)
        matching = [event for event in events if self.wanted in event.get("message", "").lower()]
        self.matched += len(matching)
        for event in matching:
            level = level_of(event.get("message", ""))
            self.levels[level] = self.levels.get(level, 0) + 1
        missing = self.limit - len(self.lines)
        for event in reversed(matching[-missing:] if missing else []):
            self.lines.appendleft(_line(event))


class Logs:
    """Reads log groups."""

    def __init__(self, logs: "CloudWatchLogsClient", now: Callable[[], datetime]) -> None:
        self._logs = logs
        self._now = now

    def query_cloudwatch_logs(
        self,
        log_group: LogGroup,
        *,
        minutes_back: MinutesBack = 60,
        end: End = None,
        contains: Annotated[
            str | None,
            Field(max_length=200, description="Only lines with this text in them, any case."),
        ] = None,
        limit: Annotated[int, Field(ge=1, le=200, description="Lines shown at most.")] = 50,
    ) -> LogLines:
        """Return the newest log lines of a window, and how many there are of each level."""
        span = window(minutes_back, end, self._now())
        sieve = _Sieve((contains or "").lower(), limit)
        covered_from = span.end
        with asking("logs"):
            for part in _newest_first(span):
                if sieve.stopped:
                    break
                sieve.add(self._events(log_group, part, sieve))
                covered_from = covered_from if sieve.stopped else part.start
        shown = _within_budget(sieve.lines)
        more = sieve.stopped or len(shown) < sieve.matched
        return LogLines(
            log_group=log_group,
            lines=shown,
            matched=sieve.matched,
            scanned=sieve.scanned,
            levels=dict(sorted(sieve.levels.items(), key=lambda level: -level[1])),
            covered_from=covered_from,
            covered_to=span.end,
            note=_note(sieve, more),
            data_source="cloudwatch_logs",
            query={
                "logGroupName": log_group,
                "startTime": span.start.isoformat(),
                "endTime": span.end.isoformat(),
                "contains": contains,
            },
            truncated=more,
            cursor=shown[0].at.isoformat() if more and shown else None,
        )

    def _events(self, log_group: str, part: Window, sieve: _Sieve) -> list[Any]:
        query: dict[str, Any] = {
            "logGroupName": log_group,
            "startTime": milliseconds(part.start),
            "endTime": milliseconds(part.end) - 1,
        }
        events: list[Any] = []
        while True:
            page = log_page(self._logs, query)
            events.extend(page["events"])
            query["nextToken"] = page.get("nextToken")
            enough = len(events) + sieve.scanned > _SCANNED_AT_MOST
            if enough or time.monotonic() > sieve.deadline or len(page["events"]) >= _A_PAGE:
                sieve.stopped = True
                return events
            if not query["nextToken"]:
                return events


def _newest_first(span: Window) -> Iterator[Window]:
    """Yield slices of the window, each older than the last and twice as long.

    `FilterLogEvents` gives the oldest first; so the newest are seen even where there is too much.
    """
    length = max(span.span / _SLICES, timedelta(seconds=1))
    end = span.end + timedelta(milliseconds=1)
    while end > span.start:
        start = max(span.start, end - length)
        yield Window(start, end)
        end, length = start, length * 2


def _line(event: dict[str, Any]) -> LogLine:
    return LogLine(
        at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        stream=event.get("logStreamName", ""),
        message=redacted_text(readable(event.get("message", ""), _LINE_CHARACTERS)),
    )


def _within_budget(lines: deque[LogLine]) -> list[LogLine]:
    """Return the newest lines that fit, oldest first."""
    left, kept = _SHOWN_CHARACTERS, 0
    for line in reversed(lines):
        left -= len(line.message) + len(line.stream) + 40
        if left < 0 and kept:
            break
        kept += 1
    return list(lines)[len(lines) - kept :]


def _note(sieve: _Sieve, more: bool) -> str:
    if sieve.stopped:
        return "too much to read at once; ask for a shorter window, or pass `cursor` as `end`"
    if more:
        return "older lines match too; pass `cursor` as `end`, or narrow by `contains`"
    return ""
