"""The metrics that tell how a component does: its latency, its failures, its traffic.

Nobody's metrics are called alike. What a metric is for is read from its name, within the
namespace and dimensions that the catalog has for the component.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from itops_core.domain.catalog import CatalogEntry
from monitoring_server.telemetry.metric_reading import Datapoints, Metric, MetricReader, Wanted
from monitoring_server.telemetry.windows import Window

Role = Literal["latency", "availability", "error_rate", "errors", "requests"]

_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("availability", re.compile(r"availab|success.?(rate|percent|ratio)", re.I)),
    ("error_rate", re.compile(r"(error|fault|fail\w*|5xx).?(rate|percent|ratio)", re.I)),
    ("latency", re.compile(r"latency|duration|response.?time|elapsed", re.I)),
    ("errors", re.compile(r"error|fault|fail|5xx", re.I)),
    ("requests", re.compile(r"request|invocation|call|transaction|throughput", re.I)),
)
_LEVELS = re.compile(r"host|task|connection|thread|node|queue|depth", re.I)
"""What is counted at a moment: a sum over the moments of a period would tell nothing."""
_SECONDS = {"Seconds": 1.0, "Milliseconds": 1e-3, "Microseconds": 1e-6}


@dataclass(frozen=True)
class Readings:
    """What was read of one component: rows of one period each, oldest first."""

    component: str
    latency: Sequence[float | None]
    availability: Sequence[float | None]
    requests: Sequence[float | None]

    @property
    def empty(self) -> bool:
        """Whether nothing at all was recorded."""
        return not any(
            value is not None
            for row in (self.latency, self.availability, self.requests)
            for value in row
        )


class ComponentMetrics:
    """Reads how components do."""

    def __init__(self, reader: MetricReader) -> None:
        self._reader = reader

    def read(self, entries: Sequence[CatalogEntry], span: Window, period: int) -> list[Readings]:
        """Return the readings of each entry that has a namespace, all on the same rows."""
        chosen = [(entry, self._chosen(entry)) for entry in entries]
        wanted = [
            Wanted(metric, statistic_for(metric.metric))
            for _, metrics in chosen
            for metric in metrics.values()
        ]
        series = iter(self._reader.read(wanted, span, period))
        return [
            self._readings(
                entry,
                {role: (metric, next(series)) for role, metric in found.items()},
                span,
                period,
            )
            for entry, found in chosen
        ]

    def _chosen(self, entry: CatalogEntry) -> dict[Role, Metric]:
        """Return, for each role, the metric that plays it; the shortest name of several."""
        if not entry.metric_namespace:
            return {}
        listed = self._reader.listed(entry.metric_namespace, None, entry.metric_dimensions)
        found: dict[Role, Metric] = {}
        for metric in sorted(listed, key=lambda one: (len(one.metric), one.metric)):
            role = role_of(metric.metric)
            if role is not None and metric.dimensions == entry.metric_dimensions:
                found.setdefault(role, metric)
        return found

    def _readings(
        self,
        entry: CatalogEntry,
        found: Mapping[Role, tuple[Metric, Datapoints]],
        span: Window,
        period: int,
    ) -> Readings:
        rows: dict[Role, Sequence[float | None]] = {
            role: _rows(points, span, period) for role, (_, points) in found.items()
        }
        count = _count(span, period)
        nothing: Sequence[float | None] = [None] * count
        latency = rows.get("latency", nothing)
        if "latency" in found and found["latency"][1]:
            metric, points = found["latency"]
            factor = _SECONDS.get(self._reader.unit(metric, points[-1][0], period), 1.0)
            latency = [None if value is None else value * factor for value in latency]
        return Readings(
            component=entry.entry_id,
            latency=latency,
            availability=_availability(rows, count),
            requests=rows.get("requests", nothing),
        )


def role_of(name: str) -> Role | None:
    """Return what a metric of this name tells about, if it is anything of use here."""
    return next((role for role, pattern in _ROLES if pattern.search(name)), None)


def statistic_for(name: str) -> str:
    """Return how a metric of this name is best read: counts as their sum."""
    counted = role_of(name) in {"errors", "requests"} or name.endswith(("Count", "Total"))
    return "Sum" if counted and not _LEVELS.search(name) else "Average"


def _availability(
    rows: Mapping[Role, Sequence[float | None]], count: int
) -> Sequence[float | None]:
    """Return the share of requests that succeeded, in percent, from whatever tells it."""
    if "availability" in rows:
        return rows["availability"]
    if "error_rate" in rows:
        return [None if value is None else 100.0 - value for value in rows["error_rate"]]
    if "errors" in rows and "requests" in rows:
        return [
            None if not asked or failed is None else 100.0 * (1 - min(failed / asked, 1.0))
            for failed, asked in zip(rows["errors"], rows["requests"], strict=True)
        ]
    return [None] * count


def _rows(points: Datapoints, span: Window, period: int) -> list[float | None]:
    rows: list[float | None] = [None] * _count(span, period)
    for at, value in points:
        number = _row(at, span, period)
        if 0 <= number < len(rows):
            rows[number] = value
    return rows


def _row(at: datetime, span: Window, period: int) -> int:
    return int((at - span.start).total_seconds() // period)


def _count(span: Window, period: int) -> int:
    return max(1, int(span.span.total_seconds() // period))
