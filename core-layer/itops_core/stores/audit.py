"""The audit log in its table: entries are only ever added, each in the one place that is free."""

import secrets
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from itops_core.domain.audit import AuditEntry, AuditEvent, AuditHead, chained, head_of
from itops_core.domain.audit_events import sealed
from itops_core.errors import ConflictError
from itops_core.stores.items import (
    Item,
    Page,
    cursor_of,
    item_of,
    key_of,
    put_if,
    query_all,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_ENTRY = "entry#"
_HEAD = "head"
_TRIES = 60


class AuditLog:
    """One table: the entries of a chain lie under its name, and how far it has come beside them."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def append(self, event: AuditEvent) -> AuditEntry:
        """Put an event on record and return its entry; a repeat returns the one that stands.

        Two writers want the same place and one of them gets it, so the other looks again, also
        for its own event: that is what makes both a repeat and a race leave one entry.
        """
        for attempt in range(_TRIES):
            entries, head = self._chain(event.chain)
            known = next((one for one in entries if one.event_id == event.event_id), None)
            if known is not None:
                return known
            entry = chained(event, _furthest(entries, head))
            if self._put_new(item_of(entry, item_key=f"{_ENTRY}{entry.sequence:08d}")):
                self._move_head(head_of(entry))
                return entry
            time.sleep(secrets.randbelow(5 * 2 ** min(attempt, 5)) / 1000)
        raise ConflictError(f"others wrote to the audit chain {event.chain} all the time")

    def seal(self, chain: str, at: datetime) -> AuditEntry | None:
        """Note in the day's chain how far another one has come; `None` where it is empty."""
        entries, head = self._chain(chain)
        furthest = _furthest(entries, head)
        return self.append(sealed(furthest, at)) if furthest else None

    def entries(self, chain: str) -> tuple[AuditEntry, ...]:
        """Return a chain's entries, oldest first."""
        return self._chain(chain)[0]

    def all_entries(self, limit: int = 200, cursor: str | None = None) -> Page[AuditEntry]:
        """Return the entries of every chain; those of one chain in their order."""
        items, next_cursor = self._scan(Attr("item_key").begins_with(_ENTRY), limit, cursor)
        return Page(tuple(value_of(AuditEntry, item) for item in items), next_cursor)

    def heads(self, limit: int = 200, cursor: str | None = None) -> Page[AuditHead]:
        """Return how far every chain has come."""
        items, next_cursor = self._scan(Attr("item_key").eq(_HEAD), limit, cursor)
        return Page(tuple(value_of(AuditHead, item) for item in items), next_cursor)

    def _chain(self, chain: str) -> tuple[tuple[AuditEntry, ...], AuditHead | None]:
        found = query_all(
            self._table, KeyConditionExpression=Key("chain").eq(chain), ConsistentRead=True
        )
        items = list(found)
        heads = [value_of(AuditHead, item) for item in items if item["item_key"] == _HEAD]
        entries = [value_of(AuditEntry, item) for item in items if item["item_key"] != _HEAD]
        return tuple(entries), heads[0] if heads else None

    def _put_new(self, item: Item) -> bool:
        return put_if(self._table, item, Attr("item_key").not_exists())

    def _move_head(self, head: AuditHead) -> None:
        """Move the head forward, never back. A crash before this leaves it behind; that is fine."""
        behind = Attr("item_key").not_exists() | Attr("sequence").lt(head.sequence)
        put_if(self._table, item_of(head, item_key=_HEAD), behind)

    def _scan(self, wanted: Any, limit: int, cursor: str | None) -> tuple[list[Item], str | None]:  # noqa: ANN401
        scan: dict[str, Any] = {"FilterExpression": wanted, "Limit": limit, "ConsistentRead": True}
        if cursor is not None:
            scan["ExclusiveStartKey"] = key_of(cursor, ("chain", "item_key"), {})
        answer = self._table.scan(**scan)
        return answer["Items"], cursor_of(answer.get("LastEvaluatedKey"))


def _furthest(entries: tuple[AuditEntry, ...], head: AuditHead | None) -> AuditHead | None:
    """Return what the next entry follows.

    Where the head is further than the last entry, entries are missing: going on behind the head
    keeps the hole visible for ever.
    """
    last = head_of(entries[-1]) if entries else None
    if head is not None and (last is None or head.sequence > last.sequence):
        return head
    return last
