"""The cold chain's arithmetic: limits, stretches, durations, mean kinetic temperature."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_server.excursions import mean_kinetic_temperature, minutes_true, stretches
from fleet_server.rules import RULES, ColdChainRule, rule_for

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
FRIDGE = RULES["pharma-2-8"]


def series(*celsius: float | None) -> list[tuple[datetime, float]]:
    """Return one reading a minute; none where there is `None`."""
    return [(START + n * MINUTE, one) for n, one in enumerate(celsius) if one is not None]


def test_a_stretch_lasts_from_its_first_reading_outside_to_the_end_of_its_last() -> None:
    (found,) = stretches(series(5, 8.1, 9.4, 8.2, 7.9), FRIDGE, MINUTE)

    assert found.side == "above"
    assert found.minutes == 3
    assert found.began_at == START + MINUTE
    assert found.ended_at == START + 4 * MINUTE
    assert found.extreme_celsius == 9.4
    assert found.unobserved_minutes == 0


def test_the_limit_itself_is_within() -> None:
    assert stretches(series(8.0, 2.0, 8.0), FRIDGE, MINUTE) == []


def test_too_cold_is_outside_as_too_warm_is() -> None:
    above, below = stretches(series(9, 9, 1, 0.5), FRIDGE, MINUTE)

    assert (above.side, above.minutes) == ("above", 2)
    assert (below.side, below.minutes, below.extreme_celsius) == ("below", 2, 0.5)
    assert below.ended_at is None


def test_a_silence_between_two_readings_outside_is_told_and_not_taken_for_recovery() -> None:
    (found,) = stretches(series(5, 9, None, None, None, 9, 5), FRIDGE, MINUTE)

    assert found.minutes == 5
    assert found.unobserved_minutes == 3


@given(st.lists(st.floats(-30, 40), min_size=1, max_size=60))
def test_every_reading_outside_is_in_exactly_one_stretch(celsius: list[float]) -> None:
    found = stretches(series(*celsius), FRIDGE, MINUTE)

    outside = sum(FRIDGE.breach(one) is not None for one in celsius)
    assert sum(round(one.minutes) for one in found) == outside
    assert all(one.ended_at is not None for one in found[:-1])


@given(st.lists(st.floats(-30, 40), min_size=1, max_size=60))
def test_the_mean_kinetic_temperature_lies_between_mean_and_maximum(celsius: list[float]) -> None:
    found = mean_kinetic_temperature(celsius)

    assert sum(celsius) / len(celsius) - 1e-6 <= found <= max(celsius) + 1e-6


def test_the_mean_kinetic_temperature_of_a_known_series_is_the_known_one() -> None:
    # Two halves of a year, at 20 and at 30 degrees, with 83.144 kJ/mol.
    assert mean_kinetic_temperature([20, 30]) == pytest.approx(26.3, abs=0.1)


def test_an_open_door_is_counted_in_minutes() -> None:
    door = series(0, 1, 1, 1, 0)

    assert minutes_true(door, START, START + 4 * MINUTE, MINUTE) == 3


@pytest.mark.parametrize(
    ("attributes", "limits"),
    [
        ({"product_class": "pharma-2-8"}, (2, 8, 15)),
        ({"product_class": "frozen-food"}, (None, -18, 20)),
        ({"product_class": "pharma-2-8", "high_celsius": "7.5"}, (2, 7.5, 15)),
        ({"product_class": "pharma-2-8", "allowed_minutes": "0"}, (2, 8, 0)),
        ({"low_celsius": "-1", "high_celsius": "1"}, (-1, 1, 15)),
    ],
)
def test_a_device_goes_by_its_class_and_by_its_own_limits(
    attributes: dict[str, str], limits: tuple[float | None, float | None, int]
) -> None:
    rule = rule_for(attributes)

    assert rule is not None
    assert (rule.low_celsius, rule.high_celsius, rule.allowed_minutes) == limits
    assert rule.source


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"product_class": "moon-dust"},
        {"product_class": "pharma-2-8", "high_celsius": "eight"},
        {"product_class": "pharma-2-8", "high_celsius": "nan"},
        {"allowed_minutes": "5"},
    ],
)
def test_limits_are_never_guessed(attributes: dict[str, str]) -> None:
    assert rule_for(attributes) is None


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_names_its_source_and_a_limit(rule: ColdChainRule) -> None:
    assert rule.source
    assert rule.high_celsius is not None
    assert rule.low_celsius is None or rule.low_celsius < rule.high_celsius
