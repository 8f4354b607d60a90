"""The alarms of incidents: each message once, counted exactly, without a hot item.

A link and the memory of its message are written in one transaction with the count, many links at
a time: a thousand alarms are some thirty transactions, and none of them touches the incident
itself, whose version the agents guard.
"""

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from itops_core.domain.alarm import AlarmState
from itops_core.domain.intake import AlarmLink, Fate, LinkCount
from itops_core.domain.values import sha256_of
from itops_core.errors import ConflictError, SealedError
from itops_core.stores.items import (
    Item,
    Page,
    is_refused_condition,
    moment_text,
    page_of,
    query_all,
    under,
)
from itops_core.stores.link_writes import (
    COUNT,
    LINK,
    RINGING,
    UNSEALED,
    WAITING,
    Entry,
    Record,
    fate_key,
    fate_record,
    refused,
    stale_seal,
    state_put,
    writes_of,
)
from itops_core.stores.runtime import runtime_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

_AT_ONCE = 18
"""A link is written with four more items at most, and the count: a transaction holds a hundred."""
_READ_AT_ONCE = 100
_LOOKED_AT = 50
"""States read at a time where the first that rings answers the question, as in a storm."""
_TRIES = 12
_CLOSING = "the incident is being closed: nothing of it rang"


@dataclass(frozen=True)
class Added:
    """What became of links that were to be added: those the incident has, and its count."""

    links: tuple[AlarmLink, ...]
    """Without those whose change of state was told another way."""
    count: LinkCount
    has_older: bool
    """Whether a newer state of one of the alarms was known already."""


@dataclass(frozen=True)
class Quiet:
    """The alarm that was over last, since when, and whether one of them all counts lost work."""

    alarm: str
    changed_at: datetime
    lost_work: bool = False


