"""What a look at metrics found, and in which words it is told."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from itops_core.domain.values import Confidence, Moment, Value


class Kind(StrEnum):
    """What sort of change it is."""

    LEVEL_SHIFT = "level_shift"
    EXCURSION = "excursion"
    TREND = "trend"
    STUCK = "stuck"
    COUNTER_RESET = "counter_reset"
    GAP = "gap"


class Direction(StrEnum):
    """Which way the values went."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Shape(StrEnum):
    """What sort of series it is."""

    NO_DATA = "no_data"
    TOO_SHORT = "too_short"
    CONSTANT = "constant"
    COUNTER = "counter"
    DAILY = "daily"
    PLAIN = "plain"


class Finding(Value):
    """One thing in one series that is not as usual."""

    series: str
    kind: Kind
    direction: Direction
    onset: Moment = Field(description="When it began.")
    until: Moment | None = Field(default=None, description="When it was over; none: it still is.")
    usual: float | None = Field(default=None, description="What was to be expected.")
    observed: float | None = Field(default=None, description="The new level, or the peak.")
    change_percent: float | None = None
    deviations: float | None = Field(
        default=None, description="How many times the usual scatter; none: there was no scatter."
    )
    confidence: Confidence
    sentence: str


class Examined(Value):
    """What was there to look at in one series."""

    series: str
    shape: Shape
    points: int
    findings: int = 0
    note: str


class Detection(Value):
    """The findings over a set of series, most telling first."""

    findings: tuple[Finding, ...]
    examined: tuple[Examined, ...]
    findings_left_out: int = 0
    series_left_out: int = 0


def number(value: float) -> str:
    """Return `value` as people write it."""
    return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"


def moment(at: datetime) -> str:
    """Return `at` as it stands in sentences."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def percent_change(usual: float, observed: float) -> float | None:
    """Return the change in percent; none where the usual value is 0 or has another sign."""
    if usual == 0 or (usual < 0) != (observed < 0 or (observed == 0 and usual < 0)):
        return None
    change = 100 * (observed - usual) / abs(usual)
    return round(change, 1) if abs(change) < 1e6 else None
