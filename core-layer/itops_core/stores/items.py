"""How values become DynamoDB items and back, and how long lists are handed out in pages.

Scalars are attributes of their own, so that keys, indexes and conditions can use them. Everything
nested goes into one attribute as JSON text: DynamoDB keeps neither the difference between 1 and
1.0 nor very small numbers, and hashes over plans and evidence have to survive the way there.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

DETAILS = "details"
"""The attribute that holds everything nested."""

Item = dict[str, Any]
T = TypeVar("T")
V = TypeVar("V", bound=Value)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list; `cursor` is `None` on the last one."""

    items: tuple[T, ...]
    cursor: str | None = None


def moment_text(at: datetime) -> str:
    """Return `at` as text that sorts like the times themselves."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def item_of(value: Value, **keys: str) -> Item:
    """Return the item of `value`, with further key attributes."""
    item: Item = dict(keys)
    nested: dict[str, Any] = {}
    for name, content in value.model_dump(mode="json").items():
        original = getattr(value, name)
        if content is None:
            continue
        if isinstance(original, datetime):
            item[name] = moment_text(original)
        elif isinstance(content, float):
            item[name] = Decimal(repr(content))
        elif isinstance(content, dict | list):
            nested[name] = content
        else:
            item[name] = content
    if nested:
        item[DETAILS] = json.dumps(nested, ensure_ascii=False, separators=(",", ":"))
    return item


def value_of(model: type[V], item: Mapping[str, Any]) -> V:
    """Return the value that `item` was made of; attributes the model does not know are keys."""
    known = {name: plain(item[name]) for name in model.model_fields if name in item}
    nested = json.loads(str(item.get(DETAILS, "{}")))
    return model.model_validate({**known, **nested})


def plain(content: object) -> object:
    """Return a number of DynamoDB as an `int` or a `float`, anything else as it is."""
    if isinstance(content, Decimal):
        return int(content) if content == content.to_integral_value() else float(content)
    return content


def is_refused_condition(error: ClientError) -> bool:
    """Whether a conditional write was refused because of its condition."""
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"


def query_all(table: "Table", limit: int | None = None, **query: Any) -> Iterator[Item]:  # noqa: ANN401
    """Yield every item a query finds, at most `limit`, page after page."""
    left = limit
    while left is None or left > 0:
        if left is not None:
            query["Limit"] = left
        answer = table.query(**query)
        yield from answer["Items"]
        if left is not None:
            left -= len(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@dataclass(frozen=True)
class Listing(Generic[V]):
    """A list that is handed out in pages: the query behind it, and what its cursors name."""

    model: type[V]
    query: Mapping[str, Any]
    names: tuple[str, ...]
    """The parts of the key that a page ends with."""
    fixed: Mapping[str, str]
    """Those of them that are the same on every page."""


def page_of(table: "Table", listing: Listing[V], limit: int, cursor: str | None) -> Page[V]:
    """Return the page of a list that begins behind `cursor`."""
    query: dict[str, Any] = {**listing.query, "Limit": limit}
    if cursor is not None:
        query["ExclusiveStartKey"] = key_of(cursor, listing.names, listing.fixed)
    answer = table.query(**query)
    found = tuple(value_of(listing.model, item) for item in answer["Items"])
    return Page(found, cursor_of(answer.get("LastEvaluatedKey")))


def under(incident_id: str, model: type[V], prefix: str) -> Listing[V]:
    """Return the list of what lies under an incident's id, oldest first."""
    key = Key("incident_id").eq(incident_id) & Key("item_key").begins_with(prefix)
    query = {"KeyConditionExpression": key, "ConsistentRead": True}
    return Listing(model, query, ("incident_id", "item_key"), {"incident_id": incident_id})


def put_if(table: "Table", item: Item, condition: Any) -> bool:  # noqa: ANN401 - boto3's own
    """Put an item where `condition` holds; return whether it did."""
    try:
        table.put_item(Item=item, ConditionExpression=condition)
    except ClientError as error:
        if is_refused_condition(error):
            return False
        raise
    return True


def scan_all(table: "Table", **scan: Any) -> Iterator[Item]:  # noqa: ANN401
    """Yield every item of a table, page after page."""
    while True:
        answer = table.scan(**scan)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        scan["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def cursor_of(key: Mapping[str, Any] | None) -> str | None:
    """Return the opaque cursor that stands for the last key of a page."""
    if key is None:
        return None
    text = json.dumps(dict(key), sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_of(cursor: str, names: Iterable[str], fixed: Mapping[str, str]) -> dict[str, str]:
    """Return the key a cursor stands for; anything that no page ever gave is refused.

    `fixed` are the parts of the key that belong to the list itself.
    """
    refusal = InvalidInputError(
        "the cursor is not one that this list gave; leave it out to start from the beginning"
    )
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refusal from error
    if not isinstance(key, dict) or set(key) != set(names):
        raise refusal
    if not all(isinstance(part, str) and 0 < len(part) <= 512 for part in key.values()):
        raise refusal
    if any(key[name] != value for name, value in fixed.items()):
        raise refusal
    return key
