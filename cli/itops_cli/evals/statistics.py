"""How sure a figure is: intervals of shares and means, and how well confidence is calibrated."""

import math
from collections.abc import Mapping, Sequence
from random import Random
from statistics import fmean

from itops_core.domain.values import Value

_Z = 1.96
"""Of a normal distribution: 95 in 100 lie within so many deviations."""
_RESAMPLES = 1000
_BINS = 10


class Estimate(Value):
    """A figure, with the interval that holds the true one 95 times in 100."""

    value: float
    low: float
    high: float
    count: int
    """How many it is made of."""


class Bin(Value):
    """Verdicts of about the same confidence, and how many of them were right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float
    right_low: float
    right_high: float


class Calibration(Value):
    """Whether a confidence of 0.8 is right 8 times in 10."""

    count: int
    brier: Estimate
    expected_error: Estimate
    """ECE over ten bins of equal width."""
    bins: tuple[Bin, ...]


def share(hits: int, count: int) -> Estimate | None:
    """Return a share with its Wilson interval; `None` of nothing."""
    if count == 0:
        return None
    part, spread = hits / count, _Z * _Z / count
    middle = (part + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(part * (1 - part) / count + spread / (4 * count)) / (1 + spread)
    low = 0.0 if hits == 0 else max(0.0, middle - reach)
    high = 1.0 if hits == count else min(1.0, middle + reach)
    return Estimate(value=part, low=low, high=high, count=count)


def mean(groups: Mapping[str, Sequence[float]], seed: int = 1) -> Estimate | None:
    """Return the mean of all values, its interval by bootstrap over the groups.

    What comes from one scenario is alike, so scenarios are drawn anew, not single values.
    """
    values = [value for group in groups.values() for value in group]
    if not values:
        return None
    sums = [(math.fsum(group), len(group)) for group in groups.values() if group]
    chance = Random(seed)  # noqa: S311 - resampling, nothing secret
    means: list[float] = []
    for _ in range(_RESAMPLES):
        drawn = chance.choices(sums, k=len(sums))
        means.append(math.fsum(one for one, _ in drawn) / sum(count for _, count in drawn))
    low, high = _middle_95(means)
    return Estimate(value=fmean(values), low=low, high=high, count=len(values))


def calibration(claims: Sequence[tuple[float, bool]], seed: int = 1) -> Calibration | None:
    """Return how well confidences go with being right; `None` without any claim."""
    if not claims:
        return None
    chance = Random(seed)  # noqa: S311 - resampling, nothing secret
    draws = [chance.choices(claims, k=len(claims)) for _ in range(_RESAMPLES // 2)]
    return Calibration(
        count=len(claims),
        brier=_drawn(brier(claims), [brier(drawn) for drawn in draws], len(claims)),
        expected_error=_drawn(
            expected_error(claims), [expected_error(drawn) for drawn in draws], len(claims)
        ),
        bins=tuple(bins(claims)),
    )


def brier(claims: Sequence[tuple[float, bool]]) -> float:
    """Return the mean squared distance between confidence and what was so."""
    return fmean((confidence - right) ** 2 for confidence, right in claims)


def expected_error(claims: Sequence[tuple[float, bool]]) -> float:
    """Return the mean distance between confidence and share of right ones, over the bins."""
    return math.fsum(
        abs(fmean(confidence for confidence, _ in inside) - fmean(right for _, right in inside))
        * len(inside)
        / len(claims)
        for inside in _binned(claims).values()
    )


def bins(claims: Sequence[tuple[float, bool]]) -> list[Bin]:
    """Return the bins that hold something, from unsure to sure."""
    found: list[Bin] = []
    for number, inside in sorted(_binned(claims).items()):
        right = share(sum(right for _, right in inside), len(inside))
        if right is None:
            continue
        found.append(
            Bin(
                low=number / _BINS,
                high=(number + 1) / _BINS,
                count=len(inside),
                confidence=fmean(confidence for confidence, _ in inside),
                right=right.value,
                right_low=right.low,
                right_high=right.high,
            )
        )
    return found


def _binned(claims: Sequence[tuple[float, bool]]) -> dict[int, list[tuple[float, bool]]]:
    found: dict[int, list[tuple[float, bool]]] = {}
    for claim in claims:
        found.setdefault(min(_BINS - 1, int(claim[0] * _BINS)), []).append(claim)
    return found


def _drawn(value: float, draws: Sequence[float], count: int) -> Estimate:
    low, high = _middle_95(draws)
    return Estimate(value=value, low=low, high=high, count=count)


def _middle_95(draws: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(draws)
    edge = round(len(ordered) * 0.025)
    return ordered[edge], ordered[-edge - 1]
