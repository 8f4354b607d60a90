"""Short-lived records: who began what, and what came of it. Ledger, locks and idempotency."""

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from itops_core.errors import NotFoundError
from itops_core.stores.items import is_refused_condition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class RuntimeStore:
    """Small JSON values by key, each with the moment from which it no longer counts."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def begin(self, key: str, seconds: float, value: Mapping[str, Any] | None = None) -> bool:
        """Take `key` for that long; `False` where someone else holds it already."""
        now = int(time.time())
        free = Attr("key").not_exists() | Attr("expires_at").lte(now)
        try:
            item = runtime_item(key, value or {}, seconds)
            self._table.put_item(Item=item, ConditionExpression=free)
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        return True

    def read(self, key: str) -> dict[str, Any] | None:
        """Return the value of `key`, or `None` where there is none or its time is over."""
        item = self._table.get_item(Key={"key": key}, ConsistentRead=True).get("Item")
        if item is None or int(str(item["expires_at"])) <= time.time():
            return None
        return json.loads(str(item["value"]))

    def put(self, key: str, value: Mapping[str, Any], seconds: float) -> None:
        """Set `key`, whoever holds it."""
        self._table.put_item(Item=runtime_item(key, value, seconds))

    def replace(
        self, key: str, old: Mapping[str, Any], new: Mapping[str, Any], seconds: float
    ) -> bool:
        """Set `key` if its value still is `old`; `False` where someone else was faster."""
        try:
            self._table.put_item(
                Item=runtime_item(key, new, seconds),
                ConditionExpression=Attr("value").eq(_text(old)),
            )
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        return True

    def finish(self, key: str, value: Mapping[str, Any]) -> bool:
        """Record what came of `key`; `False` where it was finished before: the first word stands.

        Raises `NotFoundError` where nobody began it.
        """
        try:
            self._table.update_item(
                Key={"key": key},
                UpdateExpression="SET #value = :value, finished = :yes",
                ConditionExpression=Attr("key").exists() & Attr("finished").not_exists(),
                ExpressionAttributeNames={"#value": "value"},
                ExpressionAttributeValues={":value": _text(value), ":yes": True},
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise
            if "Item" not in self._table.get_item(Key={"key": key}, ConsistentRead=True):
                raise NotFoundError(f"nobody began {key!r}") from error
            return False
        return True

    def delete(self, key: str) -> None:
        """Forget `key`."""
        self._table.delete_item(Key={"key": key})


def runtime_item(key: str, value: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Return the item of a record, for those who write several at once."""
    return {"key": key, "value": _text(value), "expires_at": int(time.time() + seconds)}


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
