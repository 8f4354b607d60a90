"""Maintenance windows, and the alarms that went off in them."""

import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from itops_core.domain.alarm import AlarmMessage
from itops_core.domain.maintenance import MaintenanceWindow
from itops_core.domain.values import Moment, Value
from itops_core.errors import ConflictError
from itops_core.stores.items import is_refused_condition, moment_text, query_all
from itops_core.stores.runtime import RuntimeStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_WINDOWS = "maintenance#windows"
_KEPT_SECONDS = 10 * 365 * 24 * 3600
_HELD = "held#"
_TRIES = 9

Windows = tuple[MaintenanceWindow, ...]


class HeldAlarm(Value):
    """An alarm that went off in a window: its newest message, and when the window lets it go."""

    window_id: str
    service: str
    message: AlarmMessage
    held_until: Moment


class MaintenanceStore:
    """All windows are one small record, which intake reads once for every batch of alarms.

    Held alarms lie in the table of incidents, under the window's id.
    """

    def __init__(self, runtime: RuntimeStore, incidents: "Table") -> None:
        self._runtime = runtime
        self._incidents = incidents

    def windows(self) -> Windows:
        """Return every window on record."""
        record = self._runtime.read(_WINDOWS)
        told = record["windows"] if record else []
        return tuple(MaintenanceWindow.model_validate(one) for one in told)

    def change(self, change: Callable[[Windows], Windows]) -> Windows:
        """Change the windows, again and again while others are faster; return them as they are."""
        for attempt in range(_TRIES):
            record = self._runtime.read(_WINDOWS)
            told = record["windows"] if record else []
            known = tuple(MaintenanceWindow.model_validate(one) for one in told)
            changed = change(known)
            if changed == known:
                return known
            new = {"windows": [one.model_dump(mode="json") for one in changed]}
            if record is None:
                done = self._runtime.begin(_WINDOWS, _KEPT_SECONDS, new)
            else:
                done = self._runtime.replace(_WINDOWS, record, new, _KEPT_SECONDS)
            if done:
                return changed
            time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 5)) / 1000)
        raise ConflictError("the maintenance windows were changed by others all the time")

    def hold(self, held: HeldAlarm) -> None:
        """Keep the newest message of an alarm; an older one changes nothing."""
        self._put(held, "attribute_not_exists(item_key) OR changed_at <= :at")

    def held(self, window_id: str) -> Iterator[HeldAlarm]:
        """Yield the alarms that went off in a window and were not let go."""
        for item in query_all(
            self._incidents,
            KeyConditionExpression=Key("incident_id").eq(window_id)
            & Key("item_key").begins_with(_HELD),
            ConsistentRead=True,
        ):
            if not item.get("let_go"):
                yield HeldAlarm.model_validate_json(str(item["value"]))

    def let_go(self, held: HeldAlarm) -> None:
        """Keep a held alarm as a record only, unless a newer message of it came."""
        self._put(held, "changed_at = :at", let_go=True)

    def _put(self, held: HeldAlarm, condition: str, **more: bool) -> None:
        changed_at = moment_text(held.message.changed_at)
        try:
            self._incidents.put_item(
                Item={
                    "incident_id": held.window_id,
                    "item_key": f"{_HELD}{held.message.alarm.fingerprint}",
                    "changed_at": changed_at,
                    "value": held.model_dump_json(),
                    **more,
                },
                ConditionExpression=condition,
                ExpressionAttributeValues={":at": changed_at},
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise
