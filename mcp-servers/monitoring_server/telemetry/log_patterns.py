"""Kinds of log lines: which are new, which have stopped, which come far more often than before."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.redaction import redacted_text
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.lines import level_of
from monitoring_server.analysis.log_templates import Change, Comparison, LogLine, compare
from monitoring_server.telemetry.log_reading import LogReader, Stretch
from monitoring_server.telemetry.logs import LogGroup
from monitoring_server.telemetry.windows import End, Window, window

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_LINES, _LINES_OF_WINDOW = 100_000, 60_000
_SECONDS_OF_WINDOW, _SECONDS_OF_BASELINE = 6.0, 3.0
"""Together with what mining them takes, less than a caller waits for a tool."""
_PATTERN_CHARACTERS = 240
_EXAMPLE_CHARACTERS = 300
_SHOWN = 15
_SHOWN_CHARACTERS = 5500
_GRAVE = ("FATAL", "CRITICAL", "ERROR", "WARN")


class Example(Value):
    """One raw line of a pattern."""

    at: Moment
    stream: str
    message: str


class LogPattern(Value):
    """One kind of line; `<*>` stands for what differs."""

    change: Literal["new", "exploding", "vanished"]
    pattern: str
    level: str
    count: int = Field(description="In the window.")
    baseline_count: int
    expected: float = Field(description="What the baseline led to expect of the window.")
    first_seen: Moment | None = Field(description="Of the window; of the baseline if vanished.")
    last_seen: Moment | None
    example: Example


class LogPatterns(ToolResult):
    """Patterns that changed; errors first, then by how many lines."""

    log_group: str
    patterns: list[LogPattern]
    kinds: int = Field(description="Different kinds of lines in window and baseline.")
    window_lines: int
    baseline_lines: int
    note: str = ""


class LogPatternTool:
    """Compares a window of a log group with the time before it."""

    def __init__(self, logs: "CloudWatchLogsClient", now: Callable[[], datetime]) -> None:
        self._reader = LogReader(logs)
        self._now = now

    def find_log_patterns(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        log_group: LogGroup,
        *,
        minutes_back: Annotated[
            int, Field(ge=1, le=24 * 60, description="Length of the window, minutes.")
        ] = 30,
        end: End = None,
        baseline_minutes: Annotated[
            int, Field(ge=1, le=7 * 24 * 60, description="Length of the baseline, minutes.")
        ] = 60,
        baseline_end: Annotated[
            Moment | None,
            Field(description="Where the baseline ends, before the window, if not right there."),
        ] = None,
        cursor: Cursor = None,
    ) -> LogPatterns:
        """Find kinds of log lines that are new, exploding or vanished against a baseline window."""
        span = window(minutes_back, end, self._now())
        before = _baseline(span, baseline_minutes, baseline_end)
        now = self._reader.read(log_group, span, _LINES_OF_WINDOW, _SECONDS_OF_WINDOW)
        left = _LINES - len(now.lines)
        usual = self._reader.read(log_group, before, left, _SECONDS_OF_BASELINE)
        compared = _compared(now, usual, span.span / before.span)
        patterns = sorted(_patterns(compared), key=_gravity)
        page = items_page(patterns, cursor, _SHOWN, _SHOWN_CHARACTERS)
        return LogPatterns(
            log_group=log_group,
            patterns=page.items,
            kinds=compared.patterns,
            window_lines=len(now.lines),
            baseline_lines=len(usual.lines),
            note=_note(now, usual),
            data_source="cloudwatch_logs",
            query={
                "logGroupName": log_group,
                "startTime": span.start.isoformat(),
                "endTime": span.end.isoformat(),
                "baselineStartTime": before.start.isoformat(),
                "baselineEndTime": before.end.isoformat(),
            },
            truncated=page.cursor is not None
            or compared.truncated
            or min(now.covered, usual.covered) < 1,
            cursor=page.cursor,
        )


def _baseline(span: Window, minutes: int, end: datetime | None) -> Window:
    if end is not None and end > span.start:
        raise ToolError(
            f"baseline_end {end.isoformat()} lies within the window, which begins "
            f"{span.start.isoformat()}; leave it out to compare with the time right before"
        )
    last = end or span.start
    return Window(last - timedelta(minutes=minutes), last)


def _compared(now: Stretch, usual: Stretch, length: float) -> Comparison:
    """Compare what was read; where only a part of a stretch was, that counts for its share."""
    scale = length * (now.covered / usual.covered if usual.covered else 1.0)
    return compare(_lines(now), _lines(usual), scale)


def _lines(stretch: Stretch) -> list[LogLine]:
    return [LogLine(line.message, line.at, line.stream) for line in stretch.lines]


def _patterns(compared: Comparison) -> Iterator[LogPattern]:
    kinds: tuple[tuple[Literal["new", "exploding", "vanished"], tuple[Change, ...]], ...] = (
        ("new", compared.new),
        ("exploding", compared.exploding),
        ("vanished", compared.vanished),
    )
    for kind, changes in kinds:
        for change in changes:
            raw = change.example
            if raw.at is None or change.first_at is None or change.last_at is None:
                continue
            yield LogPattern(
                change=kind,
                pattern=redacted_text(change.template)[:_PATTERN_CHARACTERS],
                level=level_of(raw.message),
                count=change.count,
                baseline_count=change.baseline_count,
                expected=round(change.expected, 1),
                first_seen=change.first_at,
                last_seen=change.last_at,
                example=Example(
                    at=raw.at,
                    stream=(raw.stream or "")[:100],
                    message=redacted_text(raw.message)[:_EXAMPLE_CHARACTERS],
                ),
            )


def _gravity(pattern: LogPattern) -> tuple[int, float]:
    rank = _GRAVE.index(pattern.level) if pattern.level in _GRAVE else len(_GRAVE)
    return rank, -abs(pattern.count - pattern.expected)


def _note(now: Stretch, usual: Stretch) -> str:
    notes: list[str] = []
    if not now.lines:
        notes.append("no lines in the window")
    if not usual.lines:
        notes.append("no lines in the baseline, so every pattern is new; give it another")
    for name, stretch in (("window", now), ("baseline", usual)):
        if stretch.covered < 1:
            notes.append(f"only {stretch.covered:.0%} of the {name}'s time was read: shorten it")
    return "; ".join(notes)
