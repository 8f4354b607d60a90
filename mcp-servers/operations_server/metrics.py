"""What CloudWatch counted in the last minutes, for those who have to know before they act."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from itops_core.domain.traffic import TrafficMetric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

PERIOD_SECONDS = 60


@dataclass(frozen=True)
class Points:
    """What one metric told, a period each."""

    times: tuple[datetime, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class RecentMetrics:
    """Reads metrics up to now."""

    client: "CloudWatchClient"
    clock: Callable[[], datetime]

    def read(
        self, metrics: Sequence[TrafficMetric], minutes: float, *, until: datetime | None = None
    ) -> tuple[Points, ...]:
        """Return what each of `metrics` told in the last minutes, in their order."""
        end = until or self.clock()
        queries: list[MetricDataQueryTypeDef] = [
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": one.namespace,
                        "MetricName": one.metric,
                        "Dimensions": [
                            {"Name": name, "Value": value} for name, value in one.dimensions.items()
                        ],
                    },
                    "Period": PERIOD_SECONDS,
                    "Stat": one.statistic,
                },
            }
            for number, one in enumerate(metrics)
        ]
        answer = self.client.get_metric_data(
            StartTime=end - timedelta(minutes=minutes), EndTime=end, MetricDataQueries=queries
        )
        found = {
            one.get("Id"): Points(tuple(one.get("Timestamps", [])), tuple(one.get("Values", [])))
            for one in answer["MetricDataResults"]
        }
        return tuple(found.get(f"m{number}", Points()) for number in range(len(metrics)))
