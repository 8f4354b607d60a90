"""Where the level of a series changes: binary segmentation on clipped values."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

_NORMAL = 1.4826
_CLIP = 6.0
_PENALTY = 6.0
_MOST_SEGMENTS = 12
_ROUNDING = 1e-9


def robust_spread(values: Sequence[float]) -> float:
    """Return the standard deviation that the median absolute deviation stands for."""
    if not values:
        return 0.0
    middle = statistics.median(values)
    return _NORMAL * statistics.median(abs(value - middle) for value in values)


def step_noise(values: Sequence[float]) -> float:
    """Return the noise from row to row, which a change of level hardly touches."""
    steps = [after - before for before, after in pairwise(values)]
    spread = robust_spread(steps) / math.sqrt(2)
    if spread > 0 or not steps:
        return spread
    return statistics.fmean(sorted(abs(step) for step in steps)[: math.ceil(0.9 * len(steps))])


def change_points(values: Sequence[float], shortest: int = 5) -> list[int]:
    """Return the rows at which a new level begins, in order.

    Values far from everything are clipped first, so that a single spike makes no level.
    """
    if len(values) < 2 * shortest:
        return []
    noise = max(step_noise(values), _ROUNDING * max(abs(value) for value in values))
    clipped = _despiked(values, noise)
    sums = _running_sums(clipped)
    found: list[int] = []
    waiting = [(0, len(values))]
    price = _PENALTY * math.log(len(values)) * noise**2
    while waiting and len(found) < _MOST_SEGMENTS:
        start, end = waiting.pop()
        row, gain = _best_split(sums, start, end, shortest)
        if row and gain > price:
            found.append(row)
            waiting += [(start, row), (row, end)]
    return sorted(found)


def _despiked(values: Sequence[float], noise: float) -> list[float]:
    """Return each value, held within reach of the median of its five neighbours."""
    held: list[float] = []
    for row, value in enumerate(values):
        near = statistics.median(values[max(0, row - 2) : row + 3])
        held.append(min(max(value, near - _CLIP * noise), near + _CLIP * noise))
    return held


def _running_sums(values: Sequence[float]) -> list[float]:
    middle = statistics.median(values)
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value - middle)
    return sums


def _best_split(sums: Sequence[float], start: int, end: int, shortest: int) -> tuple[int, float]:
    """Return the row that explains most when the level may change there, and how much."""
    best_row, best_gain = 0, 0.0
    for row in range(start + shortest, end - shortest + 1):
        left, right = row - start, end - row
        apart = (sums[row] - sums[start]) / left - (sums[end] - sums[row]) / right
        gain = apart * apart * left * right / (left + right)
        if gain > best_gain:
            best_row, best_gain = row, gain
    return best_row, best_gain
