"""What CloudWatch alarms watch: one metric, an expression over several, a band of what is usual.

SNS and EventBridge tell the same with differently written names; both come to `Watched`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

_SYMBOLS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
    "GreaterThanUpperThreshold": "above",
    "LessThanLowerThreshold": "below",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside",
}
_STATISTICS = {
    name.lower(): name for name in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
}
_BAND = re.compile(r"ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(?:,\s*([\d.]+)\s*)?\)")


def symbol_of(comparison: str) -> str:
    """Return how a comparison is written in a line for people."""
    return _SYMBOLS.get(comparison, "crossed")


def _dimensions(sent: object) -> object:
    """Return dimensions as a mapping: SNS tells a list of pairs, EventBridge an object."""
    if sent is None:
        return {}
    if not isinstance(sent, Sequence) or isinstance(sent, str):
        return sent
    pairs: dict[str, str] = {}
    for item in sent:
        if not isinstance(item, Mapping):
            raise TypeError("a dimension has a name and a value")
        name, value = item.get("name", item.get("Name")), item.get("value", item.get("Value"))
        if name is None or value is None:
            raise ValueError("a dimension has a name and a value")
        pairs[str(name)] = str(value)
    return pairs


def _text(sent: object) -> object:
    return "" if sent is None else sent


Dimensions = Annotated[dict[str, str], BeforeValidator(_dimensions)]
Word = Annotated[str, BeforeValidator(_text)]


class Watched(BaseModel):
    """What an alarm watches, in the fields that `Alarm` has for it."""

    namespace: str = ""
    metric: str = ""
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = "Average"
    period_seconds: int = 60
    threshold: float | None = None
    comparison: str = "GreaterThanThreshold"
    condition: str = ""


def _either(name: str) -> AliasChoices:
    return AliasChoices(name[0].upper() + name[1:], name)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Metric(_Part):
    namespace: Word = Field(default="", validation_alias=_either("namespace"))
    name: Word = Field(default="", validation_alias=AliasChoices("MetricName", "name"))
    dimensions: Dimensions = Field(default={}, validation_alias=_either("dimensions"))


class _MetricStat(_Part):
    metric: _Metric = Field(validation_alias=_either("metric"))
    period: int = Field(default=60, validation_alias=_either("period"))
    stat: Word = Field(default="Average", validation_alias=_either("stat"))


class MetricQuery(_Part):
    """One line of metric math: a metric, or an expression over others."""

    id: str = Field(default="", validation_alias=_either("id"))
    expression: Word = Field(default="", validation_alias=_either("expression"))
    label: Word = Field(default="", validation_alias=_either("label"))
    metric_stat: _MetricStat | None = Field(default=None, validation_alias=_either("metricStat"))
    returned: bool | None = Field(default=None, validation_alias=_either("returnData"))


class Trigger(_Part):
    """The trigger of an alarm, as SNS tells it."""

    metric: Word = Field(default="", alias="MetricName")
    namespace: Word = Field(default="", alias="Namespace")
    dimensions: Dimensions = Field(default={}, alias="Dimensions")
    statistic: str | None = Field(default=None, alias="Statistic")
    extended_statistic: str | None = Field(default=None, alias="ExtendedStatistic")
    period: int | None = Field(default=None, alias="Period")
    comparison: Word = Field(default="", alias="ComparisonOperator")
    threshold: float | None = Field(default=None, alias="Threshold")
    band: str | None = Field(default=None, alias="ThresholdMetricId")
    metrics: tuple[MetricQuery, ...] = Field(default=(), alias="Metrics")

    def watched(self) -> Watched:
        """Return what is watched."""
        comparison = self.comparison or "GreaterThanThreshold"
        if self.metrics:
            return _of_queries(self.metrics, self.threshold, comparison, self.band)
        statistic = self.statistic or self.extended_statistic or "Average"
        return Watched(
            namespace=self.namespace,
            metric=self.metric,
            dimensions=self.dimensions,
            statistic=_STATISTICS.get(statistic.lower(), statistic),
            period_seconds=self.period or 60,
            threshold=self.threshold,
            comparison=comparison,
        )


class Configuration(_Part):
    """The configuration of an alarm, as EventBridge tells it: without threshold and comparison."""

    description: Annotated[str, BeforeValidator(_text)] = ""
    metrics: tuple[MetricQuery, ...] = ()
    rule: Word = Field(default="", alias="alarmRule")

    def watched(self, told: Mapping[str, Any], reason: str) -> Watched:
        """Return what is watched; the threshold stands in the state's own words (`told`)."""
        threshold = told.get("threshold")
        number = float(threshold) if isinstance(threshold, int | float) else None
        if not self.metrics:
            return Watched(condition=self.rule)
        return _of_queries(self.metrics, number, _comparison_in(reason), None)


def _comparison_in(reason: str) -> str:
    """Return the comparison that CloudWatch's sentence about a crossed threshold tells."""
    less, equal = "less than" in reason, "or equal to" in reason
    return f"{'Less' if less else 'Greater'}Than{'OrEqualTo' if equal else ''}Threshold"


def _of_queries(
    queries: Sequence[MetricQuery], threshold: float | None, comparison: str, band: str | None
) -> Watched:
    """Return what a set of queries watches, told by the metric that goes into it first.

    The threshold of an expression is none of its metrics': it is told in words alone.
    """
    known = {query.id: query for query in queries}
    shown = _returned(queries, known, band)
    measured = _measured(shown, known) or next((q for q in queries if q.metric_stat), None)
    stat = measured.metric_stat if measured else None
    band_query = known.get(band or "") or next(
        (query for query in queries if _BAND.search(query.expression)), None
    )
    condition = ""
    if band_query is not None:
        condition = _band_words(band_query, comparison)
    elif shown is not None and shown.expression:
        limit = "" if threshold is None else f" {symbol_of(comparison)} {threshold:g}"
        named = f"{shown.label} = " if shown.label not in ("", shown.expression) else ""
        condition = f"{named}{shown.expression}{limit}"
    metric = stat.metric if stat else _Metric()
    statistic = stat.stat if stat else "Average"
    return Watched(
        namespace=metric.namespace,
        metric=metric.name,
        dimensions=metric.dimensions,
        statistic=_STATISTICS.get(statistic.lower(), statistic),
        period_seconds=stat.period if stat else 60,
        threshold=None if condition else threshold,
        comparison=comparison,
        condition=condition[:1000],
    )


def _returned(
    queries: Sequence[MetricQuery], known: Mapping[str, MetricQuery], band: str | None
) -> MetricQuery | None:
    candidates = [query for query in queries if query.id != band]
    returned = [query for query in candidates if query.returned]
    expressions = [query for query in candidates if query.expression]
    return next(iter([*returned, *expressions, *candidates]), None) or known.get(band or "")


def _measured(shown: MetricQuery | None, known: Mapping[str, MetricQuery]) -> MetricQuery | None:
    """Return the first metric that the shown query rests on."""
    waiting, seen = [shown] if shown else [], set[str]()
    while waiting:
        query = waiting.pop(0)
        if query.metric_stat is not None:
            return query
        seen.add(query.id)
        names = dict.fromkeys(re.findall(r"\b[a-z]\w*\b", query.expression))
        waiting += [known[name] for name in names if name in known and name not in seen]
    return None


def _band_words(query: MetricQuery, comparison: str) -> str:
    found = _BAND.search(query.expression)
    width = f", {found[2]} deviations wide" if found and found[2] else ""
    side = _SYMBOLS.get(comparison, "outside")
    side = side if side in {"above", "below"} else "outside"
    return f"{side} the band of what is usual{width}"
