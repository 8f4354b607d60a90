"""Many metrics at once, as one question to CloudWatch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from itops_core.domain.values import Value
from monitoring_server.analysis.series import rounded
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef

Datapoints = list[tuple[datetime, float]]

_QUERIES_A_CALL = 100
_PAGES = 12


class Metric(Value):
    """One metric that CloudWatch keeps."""

    namespace: str
    metric: str
    dimensions: dict[str, str]


@dataclass(frozen=True)
class Wanted:
    """One metric in one statistic."""

    metric: Metric
    statistic: str = "Average"


class MetricReader:
    """Reads metrics from CloudWatch."""

    def __init__(self, cloudwatch: "CloudWatchClient") -> None:
        self._cloudwatch = cloudwatch

    def read(self, wanted: Sequence[Wanted], span: Window, period: int) -> list[Datapoints]:
        """Return the datapoints of each, oldest first, in the order they were asked for."""
        found: list[dict[datetime, float]] = [{} for _ in wanted]
        for begin in range(0, len(wanted), _QUERIES_A_CALL):
            chunk = wanted[begin : begin + _QUERIES_A_CALL]
            for number, at, value in self._values(chunk, span, period):
                found[begin + number][at] = value
        return [sorted(points.items()) for points in found]

    def listed(
        self, namespace: str | None, metric: str | None, dimensions: Mapping[str, str]
    ) -> list[Metric]:
        """Return the metrics there are: one page of them."""
        query: dict[str, Any] = {"Dimensions": pairs(dimensions)} if dimensions else {}
        if namespace:
            query["Namespace"] = namespace
        if metric:
            query["MetricName"] = metric
        return [metric_of(raw) for raw in self._cloudwatch.list_metrics(**query)["Metrics"]]

    def unit(self, metric: Metric, latest: datetime, period: int) -> str:
        """`GetMetricData` does not tell the unit; the statistics of one period do."""
        answer = self._cloudwatch.get_metric_statistics(
            Namespace=metric.namespace,
            MetricName=metric.metric,
            Dimensions=pairs(metric.dimensions),
            StartTime=latest,
            EndTime=latest + timedelta(seconds=max(period, 60)),
            Period=period,
            Statistics=["SampleCount"],
        )
        units = [point["Unit"] for point in answer["Datapoints"] if "Unit" in point]
        return units[0] if units else "None"

    def _values(
        self, wanted: Sequence[Wanted], span: Window, period: int
    ) -> Iterable[tuple[int, datetime, float]]:
        query: dict[str, Any] = {
            "MetricDataQueries": [
                {"Id": f"q{number}", "MetricStat": _stat(one, period)}
                for number, one in enumerate(wanted)
            ],
            "StartTime": floored(span.start, period),
            "EndTime": span.end,
            "ScanBy": "TimestampAscending",
        }
        for _ in range(_PAGES):
            page = self._cloudwatch.get_metric_data(**query)
            for result in page["MetricDataResults"]:
                number = int(str(result.get("Id", "q0"))[1:])
                times, values = result.get("Timestamps", []), result.get("Values", [])
                for at, value in zip(times, values, strict=False):
                    yield number, in_utc(at), rounded(value)
            query["NextToken"] = page.get("NextToken")
            if not query["NextToken"]:
                return


def pairs(dimensions: Mapping[str, str]) -> list["DimensionTypeDef"]:
    """Return dimensions as CloudWatch wants them."""
    return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]


def metric_of(raw: Mapping[str, Any]) -> Metric:
    """Return one metric of a listing."""
    return Metric(
        namespace=raw["Namespace"],
        metric=raw["MetricName"],
        dimensions={pair["Name"]: pair["Value"] for pair in raw.get("Dimensions", [])},
    )


def floored(moment: datetime, period_seconds: int) -> datetime:
    """CloudWatch aligns datapoints to their period; a start in between would cut one."""
    seconds = int(moment.timestamp()) // period_seconds * period_seconds
    return datetime.fromtimestamp(seconds, moment.tzinfo)


def _stat(wanted: Wanted, period: int) -> dict[str, Any]:
    metric = wanted.metric
    return {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.metric,
            "Dimensions": pairs(metric.dimensions),
        },
        "Period": period,
        "Stat": wanted.statistic,
    }
