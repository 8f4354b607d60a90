"""Where the cold chain broke: on which devices, how long, how far, and what went with it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from fleet_server.devices import Fleet, no_rule
from fleet_server.excursions import Stretch, mean, minutes_true, stretches
from fleet_server.readings import Readings, Series, Span, Wanted
from fleet_server.registry import Device, DeviceId, Registry
from fleet_server.rules import ColdChainRule, rule_for
from fleet_server.spans import End, MinutesBack, span
from itops_core.domain.fleet import SILENT_AFTER
from itops_core.domain.values import Value
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult

_STEPS = 1440
_SHOWN = 12
_SHOWN_CHARACTERS = 6000
_BEFORE = timedelta(minutes=10)
"""How long before an excursion its door and the outside air still explain it."""

_CONTEXT = ("DoorOpen", "AmbientCelsius", "CompressorPercent")


class ExcursionEvent(Value):
    """Cargo outside of its limits for longer than is allowed, or so far."""

    device_id: str
    product_class: str
    state: Literal["ongoing", "ended", "unknown"] = Field(
        description="Unknown: the device fell silent while outside."
    )
    verdict: Literal["excursion", "within_allowance"]
    limit_celsius: float
    allowed_minutes: int
    over_minutes: float = Field(description="Beyond what is allowed.")
    stretch: Stretch
    door_open_minutes: float | None = Field(description="From ten minutes before on.")
    ambient_celsius: float | None
    compressor_percent: float | None
    source: str = Field(description="Where the limit comes from.")


class ExcursionEvents(ToolResult):
    """Excursions, those that go on first, then the newest."""

    events: list[ExcursionEvent]
    devices_checked: int
    without_rule: list[str] = Field(description="Devices whose cargo nobody named.")
    silent: list[str] = Field(description="Devices of which nothing is known now.")
    period_seconds: int
    note: str = ""


class Excursions:
    """Judges what devices measured by the cold chain's rules."""

    def __init__(self, registry: Registry, readings: Readings, now: Callable[[], datetime]) -> None:
        self._registry = registry
        self._readings = readings
        self._now = now

    def get_excursion_events(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        device_id: DeviceId | None = None,
        *,
        fleet: Fleet = None,
        minutes_back: MinutesBack = 720,
        end: End = None,
        include_allowed: Annotated[
            bool, Field(description="Also what stayed within the allowed minutes.")
        ] = False,
        cursor: Cursor = None,
    ) -> ExcursionEvents:
        """Return temperature excursions with duration, extreme, door and outside air, by rule."""
        devices, more = self._devices(device_id, fleet)
        ruled = [(one, rule) for one in devices if (rule := rule_for(one.attributes))]
        unruled = [one.device_id for one in devices if rule_for(one.attributes) is None]
        if device_id and unruled:
            raise no_rule(devices[0])
        window = span(minutes_back, end, self._now(), _STEPS)
        wanted = [Wanted(one.device_id, "TemperatureCelsius") for one, _ in ruled]
        read = self._readings.read(wanted, window)
        events = [
            event
            for device, rule in ruled
            for event in self._events(
                device, rule, read[Wanted(device.device_id, "TemperatureCelsius")], window
            )
            if include_allowed or event.verdict == "excursion"
        ]
        events.sort(key=lambda event: event.stretch.began_at, reverse=True)
        events.sort(key=lambda event: event.state == "ended")
        page = items_page(events, cursor, _SHOWN, _SHOWN_CHARACTERS)
        return ExcursionEvents(
            events=page.items,
            devices_checked=len(ruled),
            without_rule=unruled[:20],
            silent=[one.device_id for one in wanted if _is_silent(read[one], window)][:20],
            period_seconds=int(window.period.total_seconds()),
            note="" if devices else "no such device in the registry",
            data_source="iot+cloudwatch",
            query=self._readings.query(wanted, window),
            truncated=page.cursor is not None or more,
            cursor=page.cursor,
        )

    def _devices(self, device_id: str | None, fleet: str | None) -> tuple[list[Device], bool]:
        if device_id:
            return [self._registry.device(device_id)], False
        return self._registry.devices(fleet)

    def _events(
        self, device: Device, rule: ColdChainRule, series: Series, window: Span
    ) -> list[ExcursionEvent]:
        found = stretches(series, rule, window.period)
        if not found:
            return []
        context = {name: Wanted(device.device_id, name) for name in _CONTEXT}
        read = self._readings.read(list(context.values()), window)
        around = {name: read[one] for name, one in context.items()}
        return [_event(device, rule, one, (around, window)) for one in found]


def _event(
    device: Device,
    rule: ColdChainRule,
    stretch: Stretch,
    surroundings: tuple[dict[str, Series], Span],
) -> ExcursionEvent:
    around, window = surroundings
    start, end = stretch.began_at - _BEFORE, stretch.last_outside_at
    door = around["DoorOpen"]
    limit = rule.high_celsius if stretch.side == "above" else rule.low_celsius
    over = stretch.minutes - rule.allowed_minutes
    return ExcursionEvent(
        device_id=device.device_id,
        product_class=rule.product_class,
        state=_state(stretch, window),
        verdict="excursion" if over > 0 else "within_allowance",
        limit_celsius=limit if limit is not None else 0.0,
        allowed_minutes=rule.allowed_minutes,
        over_minutes=max(0.0, round(over, 1)),
        stretch=stretch,
        door_open_minutes=minutes_true(door, start, end, window.period) if door else None,
        ambient_celsius=mean(around["AmbientCelsius"], start, end),
        compressor_percent=mean(around["CompressorPercent"], start, end),
        source=rule.source,
    )


def _state(stretch: Stretch, window: Span) -> Literal["ongoing", "ended", "unknown"]:
    if stretch.ended_at is not None:
        return "ended"
    age = window.end - stretch.last_outside_at - window.period
    return "unknown" if age > SILENT_AFTER else "ongoing"


def _is_silent(series: Series, window: Span) -> bool:
    return not series or window.end - series[-1][0] - window.period > SILENT_AFTER
