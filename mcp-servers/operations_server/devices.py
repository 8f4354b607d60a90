"""The action on devices: asking one to restart, by what its shadow wants of it."""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.devices import (
    REQUEST_ID,
    REQUESTED_AT,
    RESTARTED_AT,
    DeviceState,
    restart_device_outlook,
)
from itops_core.tools.aws_errors import asking, code_of
from operations_server.operation import LiveOperation, Surroundings, text


class Devices:
    """Reads retry; writes do not, for a write that timed out may have happened."""

    def __init__(
        self,
        registry: Any,  # noqa: ANN401 - IoT has no stubs here
        reader: Any,  # noqa: ANN401
        writer: Any,  # noqa: ANN401
    ) -> None:
        self._registry = registry
        self._reader = reader
        self._writer = writer

    def device(self, device_id: str) -> DeviceState:
        """Return the device as it is now; raise `ToolError` where there is none."""
        with asking("iot"):
            try:
                thing = self._registry.describe_thing(thingName=device_id)
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    raise ToolError(
                        f"there is no device {device_id!r}; list_fleet_devices names them"
                    ) from error
                raise
            groups = self._registry.list_thing_groups_for_thing(thingName=device_id)
        shadow = self._shadow(device_id)
        state: dict[str, Any] = shadow.get("state", {})
        desired, reported = state.get("desired") or {}, state.get("reported") or {}
        return DeviceState(
            arn=thing.get("thingArn", ""),
            device_id=device_id,
            thing_type=thing.get("thingTypeName", ""),
            groups=tuple(one.get("groupName", "") for one in groups.get("thingGroups", [])),
            version=shadow.get("version"),
            requested_at=str(desired.get(REQUESTED_AT) or ""),
            request_id=str(desired.get(REQUEST_ID) or ""),
            restarted_at=str(reported.get(RESTARTED_AT) or ""),
            reported_at=_newest(shadow.get("metadata", {}).get("reported")),
        )

    def ask_to_restart(self, state: DeviceState, request_id: str, at: str) -> DeviceState:
        """Want a restart of it; AWS refuses if its shadow has changed since it was looked at."""
        wanted = {"state": {"desired": {REQUESTED_AT: at, REQUEST_ID: request_id}}}
        known = {} if state.version is None else {"version": state.version}
        with asking("iot"):
            self._writer.update_thing_shadow(
                thingName=state.device_id, payload=json.dumps({**wanted, **known})
            )
        return state.model_copy(update={"requested_at": at, "request_id": request_id})

    def _shadow(self, device_id: str) -> dict[str, Any]:
        with asking("iot"):
            try:
                answer = self._reader.get_thing_shadow(thingName=device_id)
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    return {}
                raise
        return json.loads(answer["payload"].read())


def _newest(metadata: Any) -> str:  # noqa: ANN401 - as deep as what was reported
    """Return the newest of the times at which the parts of a shadow were reported."""
    seconds = _seconds(metadata)
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""


def _seconds(metadata: Any) -> int:  # noqa: ANN401
    if isinstance(metadata, list):
        return max(map(_seconds, metadata), default=0)
    if not isinstance(metadata, dict):
        return 0
    stamp = metadata.get("timestamp")
    if isinstance(stamp, int):
        return stamp
    return max(map(_seconds, metadata.values()), default=0)


class RestartDevice(LiveOperation[DeviceState]):
    """Asks for a restart under the action's own id; it shows by that id."""

    def __init__(self, devices: Devices, around: Surroundings) -> None:
        super().__init__(around)
        self.devices = devices

    def state(self, action: Action) -> DeviceState:
        """Return the device as it is now."""
        return self.devices.device(text(action, "device_id"))

    def outlook(self, action: Action, state: DeviceState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return restart_device_outlook(state)

    def change(self, record: ActionRecord, state: DeviceState) -> dict[str, Any]:
        """Ask for it."""
        at = record.started_at.isoformat()
        return self.devices.ask_to_restart(state, record.action_id, at).shown

    def shows(self, record: ActionRecord, state: DeviceState) -> bool:
        """Whether this very action has asked."""
        return state.request_id == record.action_id
