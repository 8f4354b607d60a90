"""Whatever is not as usual in a set of metrics: what, since when, which way, how much."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.tools.aws_errors import asking
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.anomalies import detect
from monitoring_server.analysis.findings import Detection, Finding, Shape
from monitoring_server.telemetry.component_metrics import statistic_for
from monitoring_server.telemetry.metric_reading import Datapoints, Metric, MetricReader, Wanted
from monitoring_server.telemetry.metrics import Dimensions, Namespace, Statistic
from monitoring_server.telemetry.windows import End, Window, window

_SERIES = 30
_ROWS = 1500
"""Rows of one series at most: a day by the minute, two weeks by the quarter of an hour."""
_PERIODS = (60, 300, 900, 3600)
_SHOWN = 12
_SHOWN_CHARACTERS = 5500
_NAMED = 12
_UNUSABLE = {Shape.NO_DATA, Shape.TOO_SHORT}


class Anomalies(ToolResult):
    """What is not as usual, the most telling first; `sentence` tells each in words."""

    findings: list[Finding]
    series_examined: int
    not_judged: list[str] = Field(description="Series with too few datapoints to judge by.")
    period_seconds: int
    note: str = ""


class MetricAnomalies:
    """Looks at many metrics at once."""

    def __init__(self, reader: MetricReader, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now

    def detect_metric_anomalies(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        namespace: Namespace,
        *,
        dimensions: Dimensions = None,
        metrics: Annotated[
            list[Annotated[str, Field(min_length=1, max_length=255)]] | None,
            Field(max_length=20, description="Only metrics of these names; all, if left out."),
        ] = None,
        statistic: Annotated[
            Statistic | None,
            Field(description="Sum for what is counted and Average for the rest, if left out."),
        ] = None,
        minutes_back: Annotated[
            int, Field(ge=5, le=7 * 24 * 60, description="Length of the window looked at, minutes.")
        ] = 60,
        end: End = None,
        history_hours: Annotated[
            int,
            Field(ge=1, le=14 * 24, description="Time before the window that tells what is usual."),
        ] = 24,
        cursor: Cursor = None,
    ) -> Anomalies:
        """Find what is unusual in a namespace's metrics: kind, direction, onset, size of each."""
        span = window(minutes_back, end, self._now())
        everything = Window(span.start - timedelta(hours=history_hours), span.end)
        period = _period(everything, self._now())
        with asking("cloudwatch"):
            page = items_page(
                self._chosen(namespace, dimensions or {}, metrics), cursor, _SERIES, 10**6
            )
            wanted = [Wanted(one, statistic or statistic_for(one.metric)) for one in page.items]
            read = self._reader.read(wanted, everything, period)
        series = _named(page.items, read, dimensions or {})
        detection = detect(series, since=span.start, limit=_SHOWN)
        shown = items_page(detection.findings, None, _SHOWN, _SHOWN_CHARACTERS)
        return Anomalies(
            findings=shown.items,
            series_examined=len(series),
            not_judged=_not_judged(detection),
            period_seconds=period,
            note=_note(detection, len(shown.items), page.cursor),
            data_source="cloudwatch",
            query={
                "Namespace": namespace,
                "Dimensions": dimensions or {},
                "MetricNames": metrics or "all",
                "Stat": statistic or "Sum or Average",
                "Period": period,
                "StartTime": everything.start.isoformat(),
                "Since": span.start.isoformat(),
                "EndTime": span.end.isoformat(),
            },
            truncated=page.cursor is not None or len(shown.items) < len(detection.findings),
            cursor=page.cursor,
        )

    def _chosen(
        self, namespace: str, dimensions: Mapping[str, str], metrics: list[str] | None
    ) -> list[Metric]:
        """Return the series to look at, or refuse what does not exist with what does."""
        listed = self._reader.listed(namespace, None, dimensions)
        chosen = [one for one in listed if metrics is None or one.metric in metrics]
        if chosen:
            return sorted(chosen, key=lambda one: (one.metric, sorted(one.dimensions.items())))
        if listed:
            names = ", ".join(sorted({one.metric for one in listed})[:_NAMED])
            raise ToolError(f"{namespace} has none of these metrics here; it has {names}")
        known = self._reader.listed(namespace, None, {}) if dimensions else []
        if known:
            kept = ", ".join(sorted({str(one.dimensions) for one in known})[:_NAMED])
            raise ToolError(f"{namespace} keeps nothing by {dict(dimensions)}, but by {kept}")
        raise ToolError(
            f"namespace {namespace!r} has no metrics; call list_metrics for those there are"
        )


def _period(span: Window, now: datetime) -> int:
    """Return the finest period that gives no more rows than are looked at, and that is kept."""
    seconds = span.span.total_seconds()
    kept = 60 if now - span.start <= timedelta(days=15) else 300
    fits = (one for one in _PERIODS if one >= kept and seconds / one <= _ROWS)
    return next(fits, _PERIODS[-1])


def _named(
    metrics: list[Metric], read: list[Datapoints], given: Mapping[str, str]
) -> dict[str, Datapoints]:
    """Return the series by name; dimensions that the question already gave are left out."""
    found: dict[str, Datapoints] = {}
    for metric, points in zip(metrics, read, strict=True):
        rest = {name: value for name, value in metric.dimensions.items() if name not in given}
        told = ", ".join(f"{name}={value}" for name, value in sorted(rest.items()))
        found[f"{metric.metric} ({told})" if told else metric.metric] = points
    return found


def _not_judged(detection: Detection) -> list[str]:
    unusable = [one for one in detection.examined if one.shape in _UNUSABLE]
    return [f"{one.series}: {one.note}" for one in unusable[:_NAMED]]


def _note(detection: Detection, shown: int, cursor: str | None) -> str:
    notes: list[str] = []
    if not detection.findings:
        notes.append("nothing unusual in what could be judged")
    left = len(detection.findings) - shown + detection.findings_left_out
    if left:
        notes.append(f"{left} lesser findings are not shown; narrow by metrics or dimensions")
    if cursor:
        notes.append("more series are there; pass the cursor")
    return "; ".join(notes)
