"""CloudWatch metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.series import Summary, fitting_period, rounded, summarise
from monitoring_server.telemetry.windows import End, MinutesBack, in_utc, window

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_PAGES = 5
_LISTED = 100
_SUGGESTED = 8

Namespace = Annotated[
    str, Field(min_length=1, max_length=255, description="CloudWatch namespace, as AWS/ECS.")
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


class Metric(Value):
    """One metric that CloudWatch keeps."""

    namespace: str
    metric: str
    dimensions: dict[str, str]


class MetricList(ToolResult):
    """Metrics that had data in the last two weeks."""

    metrics: list[Metric]


@dataclass(frozen=True)
class _Series:
    """One metric, as CloudWatch is asked for it."""

    metric: dict[str, Any]
    statistic: str
    period_seconds: int
    start: datetime
    end: datetime

    @property
    def query(self) -> dict[str, Any]:
        return {
            **self.metric,
            "Stat": self.statistic,
            "Period": self.period_seconds,
            "StartTime": self.start.isoformat(),
            "EndTime": self.end.isoformat(),
        }


class Metrics:
    """Reads metrics from CloudWatch."""

    def __init__(self, cloudwatch: "CloudWatchClient", now: Callable[[], datetime]) -> None:
        self._cloudwatch = cloudwatch
        self._now = now

    def get_metrics(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        namespace: Namespace,
        metric: Annotated[
            str, Field(min_length=1, max_length=255, description="Metric name, exactly.")
        ],
        *,
        dimensions: Dimensions = None,
        statistic: Annotated[
            str,
            Field(
                pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?|p100)$",
                description="Average, Sum, Minimum, Maximum, SampleCount, or a percentile: p99.",
            ),
        ] = "Average",
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
        series = _Series(
            metric=_named(namespace, metric, dimensions or {}),
            statistic=statistic,
            period_seconds=period,
            start=_floored(span.start, period),
            end=span.end,
        )
        with asking("cloudwatch"):
            points = self._points(series)
            unit = self._unit(series, points[-1][0]) if points else "None"
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
            query=series.query,
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
        query: dict[str, Any] = {"Dimensions": _pairs(dimensions or {})}
        if namespace:
            query["Namespace"] = namespace
        paging: dict[str, Any] = {"NextToken": cursor} if cursor else {}
        with asking("cloudwatch"):
            page = self._cloudwatch.list_metrics(**query, **paging)
        metrics = [_metric(raw) for raw in page["Metrics"]]
        if not metrics and not cursor:
            raise ToolError(
                "no metric had data here in the last two weeks; call list_metrics without "
                "arguments, or get_catalog_entry for the namespace and dimensions of a service"
            )
        following = page.get("NextToken")
        return MetricList(
            metrics=metrics[:_LISTED],
            data_source="cloudwatch",
            query=query,
            truncated=bool(following) or len(metrics) > _LISTED,
            cursor=following,
        )

    def _points(self, series: _Series) -> list[tuple[datetime, float]]:
        found: dict[datetime, float] = {}
        query: dict[str, Any] = {
            "MetricDataQueries": [
                {
                    "Id": "series",
                    "MetricStat": {
                        "Metric": series.metric,
                        "Period": series.period_seconds,
                        "Stat": series.statistic,
                    },
                }
            ],
            "StartTime": series.start,
            "EndTime": series.end,
            "ScanBy": "TimestampAscending",
        }
        for _ in range(_PAGES):
            page = self._cloudwatch.get_metric_data(**query)
            for result in page["MetricDataResults"]:
                times = (in_utc(at) for at in result.get("Timestamps", []))
                found.update(zip(times, map(rounded, result.get("Values", [])), strict=True))
            query["NextToken"] = page.get("NextToken")
            if not query["NextToken"]:
                break
        return sorted(found.items())

    def _unit(self, series: _Series, latest: datetime) -> str:
        """`GetMetricData` does not tell the unit; the statistics of one period do."""
        answer = self._cloudwatch.get_metric_statistics(
            Namespace=series.metric["Namespace"],
            MetricName=series.metric["MetricName"],
            Dimensions=series.metric["Dimensions"],
            StartTime=latest,
            EndTime=latest + timedelta(seconds=max(series.period_seconds, 60)),
            Period=series.period_seconds,
            Statistics=["SampleCount"],
        )
        units = [point["Unit"] for point in answer["Datapoints"] if "Unit" in point]
        return units[0] if units else "None"

    def _why_nothing(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> str:
        """Return the note for an empty window, or raise where the metric does not exist."""
        with asking("cloudwatch"):
            alike = self._listed(Namespace=namespace, MetricName=metric)
            known = alike or self._listed(Namespace=namespace)
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

    def _listed(self, **query: Any) -> list[Metric]:  # noqa: ANN401
        return [_metric(raw) for raw in self._cloudwatch.list_metrics(**query)["Metrics"]]


def _named(namespace: str, metric: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    return {"Namespace": namespace, "MetricName": metric, "Dimensions": _pairs(dimensions)}


def _pairs(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]


def _metric(raw: Mapping[str, Any]) -> Metric:
    return Metric(
        namespace=raw["Namespace"],
        metric=raw["MetricName"],
        dimensions={pair["Name"]: pair["Value"] for pair in raw.get("Dimensions", [])},
    )


def _some(words: list[str]) -> str:
    more = len(words) - _SUGGESTED
    return ", ".join(words[:_SUGGESTED]) + (f" and {more} more" if more > 0 else "")


def _floored(moment: datetime, period_seconds: int) -> datetime:
    """CloudWatch aligns datapoints to their period; a start in between would cut one."""
    seconds = int(moment.timestamp()) // period_seconds * period_seconds
    return datetime.fromtimestamp(seconds, moment.tzinfo)
