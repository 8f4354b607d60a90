"""How much reaches something right now, as CloudWatch tells: read before anything is proposed."""

from collections.abc import Callable, Iterator, Sequence

from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.traffic import Traffic, TrafficMetric
from itops_core.observability import logger
from itops_core.remediation.assessment import LiveState
from itops_core.remediation.traffic import TrafficRules
from itops_core.tools.aws_errors import asking
from operations_server.metrics import PERIOD_SECONDS, RecentMetrics

Measure = Callable[[LiveState, CatalogEntry | None], Traffic | None]
"""How much reaches a thing that the catalog calls so; `None` where nothing could."""

_MOST_METRICS = 20
_AWS = "AWS/"


class TrafficReader:
    """Asks CloudWatch; what it cannot learn is unknown, and hinders nothing by itself."""

    def __init__(self, metrics: RecentMetrics, rules: TrafficRules) -> None:
        self._metrics = metrics
        self._rules = rules

    def __call__(self, state: LiveState, entry: CatalogEntry | None) -> Traffic | None:
        """Return the rate of the last minutes, by the first metric that tells one."""
        if state.traffic_metrics is None and (entry is None or entry.traffic_metric is None):
            return None
        try:
            with asking("cloudwatch"):
                return self._measured(state, entry)
        except (ToolError, MCPError) as error:
            logger("operations").warning("traffic not read", resource=state.name, error=str(error))
            return Traffic(why_unknown="CloudWatch did not tell")

    def _measured(self, state: LiveState, entry: CatalogEntry | None) -> Traffic:
        silent: TrafficMetric | None = None
        for group in self._candidates(state, entry):
            listed = [found for metric in group for found in self._listed(metric)]
            if not listed:
                continue
            rate = self._rate(listed[:_MOST_METRICS])
            if rate is not None:
                return Traffic(
                    level=self._rules.level_of(rate),
                    per_minute=round(rate, 1),
                    unit=listed[0].unit,
                    source=listed[0].told,
                )
            silent = silent or listed[0]
        if silent is None:
            return Traffic()
        why = f"{silent.told} told nothing in the last {self._rules.minutes} minutes"
        return Traffic(why_unknown=why)

    def _candidates(
        self, state: LiveState, entry: CatalogEntry | None
    ) -> Iterator[tuple[TrafficMetric, ...]]:
        """What the catalog names, then what AWS counts, then what the component tells itself."""
        if entry is not None and entry.traffic_metric is not None:
            yield (entry.traffic_metric,)
        yield from state.traffic_metrics or ()
        if entry is None or not entry.metric_namespace or entry.metric_namespace.startswith(_AWS):
            return
        for name in self._rules.own_names:
            yield (
                TrafficMetric(
                    namespace=entry.metric_namespace,
                    metric=name,
                    dimensions=entry.metric_dimensions,
                ),
            )

    def _listed(self, wanted: TrafficMetric) -> list[TrafficMetric]:
        """Return the metrics that AWS has of that name, without those that split it further."""
        pairs = [{"Name": name, "Value": value} for name, value in wanted.dimensions.items()]
        answer = self._metrics.client.list_metrics(
            Namespace=wanted.namespace,
            MetricName=wanted.metric,
            Dimensions=pairs,  # pyright: ignore[reportArgumentType]
        )
        found = [
            {one.get("Name", ""): one.get("Value", "") for one in metric.get("Dimensions", [])}
            for metric in answer["Metrics"]
        ]
        fewest = min(map(len, found), default=0)
        return [
            wanted.model_copy(update={"dimensions": one}) for one in found if len(one) == fewest
        ]

    def _rate(self, listed: Sequence[TrafficMetric]) -> float | None:
        """Return the sum of their rates, or `None` where nothing was told.

        Of its own metrics AWS keeps quiet about where nothing came: that is none. A component
        that keeps quiet may as well be dead. What began to be told lately counts from then on.
        """
        end = self._metrics.clock().replace(second=0, microsecond=0)
        told = self._metrics.read(listed, self._rules.minutes, until=end)
        times = [at for one in told for at in one.times]
        if not times:
            return 0.0 if listed[0].namespace.startswith(_AWS) else None
        told_for = max((end - min(times)).total_seconds() / PERIOD_SECONDS, 1.0)
        return sum(value for one in told for value in one.values) / told_for
