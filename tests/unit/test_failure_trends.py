"""Whether failures increase is tested, and held to how often the test is wrong."""

from itertools import permutations
from math import exp
from random import Random

import pytest

from monitoring_server.analysis.trends import Direction, mann_kendall, trend_of

_TRIES = 200


def poisson(chance: Random, mean: float) -> int:
    count, product, least = 0, chance.random(), exp(-mean)
    while product >= least:
        count, product = count + 1, product * chance.random()
    return count


def share(found: list[Direction], wanted: Direction) -> float:
    return found.count(wanted) / len(found)


@pytest.mark.parametrize("days", [6, 7, 10, 14])
@pytest.mark.parametrize("kind", ["steady", "bursts"])
def test_what_does_not_change_is_seldom_called_a_trend(days: int, kind: str) -> None:
    chance = Random(days)  # noqa: S311 - nothing secret

    def count() -> int:
        burst = 10 if kind == "bursts" and chance.random() < 0.15 else 0
        return poisson(chance, 2) + burst

    found = [trend_of([count() for _ in range(days)]).direction for _ in range(_TRIES)]

    assert share(found, Direction.INCREASING) <= 0.05
    assert share(found, Direction.DECREASING) <= 0.05


@pytest.mark.parametrize(("days", "least"), [(10, 0.85), (14, 0.95)])
def test_failures_that_treble_are_found_to_increase(days: int, least: float) -> None:
    chance = Random(3)  # noqa: S311 - nothing secret
    found = [
        trend_of([poisson(chance, 3 if day < days / 2 else 9) for day in range(days)]).direction
        for _ in range(_TRIES)
    ]

    assert share(found, Direction.INCREASING) >= least


@pytest.mark.parametrize("counts", [[0, 0, 0, 0, 0, 0, 5], [9, 9, 9], [0] * 14])
def test_too_little_data_is_said_to_be_too_little(counts: list[int]) -> None:
    trend = trend_of(counts)

    assert trend.direction is Direction.TOO_LITTLE_DATA
    assert "Too little data" in trend.sentence
    assert trend.confidence == 0


def test_one_bad_day_is_no_trend() -> None:
    assert trend_of([1, 0, 1, 0, 1, 0, 40]).direction is Direction.STEADY


def test_more_failures_of_more_runs_are_told_from_a_larger_share() -> None:
    counts = [2, 2, 2, 2, 2, 12, 12, 12, 12, 12]

    as_many_more = trend_of(counts, [one * 10 for one in counts])
    of_as_many = trend_of(counts, [100] * 10)

    assert as_many_more.direction is of_as_many.direction is Direction.INCREASING
    assert "not the share" in as_many_more.sentence
    assert "2% of the runs failed before, 12%" in of_as_many.sentence


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5), (2, 1, 4, 3, 5), (5, 1, 4, 2, 3)])
def test_the_exact_test_counts_all_orders_of_the_days(order: tuple[int, ...]) -> None:
    def score(days: tuple[int, ...]) -> int:
        pairs = [(a, b) for at, a in enumerate(days) for b in days[at + 1 :]]
        return sum((b > a) - (b < a) for a, b in pairs)

    s, p = mann_kendall(order)

    every = [abs(score(one)) for one in permutations(order)]
    assert s == score(order)
    assert p == pytest.approx(sum(one >= abs(s) for one in every) / len(every))


def test_the_range_of_the_ratio_holds_the_ratio() -> None:
    trend = trend_of([4, 6, 5, 12, 10, 14])

    low, high = trend.ratio_range
    assert trend.rate_ratio == pytest.approx(2.4)
    assert low < 2.4 < (high or 0)
