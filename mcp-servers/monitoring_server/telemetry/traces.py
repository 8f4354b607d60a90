"""Traces: the way down each that explains it, and the map that all of them draw."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.redaction import redacted_text
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.segments import Trace
from monitoring_server.analysis.series import rounded
from monitoring_server.analysis.service_map import CLIENT, Call, service_map
from monitoring_server.analysis.span_paths import Stage, telling_path
from monitoring_server.telemetry.trace_reading import LONGEST_MINUTES, Sample, TraceReader
from monitoring_server.telemetry.windows import End, Window, window

_TRACES_READ = 100
_SHOWN_CHARACTERS = 5000
_CALLS_SHOWN = 40
_NAMED = 20

TraceMinutes = Annotated[
    int, Field(ge=1, le=LONGEST_MINUTES, description="How far back from `end` to look, minutes.")
]
Component = Annotated[
    str | None, Field(max_length=200, description="Only where this component takes part.")
]


class TracePath(Value):
    """One trace and the way down it that explains it."""

    trace_id: str
    at: Moment
    took_ms: float
    failed: str = Field(description="fault (5xx), error (4xx), throttle, or empty.")
    services: list[str]
    path: list[Stage] = Field(description="From the entry down to what failed or took the time.")


class TraceList(ToolResult):
    """Traces, those that failed first, then the slowest."""

    traces: list[TracePath]
    matched: int
    read: int
    there_are: int
    note: str = ""


class ServiceMap(ToolResult):
    """Who calls whom; the calls that fail most first, then the slowest."""

    services: list[str]
    calls: list[Call]
    traces_read: int
    traces_there_are: int
    note: str = ""


class Traces:
    """What X-Ray's segments tell."""

    def __init__(self, reader: TraceReader, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now

    def get_traces(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        service: Component = None,
        *,
        only: Annotated[
            Literal["any", "failing"], Field(description="failing: those that failed somewhere.")
        ] = "any",
        slower_than_ms: Annotated[
            float, Field(ge=0, le=3_600_000, description="Only traces that took longer.")
        ] = 0,
        minutes_back: TraceMinutes = 30,
        end: End = None,
        cursor: Cursor = None,
    ) -> TraceList:
        """Return failing and slow traces, each with the path of spans that failed or was slow."""
        span = window(minutes_back, end, self._now())
        sample = self._reader.worst_first(span, _TRACES_READ)
        _known(service, sample)
        paths = [
            path
            for path in map(_path, _worst_first(sample.traces))
            if (service is None or service in path.services)
            and (only == "any" or path.failed)
            and path.took_ms >= slower_than_ms
        ]
        page = items_page(paths, cursor, 10, _SHOWN_CHARACTERS)
        return TraceList(
            traces=page.items,
            matched=len(paths),
            read=len(sample.traces),
            there_are=sample.there_are,
            note=_note(sample),
            data_source="xray",
            query=_query(span, "BatchGetTraces", service=service, only=only),
            truncated=page.cursor is not None or not sample.complete,
            cursor=page.cursor,
        )

    def get_service_map(
        self,
        service: Component = None,
        minutes_back: TraceMinutes = 30,
        end: End = None,
        cursor: Cursor = None,
    ) -> ServiceMap:
        """Draw who calls whom from traces: calls, errors, faults and latencies of each edge."""
        span = window(minutes_back, end, self._now())
        sample = self._reader.evenly(span, _TRACES_READ)
        _known(service, sample)
        calls = [
            call
            for call in service_map(sample.traces)
            if service is None or service in {call.caller, call.callee}
        ]
        page = items_page(calls, cursor, _CALLS_SHOWN, _SHOWN_CHARACTERS)
        names = {name for call in calls for name in (call.caller, call.callee)} - {CLIENT}
        return ServiceMap(
            services=sorted(names)[:_CALLS_SHOWN],
            calls=page.items,
            traces_read=len(sample.traces),
            traces_there_are=sample.there_are,
            note=_note(sample),
            data_source="xray",
            query=_query(span, "BatchGetTraces", service=service),
            truncated=page.cursor is not None or not sample.complete,
            cursor=page.cursor,
        )


def _known(service: str | None, sample: Sample) -> None:
    """Refuse a component that is in no trace, with those that are."""
    names = sorted({name for trace in sample.traces for name in trace.services})
    if service is not None and names and service not in names:
        raise ToolError(
            f"{service!r} is in none of the {len(sample.traces)} traces read; there are "
            f"{', '.join(names[:_NAMED])}"
        )


def _worst_first(traces: tuple[Trace, ...]) -> list[Trace]:
    def badness(trace: Trace) -> tuple[bool, bool, float]:
        failed = [span for span in trace.spans if span.failed]
        return (any(span.fault for span in failed), bool(failed), trace.seconds)

    return sorted((trace for trace in traces if trace.spans), key=badness, reverse=True)


def _path(trace: Trace) -> TracePath:
    stages = [
        stage.model_copy(update={"cause": redacted_text(stage.cause)})
        for stage in telling_path(trace)
    ]
    return TracePath(
        trace_id=trace.trace_id,
        at=datetime.fromtimestamp(trace.start, UTC),
        took_ms=rounded(trace.seconds * 1000),
        failed=_failure(trace),
        services=sorted(trace.services)[:_NAMED],
        path=stages,
    )


def _failure(trace: Trace) -> str:
    for word in ("fault", "throttle", "error"):
        if any(getattr(span, word) for span in trace.spans):
            return word
    return ""


def _note(sample: Sample) -> str:
    notes: list[str] = []
    if not sample.there_are:
        notes.append("no traces in this window: nothing is traced, or nothing was asked then")
    elif not sample.complete:
        notes.append(
            f"read {len(sample.traces)} of {sample.there_are} traces; ask for a shorter window"
        )
    if sample.unreadable:
        notes.append(f"{sample.unreadable} documents could not be read")
    return "; ".join(notes)


def _query(span: Window, operation: str, **words: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "operations": ["GetTraceSummaries", operation],
        "StartTime": span.start.isoformat(),
        "EndTime": span.end.isoformat(),
        **{name: value for name, value in words.items() if value is not None},
    }
