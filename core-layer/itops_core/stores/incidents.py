"""Incidents by id, guarded against lost updates by their version, and their timelines."""

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from itops_core.domain.incident import TERMINAL, Incident, Status, TimelineEvent
from itops_core.domain.incident_summary import sought_in, told_of
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import (
    Listing,
    Page,
    item_of,
    moment_text,
    page_of,
    put_if,
    query_all,
    under,
    value_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_HEAD = "incident"
_EVENT = "event#"
_TRIES = 9


class IncidentStore:
    """One table: the incident is its head item, the timeline lies under the same id."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(self, incident: Incident) -> Incident:
        """Store a new incident; raise `ConflictError` where the id is taken."""
        self._put(incident, Attr("incident_id").not_exists(), "exists already")
        return incident

    def get(self, incident_id: str) -> Incident:
        """Return the incident as it is now, or raise `NotFoundError`."""
        # DynamoDB takes no empty key; a caller that lost the id names nothing that exists.
        key = {"incident_id": incident_id or "-", "item_key": _HEAD}
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFoundError(f"no incident {incident_id!r}")
        return value_of(Incident, item)

    def original(self, incident_id: str) -> Incident:
        """Return the incident, or the one it repeats, and so on; or raise `NotFoundError`."""
        incident = self.get(incident_id)
        seen = {incident_id}
        while incident.duplicate_of is not None and incident.duplicate_of not in seen:
            seen.add(incident.duplicate_of)
            incident = self.get(incident.duplicate_of)
        return incident

    def save(self, incident: Incident) -> Incident:
        """Store a change; raise `ConflictError` where someone else changed it first."""
        saved = incident.model_copy(update={"version": incident.version + 1})
        unchanged = Attr("version").eq(incident.version)
        self._put(saved, unchanged, "was changed by someone else, or does not exist")
        return saved

    def update(self, incident_id: str, change: Callable[[Incident], Incident]) -> Incident:
        """Read, change and save, again and again while others are faster.

        `change` may run several times; what it returns unchanged is not written.
        """
        for attempt in range(_TRIES):
            incident = self.get(incident_id)
            changed = change(incident)
            if changed == incident:
                return incident
            try:
                return self.save(changed)
            except ConflictError:
                time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 5)) / 1000)
        raise ConflictError(f"{incident_id} was changed by others all the time")

    def list(
        self, status: Status | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[Incident]:
        """Return incidents, newest first."""
        index, name, value = ("by_time", "kind", _HEAD)
        if status is not None:
            index, name, value = ("by_status", "status", status.value)
        listing = Listing(
            Incident,
            {
                "IndexName": index,
                "KeyConditionExpression": Key(name).eq(value),
                "ScanIndexForward": False,
            },
            ("incident_id", "item_key", "opened_at", name),
            {name: value, "item_key": _HEAD},
        )
        return page_of(self._table, listing, limit, cursor)

    def open_with_fingerprint(self, fingerprint: str) -> Incident | None:
        """Return the newest unfinished incident of this fingerprint."""
        newest = self.latest_with_fingerprint(fingerprint, 10)
        return next((incident for incident in newest if not incident.is_over), None)

    def latest_with_fingerprint(self, fingerprint: str, limit: int = 1) -> tuple[Incident, ...]:
        """Return the newest incidents of this fingerprint, newest first."""
        items = query_all(
            self._table,
            limit,
            IndexName="by_fingerprint",
            KeyConditionExpression=Key("fingerprint").eq(fingerprint),
            ScanIndexForward=False,
        )
        return tuple(value_of(Incident, item) for item in items)

    def recent_by_correlation(self, key: str, since: datetime) -> tuple[Incident, ...]:
        """Return the incidents of one correlation key opened since then, newest first."""
        items = query_all(
            self._table,
            IndexName="by_correlation",
            KeyConditionExpression=Key("correlation_key").eq(key)
            & Key("opened_at").gte(moment_text(since)),
            ScanIndexForward=False,
        )
        return tuple(value_of(Incident, item) for item in items)

    def unfinished(self) -> Iterator[Incident]:
        """Yield every incident on which something should still happen by itself."""
        for status in Status:
            if status in TERMINAL:
                continue
            for item in query_all(
                self._table,
                IndexName="by_status",
                KeyConditionExpression=Key("status").eq(status.value),
            ):
                yield value_of(Incident, item)

    def opened_since(self, status: Status, since: datetime) -> Iterator[Incident]:
        """Yield the incidents in that status that were opened since then."""
        for item in query_all(
            self._table,
            IndexName="by_status",
            KeyConditionExpression=Key("status").eq(status.value)
            & Key("opened_at").gte(moment_text(since)),
        ):
            yield value_of(Incident, item)

    def latest_event_at(self, incident_id: str) -> datetime | None:
        """Return when the newest line of an incident's timeline was written."""
        found = query_all(
            self._table,
            1,
            KeyConditionExpression=Key("incident_id").eq(incident_id)
            & Key("item_key").begins_with(_EVENT),
            ScanIndexForward=False,
        )
        return next((value_of(TimelineEvent, item).at for item in found), None)

    def add_event(self, event: TimelineEvent) -> TimelineEvent:
        """Add one line to the timeline and return it; a repeat of the same event changes nothing.

        The mark remembers when an event happened first, so that a repeat with another time finds
        the same key, also after a crash between the two writes.
        """
        at = self._first_time_of(event)
        first = event.model_copy(update={"at": at})
        item = item_of(first, item_key=f"{_EVENT}{moment_text(at)}#{event.event_id}")
        put_if(self._table, item, Attr("item_key").not_exists())
        return first

    def timeline(
        self, incident_id: str, cursor: str | None = None, limit: int = 200
    ) -> Page[TimelineEvent]:
        """Return what happened to an incident, oldest first."""
        listing = under(incident_id, TimelineEvent, _EVENT)
        return page_of(self._table, listing, limit, cursor)

    def _first_time_of(self, event: TimelineEvent) -> datetime:
        mark = {
            "incident_id": event.incident_id,
            "item_key": f"mark#{event.event_id}",
            "at": moment_text(event.at),
        }
        if put_if(self._table, mark, Attr("item_key").not_exists()):
            return event.at
        key = {name: mark[name] for name in ("incident_id", "item_key")}
        known = self._table.get_item(Key=key, ConsistentRead=True).get("Item", mark)
        return datetime.fromisoformat(str(known["at"]))

    def _put(self, incident: Incident, condition: Any, refusal: str) -> None:  # noqa: ANN401
        listed = {"sought": sought_in(incident), **told_of(incident)}
        item = item_of(incident, item_key=_HEAD, kind=_HEAD, **listed)
        if not put_if(self._table, item, condition):
            raise ConflictError(f"{incident.incident_id} {refusal}")
