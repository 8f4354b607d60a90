"""Notifications, kept under the id of their incident; the newest and the undelivered are listed."""

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from itops_core.domain.notification import Notification, NotificationStatus
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import (
    Listing,
    Page,
    item_of,
    moment_text,
    page_of,
    put_if,
    query_all,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_KIND = "notification"
_ITEM = "notification#"
_TRIES = 9


class NotificationStore:
    """Items of the Incidents table, guarded by their version."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(self, notification: Notification) -> bool:
        """Store a new one; `False` where it is there already."""
        return self._put(notification, Attr("item_key").not_exists())

    def get(self, incident_id: str, notification_id: str) -> Notification:
        """Return one, or raise `NotFoundError`."""
        key = {"incident_id": incident_id, "item_key": f"{_ITEM}{notification_id}"}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFoundError(f"no notification {notification_id!r}")
        return value_of(Notification, item)

    def update(
        self, known: Notification, change: Callable[[Notification], Notification]
    ) -> Notification:
        """Read it anew, change and save it, again while others are faster."""
        for attempt in range(_TRIES):
            current = self.get(known.incident_id, known.notification_id)
            changed = change(current)
            if changed == current:
                return current
            saved = changed.model_copy(update={"version": current.version + 1})
            if self._put(saved, Attr("version").eq(current.version)):
                return saved
            time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 5)) / 1000)
        raise ConflictError(f"{known.notification_id} was changed by others all the time")

    def for_incident(self, incident_id: str) -> tuple[Notification, ...]:
        """Return what people were told, or are to be told, of an incident; oldest first."""
        items = query_all(
            self._table,
            KeyConditionExpression=Key("incident_id").eq(incident_id)
            & Key("item_key").begins_with(_ITEM),
            ConsistentRead=True,
        )
        found = [value_of(Notification, item) for item in items]
        return tuple(sorted(found, key=lambda one: (one.created_at, one.notification_id)))

    def undelivered(self, limit: int) -> tuple[Notification, ...]:
        """Return those with a channel that has still to be told, the oldest first."""
        items = query_all(
            self._table,
            limit,
            IndexName="by_status",
            KeyConditionExpression=Key("status").eq(NotificationStatus.UNDELIVERED.value),
        )
        return tuple(value_of(Notification, item) for item in items)

    def list(self, limit: int = 50, cursor: str | None = None) -> Page[Notification]:
        """Return all of them, newest first."""
        listing = Listing(
            Notification,
            {
                "IndexName": "by_time",
                "KeyConditionExpression": Key("kind").eq(_KIND),
                "ScanIndexForward": False,
            },
            ("incident_id", "item_key", "opened_at", "kind"),
            {"kind": _KIND},
        )
        return page_of(self._table, listing, limit, cursor)

    def _put(self, notification: Notification, condition: Any) -> bool:  # noqa: ANN401
        item = item_of(
            notification,
            item_key=f"{_ITEM}{notification.notification_id}",
            kind=_KIND,
            opened_at=moment_text(notification.created_at),
        )
        return put_if(self._table, item, condition)
