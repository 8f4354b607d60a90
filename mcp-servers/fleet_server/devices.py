"""Which devices there are, how each one is, and what its shadow says."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from fleet_server.readings import Readings, Series, Span, Wanted
from fleet_server.registry import Device, DeviceId, Registry
from fleet_server.rules import ColdChainRule, rule_for
from itops_core.domain.fleet import SILENT_AFTER
from itops_core.domain.values import Moment, Value, canonical_json
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult

_LOOK_BACK = timedelta(hours=24)
_PERIOD = timedelta(minutes=5)
_SHOWN = 40
_SHOWN_CHARACTERS = 6000
_SHADOW_CHARACTERS = 5000

Condition = Literal["in_range", "out_of_range", "silent", "never_reported", "no_rule"]

Fleet = Annotated[
    str | None,
    Field(
        pattern=r"^[a-zA-Z0-9:_-]{1,128}$",
        max_length=128,
        description="Only this fleet: the thing type in AWS IoT, as cold-chain.",
    ),
]


class DeviceSummary(Value):
    """One device, as it is now."""

    device_id: str
    fleet: str
    condition: Condition
    product_class: str
    limits_celsius: tuple[float | None, float | None]
    temperature_celsius: float | None
    door_open: bool | None
    last_report_at: Moment | None = Field(description="To five minutes; none for a day if null.")
    silent_minutes: int | None
    attributes: dict[str, str]


class DeviceList(ToolResult):
    """Devices, those in trouble first."""

    devices: list[DeviceSummary]
    counts: dict[str, int] = Field(description="Of all devices, by condition.")
    note: str = ""


class DeviceShadow(ToolResult):
    """What a device last reported of itself and what is wanted of it."""

    device_id: str
    shadow_name: str
    desired: dict[str, Any]
    reported: dict[str, Any]
    delta: dict[str, Any] = Field(description="Wanted, and not reported so yet.")
    reported_at: Moment | None
    version: int | None
    note: str = ""


class Devices:
    """Answers about devices."""

    def __init__(self, registry: Registry, readings: Readings, now: Callable[[], datetime]) -> None:
        self._registry = registry
        self._readings = readings
        self._now = now

    def list_fleet_devices(
        self,
        fleet: Fleet = None,
        *,
        condition: Annotated[Condition | None, Field(description="Only devices like this.")] = None,
        cursor: Cursor = None,
    ) -> DeviceList:
        """List devices with their cargo's temperature, limits, door and silence; trouble first."""
        devices, more = self._registry.devices(fleet)
        now = self._now()
        span = Span(now - _LOOK_BACK, now, _PERIOD)
        wanted = [
            Wanted(device.device_id, quantity)
            for device in devices
            for quantity in ("TemperatureCelsius", "DoorOpen")
        ]
        read = self._readings.read(wanted, span)
        summaries = [_summary(device, read, now) for device in devices]
        counts = Counter(one.condition for one in summaries)
        chosen = [one for one in summaries if condition in {None, one.condition}]
        chosen.sort(key=lambda one: (_URGENCY.index(one.condition), one.device_id))
        page = items_page(chosen, cursor, _SHOWN, _SHOWN_CHARACTERS)
        return DeviceList(
            devices=page.items,
            counts={one: counts[one] for one in _URGENCY},
            note=_note(devices, fleet),
            data_source="iot+cloudwatch",
            query={
                "ListThings": {"thingTypeName": fleet} if fleet else {},
                "GetMetricData": self._readings.query(wanted, span),
            },
            truncated=page.cursor is not None or more,
            cursor=page.cursor,
        )

    def get_device_shadow(
        self,
        device_id: DeviceId,
        shadow_name: Annotated[
            str | None,
            Field(
                pattern=r"^[a-zA-Z0-9:_-]{1,64}$",
                max_length=64,
                description="A named shadow; the classic one, if left out.",
            ),
        ] = None,
    ) -> DeviceShadow:
        """Return a device's shadow: what it reported of itself, what is wanted of it, and since."""
        self._registry.device(device_id)
        document = self._registry.shadow(device_id, shadow_name)
        query = {"GetThingShadow": {"thingName": device_id, "shadowName": shadow_name or ""}}
        state = (document or {}).get("state", {})
        desired, reported = state.get("desired") or {}, state.get("reported") or {}
        size = len(canonical_json([desired, reported]))
        if size > _SHADOW_CHARACTERS:
            desired, reported = _shortened(desired), _shortened(reported)
        return DeviceShadow(
            device_id=device_id,
            shadow_name=shadow_name or "",
            desired=desired,
            reported=reported,
            delta={
                name: value
                for name, value in desired.items()
                if name not in reported or reported[name] != value
            },
            reported_at=_newest((document or {}).get("metadata", {}).get("reported")),
            version=(document or {}).get("version"),
            note="" if document else "the device has no such shadow: it never reported to it",
            data_source="iot",
            query=query,
            truncated=size > _SHADOW_CHARACTERS,
        )


