"""The runs of rows in a series that are not as usual."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from monitoring_server.analysis.change_points import change_points, robust_spread, step_noise
from monitoring_server.analysis.findings import Kind

_FEWEST_ROWS = 8
_FAR = 5.0
_SHIFT_FAR = 3.0
_TAIL = 0.97
_BRIDGE = 2
_NEAR_SHIFT = 5
_RECURRING = 3
_LARGER = 2.0
_STRAIGHT = 0.35
_RISE = 8.0


@dataclass(frozen=True)
class Change:
    """A run of rows that is not as usual: from the residual `before` to `after`."""

    kind: Kind
    start: int
    end: int
    before: float
    after: float
    deviations: float


def find_changes(
    residuals: Sequence[float], values: Sequence[float], is_daily: bool
) -> list[Change]:
    """Return a trend or new levels, then excursions from where the series is, then a stuck end.

    `residuals` are the rows minus what was expected of them; `values` the whole series.
    """
    slope = 0.0 if is_daily else _slope(residuals)
    if slope:
        line = [slope * (row - len(residuals) / 2) for row in range(len(residuals))]
        around = [value - base for value, base in zip(residuals, line, strict=True)]
        middle = statistics.median(around)
        around = [value - middle for value in around]
        far = abs(line[-1] - line[0]) / _scatter(around, values)
        rise = Change(Kind.TREND, 0, len(line), line[0] + middle, line[-1] + middle, min(far, 1e6))
        return [rise, *_excursions(around, residuals, [_scatter(around, values)] * len(line))]
    borders = [0, *_kept_borders(residuals), len(residuals)]
    levels = [statistics.median(residuals[a:b]) for a, b in pairwise(borders)]
    around = [
        value - level
        for level, (start, end) in zip(levels, pairwise(borders), strict=True)
        for value in residuals[start:end]
    ]
    spread = _scatter(around, values)
    spreads = [
        max(spread, robust_spread(around[start:end]))
        for start, end in pairwise(borders)
        for _ in range(start, end)
    ]
    shifts = _shifts(borders, levels, spread)
    merged, excursions = _merged(shifts, _excursions(around, residuals, spreads))
    return [*merged, *excursions, *_stuck(values, len(residuals))]


def _slope(residuals: Sequence[float]) -> float:
    """Return the slope of a series that is nearly a straight line, else 0."""
    third = len(residuals) // 3
    if third < _FEWEST_ROWS:
        return 0.0
    first, middle, last = (
        statistics.median(residuals[start : start + third])
        for start in (0, (len(residuals) - third) // 2, len(residuals) - third)
    )
    rise = last - first
    is_even = abs((middle - first) - (last - middle)) < _STRAIGHT * abs(rise)
    slope = rise / (len(residuals) - third)
    around = [value - slope * row for row, value in enumerate(residuals)]
    is_straight = robust_spread(around) < _STRAIGHT * robust_spread(residuals)
    is_far = abs(rise) > _RISE * step_noise(residuals)
    return slope if is_even and is_straight and is_far else 0.0


def _kept_borders(residuals: Sequence[float]) -> list[int]:
    """Return the change points that matter: far apart against the scatter on either side."""
    borders = change_points(residuals)
    while borders:
        edges = [0, *borders, len(residuals)]
        strengths = [
            _strength(residuals[edges[i] : edges[i + 1]], residuals[edges[i + 1] : edges[i + 2]])
            for i in range(len(borders))
        ]
        weakest = min(range(len(borders)), key=lambda i: strengths[i])
        if strengths[weakest] >= _SHIFT_FAR:
            break
        del borders[weakest]
    return borders


def _strength(left: Sequence[float], right: Sequence[float]) -> float:
    apart = abs(statistics.median(right) - statistics.median(left))
    scatter = max(_wide(left), _wide(right))
    if apart == 0:
        return 0.0
    return apart / scatter if scatter > 0 else math.inf


def _wide(values: Sequence[float]) -> float:
    """Return the scatter, not fooled by a series that mostly stands still."""
    middle = statistics.median(values)
    far = sorted(abs(value - middle) for value in values)
    return max(robust_spread(values), far[int(0.9 * (len(far) - 1))] / 1.645)


def _scatter(around: Sequence[float], values: Sequence[float]) -> float:
    """Return the usual scatter; where there is none, a thousandth of the size of the values."""
    size = max(abs(value) for value in values)
    return max(robust_spread(around), 1e-3 * statistics.median(abs(v) for v in values), 1e-9 * size)


def _shifts(borders: Sequence[int], levels: Sequence[float], spread: float) -> list[Change]:
    """Return the new levels; one that soon went back is an excursion that ended."""
    found: list[Change] = []
    place = 1
    while place < len(levels):
        before, after = levels[place - 1], levels[place]
        reach = max(_SHIFT_FAR * spread, 0.25 * abs(after - before))
        went_back = place + 1 < len(levels) and abs(levels[place + 1] - before) < reach
        kind = Kind.EXCURSION if went_back else Kind.LEVEL_SHIFT
        far = abs(after - before) / spread
        found.append(Change(kind, borders[place], borders[place + 1], before, after, far))
        place += 2 if went_back else 1
    return found


def _excursions(
    around: Sequence[float], residuals: Sequence[float], spreads: Sequence[float]
) -> list[Change]:
    """Return the short runs far from the level they are in; of like ones that recur, none."""
    sizes = sorted(abs(value) for value in around)
    tail = 1.5 * sizes[int(_TAIL * (len(sizes) - 1))]
    runs: list[tuple[int, int]] = []
    for row, value in enumerate(around):
        if abs(value) <= max(_FAR * spreads[row], tail):
            continue
        if runs and row - runs[-1][1] <= _BRIDGE:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    found: list[Change] = []
    for start, end in runs:
        peak = max(range(start, end + 1), key=lambda row: abs(around[row]))
        level, far = residuals[peak] - around[peak], abs(around[peak]) / spreads[peak]
        found.append(Change(Kind.EXCURSION, start, end + 1, level, residuals[peak], far))
    return [one for one in found if not _recurs(one, found)]


def _recurs(change: Change, all_changes: Sequence[Change]) -> bool:
    """Whether several others, the same way, came near the size of this one."""
    size = change.after - change.before
    like = [
        other
        for other in all_changes
        if other is not change and _LARGER * (other.after - other.before) / size > 1
    ]
    return len(like) >= _RECURRING


def _merged(
    shifts: Sequence[Change], excursions: Sequence[Change]
) -> tuple[list[Change], list[Change]]:
    """Return both, with the run-up to a shift taken into it, and what is in its first rows."""
    merged, rest = list(shifts), list(excursions)
    for place, shift in enumerate(merged):
        run_up = [
            one
            for one in rest
            if shift.start - _NEAR_SHIFT <= one.start
            and one.end <= shift.start + _NEAR_SHIFT
            and (one.start >= shift.start or one.end >= shift.start - _BRIDGE)
        ]
        if run_up:
            merged[place] = replace(shift, start=min(shift.start, *(one.start for one in run_up)))
            rest = [one for one in rest if one not in run_up]
    return merged, rest


def _stuck(values: Sequence[float], rows: int) -> list[Change]:
    """Return the end of the series, if it stands still as it never did before."""
    runs = [len(list(run)) for _, run in groupby(values)]
    last, earlier = runs[-1], max(runs[:-1], default=0)
    if last < max(_FEWEST_ROWS, 4 * earlier) or len(runs) < _FEWEST_ROWS:
        return []
    return [Change(Kind.STUCK, max(0, rows - last), rows, 0.0, 0.0, last / max(1, earlier))]
