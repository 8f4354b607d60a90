"""Where a series of temperatures left its limits, and for how long. No AWS, no clock."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from fleet_server.rules import ColdChainRule
from itops_core.domain.values import Moment, Value

Points = Sequence[tuple[datetime, float]]

_ACTIVATION_OVER_GAS = 83.144 / 0.0083144
"""Activation energy over gas constant, in kelvin; 83.144 kJ/mol is the pharmacopoeias' value."""
_ZERO_CELSIUS = 273.15


class Stretch(Value):
    """Readings outside of the limits, one after the other, on one side."""

    side: Literal["above", "below"]
    began_at: Moment
    ended_at: Moment | None = Field(description="First reading back within; none yet if null.")
    last_outside_at: Moment
    minutes: float = Field(description="Between the first and the last reading outside.")
    unobserved_minutes: float = Field(description="Of these, without any reading.")
    extreme_celsius: float
    mean_kinetic_celsius: float = Field(
        description="Of the stretch; context only, it excuses nothing."
    )


def stretches(points: Points, rule: ColdChainRule, period: timedelta) -> list[Stretch]:
    """Return the stretches outside of the limits, oldest first; `points` are in order."""
    found: list[Stretch] = []
    run: list[tuple[datetime, float]] = []
    side: str | None = None
    for moment, celsius in points:
        now = rule.breach(celsius)
        if now != side:
            if side is not None:
                found.append(_stretch(run, side, moment, period))
            run, side = [], now
        if now is not None:
            run.append((moment, celsius))
    if side is not None:
        found.append(_stretch(run, side, None, period))
    return found


def mean_kinetic_temperature(celsius: Sequence[float]) -> float:
    """Return the one temperature that does as much harm as all of these together (Haynes)."""
    if not celsius:
        raise ValueError("no temperatures")
    rates = [math.exp(-_ACTIVATION_OVER_GAS / (one + _ZERO_CELSIUS)) for one in celsius]
    return _ACTIVATION_OVER_GAS / -math.log(math.fsum(rates) / len(rates)) - _ZERO_CELSIUS


def minutes_true(points: Points, start: datetime, end: datetime, period: timedelta) -> float:
    """Return for how many minutes of a time a switch was on."""
    within = [value for moment, value in points if start <= moment <= end]
    return round(sum(min(1.0, max(0.0, value)) for value in within) * period.total_seconds() / 60)


def mean(points: Points, start: datetime, end: datetime) -> float | None:
    """Return the mean of the readings of a time, if there are any."""
    within = [value for moment, value in points if start <= moment <= end]
    return round(math.fsum(within) / len(within), 1) if within else None


def _stretch(run: Points, side: str, ended_at: datetime | None, period: timedelta) -> Stretch:
    values = [value for _, value in run]
    first, last = run[0][0], run[-1][0]
    span = last - first + period
    return Stretch(
        side="above" if side == "above" else "below",
        began_at=first,
        ended_at=ended_at,
        last_outside_at=last,
        minutes=round(span.total_seconds() / 60, 1),
        unobserved_minutes=round((span - len(run) * period).total_seconds() / 60, 1),
        extreme_celsius=round(max(values) if side == "above" else min(values), 2),
        mean_kinetic_celsius=round(mean_kinetic_temperature(values), 2),
    )