_URGENCY: tuple[Condition, ...] = (
    "out_of_range",
    "silent",
    "never_reported",
    "no_rule",
    "in_range",
)


def _summary(device: Device, read: Mapping[Wanted, Series], now: datetime) -> DeviceSummary:
    temperatures = read[Wanted(device.device_id, "TemperatureCelsius")]
    doors = read[Wanted(device.device_id, "DoorOpen")]
    rule = rule_for(device.attributes)
    last = temperatures[-1] if temperatures else None
    silent = None if last is None else max(timedelta(), now - last[0] - _PERIOD)
    return DeviceSummary(
        device_id=device.device_id,
        fleet=device.fleet,
        condition=_condition(rule, last, silent),
        product_class=rule.product_class if rule else device.attributes.get("product_class", ""),
        limits_celsius=(rule.low_celsius, rule.high_celsius) if rule else (None, None),
        temperature_celsius=round(last[1], 2) if last else None,
        door_open=doors[-1][1] >= 0.5 if doors else None,
        last_report_at=last[0] if last else None,
        silent_minutes=round(silent.total_seconds() / 60) if silent is not None else None,
        attributes={
            name: value for name, value in device.attributes.items() if name != "product_class"
        },
    )


def _condition(
    rule: ColdChainRule | None, last: tuple[datetime, float] | None, silent: timedelta | None
) -> Condition:
    if last is None or silent is None:
        return "never_reported"
    if silent > SILENT_AFTER:
        return "silent"
    if rule is None:
        return "no_rule"
    return "out_of_range" if rule.breach(last[1]) else "in_range"


def _note(devices: list[Device], fleet: str | None) -> str:
    if devices:
        return ""
    return f"no device of fleet {fleet!r} in the registry" if fleet else "the registry is empty"


def _newest(metadata: Any) -> datetime | None:  # noqa: ANN401 - any JSON value
    """Return the newest of the times at which parts of a shadow were reported."""
    times = list(_times(metadata))
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _times(metadata: Any) -> "list[float]":  # noqa: ANN401 - any JSON value
    if isinstance(metadata, list):
        return [time for part in metadata for time in _times(part)]
    if not isinstance(metadata, dict):
        return []
    own = metadata.get("timestamp")
    if isinstance(own, int | float):
        return [float(own)]
    return [time for part in metadata.values() for time in _times(part)]


def _shortened(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return as much of a large document as an answer holds."""
    kept: dict[str, Any] = {}
    left = _SHADOW_CHARACTERS // 2
    for name, value in part.items():
        left -= len(canonical_json({name: value}))
        if left < 0:
            break
        kept[name] = value
    return kept


def no_rule(device: Device) -> ToolError:
    """Return what is said of a device whose cargo nobody named."""
    return ToolError(
        f"{device.device_id} names no known product_class and no limits in the registry, so "
        "nothing can be out of range; use get_device_telemetry, or have its owner set the attribute"
    )
