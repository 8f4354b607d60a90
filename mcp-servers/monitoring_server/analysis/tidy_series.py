"""A series as it came, made fit to be looked at: in order, without holes, counters as rates."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

_LARGEST = 1e100
_GAP_STEPS = 3.5
_REGULAR_SHARE = 0.8
_COUNTER_ROWS = 12
_COUNTER_RISES = 0.6
_MOST_RESETS_SHARE = 0.05


@dataclass(frozen=True)
class TidySeries:
    """The points that can be used, and what was learnt in tidying them."""

    name: str
    moments: tuple[datetime, ...]
    values: tuple[float, ...]
    step: timedelta
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    resets: tuple[datetime, ...] = ()
    is_counter: bool = False


def tidy(name: str, points: Sequence[tuple[datetime, float | None]]) -> TidySeries:
    """Return the finite points of `points`, oldest first, one a moment (the last one given)."""
    by_moment = {
        at if at.tzinfo else at.replace(tzinfo=UTC): float(value)
        for at, value in points
        if value is not None and abs(value) < _LARGEST
    }
    moments = tuple(sorted(by_moment))
    values = tuple(by_moment[at] for at in moments)
    step = _step(moments)
    series = TidySeries(name, moments, values, step, _gaps(moments, step))
    return _as_rate(series) if _is_counter(values) else series


def _step(moments: Sequence[datetime]) -> timedelta:
    steps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    return timedelta(seconds=statistics.median(steps)) if steps else timedelta(0)


def _gaps(moments: Sequence[datetime], step: timedelta) -> tuple[tuple[datetime, datetime], ...]:
    """Return the holes of a series that otherwise comes regularly."""
    pairs = list(pairwise(moments))
    regular = sum(after - before <= 1.5 * step for before, after in pairs)
    if not pairs or regular < _REGULAR_SHARE * len(pairs):
        return ()
    return tuple(
        (before + step, after) for before, after in pairs if after - before > _GAP_STEPS * step
    )


def _is_counter(values: Sequence[float]) -> bool:
    """Whether the values only rise, save for a few falls back to (nearly) the beginning."""
    if len(values) < _COUNTER_ROWS or min(values) < 0:
        return False
    steps = [after - before for before, after in pairwise(values)]
    rises = sum(step > 0 for step in steps)
    falls = [(before, after) for before, after in pairwise(values) if after < before]
    typical_rise = statistics.median([step for step in steps if step > 0] or [0.0])
    to_zero = all(after <= 0.2 * before and after <= 10 * typical_rise for before, after in falls)
    return (
        rises >= _COUNTER_RISES * len(steps)
        and len(falls) <= max(1, _MOST_RESETS_SHARE * len(steps))
        and to_zero
        and values[-1] - values[0] + sum(before for before, _ in falls) > 5 * typical_rise
    )


def _as_rate(series: TidySeries) -> TidySeries:
    """Return the increases for each step; after a reset the counter began from zero."""
    rates: list[float] = []
    resets: list[datetime] = []
    pairs = zip(pairwise(series.moments), pairwise(series.values), strict=True)
    for (earlier, later), (before, after) in pairs:
        steps = max((later - earlier) / series.step, 1e-9) if series.step else 1.0
        if after < before:
            resets.append(later)
        rates.append((after - before if after >= before else after) / max(1.0, steps))
    return TidySeries(
        series.name,
        series.moments[1:],
        tuple(rates),
        series.step,
        series.gaps,
        tuple(resets),
        is_counter=True,
    )
