"""The fleet at one moment: what each device last measured, and what is wrong with it."""

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.domain.verdict import Gap


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
