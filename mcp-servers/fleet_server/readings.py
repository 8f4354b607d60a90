"""What devices measured, read from CloudWatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet_server.quantities import DIMENSION, NAMESPACE, STATISTICS
from itops_core.tools.aws_errors import asking

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_QUERIES_AT_ONCE = 500

Series = list[tuple[datetime, float]]


@dataclass(frozen=True)
class Span:
    """A window of time and how finely it is read."""

    start: datetime
    end: datetime
    period: timedelta


@dataclass(frozen=True)
class Wanted:
    """One quantity of one device."""

    device_id: str
    quantity: str


class Readings:
    """Reads CloudWatch."""

    def __init__(self, cloudwatch: "CloudWatchClient", namespace: str = NAMESPACE) -> None:
        self._cloudwatch = cloudwatch
        self._namespace = namespace

    def read(self, wanted: Sequence[Wanted], span: Span) -> dict[Wanted, Series]:
        """Return each series, oldest first; empty where there is nothing."""
        found: dict[Wanted, Series] = {one: [] for one in wanted}
        for begin in range(0, len(wanted), _QUERIES_AT_ONCE):
            self._read(wanted[begin : begin + _QUERIES_AT_ONCE], span, found)
        for series in found.values():
            series.sort()
        return found

    def query(self, wanted: Sequence[Wanted], span: Span) -> dict[str, Any]:
        """Return what was asked, as an answer tells it."""
        return {
            "Namespace": self._namespace,
            "MetricNames": sorted({one.quantity for one in wanted}),
            DIMENSION: sorted({one.device_id for one in wanted})[:20],
            "StartTime": span.start.isoformat(timespec="seconds"),
            "EndTime": span.end.isoformat(timespec="seconds"),
            "Period": int(span.period.total_seconds()),
        }

    def _read(self, wanted: Sequence[Wanted], span: Span, found: dict[Wanted, Series]) -> None:
        named = {f"m{number}": one for number, one in enumerate(wanted)}
        asked: dict[str, Any] = {
            "MetricDataQueries": [
                {"Id": name, "MetricStat": self._metric(one, span)} for name, one in named.items()
            ],
            "StartTime": span.start,
            "EndTime": span.end,
        }
        while True:
            with asking("cloudwatch"):
                told = self._cloudwatch.get_metric_data(**asked)
            results: list[Any] = told["MetricDataResults"]
            for result in results:
                moments = (moment.astimezone(UTC) for moment in result["Timestamps"])
                series = found[named[result["Id"]]]
                series += zip(moments, result["Values"], strict=True)
            asked["NextToken"] = told.get("NextToken")
            if not asked["NextToken"]:
                return

    def _metric(self, one: Wanted, span: Span) -> dict[str, Any]:
        return {
            "Metric": {
                "Namespace": self._namespace,
                "MetricName": one.quantity,
                "Dimensions": [{"Name": DIMENSION, "Value": one.device_id}],
            },
            "Period": int(span.period.total_seconds()),
            "Stat": STATISTICS.get(one.quantity, "Average"),
        }
