"""The alarms of incidents: each message once, counted exactly, without a hot item.

A link and the memory of its message are written in one transaction with the count, many links at
a time: a thousand alarms are some thirty transactions, and none of them touches the incident
itself, whose version the agents guard.
"""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from itops_core.domain.alarm import AlarmState
from itops_core.domain.intake import AlarmLink, Fate, LinkCount
from itops_core.domain.values import sha256_of
from itops_core.errors import ConflictError
from itops_core.stores.items import (
    Item,
    Page,
    cursor_of,
    is_refused_condition,
    item_of,
    key_of,
    moment_text,
    query_all,
    value_of,
)
from itops_core.stores.runtime import runtime_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

_LINK, _RINGING, _COUNT = "link#", "ringing#", "links"
_AT_ONCE = 18
"""A link is written with four more items at most, and the count: a transaction holds a hundred."""
_READ_AT_ONCE = 100
_REMEMBERED_SECONDS = 21 * 24 * 3600
"""Longer than any queue keeps a message: when it comes back, it is known."""
_TRIES = 12
_NEW = "attribute_not_exists(item_key)"
_NOT_OLDER = "attribute_not_exists(item_key) OR changed_at <= :at"
_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass(frozen=True)
class Record:
    """A value of the runtime table; an exclusive one is refused where it stands with another."""

    value: Mapping[str, Any]
    seconds: float
    exclusive: bool = False


@dataclass(frozen=True)
class Entry:
    """A link to be added, what became of its message, and records to be set with them, by key.

    A link whose exclusive record is refused is not added: it was told another way.
    """

    link: AlarmLink
    fate: Fate
    records: Mapping[str, Record] = field(default_factory=dict[str, Record])


@dataclass(frozen=True)
class _Write:
    """One item of a transaction, and what it stands for."""

    item: dict[str, Any]
    links: frozenset[str] = frozenset()
    state: str = ""


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
        told = {fate_key(fate.message_id): _fate_record(fate), **(records or {})}
        for key, record in told.items():
            self._runtime.put_item(Item=runtime_item(key, record.value, record.seconds))

    def add(self, entries: Sequence[Entry]) -> LinkCount:
        """Add links of one incident, each once, and return its count thereafter."""
        unique = list({entry.link.message_id: entry for entry in entries}.values())
        for start in range(0, len(unique), _AT_ONCE):
            self._transact(unique[start : start + _AT_ONCE])
        return self.count(entries[0].link.incident_id)

    def count(self, incident_id: str) -> LinkCount:
        """Return how many alarms and recoveries an incident counts; ringing ones are not told."""
        key = {"incident_id": incident_id, "item_key": _COUNT}
        item = self._incidents.get_item(Key=key, ConsistentRead=True).get("Item", {})
        return LinkCount(
            alarms=int(str(item.get("alarms", 0))), recoveries=int(str(item.get("recoveries", 0)))
        )

    def ringing(self, incident_id: str) -> tuple[str, ...]:
        """Return the names of the incident's alarms that are not OK again."""
        states = self._states(incident_id)
        return tuple(str(one["alarm"]) for one in states if one["state"] != AlarmState.OK.value)

    def adopt(self, incident_id: str, target_id: str) -> None:
        """Let what rings for one incident ring for another one too, in which it ended."""
        for item in self._states(incident_id):
            self._put_state({**item, "incident_id": target_id})

    def page(self, incident_id: str, limit: int = 50, cursor: str | None = None) -> Page[AlarmLink]:
        """Return the alarms of an incident, oldest first."""
        query: dict[str, Any] = {
            "KeyConditionExpression": Key("incident_id").eq(incident_id)
            & Key("item_key").begins_with(_LINK),
            "ConsistentRead": True,
            "Limit": limit,
        }
        if cursor is not None:
            names = ("incident_id", "item_key")
            query["ExclusiveStartKey"] = key_of(cursor, names, {"incident_id": incident_id})
        answer = self._incidents.query(**query)
        found = tuple(value_of(AlarmLink, item) for item in answer["Items"])
        return Page(items=found, cursor=cursor_of(answer.get("LastEvaluatedKey")))

    def _states(self, incident_id: str) -> Iterator[Item]:
        return query_all(
            self._incidents,
            KeyConditionExpression=Key("incident_id").eq(incident_id)
            & Key("item_key").begins_with(_RINGING),
            ConsistentRead=True,
        )

    def _put_state(self, item: Item) -> None:
        try:
            self._incidents.put_item(
                Item=item,
                ConditionExpression=_NOT_OLDER,
                ExpressionAttributeValues={":at": item["changed_at"]},
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise

    def _transact(self, entries: Sequence[Entry]) -> None:
        left, stale = list(entries), set[str]()
        for attempt in range(_TRIES):
            if not left:
                return
            writes = [one for one in self._writes(left) if not one.state or one.state not in stale]
            try:
                self._resource.meta.client.transact_write_items(
                    TransactItems=[write.item for write in writes]  # pyright: ignore[reportArgumentType]
                )
            except ClientError as error:
                refused = _refused(error, writes)
                if refused is None:
                    raise
                known = {link for write in refused for link in write.links}
                left = [entry for entry in left if entry.link.message_id not in known]
                stale |= {write.state for write in refused if write.state}
                if not refused:
                    time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 6)) / 1000)
            else:
                return
        raise ConflictError("the alarms of the incident were counted by others all the time")

    def _writes(self, entries: Sequence[Entry]) -> Iterator[_Write]:
        table, runtime = self._incidents.name, self._runtime.name
        links = [entry.link for entry in entries]
        records: dict[str, Record] = {}
        carried: defaultdict[str, set[str]] = defaultdict(set)
        newest: dict[str, AlarmLink] = {}
        for entry in entries:
            link = entry.link
            yield _Write(_put(table, _link_item(link), _NEW), frozenset({link.message_id}))
            records[fate_key(link.message_id)] = _fate_record(entry.fate)
            for key, record in entry.records.items():
                records[key] = record
                carried[key].add(link.message_id)
            known = newest.get(link.fingerprint_of, link)
            newest[link.fingerprint_of] = max(known, link, key=lambda one: one.changed_at)
        for key, record in records.items():
            put = _put(runtime, runtime_item(key, record.value, record.seconds))
            if record.exclusive:
                put["Put"] |= _exclusive(put["Put"]["Item"])
            yield _Write(put, frozenset(carried[key]) if record.exclusive else frozenset())
        for fingerprint, link in newest.items():
            state = _put(table, _state_item(link), _NOT_OLDER)
            state["Put"]["ExpressionAttributeValues"] = {":at": moment_text(link.changed_at)}
            yield _Write(state, state=fingerprint)
        recoveries = sum(link.state is not AlarmState.ALARM for link in links)
        counted = {
            "TableName": table,
            "Key": {"incident_id": links[0].incident_id, "item_key": _COUNT},
            "UpdateExpression": "ADD alarms :alarms, recoveries :recoveries",
            "ExpressionAttributeValues": {
                ":alarms": len(links) - recoveries,
                ":recoveries": recoveries,
            },
        }
        yield _Write({"Update": counted})

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


