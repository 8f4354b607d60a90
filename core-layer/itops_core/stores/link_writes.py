"""What a transaction of links consists of: each item, and what it means that one is refused."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from itops_core.domain.alarm import AlarmState
from itops_core.domain.intake import AlarmLink, Fate
from itops_core.domain.values import sha256_of
from itops_core.stores.items import Item, item_of, moment_text
from itops_core.stores.runtime import runtime_item

LINK, RINGING, COUNT = "link#", "ringing#", "links"
WAITING = f"{RINGING}waiting#"
"""The mark of links that are put off: while it stands, nobody knows that nothing rings."""
_REMEMBERED_SECONDS = 21 * 24 * 3600
"""Longer than any queue keeps a message: when it comes back, it is known."""
UNSEALED = "(attribute_not_exists(sealed_at) OR sealed_at < :stale)"
_SEALED_SECONDS = 60
"""Longer than closing an incident takes."""
_NEW = "attribute_not_exists(item_key)"
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
class Write:
    """One item of a transaction, and what it stands for."""

    item: dict[str, Any]
    links: frozenset[str] = frozenset()
    state: str = ""
    is_record: bool = False
    is_count: bool = False


def writes_of(entries: Sequence[Entry], table: str, runtime: str) -> Iterator[Write]:
    """Yield the items of one transaction: links, what became of their messages, states, count."""
    links = [entry.link for entry in entries]
    records: dict[str, Record] = {}
    carried: defaultdict[str, set[str]] = defaultdict(set)
    newest: dict[str, AlarmLink] = {}
    for entry in entries:
        link = entry.link
        yield Write(put(table, _link_item(link), _NEW), frozenset({link.message_id}))
        records[fate_key(link.message_id)] = fate_record(entry.fate)
        for key, record in entry.records.items():
            records[key] = record
            carried[key].add(link.message_id)
        known = newest.get(link.fingerprint_of, link)
        newest[link.fingerprint_of] = max(known, link, key=lambda one: one.order)
    for key, record in records.items():
        written = put(runtime, runtime_item(key, record.value, record.seconds))
        if record.exclusive:
            written["Put"] |= _exclusive(written["Put"]["Item"])
        links_of = frozenset(carried[key]) if record.exclusive else frozenset[str]()
        yield Write(written, links_of, is_record=True)
    for fingerprint, link in newest.items():
        state = {"TableName": table, **state_put(_state_item(link))}
        yield Write({"Put": state}, state=fingerprint)
    recoveries = sum(link.state is not AlarmState.ALARM for link in links)
    counted: dict[str, Any] = {
        "TableName": table,
        "Key": {"incident_id": links[0].incident_id, "item_key": COUNT},
        "UpdateExpression": "ADD alarms :alarms, recoveries :recoveries",
        "ExpressionAttributeValues": {
            ":alarms": len(links) - recoveries,
            ":recoveries": recoveries,
        },
    }
    if len(links) > recoveries:
        # Sealed, it is being closed for want of a ringing alarm: an alarm belongs to it no more.
        counted["ConditionExpression"] = UNSEALED
        counted["ExpressionAttributeValues"] |= {":stale": stale_seal()}
    yield Write({"Update": counted}, is_count=True)


def stale_seal() -> int:
    """Return the time before which a seal holds no more: whoever set it was cut short."""
    return int(time.time()) - _SEALED_SECONDS


def put(table: str, item: Item, condition: str = "") -> dict[str, Any]:
    """Return the part of a transaction that puts an item."""
    written: dict[str, Any] = {"TableName": table, "Item": item}
    if condition:
        written["ConditionExpression"] = condition
    return {"Put": written}


def state_put(item: Item) -> dict[str, Any]:
    """Return how an alarm's state is put, unless a newer one stands.

    Of two changes at the same time, OK is the newer one: an alarm goes off before it is over.
    """
    is_ok = item["state"] == AlarmState.OK.value
    same = "" if is_ok else " AND #state <> :ok"
    told: dict[str, Any] = {
        "Item": item,
        "ConditionExpression": "attribute_not_exists(item_key) OR changed_at < :at "
        f"OR (changed_at = :at{same})",
        "ExpressionAttributeValues": {":at": item["changed_at"]},
    }
    if not is_ok:
        told["ExpressionAttributeNames"] = {"#state": "state"}
        told["ExpressionAttributeValues"][":ok"] = AlarmState.OK.value
    return told


def _link_item(link: AlarmLink) -> Item:
    place = f"{LINK}{moment_text(link.changed_at)}#{sha256_of(link.message_id)[:16]}"
    return item_of(link, item_key=place)


def _state_item(link: AlarmLink) -> Item:
    return {
        "incident_id": link.incident_id,
        "item_key": f"{RINGING}{link.fingerprint_of}",
        "alarm": link.alarm,
        "service": link.service,
        "state": link.state.value,
        "changed_at": moment_text(link.changed_at),
        "lost_work": link.lost_work,
    }


def _exclusive(item: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": "attribute_not_exists(#key) OR #value = :mine OR expires_at < :now",
        "ExpressionAttributeNames": {"#key": "key", "#value": "value"},
        "ExpressionAttributeValues": {":mine": item["value"], ":now": int(time.time())},
    }


def fate_record(fate: Fate) -> Record:
    """Return what is remembered of a message."""
    return Record(fate.model_dump(mode="json"), _REMEMBERED_SECONDS)


def fate_key(message_id: str) -> str:
    """Return the key under which it is remembered what became of a message."""
    return f"taken#{sha256_of(message_id)[:32]}"


def refused(error: ClientError, writes: Sequence[Write]) -> list[Write] | None:
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
