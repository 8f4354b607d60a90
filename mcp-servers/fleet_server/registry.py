"""The devices that AWS IoT knows: things with their types and attributes, and their shadows."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Value
from itops_core.tools.aws_errors import asking, code_of

_PAGE = 250
_MOST = 2000

DeviceId = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9:_-]{1,128}$",
        max_length=128,
        description="Thing name, as list_fleet_devices has it.",
    ),
]


class Device(Value):
    """One thing of the registry."""

    device_id: str
    fleet: str
    attributes: dict[str, str]


class Registry:
    """Reads AWS IoT."""

    def __init__(self, iot: Any, shadows: Any) -> None:  # noqa: ANN401 - boto3's clients
        self._iot = iot
        self._shadows = shadows

    def devices(self, fleet: str | None = None) -> tuple[list[Device], bool]:
        """Return the devices by name, of one thing type or of all, and whether there are more."""
        found: list[Device] = []
        query: dict[str, Any] = {"maxResults": _PAGE}
        if fleet:
            query["thingTypeName"] = fleet
        while True:
            with asking("iot"):
                told = self._iot.list_things(**query)
            found += [_device(raw) for raw in told.get("things", [])]
            query["nextToken"] = told.get("nextToken")
            if not query["nextToken"] or len(found) >= _MOST:
                break
        found.sort(key=lambda device: device.device_id)
        return found[:_MOST], bool(query["nextToken"]) or len(found) > _MOST

    def device(self, device_id: str) -> Device:
        """Return one device, or say which there are."""
        with asking("iot"):
            try:
                return _device(self._iot.describe_thing(thingName=device_id))
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
        names = [device.device_id for device in self.devices()[0]][:20]
        there = f"there are {', '.join(names)}" if names else "the registry is empty"
        raise ToolError(f"no device {device_id!r} in the registry; {there}")

    def shadow(self, device_id: str, name: str | None) -> dict[str, Any] | None:
        """Return a shadow's document; none if the device has none of that name."""
        query: dict[str, Any] = {"thingName": device_id, **({"shadowName": name} if name else {})}
        with asking("iot"):
            try:
                return json.loads(self._shadows.get_thing_shadow(**query)["payload"].read())
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
        return None


def _device(raw: Mapping[str, Any]) -> Device:
    return Device(
        device_id=raw["thingName"],
        fleet=raw.get("thingTypeName") or "",
        attributes=dict(raw.get("attributes") or {}),
    )
