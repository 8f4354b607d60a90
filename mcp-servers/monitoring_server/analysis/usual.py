"""What a series was to be expected to be at each point, and how far it usually strays."""

import statistics
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitoring_server.analysis.change_points import robust_spread
from monitoring_server.analysis.tidy_series import TidySeries

_BIN_SECONDS = 1800
_DAYS_BACK = 14
_FEWEST_EARLIER = 2
_FEWEST_DAYS = 3
_BETTER = 0.75
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Usual:
    """The rows that could be compared, what was expected of each, and the usual scatter."""

    rows: tuple[int, ...]
    expected: tuple[float, ...]
    residuals: tuple[float, ...]
    spread: float
    is_daily: bool
    earlier_days: int = 0


def usual(series: TidySeries) -> Usual:
    """Return the comparison with the same hour on earlier days where that explains the series."""
    plain = _plain(series)
    if len(series.moments) < 2 or _days(series) < _FEWEST_DAYS:
        return plain
    daily = _daily(series)
    if daily is None:
        return plain
    without = robust_spread([series.values[row] for row in daily.rows])
    return daily if daily.spread < _BETTER * without else plain


def _plain(series: TidySeries) -> Usual:
    middle = statistics.median(series.values)
    residuals = tuple(value - middle for value in series.values)
    rows = tuple(range(len(series.values)))
    return Usual(rows, (middle,) * len(rows), residuals, robust_spread(residuals), is_daily=False)


def _daily(series: TidySeries) -> Usual | None:
    bins: dict[int, list[tuple[date, float]]] = defaultdict(list)
    for at, value in zip(series.moments, series.values, strict=True):
        bins[_bin(at)].append((at.date(), value))
    known: dict[tuple[int, date], float | None] = {}
    rows: list[int] = []
    expected: list[float] = []
    for row, at in enumerate(series.moments):
        key = (_bin(at), at.date())
        if key not in known:
            known[key] = _of_earlier_days(bins[key[0]], key[1])
        before = known[key]
        if before is not None:
            rows.append(row)
            expected.append(before)
    if len(rows) < _LEAST_SHARE * len(series.values) * (1 - 2 / _days(series)):
        return None
    residuals = tuple(series.values[row] - base for row, base in zip(rows, expected, strict=True))
    spread = robust_spread(residuals)
    return Usual(tuple(rows), tuple(expected), residuals, spread, True, _days(series) - 1)


def _of_earlier_days(seen: list[tuple[date, float]], day: date) -> float | None:
    end = bisect_left(seen, day, key=lambda one: one[0])
    start = bisect_left(seen, day - timedelta(days=_DAYS_BACK), key=lambda one: one[0])
    by_day: dict[date, list[float]] = defaultdict(list)
    for on, value in seen[start:end]:
        by_day[on].append(value)
    if len(by_day) < _FEWEST_EARLIER:
        return None
    return statistics.median(statistics.median(values) for values in by_day.values())


def _bin(at: datetime) -> int:
    return (at.hour * 3600 + at.minute * 60 + at.second) // _BIN_SECONDS


def _days(series: TidySeries) -> int:
    return round((series.moments[-1] - series.moments[0]) / timedelta(days=1))