def _put(table: str, item: Item, condition: str = "") -> dict[str, Any]:
    put: dict[str, Any] = {"TableName": table, "Item": item}
    if condition:
        put["ConditionExpression"] = condition
    return {"Put": put}


def _link_item(link: AlarmLink) -> Item:
    place = f"{_LINK}{moment_text(link.changed_at)}#{sha256_of(link.message_id)[:16]}"
    return item_of(link, item_key=place)


def _state_item(link: AlarmLink) -> Item:
    return {
        "incident_id": link.incident_id,
        "item_key": f"{_RINGING}{link.fingerprint_of}",
        "alarm": link.alarm,
        "service": link.service,
        "state": link.state.value,
        "changed_at": moment_text(link.changed_at),
    }


def _exclusive(item: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "attribute_not_exists(#key) OR #value = :mine OR expires_at < :now",
        "ExpressionAttributeNames": {"#key": "key", "#value": "value"},
        "ExpressionAttributeValues": {":mine": item["value"], ":now": int(time.time())},
    }


def _fate_record(fate: Fate) -> Record:
    return Record(fate.model_dump(mode="json"), _REMEMBERED_SECONDS)


def fate_key(message_id: str) -> str:
    """Return the key under which it is remembered what became of a message."""
    return f"taken#{sha256_of(message_id)[:32]}"


def _refused(error: ClientError, writes: Sequence[_Write]) -> list[_Write] | None:
    """Return the writes whose condition does not hold; `None` where it is another error."""
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    if code == "TransactionInProgressException":
        return []
    if code != "TransactionCanceledException":
        return None
    reasons = [str(reason.get("Code")) for reason in response.get("CancellationReasons", [])]
    if not set(reasons) - {"None"} or set(reasons) - {"None", "ConditionalCheckFailed", *_BUSY}:
        return None
    pairs = zip(writes, reasons, strict=False)
    return [write for write, why in pairs if why == "ConditionalCheckFailed"]
