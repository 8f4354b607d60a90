"""API tokens and sessions: only their sha256 is kept, so the table gives none away."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from itops_core.domain.people import Caller, Credential, CredentialKind, Role
from itops_core.domain.values import Moment, Value, utc_now
from itops_core.errors import NotFoundError
from itops_core.stores.items import Item, item_of, scan_all, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_PREFIX = "token#"
_ID_DIGITS = 8


class TokenRecord(Value):
    """A token as it is listed: whose it is, never the token itself."""

    token_id: str = ""
    name: str
    role: Role
    kind: CredentialKind = CredentialKind.API_TOKEN
    created_at: Moment
    created_by: str = ""
    ends_at: Moment | None = None

    @property
    def caller(self) -> Caller:
        """Whom the token stands for."""
        return Caller(name=self.name, role=self.role)

    def is_over(self, at: datetime) -> bool:
        """Whether its time has come."""
        return self.ends_at is not None and self.ends_at <= at


class TokenStore:
    """Tokens in the runtime table, found by their hash. A name may have several."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(
        self, name: str, role: Role, *, by: str = "", ends_at: datetime | None = None
    ) -> str:
        """Make an API token and return it; it cannot be shown again."""
        return self.keep(
            TokenRecord(name=name, role=role, created_at=utc_now(), created_by=by, ends_at=ends_at)
        )

    def keep(self, record: TokenRecord) -> str:
        """Make a token for what `record` says of it, and return it."""
        plain = f"itops_{secrets.token_urlsafe(32)}"
        item = item_of(record.model_copy(update={"token_id": ""}), key=_key_of(sha256_of(plain)))
        if record.ends_at is not None:
            # The table forgets it some time after; until then its own end is what counts.
            item["expires_at"] = int(record.ends_at.timestamp()) + 1
        self._table.put_item(Item=item)
        return plain

    def find(self, plain: str) -> Caller | None:
        """Return whose token this is, or `None`."""
        record = self.record_of(plain)
        return record.caller if record else None

    def record_of(self, plain: str) -> TokenRecord | None:
        """Return what is known of a token, or `None` where it is not good, or no longer."""
        answer = self._table.get_item(Key={"key": _key_of(sha256_of(plain))}, ConsistentRead=True)
        item = answer.get("Item")
        record = None if item is None else _record(item)
        return None if record is None or record.is_over(utc_now()) else record

    def list(self) -> tuple[TokenRecord, ...]:
        """Return every good token's record, by name."""
        at = utc_now()
        found = [record for item in self._items() if not (record := _record(item)).is_over(at)]
        return tuple(sorted(found, key=lambda record: (record.name, record.created_at)))

    def revoke(self, token_id: str) -> TokenRecord:
        """Make one token useless and return what was known of it, or raise `NotFoundError`."""
        for item in self._items():
            record = _record(item)
            if record.token_id == token_id:
                self._table.delete_item(Key={"key": item["key"]})
                return record
        raise NotFoundError(f"there is no token {token_id}; it may have been revoked already")

    def end(self, credential: Credential) -> bool:
        """End a session; `False` for what is none: an API token outlives who signs out."""
        if credential.kind is not CredentialKind.SESSION or credential.sha256 is None:
            return False
        self._table.delete_item(Key={"key": _key_of(credential.sha256)})
        return True

    def _items(self) -> Iterator[Item]:
        return scan_all(self._table, FilterExpression=Attr("key").begins_with(_PREFIX))


def sha256_of(plain: str) -> str:
    """Return what is kept in the place of a secret."""
    return hashlib.sha256(plain.encode()).hexdigest()


def token_id_of(sha256: str) -> str:
    """Return what people call a token by: a part of its hash, which gives nothing away."""
    return f"TOK-{sha256[:_ID_DIGITS].upper()}"


def _key_of(sha256: str) -> str:
    return f"{_PREFIX}{sha256}"


def _record(item: Item) -> TokenRecord:
    sha256 = str(item["key"]).removeprefix(_PREFIX)
    return value_of(TokenRecord, {**item, "token_id": token_id_of(sha256)})
