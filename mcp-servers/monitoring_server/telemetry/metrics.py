"""CloudWatch metrics."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, canonical_json
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.series import Summary, fitting_period, summarise
from monitoring_server.telemetry.metric_reading import (
    Metric,
    MetricReader,
    Wanted,
    floored,
    metric_of,
    pairs,
)
from monitoring_server.telemetry.windows import End, MinutesBack, Window, window

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_LISTED = 100
_LISTED_CHARACTERS = 6000
_SUGGESTED = 8

Namespace = Annotated[
    str, Field(min_length=1, max_length=255, description="CloudWatch namespace, as AWS/ECS.")
]
Statistic = Annotated[
    str,
    Field(
        pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?|p100)$",
        description="Average, Sum, Minimum, Maximum, SampleCount, or a percentile: p99.",
    ),
]
Dimensions = Annotated[
    dict[Annotated[str, Field(max_length=255)], Annotated[str, Field(max_length=1024)]] | None,
    Field(max_length=30, description="Dimension names and values, as ClusterName, ServiceName."),
]


class MetricSeries(ToolResult):
    """One metric over a window, oldest first, and what it amounts to."""

    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    unit: str
    period_seconds: int
    points: list[tuple[Moment, float]]
    summary: Summary
    note: str = ""


class MetricList(ToolResult):
    """Metrics that had data in the last two weeks."""

    metrics: list[Metric]


class Metrics:
    """Reads metrics from CloudWatch."""

    def __init__(self, cloudwatch: "CloudWatchClient", now: Callable[[], datetime]) -> None:
        self._cloudwatch = cloudwatch
        self._reader = MetricReader(cloudwatch)
        self._now = now

    def get_metrics(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        namespace: Namespace,
        metric: Annotated[
            str, Field(min_length=1, max_length=255, description="Metric name, exactly.")
        ],
        *,
        dimensions: Dimensions = None,
        statistic: Statistic = "Average",
        minutes_back: MinutesBack = 60,
        end: End = None,
        period_seconds: Annotated[
            int,
            Field(ge=1, le=86_400, description="Resolution; made coarser where it gives too much."),
        ] = 60,
    ) -> MetricSeries:
        """Return one metric's datapoints (120 at most), with extremes, baseline and recent mean."""
        span = window(minutes_back, end, self._now())
        period = fitting_period(period_seconds, span.span, self._now() - span.start)
        wanted = Metric(namespace=namespace, metric=metric, dimensions=dimensions or {})
        start = floored(span.start, period)
        with asking("cloudwatch"):
            (points,) = self._reader.read(
                [Wanted(wanted, statistic)], Window(start, span.end), period
            )
            unit = self._reader.unit(wanted, points[-1][0], period) if points else "None"
        note = "" if points else self._why_nothing(namespace, metric, dimensions or {})
        if period != period_seconds and points:
            note = f"read at {period} s instead of {period_seconds} s to keep it short"
        return MetricSeries(
            namespace=namespace,
            metric=metric,
            dimensions=dimensions or {},
            statistic=statistic,
            unit=unit,
            period_seconds=period,
            points=points,
            summary=summarise(points),
            note=note,
            data_source="cloudwatch",
            query={
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": pairs(dimensions or {}),
                "Stat": statistic,
                "Period": period,
                "StartTime": start.isoformat(),
                "EndTime": span.end.isoformat(),
            },
        )

    def list_metrics(
        self,
        namespace: Namespace | None = None,
        dimensions: Dimensions = None,
        cursor: Annotated[
            str | None, Field(max_length=2048, description="From the answer before.")
        ] = None,
    ) -> MetricList:
        """List the metrics there are, of a namespace or of everything with these dimensions."""
        query: dict[str, Any] = {"Dimensions": pairs(dimensions or {})}
        if namespace:
            query["Namespace"] = namespace
        # CloudWatch gives 500 at once; a page of ours is a stretch of one of its own.
        begin, _, token = (cursor or "0:").partition(":")
        if not begin.isdigit():
            raise ToolError("that cursor is none of list_metrics; leave it out")
        paging: dict[str, Any] = {"NextToken": token} if token else {}
        with asking("cloudwatch"):
            page = self._cloudwatch.list_metrics(**query, **paging)
        metrics = [metric_of(raw) for raw in page["Metrics"]][int(begin) :]
        if not metrics and not cursor:
            raise ToolError(
                "no metric had data here in the last two weeks; call list_metrics without "
                "arguments, or get_catalog_entry for the namespace and dimensions of a service"
            )
        shown = _within_budget(metrics)
        following = page.get("NextToken") and f"0:{page.get('NextToken')}"
        if len(shown) < len(metrics):
            following = f"{int(begin) + len(shown)}:{token}"
        return MetricList(
            metrics=shown,
            data_source="cloudwatch",
            query=query,
            truncated=following is not None,
            cursor=following,
        )

    def _why_nothing(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> str:
        """Return the note for an empty window, or raise where the metric does not exist."""
        with asking("cloudwatch"):
            alike = self._reader.listed(namespace, metric, {})
            known = alike or self._reader.listed(namespace, None, {})
        if not known:
            raise ToolError(
                f"namespace {namespace!r} has no metrics; call list_metrics for those there are"
            )
        if not alike:
            names = sorted({one.metric for one in known})
            raise ToolError(f"{namespace} has no metric {metric!r}; it has {_some(names)}")
        if all(one.dimensions != dimensions for one in alike):
            kept = _some([str(one.dimensions) for one in alike])
            raise ToolError(f"{metric} is not kept by {dict(dimensions)}; it is kept by {kept}")
        return "no datapoints in this window: nothing reported then, or the window is too early"


def _within_budget(metrics: list[Metric]) -> list[Metric]:
    left, kept = _LISTED_CHARACTERS, 0
    for metric in metrics[:_LISTED]:
        left -= len(canonical_json(metric)) + 1
        if left < 0 and kept:
            break
        kept += 1
    return metrics[:kept]


def _some(words: list[str]) -> str:
    more = len(words) - _SUGGESTED
    return ", ".join(words[:_SUGGESTED]) + (f" and {more} more" if more > 0 else "")
