"""Answers how the fleet is, by asking the fleet server."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from itops_core.domain.fleet import DeviceExcursion, FleetDevice, FleetView
from itops_core.domain.verdict import Gap
from itops_core.errors import ToolUnavailableError
from itops_core.tools.gateway import ToolGateway

_PAGES = 25
_FIELDS = frozenset(FleetDevice.model_fields) - {"excursions"}


def fleet_view(gateway: ToolGateway, now: Callable[[], datetime]) -> FleetView:
    """Return every device with its excursions; what could not be seen is named."""
    gaps: list[Gap] = []
    devices = list(_pages(gateway, "list_fleet_devices", "devices", gaps))
    events = list(_pages(gateway, "get_excursion_events", "events", gaps))
    by_device: dict[str, list[DeviceExcursion]] = {}
    for event in events:
        by_device.setdefault(event["device_id"], []).append(_excursion(event))
    told = tuple(
        FleetDevice(
            **{name: value for name, value in device.items() if name in _FIELDS},
            excursions=tuple(by_device.get(device["device_id"], ())),
        )
        for device in devices
    )
    counts: dict[str, int] = {}
    for device in told:
        counts[device.condition] = counts.get(device.condition, 0) + 1
    return FleetView(at=now(), devices=told, counts=counts, gaps=tuple(gaps))


def _pages(
    gateway: ToolGateway, tool: str, field: str, gaps: list[Gap]
) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    for _ in range(_PAGES):
        try:
            answer = gateway.call(tool, {"cursor": cursor} if cursor else {})
        except ToolUnavailableError as error:
            gaps.append(Gap(source=f"fleet.{tool}", reason=error.reason))
            return
        if not answer.ok:
            gaps.append(Gap(source=f"fleet.{tool}", reason=answer.message[:300]))
            return
        yield from answer.content.get(field) or ()
        cursor = answer.content.get("cursor")
        if not cursor:
            return


def _excursion(event: dict[str, Any]) -> DeviceExcursion:
    stretch = event["stretch"]
    return DeviceExcursion(
        state=event["state"],
        began_at=stretch["began_at"],
        minutes=stretch["minutes"],
        over_minutes=event["over_minutes"],
        extreme_celsius=stretch["extreme_celsius"],
        limit_celsius=event["limit_celsius"],
    )
