"""Whether failures become more: counts of equal stretches of time, tested, not looked at.

Two tests, each at half the level. The rate ratio of the later half to the earlier one is exact for
counts that fall independently (given their sum, the later count is binomial). Failures seldom do:
an outage breaks many runs at once. So the counts' dispersion widens it (quasi-Poisson), and beside
it stands Mann-Kendall's test on the order of the days, which no single bad day can move.
"""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum

from pydantic import Field

from itops_core.domain.values import Value

LEAST_DAYS = 4
LEAST_FAILURES = 6
_LEVEL = 0.05
_EXACT_DAYS = 8
_STEPS = 60


class Direction(StrEnum):
    """Where the failures go."""

    INCREASING = "increasing"
    DECREASING = "decreasing"
    STEADY = "steady"
    """No test finds a change: there may be one that is too small to see."""
    TOO_LITTLE_DATA = "too_little_data"


class Trend(Value):
    """What the counts of some days tell."""

    direction: Direction
    sentence: str
    confidence: float = Field(description="1 minus the smaller p of both tests, doubled.")
    earlier: int = Field(description="Failures in the earlier half of the days.")
    later: int
    rate_ratio: float | None = Field(description="Later to earlier; None where nothing was before.")
    ratio_range: tuple[float, float | None] = Field(description="95 % of it; None is no bound.")
    rate_p: float
    dispersion: float = Field(description="1 where failures fall independently, above in bursts.")
    kendall_s: int
    kendall_p: float


def trend_of(counts: Sequence[int], runs: Sequence[int] | None = None) -> Trend:
    """Return where `counts` go, oldest first; with `runs`, whether more runs are why is told."""
    half = len(counts) // 2
    early, late = list(counts[:half]), list(counts[len(counts) - half :])
    a, b = sum(early), sum(late)
    dispersion = max(1.0, (_dispersion(early) + _dispersion(late)) / 2) if half > 1 else 1.0
    rate_p = _rate_p(a, b, dispersion)
    s, kendall_p = mann_kendall(counts)
    least = min(1.0, 2 * min(rate_p, kendall_p))
    direction = _direction(counts, least, b - a, s)
    return Trend(
        direction=direction,
        sentence=_sentence(direction, counts, (a, b), runs),
        confidence=0.0 if direction is Direction.TOO_LITTLE_DATA else round(1 - least, 4),
        earlier=a,
        later=b,
        rate_ratio=round(b / a, 3) if a else None,
        ratio_range=_ratio_range(a, b),
        rate_p=round(rate_p, 5),
        dispersion=round(dispersion, 2),
        kendall_s=s,
        kendall_p=round(kendall_p, 5),
    )


def mann_kendall(counts: Sequence[float]) -> tuple[int, float]:
    """Return Mann and Kendall's S and its two-sided p: exact for few days without ties."""
    n = len(counts)
    s = sum(
        (later > earlier) - (later < earlier)
        for place, earlier in enumerate(counts)
        for later in counts[place + 1 :]
    )
    ties = [sum(1 for one in counts if one == value) for value in set(counts)]
    if n <= _EXACT_DAYS and max(ties, default=1) == 1:
        return s, _exact_kendall(n, abs(s))
    spread = n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)
    if spread <= 0:
        return s, 1.0
    z = max(0, abs(s) - 1) / math.sqrt(spread / 18)
    return s, math.erfc(z / math.sqrt(2))


def _exact_kendall(n: int, s: int) -> float:
    """Return the share of all orders of `n` days whose S is at least as far from zero."""
    ways = [1]
    for days in range(2, n + 1):
        ways = [
            sum(ways[max(0, place - days + 1) : place + 1]) for place in range(len(ways) + days - 1)
        ]
    most = n * (n - 1) // 2
    far = sum(count for swaps, count in enumerate(ways) if abs(most - 2 * swaps) >= s)
    return far / sum(ways)


