"""API tokens: only their sha256 is kept, so the table gives none away."""

import hashlib
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from itops_core.domain.people import Caller, Role
from itops_core.domain.values import Moment, Value, utc_now
from itops_core.stores.items import Item, item_of, scan_all, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_PREFIX = "token#"


class TokenRecord(Value):
    """A token as it is listed: whose it is, never the token itself."""

    name: str
    role: Role
    created_at: Moment

    @property
    def caller(self) -> Caller:
        """Whom the token stands for."""
        return Caller(name=self.name, role=self.role)


class TokenStore:
    """Tokens in the runtime table, found by their hash. A name may have several."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(self, name: str, role: Role) -> str:
        """Make a token and return it; it cannot be shown again."""
        plain = f"itops_{secrets.token_urlsafe(32)}"
        record = TokenRecord(name=name, role=role, created_at=utc_now())
        self._table.put_item(Item=item_of(record, key=_key_of(plain)))
        return plain

    def find(self, plain: str) -> Caller | None:
        """Return whose token this is, or `None`."""
        answer = self._table.get_item(Key={"key": _key_of(plain)}, ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else value_of(TokenRecord, item).caller

    def list(self) -> tuple[TokenRecord, ...]:
        """Return every token's record, by name."""
        found = [value_of(TokenRecord, item) for item in self._items()]
        return tuple(sorted(found, key=lambda record: (record.name, record.created_at)))

    def revoke(self, name: str) -> int:
        """Make every token of `name` useless; return how many there were."""
        keys = [str(item["key"]) for item in self._items() if item["name"] == name]
        for key in keys:
            self._table.delete_item(Key={"key": key})
        return len(keys)

    def _items(self) -> Iterator[Item]:
        return scan_all(self._table, FilterExpression=Attr("key").begins_with(_PREFIX))


def _key_of(plain: str) -> str:
    return f"{_PREFIX}{hashlib.sha256(plain.encode()).hexdigest()}"
