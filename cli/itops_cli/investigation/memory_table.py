"""A DynamoDB table in memory: as much of it as the stores use, with the promises they rest on.

Conditions are judged and writes made under one lock, so that of two writers one is refused. The
real stores stand on it unchanged: what they promise on AWS, they promise here.
"""

import copy
import operator as operators
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]

_ASSIGNMENT = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)\s*")


@dataclass(frozen=True)
class KeySchema:
    """What tells items apart, and what orders those of one partition."""

    partition: str
    order: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes of the key."""
        return (self.partition,) if self.order is None else (self.partition, self.order)

    def of(self, item: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the key of an item."""
        return tuple(item[name] for name in self.names)


@dataclass(frozen=True)
class TableSchema:
    """The key of a table and those of its indexes, as the template has them."""

    key: KeySchema
    indexes: Mapping[str, KeySchema] = field(default_factory=dict)


class MemoryTable:
    """Stands where boto3's `Table` does."""

    def __init__(self, schema: TableSchema) -> None:
        self._schema = schema
        self._items: dict[tuple[Any, ...], Item] = {}
        self._lock = threading.RLock()

    def get_item(self, Key: Item, **_options: Any) -> Item:  # noqa: ANN401, N803 - as boto3 names it
        """Return the item of a key, if there is one."""
        with self._lock:
            found = self._items.get(self._schema.key.of(Key))
            return {"Item": copy.copy(found)} if found is not None else {}

    def put_item(self, Item: Item, ConditionExpression: Any = None) -> Item:  # noqa: ANN401, N803
        """Write an item, in place of the one of its key, if the condition holds."""
        key = self._schema.key.of(Item)
        with self._lock:
            self._check(key, ConditionExpression, "PutItem")
            self._items[key] = dict(Item)
        return {}

    def update_item(self, Key: Item, UpdateExpression: str, **options: Any) -> Item:  # noqa: ANN401, N803
        """Set attributes of an item, if the condition holds."""
        key = self._schema.key.of(Key)
        names: Mapping[str, str] = options.get("ExpressionAttributeNames", {})
        values: Mapping[str, Any] = options.get("ExpressionAttributeValues", {})
        changes: Item = {}
        for part in UpdateExpression.removeprefix("SET").split(","):
            told = _ASSIGNMENT.fullmatch(part)
            if told is None:
                raise _refused("UpdateItem", "ValidationException", f"not known here: {part!r}")
            changes[names.get(told[1], told[1])] = values[told[2]]
        with self._lock:
            self._check(key, options.get("ConditionExpression"), "UpdateItem")
            self._items[key] = {**self._items.get(key, dict(Key)), **changes}
        return {}

    def delete_item(self, Key: Item, ConditionExpression: Any = None) -> Item:  # noqa: ANN401, N803
        """Forget an item, if the condition holds."""
        key = self._schema.key.of(Key)
        with self._lock:
            self._check(key, ConditionExpression, "DeleteItem")
            self._items.pop(key, None)
        return {}

    def query(self, KeyConditionExpression: Any, **options: Any) -> Item:  # noqa: ANN401, N803
        """Return the items of a partition, in order, a page of them."""
        name = options.get("IndexName")
        index = self._schema.indexes[name] if name else self._schema.key
        with self._lock:
            found = [
                item
                for item in self._items.values()
                if all(part in item for part in index.names) and holds(KeyConditionExpression, item)
            ]
        key = self._schema.key

        def place(item: Mapping[str, Any]) -> tuple[Any, ...]:
            return (*index.of(item), *key.of(item))

        backward = not options.get("ScanIndexForward", True)
        found.sort(key=place, reverse=backward)
        return _page(found, place, {**options, "backward": backward}, (*index.names, *key.names))

    def scan(self, **options: Any) -> Item:  # noqa: ANN401
        """Return all items, a page of them."""
        wanted = options.get("FilterExpression")
        key = self._schema.key
        with self._lock:
            found = [one for one in self._items.values() if wanted is None or holds(wanted, one)]
        found.sort(key=key.of)
        return _page(found, key.of, options, key.names)

    def _check(self, key: tuple[Any, ...], condition: Any, operation: str) -> None:  # noqa: ANN401
        if condition is not None and not holds(condition, self._items.get(key, {})):
            raise _refused(operation, "ConditionalCheckFailedException", "the condition fails")


def holds(condition: Any, item: Mapping[str, Any]) -> bool:  # noqa: ANN401 - boto3's own type
    """Whether a condition, as boto3 builds it, is true of an item."""
    told = condition.get_expression()
    operator, values = told["operator"], told["values"]
    if operator == "AND":
        return holds(values[0], item) and holds(values[1], item)
    if operator == "OR":
        return holds(values[0], item) or holds(values[1], item)
    if operator == "NOT":
        return not holds(values[0], item)
    name = values[0].name
    if operator == "attribute_exists":
        return name in item
    if operator == "attribute_not_exists":
        return name not in item
    return name in item and _compares(operator, item[name], values[1:])


def _compares(operator: str, value: Any, others: Sequence[Any]) -> bool:  # noqa: ANN401
    match operator:
        case "BETWEEN":
            return others[0] <= value <= others[1]
        case "IN":
            return value in others[0]
        case "begins_with":
            return str(value).startswith(others[0])
        case "contains":
            return others[0] in value
        case _:
            return _COMPARED[operator](value, others[0])


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operators.eq,
    "<>": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def _page(
    found: list[Item],
    place: Callable[[Mapping[str, Any]], tuple[Any, ...]],
    options: Mapping[str, Any],
    names: tuple[str, ...],
) -> Item:
    after = options.get("ExclusiveStartKey")
    if after is not None:
        passed = place(after)
        backward = bool(options.get("backward"))
        found = [one for one in found if (place(one) < passed if backward else place(one) > passed)]
    limit = options.get("Limit")
    shown = found if limit is None else found[:limit]
    answer: Item = {"Items": [copy.copy(one) for one in shown], "Count": len(shown)}
    if len(shown) < len(found):
        answer["LastEvaluatedKey"] = {name: shown[-1][name] for name in names}
    return answer


def _refused(operation: str, code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
