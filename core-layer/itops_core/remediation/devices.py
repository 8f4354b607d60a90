"""Devices: what their shadow says, and what asking them to restart would do."""

from collections.abc import Mapping
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.assessment import Outlook

REQUESTED_AT = "restart_requested_at"
REQUEST_ID = "restart_request_id"
RESTARTED_AT = "restarted_at"
"""What a device reports, as an ISO time, when it has come back."""


class DeviceState(Value):
    """A device as AWS IoT knows it."""

    arn: str
    device_id: str
    thing_type: str = ""
    groups: tuple[str, ...] = ()
    version: int | None = None
    """Of its shadow; `None` where it has none yet."""
    requested_at: str = ""
    request_id: str = ""
    restarted_at: str = ""
    reported_at: str = ""
    """When its shadow last heard of it."""

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.arn

    @property
    def name(self) -> str:
        """How people call it."""
        return self.device_id

    @property
    def waits_for_restart(self) -> bool:
        """Whether nothing was heard of it since it was asked to restart. Times are ISO, in UTC."""
        heard_at = max(self.restarted_at, self.reported_at)
        return bool(self.requested_at) and heard_at < self.requested_at

    @property
    def state_hash(self) -> str:
        """A device that was asked, or has restarted, meanwhile is not what they said yes to."""
        return sha256_of([self.arn, self.shown, self.waits_for_restart])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return {
            REQUESTED_AT: self.requested_at,
            REQUEST_ID: self.request_id,
            RESTARTED_AT: self.restarted_at,
        }

    @property
    def bound(self) -> frozenset[str]:
        """When it was asked to restart, by whom, and when it did."""
        return frozenset(self.shown)

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...] | None:
        """Nothing calls a device: it is the one that calls."""
        return None

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means this device, or the fleet that it belongs to."""
        if entry.kind == "device":
            return entry.resource in {self.device_id, self.arn}
        fleets = {self.thing_type, *self.groups} - {""}
        return entry.kind == "device_fleet" and entry.resource in fleets

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether nobody has asked it to restart since."""
        return self.request_id == recorded.get(REQUEST_ID)


def restart_device_outlook(state: DeviceState) -> Outlook:
    """Return what asking the device to restart would do."""
    fault = None
    if state.waits_for_restart:
        fault = (
            f"{state.device_id} was asked to restart at {state.requested_at} and has not reported "
            "since"
        )
    return Outlook(
        after={**state.shown, REQUESTED_AT: "now", REQUEST_ID: "this action's id"},
        note=(
            f"{state.device_id} restarts as soon as it hears of it, and is silent meanwhile; "
            "nothing to undo: configuration is unchanged."
        ),
        fault=fault,
    )
