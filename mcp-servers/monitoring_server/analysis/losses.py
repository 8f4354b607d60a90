"""What components lost in a stretch of rows: seconds of waiting, or requests that failed.

A loss is an amount, so it can be added up and compared between components of any size: how much
worse than its baseline a component was, times its requests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from itops_core.errors import InvalidInputError

Values = Sequence[float | None]
SeriesKey = tuple[str, str, str]
"""Component, metric (`latency`, `availability`, `requests`, …), statistic."""
Series = Mapping[SeriesKey, Values]

REQUESTS = "requests"
_LARGEST = 1e15
"""Beyond this a value is a broken sensor's; not-a-number is never within."""
_STATISTICS = ("Average", "Sum", "p50", "p90", "p95", "p99", "Maximum")
_ORDINARY_SCATTERS = 3.0
"""So many robust standard deviations around the baseline count for nothing."""
_TRUSTED_DRIFT = 2.0
"""How far above the quiet rows the level of an earlier normal period is still believed."""


class Measure(NamedTuple):
    """How a metric turns into a loss."""

    direction: float
    """+1 where more is worse, -1 where less is."""
    per_request: float
    """What one unit costs a request; 0 for a metric that is a count already."""
    unit: str
    lost: str


MEASURES: Mapping[str, Measure] = {
    "latency": Measure(1.0, 1.0, " s", "seconds of waiting"),
    "availability": Measure(-1.0, 0.01, " %", "failed requests"),
    "error_rate": Measure(1.0, 0.01, " %", "failed requests"),
    "errors": Measure(1.0, 0.0, "", "failed requests"),
}


def measure_of(metric: str) -> Measure:
    """Return how `metric` is measured, or raise `InvalidInputError`."""
    if metric not in MEASURES:
        raise InvalidInputError(f"no losses follow from {metric!r}; use one of {[*MEASURES]}")
    return MEASURES[metric]


@dataclass(frozen=True)
class Habit:
    """What is usual for one component: the level and scatter of its normal period."""

    level: float | None
    scatter: float
    requests: float | None


@dataclass(frozen=True)
class Track:
    """One component over the rows of a window."""

    values: Values
    requests: Values

    def cut(self, rows: slice) -> "Track":
        """Return these rows of it."""
        return Track(self.values[rows], self.requests[rows])


@dataclass(frozen=True)
class Loss:
    """What one component lost in each row after the quiet ones."""

    rows: tuple[float, ...]
    excess: tuple[float, ...]
    """The same with the ordinary scatter still in it."""
    baseline: float | None = None
    worst: float | None = None
    newborn: bool = False
    """It was never seen before these rows: whoever calls it began to do so."""

    @property
    def seen(self) -> bool:
        """Whether it had any value to compare."""
        return self.worst is not None

    def over(self, weights: Sequence[float]) -> float:
        """Return the sum of the rows, each by its weight."""
        return sum(weight * row for weight, row in zip(weights, self.rows, strict=True))


def series_of(series: Series, component: str, metric: str, statistic: str) -> Values:
    """Return the component's finite values of a metric, in the nearest statistic that has any."""
    for name in dict.fromkeys((statistic, *_STATISTICS)):
        values = [finite(value) for value in series.get((component, metric, name), ())]
        if any(value is not None for value in values):
            return values
    return ()


def finite(value: float | None) -> float | None:
    """Return `value`, or nothing where it is no amount."""
    return value if value is not None and abs(value) <= _LARGEST else None


def track_of(series: Series, component: str, metric: str, statistic: str) -> Track:
    """Return the component's values and requests."""
    return Track(
        series_of(series, component, metric, statistic),
        series_of(series, component, REQUESTS, "Sum"),
    )


def habit_of(track: Track) -> Habit:
    """Return what is usual in a normal period."""
    known = [value for value in track.values if value is not None]
    requests = [value for value in track.requests if value is not None]
    if not known:
        return Habit(None, 0.0, median(requests) if requests else None)
    level = median(known)
    scatter = 1.4826 * median(abs(value - level) for value in known) if len(known) > 2 else 0.0
    return Habit(level, scatter, median(requests) if requests else None)


def loss_of(track: Track, habit: Habit, measure: Measure, span: tuple[int, int]) -> Loss:
    """Return what the component lost after the quiet rows; `span` counts those, then all rows."""
    quiet_rows, rows = span
    known = [value for value in track.values if value is not None]
    quiet = [value for value in track.values[:quiet_rows] if value is not None]
    baseline = _baseline(quiet, habit, measure)
    if not known or baseline is None:
        nothing = (0.0,) * (rows - quiet_rows)
        return Loss(nothing, nothing, worst=_worst(known, measure), newborn=bool(known))
    allowed = _ORDINARY_SCATTERS * habit.scatter
    usual = habit.requests if habit.requests is not None else _middle(track.requests)
    losses: list[float] = []
    excess: list[float] = []
    for index in range(quiet_rows, rows):
        value = _at(track.values, index)
        over = 0.0 if value is None else max(measure.direction * (value - baseline), 0.0)
        cost = measure.per_request * _requests(track, index, usual) if measure.per_request else 1.0
        losses.append(max(over - allowed, 0.0) * cost)
        excess.append(over * cost)
    worst = _worst([v for v in track.values[quiet_rows:] if v is not None], measure)
    return Loss(tuple(losses), tuple(excess), baseline, worst)


def peak_of(track: Track, habit: Habit, measure: Measure, span: tuple[int, int]) -> float:
    """Return how far the worst value after the quiet rows lies above their baseline."""
    quiet = [value for value in track.values[: span[0]] if value is not None]
    baseline = _baseline(quiet, habit, measure)
    worst = _worst([v for v in track.values[span[0] :] if v is not None], measure)
    if baseline is None or worst is None:
        return 0.0
    return max(measure.direction * (worst - baseline), 0.0)


def _baseline(quiet: Sequence[float], habit: Habit, measure: Measure) -> float | None:
    if not quiet:
        return habit.level
    if measure.direction < 0:
        return max(quiet)
    best = min(quiet)
    if habit.level is None:
        return best
    return max(best, min(habit.level, _TRUSTED_DRIFT * best))


def _worst(values: Sequence[float], measure: Measure) -> float | None:
    return max(values, key=lambda value: measure.direction * value, default=None)


def _requests(track: Track, index: int, usual: float | None) -> float:
    value = _at(track.requests, index)
    if value is not None:
        return max(value, 0.0)
    return 1.0 if usual is None else max(usual, 0.0)


def _middle(values: Values) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _at(values: Values, index: int) -> float | None:
    return values[index] if index < len(values) else None
