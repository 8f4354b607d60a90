"""Which component is most likely to blame for a symptom: the map, the metrics, the ranking."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.root_causes import Suspect, Symptom, Telemetry, rank_root_causes
from monitoring_server.analysis.service_map import callees_of, service_map
from monitoring_server.telemetry.component_metrics import ComponentMetrics, Readings
from monitoring_server.telemetry.services import Service
from monitoring_server.telemetry.trace_reading import TraceReader
from monitoring_server.telemetry.windows import End, Window, window

_TRACES = 60
_COMPONENTS = 40
_QUIET_ROWS = 2
"""Rows before the onset that go with the incident, so that its beginning can be seen."""
_PERIODS = (60, 300, 900)
_MOST_ROWS = 400
_SHOWN = 10
_SHOWN_CHARACTERS = 5000
_TRACE_MINUTES = 60

Graph = dict[str, tuple[str, ...]]


class Ranked(Value):
    """One component and why it is where it is."""

    rank: int
    component: str
    score: float = Field(description="Its share, 0 to 1, of the loss that nothing else explains.")
    why: str


class Ranking(ToolResult):
    """Suspects, the likeliest first; none where the symptom is within what is usual."""

    target: str
    metric: str
    onset: Moment
    suspects: list[Ranked]
    calls: dict[str, list[str]] = Field(description="The map that was used: who calls whom.")
    gaps: list[str] = Field(description="What could not be seen.")
    note: str = ""


class Catalog(Protocol):
    """Who is who, and who leans on whom."""

    def find(self, name: str) -> CatalogEntry | None:
        """Return the entry of a service, or `None`."""
        ...

    def list(self) -> Sequence[CatalogEntry]:
        """Return all entries."""
        ...


class RootCauses:
    """Ranks components over the service map and their metrics."""

    def __init__(
        self,
        metrics: ComponentMetrics,
        traces: TraceReader,
        catalog: Catalog,
        now: Callable[[], datetime],
    ) -> None:
        self._metrics = metrics
        self._traces = traces
        self._catalog = catalog
        self._now = now

    def rank_root_causes(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        service: Annotated[
            Service, Field(description="The service with the symptom, as the catalog names it.")
        ],
        metric: Annotated[
            Literal["latency", "availability"],
            Field(description="What is wrong with it: slow, or failing."),
        ],
        *,
        onset: Annotated[
            Moment | None,
            Field(description="When it began, ISO 8601 with its offset. 15 minutes ago, if not."),
        ] = None,
        end: End = None,
        baseline_minutes: Annotated[
            int, Field(ge=10, le=60 * 24 * 7, description="Normal time before the onset, minutes.")
        ] = 120,
        cursor: Cursor = None,
    ) -> Ranking:
        """Rank components that may have caused a slow or failing service, with why for each."""
        began, ended = self._times(onset, end)
        entries = self._entries(service)
        target = entries[0].entry_id
        gaps: list[str] = []
        graph = self._graph(entries, ended, gaps)
        names = _reached(graph, target)
        span, period = _span(began, ended, baseline_minutes)
        with asking("cloudwatch"):
            readings = self._metrics.read(
                [entry for entry in entries if entry.entry_id in names], span, period
            )
        gaps.extend(_silent(names, readings))
        split = int((began - span.start).total_seconds() // period) - _QUIET_ROWS
        suspects = _ranked(graph, readings, split, Symptom(target, metric))
        page = items_page(suspects, cursor, _SHOWN, _SHOWN_CHARACTERS)
        return Ranking(
            target=target,
            metric=metric,
            onset=began,
            suspects=page.items,
            calls={name: list(graph[name]) for name in sorted(graph) if name in names},
            gaps=gaps,
            note=_note(suspects, readings, target, metric),
            data_source="cloudwatch+xray",
            query={
                "since": span.start.isoformat(),
                "onset": began.isoformat(),
                "until": span.end.isoformat(),
                "period_seconds": period,
            },
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def _times(self, onset: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
        now = self._now()
        ended = window(1, end, now).end
        began = onset or ended - timedelta(minutes=15)
        if began >= ended - timedelta(minutes=1):
            raise ToolError(
                f"onset {began.isoformat()} has to be before end {ended.isoformat()} by a minute "
                "at least; leave end out to look up to now"
            )
        return began, ended

    def _entries(self, service: str) -> list[CatalogEntry]:
        """Return the target's entry, then all others."""
        with asking("dynamodb"):
            target = self._catalog.find(service)
            everyone = self._catalog.list()
        if target is None:
            names = ", ".join(sorted(entry.entry_id for entry in everyone)[:20]) or "nobody"
            raise ToolError(f"the catalog has no {service!r}; it has {names}")
        return [target, *(one for one in everyone if one.entry_id != target.entry_id)]

    def _graph(self, entries: list[CatalogEntry], ended: datetime, gaps: list[str]) -> Graph:
        """Return who calls whom: as the catalog has it, and as traces show it."""
        graph = {entry.entry_id: tuple(entry.depends_on) for entry in entries}
        try:
            sample = self._traces.evenly(
                Window(ended - timedelta(minutes=_TRACE_MINUTES), ended), _TRACES
            )
        except (ToolError, MCPError) as error:
            gaps.append(f"xray: {error}")
            return graph
        if not sample.traces:
            gaps.append("xray: no traces; the map is the catalog's")
        for caller, callees in callees_of(service_map(sample.traces)).items():
            graph[caller] = tuple(dict.fromkeys((*graph.get(caller, ()), *callees)))
        return graph


