"""Series of datapoints: how finely they are read, and what they amount to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from itops_core.domain.values import Moment, Value

Points = Sequence[tuple[datetime, float]]

MOST_POINTS = 120
_FINE = (1, 5, 10, 30)
_COARSE = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_KEPT = ((timedelta(hours=3), 1), (timedelta(days=15), 60), (timedelta(days=63), 300))
"""CloudWatch keeps fine datapoints for a while only: up to this age, down to this period."""
_OLDEST_PERIOD = 3600


class Summary(Value):
    """What a series amounts to; everything but the count is missing where there is nothing."""

    count: int
    minimum: float | None = None
    minimum_at: Moment | None = None
    maximum: float | None = None
    maximum_at: Moment | None = None
    mean: float | None = None
    latest: float | None = None
    baseline_mean: float | None = None
    recent_mean: float | None = None


def fitting_period(wanted_seconds: int, span: timedelta, age: timedelta) -> int:
    """Return the finest period from `wanted_seconds` on that gives at most `MOST_POINTS`.

    `age` is how long ago the span began: CloudWatch keeps old datapoints coarsely.
    """
    finest = next((period for kept, period in _KEPT if age <= kept), _OLDEST_PERIOD)
    enough = span.total_seconds() / MOST_POINTS
    periods = (period for period in (*_FINE, *_COARSE) if period >= max(wanted_seconds, finest))
    return next((period for period in periods if period >= enough), _COARSE[-1])


def summarise(points: Points) -> Summary:
    """Return what `points`, oldest first, amount to.

    The last quarter is recent, everything before it the baseline it is compared with.
    """
    if not points:
        return Summary(count=0)
    values = [value for _, value in points]
    recent = max(1, len(values) // 4)
    low, high = values.index(min(values)), values.index(max(values))
    return Summary(
        count=len(values),
        minimum=values[low],
        minimum_at=points[low][0],
        maximum=values[high],
        maximum_at=points[high][0],
        mean=_mean(values),
        latest=values[-1],
        baseline_mean=_mean(values[:-recent]) if len(values) > recent else None,
        recent_mean=_mean(values[-recent:]),
    )


def rounded(value: float) -> float:
    """Return `value` with six significant digits: more is noise, and costs the reader."""
    return float(f"{value:.6g}")


def _mean(values: Sequence[float]) -> float:
    return rounded(sum(values) / len(values))
