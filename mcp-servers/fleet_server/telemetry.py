"""What one device measured over a window."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from fleet_server.quantities import QUANTITIES, Quantity
from fleet_server.readings import Readings, Series, Wanted
from fleet_server.registry import DeviceId, Registry
from fleet_server.rules import rule_for
from fleet_server.spans import End, MinutesBack, span
from itops_core.domain.values import Moment, Value
from itops_core.tools.tool_server import ToolResult

_POINTS = 60
_FEWER = 24
"""Of each quantity, where more than one or two are asked for."""


class MeasuredSeries(Value):
    """One quantity, oldest first."""

    quantity: str
    latest: float
    latest_at: Moment
    minimum: float
    maximum: float
    mean: float
    points: list[tuple[Moment, float]]


class DeviceTelemetry(ToolResult):
    """What a device measured, and between which limits its cargo has to stay."""

    device_id: str
    product_class: str
    limits_celsius: tuple[float | None, float | None]
    period_seconds: int
    series: list[MeasuredSeries]
    absent: list[str] = Field(description="Quantities without a reading in the window.")
    note: str = ""


class Telemetry:
    """Answers what devices measured."""

    def __init__(self, registry: Registry, readings: Readings, now: Callable[[], datetime]) -> None:
        self._registry = registry
        self._readings = readings
        self._now = now

    def get_device_telemetry(
        self,
        device_id: DeviceId,
        *,
        quantities: Annotated[
            list[Quantity] | None,
            Field(max_length=8, description="Only these; all that there are, if left out."),
        ] = None,
        minutes_back: MinutesBack = 60,
        end: End = None,
    ) -> DeviceTelemetry:
        """Return a device's readings: temperature, ambient, door, compressor, battery, signal."""
        device = self._registry.device(device_id)
        asked = tuple(dict.fromkeys(quantities or QUANTITIES))
        window = span(minutes_back, end, self._now(), _POINTS if len(asked) <= 2 else _FEWER)
        wanted = [Wanted(device_id, quantity) for quantity in asked]
        read = self._readings.read(wanted, window)
        rule = rule_for(device.attributes)
        found = [_measured(one.quantity, read[one]) for one in wanted if read[one]]
        return DeviceTelemetry(
            device_id=device_id,
            product_class=rule.product_class if rule else "",
            limits_celsius=(rule.low_celsius, rule.high_celsius) if rule else (None, None),
            period_seconds=int(window.period.total_seconds()),
            series=found,
            absent=[one.quantity for one in wanted if not read[one]],
            note="" if found else "nothing was reported in this window; look further back",
            data_source="cloudwatch",
            query=self._readings.query(wanted, window),
        )


def _measured(quantity: str, series: Series) -> MeasuredSeries:
    values = [value for _, value in series]
    return MeasuredSeries(
        quantity=quantity,
        latest=round(values[-1], 2),
        latest_at=series[-1][0],
        minimum=round(min(values), 2),
        maximum=round(max(values), 2),
        mean=round(math.fsum(values) / len(values), 2),
        points=[(moment, round(value, 2)) for moment, value in series],
    )
