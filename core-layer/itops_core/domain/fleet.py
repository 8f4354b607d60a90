"""The fleet at one moment: what each device last measured, and what is wrong with it."""

from datetime import timedelta

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.domain.verdict import Gap

SILENT_AFTER = timedelta(minutes=15)
"""Three reports missed by a device that reports every five minutes, the slowest we know."""


class DeviceExcursion(Value):
    """Cargo of a device outside of its limits, beyond what is allowed."""

    state: str = Field(description="ongoing, ended or unknown (it fell silent while outside).")
    began_at: Moment
    minutes: float
    over_minutes: float = Field(description="Beyond what is allowed.")
    extreme_celsius: float
    limit_celsius: float


class FleetDevice(Value):
    """One device, as it was heard of last."""

    device_id: str
    fleet: str
    condition: str = Field(description="out_of_range, silent, never_reported, no_rule or in_range.")
    product_class: str
    limits_celsius: tuple[float | None, float | None]
    temperature_celsius: float | None
    door_open: bool | None
    last_report_at: Moment | None
    silent_minutes: int | None
    attributes: dict[str, str] = Field(default_factory=dict)
    excursions: tuple[DeviceExcursion, ...] = Field(default=(), description="Newest first.")


class FleetView(Value):
    """Every device, those in trouble first."""

    at: Moment | None = Field(description="When it was looked at; null until it was once.")
    devices: tuple[FleetDevice, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict, description="By condition.")
    truncated: bool = Field(default=False, description="Whether there are more devices.")
    gaps: tuple[Gap, ...] = Field(default=(), description="What could not be seen just now.")


class Measured(Value):
    """One quantity that a device measured, oldest first."""

    quantity: str
    latest: float
    latest_at: Moment
    minimum: float
    maximum: float
    points: tuple[tuple[Moment, float], ...]


class ExcursionSeen(Value):
    """Cargo outside of its limits, allowed or not, and what went with it."""

    state: str = Field(description="ongoing, ended or unknown (it fell silent while outside).")
    verdict: str = Field(description="excursion or within_allowance.")
    side: str = Field(description="above or below.")
    began_at: Moment
    last_outside_at: Moment
    ended_at: Moment | None = Field(description="First reading back within; null if none yet.")
    minutes: float
    over_minutes: float
    allowed_minutes: int
    unobserved_minutes: float
    extreme_celsius: float
    limit_celsius: float
    door_open_minutes: float | None
    ambient_celsius: float | None
    compressor_percent: float | None


class DeviceTelemetry(Value):
    """What a device measured over a time, and where its cargo left the limits."""

    device_id: str
    product_class: str
    limits_celsius: tuple[float | None, float | None]
    since: Moment
    until: Moment
    period_seconds: int
    silent_after_seconds: int = Field(description="So long without a report counts as silence.")
    series: tuple[Measured, ...]
    absent: tuple[str, ...] = ()
    excursions: tuple[ExcursionSeen, ...] = Field(default=(), description="Newest first.")
    note: str = ""