def _rate_p(a: int, b: int, dispersion: float) -> float:
    """Return the two-sided p of both halves having one rate."""
    if a + b == 0:
        return 1.0
    exact = min(1.0, 2 * min(_at_most(min(a, b), a + b), 1.0))
    if dispersion <= 1.0:
        return exact
    z = abs(math.log((b + 0.5) / (a + 0.5))) / math.sqrt(
        dispersion * (1 / (a + 0.5) + 1 / (b + 0.5))
    )
    return max(exact, math.erfc(z / math.sqrt(2)))


def _at_most(k: int, n: int, p: float = 0.5) -> float:
    """Return the chance of at most `k` of `n`."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if k >= n else 0.0
    logs = math.lgamma(n + 1)
    return min(
        1.0,
        sum(
            math.exp(
                logs
                - math.lgamma(i + 1)
                - math.lgamma(n - i + 1)
                + i * math.log(p)
                + (n - i) * math.log(1 - p)
            )
            for i in range(k + 1)
        ),
    )


def _ratio_range(a: int, b: int) -> tuple[float, float | None]:
    """Return Clopper and Pearson's 95 % range of the later count's share, as a ratio of rates."""
    n = a + b
    if n == 0:
        return 0.0, None
    low = 0.0 if b == 0 else _solved(lambda p: 1 - _at_most(b - 1, n, p) < _LEVEL / 2)
    high = 1.0 if b == n else _solved(lambda p: _at_most(b, n, p) > _LEVEL / 2)
    top = None if high >= 1 else round(high / (1 - high), 3)
    return round(low / (1 - low), 3), top


def _solved(is_below: "Test") -> float:
    """Return, by halving, the share at which a test that holds below it stops to hold."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low


def _dispersion(counts: Sequence[int]) -> float:
    mean = sum(counts) / len(counts)
    if mean == 0 or len(counts) < 2:
        return 1.0
    return sum((one - mean) ** 2 for one in counts) / (len(counts) - 1) / mean


def _direction(counts: Sequence[int], least: float, change: int, s: int) -> Direction:
    if len(counts) < LEAST_DAYS or sum(counts) < LEAST_FAILURES:
        return Direction.TOO_LITTLE_DATA
    if least >= _LEVEL or change * s <= 0:
        return Direction.STEADY
    return Direction.INCREASING if change > 0 else Direction.DECREASING


def _sentence(
    direction: Direction, counts: Sequence[int], halves: tuple[int, int], runs: Sequence[int] | None
) -> str:
    a, b = halves
    days, total = len(counts), sum(counts)
    if direction is Direction.TOO_LITTLE_DATA:
        return (
            f"Too little data to tell: {total} failures in {days} days; {LEAST_FAILURES} failures "
            f"in {LEAST_DAYS} days are the least that say anything."
        )
    half = days // 2
    compared = f"{b} failures in the later {half} days, {a} in the {half} before"
    told = {
        Direction.INCREASING: f"Failures are increasing: {compared}.",
        Direction.DECREASING: f"Failures are decreasing: {compared}.",
        Direction.STEADY: f"No change that could not be chance: {compared}.",
    }[direction]
    return f"{told}{_by_runs(direction, counts, runs)}"


def _by_runs(direction: Direction, counts: Sequence[int], runs: Sequence[int] | None) -> str:
    """Return whether the share of runs that fail goes the same way, where that is known."""
    half = len(counts) // 2
    if not runs or direction is Direction.STEADY or not sum(runs[:half]) or not sum(runs[-half:]):
        return ""
    before = sum(counts[:half]) / sum(runs[:half])
    after = sum(counts[-half:]) / sum(runs[-half:])
    shares = f"{before:.0%} of the runs failed before, {after:.0%} in the later days"
    same = (after > before) == (direction is Direction.INCREASING)
    return f" {shares}." if same else f" But {shares}: the number of runs changed, not the share."


Test = Callable[[float], bool]