def _span(began: datetime, ended: datetime, baseline_minutes: int) -> tuple[Window, int]:
    """Return all that is read, beginning on a full row, and how long a row is."""
    start = began - timedelta(minutes=baseline_minutes)
    seconds = (ended - start).total_seconds()
    period = next((one for one in _PERIODS if seconds / one <= _MOST_ROWS), _PERIODS[-1])
    begin = datetime.fromtimestamp(int(start.timestamp()) // period * period, start.tzinfo)
    return Window(begin, ended), period


def _reached(graph: Graph, target: str) -> set[str]:
    """Return the target and all that it calls, directly or not: the nearest forty."""
    reached, waiting = {target}, [target]
    while waiting and len(reached) < _COMPONENTS:
        for callee in graph.get(waiting.pop(0), ()):
            if callee not in reached:
                reached.add(callee)
                waiting.append(callee)
    return reached


def _ranked(
    graph: Graph, readings: Iterable[Readings], split: int, symptom: Symptom
) -> list[Ranked]:
    normal: dict[tuple[str, str, str], Sequence[float | None]] = {}
    abnormal: dict[tuple[str, str, str], Sequence[float | None]] = {}
    for one in readings:
        for key, rows in _series(one).items():
            normal[key], abnormal[key] = rows[:split], rows[split:]
    telemetry = Telemetry(normal, abnormal, _QUIET_ROWS)
    suspects: list[Suspect] = rank_root_causes(graph, telemetry, symptom)
    return [
        Ranked(rank=number, component=one.component, score=round(one.score, 4), why=one.why[:600])
        for number, one in enumerate(suspects, 1)
    ]


def _series(one: Readings) -> Mapping[tuple[str, str, str], Sequence[float | None]]:
    rows = {
        (one.component, "latency", "Average"): one.latency,
        (one.component, "availability", "Average"): one.availability,
        (one.component, "requests", "Sum"): one.requests,
    }
    return {key: row for key, row in rows.items() if any(value is not None for value in row)}


def _silent(names: set[str], readings: Sequence[Readings]) -> list[str]:
    seen = {one.component for one in readings if not one.empty}
    missing = sorted(names - seen)
    return [f"no metrics of {', '.join(missing[:12])}: not judged by them"] if missing else []


def _note(suspects: list[Ranked], readings: Sequence[Readings], target: str, metric: str) -> str:
    if suspects:
        return "a rank is where to look first, not a verdict: look at what the first one shows"
    own = next((one for one in readings if one.component == target), None)
    rows = getattr(own, metric, ())
    if not any(value is not None for value in rows):
        return f"{target} has no {metric} in CloudWatch; detect_metric_anomalies shows what it has"
    return f"{metric} of {target} is within what its normal period shows: nobody to blame"
