"""The alarms of incidents: each message once, counted exactly, without a hot item.

A link and the memory of its message are written in one transaction with the count, many links at
a time: a thousand alarms are some thirty transactions, and none of them touches the incident
itself, whose version the agents guard.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
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

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

_LINK, _RINGING, _COUNT = "link#", "ringing#", "links"
_AT_ONCE = 33
"""Each link is two items, and the count one: a transaction holds a hundred."""
_READ_AT_ONCE = 100
_REMEMBERED_SECONDS = 21 * 24 * 3600
"""Longer than any queue keeps a message: when it comes back, it is known."""
_TRIES = 9
_NEW = "attribute_not_exists(item_key)"
_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class LinkStore:
    """Links lie under their incident's id, in the table of incidents; fates in the runtime's."""

    def __init__(
        self, resource: "DynamoDBServiceResource", incidents: "Table", runtime: "Table"
    ) -> None:
        self._resource = resource
        self._incidents = incidents
        self._runtime = runtime

    def fates(self, message_ids: Iterable[str]) -> dict[str, Fate]:
        """Return what became of those messages that were taken in before, by id."""
        wanted = [{"key": _taken(one)} for one in dict.fromkeys(message_ids)]
        found: dict[str, Fate] = {}
        for start in range(0, len(wanted), _READ_AT_ONCE):
            for item in self._batch(wanted[start : start + _READ_AT_ONCE]):
                if int(str(item["expires_at"])) > time.time():
                    fate = Fate.model_validate_json(str(item["value"]))
                    found[fate.message_id] = fate
        return found

    def remember(self, fate: Fate) -> None:
        """Keep what became of a message that is linked to no incident."""
        self._runtime.put_item(Item=_fate_item(fate))

    def add(self, pairs: Sequence[tuple[AlarmLink, Fate]]) -> LinkCount:
        """Add links of one incident, each once, and return its count thereafter."""
        incident_id = pairs[0][0].incident_id
        self._ring(link for link, _ in pairs)
        unique = list({link.message_id: (link, fate) for link, fate in pairs}.values())
        for start in range(0, len(unique), _AT_ONCE):
            self._transact(unique[start : start + _AT_ONCE])
        return self.count(incident_id)

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

    def _ring(self, links: Iterable[AlarmLink]) -> None:
        """Keep the newest state of each alarm, whatever order its messages come in."""
        newest: dict[str, AlarmLink] = {}
        for link in links:
            known = newest.get(link.fingerprint_of)
            if known is None or known.changed_at <= link.changed_at:
                newest[link.fingerprint_of] = link
        for fingerprint, link in newest.items():
            self._put_state(
                {
                    "incident_id": link.incident_id,
                    "item_key": f"{_RINGING}{fingerprint}",
                    "alarm": link.alarm,
                    "service": link.service,
                    "state": link.state.value,
                    "changed_at": moment_text(link.changed_at),
                }
            )

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
                ConditionExpression="attribute_not_exists(item_key) OR changed_at <= :at",
                ExpressionAttributeValues={":at": item["changed_at"]},
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise

    def _transact(self, pairs: Sequence[tuple[AlarmLink, Fate]]) -> None:
        left = list(pairs)
        for attempt in range(_TRIES):
            if not left:
                return
            try:
                self._resource.meta.client.transact_write_items(TransactItems=self._writes(left))
            except ClientError as error:
                reasons = _reasons(error)
                if not reasons:
                    raise
                # The first half of the items are the links: those that are known drop out.
                known = {n for n, why in enumerate(reasons) if why == "ConditionalCheckFailed"}
                left = [pair for number, pair in enumerate(left) if number not in known]
                if not known:
                    time.sleep(secrets.randbelow(20 * 2 ** min(attempt, 5)) / 1000)
            else:
                return
        raise ConflictError("the alarms of the incident were counted by others all the time")

    def _writes(self, pairs: Sequence[tuple[AlarmLink, Fate]]) -> list[Any]:
        links = [link for link, _ in pairs]
        recoveries = sum(link.state is not AlarmState.ALARM for link in links)
        counted = {
            "TableName": self._incidents.name,
            "Key": {"incident_id": links[0].incident_id, "item_key": _COUNT},
            "UpdateExpression": "ADD alarms :alarms, recoveries :recoveries",
            "ExpressionAttributeValues": {
                ":alarms": len(links) - recoveries,
                ":recoveries": recoveries,
            },
        }
        return [
            *(_put(self._incidents.name, _link_item(link), _NEW) for link in links),
            *(_put(self._runtime.name, _fate_item(fate)) for _, fate in pairs),
            {"Update": counted},
        ]

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


def _fate_item(fate: Fate) -> Item:
    return {
        "key": _taken(fate.message_id),
        "value": fate.model_dump_json(),
        "expires_at": int(time.time() + _REMEMBERED_SECONDS),
    }


def _taken(message_id: str) -> str:
    return f"taken#{sha256_of(message_id)[:32]}"


def _reasons(error: ClientError) -> list[str]:
    """Return why each item of a transaction was refused, or nothing where it is another error."""
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    if code == "TransactionInProgressException":
        return ["TransactionConflict"]
    if code != "TransactionCanceledException":
        return []
    reasons = [str(reason.get("Code")) for reason in response.get("CancellationReasons", [])]
    told = set(reasons) - {"None"}
    return reasons if told and told <= {"ConditionalCheckFailed", *_BUSY} else []