class LinkStore:
    """Links lie under their incident's id, in the table of incidents; fates in the runtime's."""

    def __init__(
        self, resource: "DynamoDBServiceResource", incidents: "Table", runtime: "Table"
    ) -> None:
        self._resource = resource
        self._incidents = incidents
        self._runtime = runtime

    def read(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return those records of the runtime table that there are, by key, all in few calls."""
        wanted = [{"key": key} for key in dict.fromkeys(keys)]
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), _READ_AT_ONCE):
            for item in self._batch(wanted[start : start + _READ_AT_ONCE]):
                if int(str(item["expires_at"])) > time.time():
                    found[str(item["key"])] = json.loads(str(item["value"]))
        return found

    def fates(self, message_ids: Iterable[str]) -> dict[str, Fate]:
        """Return what became of those messages that were taken in before, by id."""
        told = self.read(fate_key(one) for one in message_ids)
        fates = (Fate.model_validate(value) for value in told.values())
        return {fate.message_id: fate for fate in fates}

    def remember(self, fate: Fate, records: Mapping[str, Record] | None = None) -> None:
        """Keep what became of a message that is linked to no incident, and records with it."""
        # The fate last: a message that has one is not looked at again.
        self.write({**(records or {}), fate_key(fate.message_id): fate_record(fate)})

    def write(self, records: Mapping[str, Record]) -> None:
        """Set records of the runtime table, one after the other."""
        for key, record in records.items():
            self._runtime.put_item(Item=runtime_item(key, record.value, record.seconds))

    def add(self, entries: Sequence[Entry]) -> Added:
        """Add links of one incident, each once."""
        unique = list({entry.link.message_id: entry for entry in entries}.values())
        others, has_older = set[str](), False
        for start in range(0, len(unique), _AT_ONCE):
            told_otherwise, stale = self._transact(unique[start : start + _AT_ONCE])
            others |= told_otherwise
            has_older |= bool(stale)
        kept = tuple(one.link for one in unique if one.link.message_id not in others)
        return Added(kept, self.count(entries[0].link.incident_id), has_older)

    def count(self, incident_id: str) -> LinkCount:
        """Return how many alarms and recoveries an incident counts; ringing ones are not told."""
        key = {"incident_id": incident_id, "item_key": COUNT}
        item = self._incidents.get_item(Key=key, ConsistentRead=True).get("Item", {})
        return LinkCount(
            alarms=int(str(item.get("alarms", 0))), recoveries=int(str(item.get("recoveries", 0)))
        )

    def ringing(self, incident_id: str) -> tuple[str, ...]:
        """Return the names of the incident's alarms that are not OK again."""
        return tuple(
            str(one["alarm"])
            for one in self._states(incident_id)
            if one["state"] != AlarmState.OK.value and not _is_mark(one)
        )

    def last_quiet(self, incident_id: str) -> Quiet | None:
        """Return which alarm was over last; `None` while one rings or may, its link put off."""
        last: Quiet | None = None
        lost_work = False
        for one in self._states(incident_id, Limit=_LOOKED_AT):
            if one["state"] != AlarmState.OK.value:
                return None
            if _is_mark(one):
                continue
            quiet = Quiet(str(one["alarm"]), datetime.fromisoformat(str(one["changed_at"])))
            lost_work |= bool(one.get("lost_work"))
            if last is None or quiet.changed_at > last.changed_at:
                last = quiet
        return replace(last, lost_work=lost_work) if last else None

    def seal(self, incident_id: str, known: LinkCount) -> bool:
        """Let the incident have no more alarms, unless it has others than `known` by now.

        So what is closed because nothing rings is not told of an alarm at the same moment.
        """
        try:
            self._incidents.update_item(
                Key={"incident_id": incident_id, "item_key": COUNT},
                UpdateExpression="SET sealed_at = :now",
                ConditionExpression=f"alarms = :alarms AND recoveries = :recoveries AND {UNSEALED}",
                ExpressionAttributeValues={
                    ":now": int(time.time()),
                    ":stale": stale_seal(),
                    ":alarms": known.alarms,
                    ":recoveries": known.recoveries,
                },
            )
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        return True

    def unseal(self, incident_id: str) -> None:
        """Let the incident have alarms again: it was not closed."""
        self._incidents.update_item(
            Key={"incident_id": incident_id, "item_key": COUNT},
            UpdateExpression="REMOVE sealed_at",
        )

    def is_quiet(self, link: AlarmLink) -> bool:
        """Whether the alarm of `link` is OK for its incident already."""
        key = {
            "incident_id": link.incident_id,
            "item_key": f"{RINGING}{link.fingerprint_of}",
        }
        item = self._incidents.get_item(Key=key, ConsistentRead=True).get("Item", {})
        return item.get("state") == AlarmState.OK.value

    def expect(self, first: AlarmLink) -> None:
        """Mark that links, `first` and those put off with it, are still to be added.

        Whoever closes the incident seals it first and looks for marks then; here it is the other
        way round, so that one of the two sees the other.
        """
        self._put_mark(first, AlarmState.ALARM)
        key = {"incident_id": first.incident_id, "item_key": COUNT}
        counted = self._incidents.get_item(Key=key, ConsistentRead=True).get("Item", {})
        if int(str(counted.get("sealed_at", 0))) >= stale_seal():
            self.arrived(first)
            raise SealedError(_CLOSING)

    def arrived(self, first: AlarmLink) -> None:
        """Take back the mark: `first` and those put off with it were added."""
        self._put_mark(first, AlarmState.OK)

    def adopt(self, incident_id: str, target_id: str) -> None:
        """Let what rings for one incident ring for another one too, in which it ended."""
        for item in self._states(incident_id):
            if not _is_mark(item):
                self._put_state({**item, "incident_id": target_id})

    def page(self, incident_id: str, limit: int = 50, cursor: str | None = None) -> Page[AlarmLink]:
        """Return the alarms of an incident, oldest first."""
        return page_of(self._incidents, under(incident_id, AlarmLink, LINK), limit, cursor)

    def _states(self, incident_id: str, **query: int) -> Iterator[Item]:
        return query_all(
            self._incidents,
            KeyConditionExpression=Key("incident_id").eq(incident_id)
            & Key("item_key").begins_with(RINGING),
            ConsistentRead=True,
            **query,
        )

    def _put_mark(self, first: AlarmLink, state: AlarmState) -> None:
        self._put_state(
            {
                "incident_id": first.incident_id,
                "item_key": f"{WAITING}{sha256_of(first.message_id)[:16]}",
                "state": state.value,
                "changed_at": moment_text(first.received_at),
            }
        )

    def _put_state(self, item: Item) -> None:
        try:
            self._incidents.put_item(**state_put(item))
        except ClientError as error:
            if not is_refused_condition(error):
                raise

    def _transact(self, entries: Sequence[Entry]) -> tuple[set[str], set[str]]:
        """Return the messages whose change was told another way, and alarms of a newer state."""
        left, stale, others = list(entries), set[str](), set[str]()
        for attempt in range(_TRIES):
            if not left:
                return others, stale
            names = (self._incidents.name, self._runtime.name)
            writes = [one for one in writes_of(left, *names) if one.state not in stale]
            try:
                self._resource.meta.client.transact_write_items(
                    TransactItems=[write.item for write in writes]  # pyright: ignore[reportArgumentType]
                )
            except ClientError as error:
                told = refused(error, writes)
                if told is None:
                    raise
                # What is known already is no news, which a closing incident may well have.
                if told and all(write.is_count for write in told):
                    raise SealedError(_CLOSING) from error
                known = {link for write in told for link in write.links}
                others |= {link for write in told if write.is_record for link in write.links}
                left = [entry for entry in left if entry.link.message_id not in known]
                stale |= {write.state for write in told if write.state}
                if not told:
                    time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 6)) / 1000)
            else:
                return others, stale
        raise ConflictError("the alarms of the incident were counted by others all the time")

    def _batch(self, keys: Sequence[Item]) -> Iterator[Item]:
        asked: Any = {self._runtime.name: {"Keys": keys, "ConsistentRead": True}}
        for attempt in range(_TRIES):
            answer = self._resource.batch_get_item(RequestItems=asked)
            yield from answer["Responses"].get(self._runtime.name, [])
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return
            time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 5)) / 1000)
        raise ConflictError("the table of messages is too busy to be read")


def _is_mark(item: Item) -> bool:
    return str(item["item_key"]).startswith(WAITING)
