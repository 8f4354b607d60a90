"""Links that sign in once: a code, good for an hour, is exchanged for a session.

Only the code's sha256 is kept. It stays for a day after its use, so that whoever opens the link a
second time is told so, and not that there never was one.
"""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from itops_core.domain.people import CredentialKind, Role
from itops_core.domain.values import Moment, Value, utc_now
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.items import is_refused_condition, item_of, value_of
from itops_core.stores.tokens import TokenRecord, TokenStore, sha256_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

GOOD_FOR = timedelta(hours=1)
SESSION_LASTS = timedelta(hours=12)
_REMEMBERED = timedelta(days=1)
_FRESH = "`itops link` prints a fresh one"


class _Code(Value):
    name: str
    role: Role
    good_until: Moment
    used_at: Moment | None = None


class SignInCodes:
    """Codes in the runtime table, beside the tokens."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def create(self, name: str, role: Role, at: datetime | None = None) -> str:
        """Make a code and return it; it cannot be shown again."""
        plain = secrets.token_urlsafe(24)
        until = (at or utc_now()) + GOOD_FOR
        self._put(plain, _Code(name=name, role=role, good_until=until))
        return plain

    def exchange(self, plain: str, at: datetime | None = None) -> tuple[str, TokenRecord]:
        """Return a session's token for a code, and what is known of it; each code works once."""
        now = at or utc_now()
        item = self._table.get_item(Key={"key": _key_of(plain)}, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFoundError(f"this sign-in link is not known here; {_FRESH}")
        code = value_of(_Code, item)
        if code.used_at is None and code.good_until <= now:
            over = f"{code.good_until:%H:%M} UTC"
            raise ConflictError(f"this sign-in link was good until {over}; {_FRESH}")
        if code.used_at is not None or not self._claimed(plain, code, now):
            used = f" at {code.used_at:%H:%M} UTC" if code.used_at else ""
            raise ConflictError(
                f"this sign-in link was used{used} already, and works once; {_FRESH}"
            )
        record = TokenRecord(
            name=code.name,
            role=code.role,
            kind=CredentialKind.SESSION,
            created_at=now,
            created_by="a sign-in link",
            ends_at=now + SESSION_LASTS,
        )
        return TokenStore(self._table).keep(record), record

    def _claimed(self, plain: str, code: _Code, at: datetime) -> bool:
        """Take the code, or tell that somebody else was faster."""
        unused = Attr("key").exists() & Attr("used_at").not_exists()
        try:
            self._put(plain, code.model_copy(update={"used_at": at}), ConditionExpression=unused)
        except ClientError as error:
            if is_refused_condition(error):
                return False
            raise
        return True

    def _put(self, plain: str, code: _Code, **condition: object) -> None:
        item = item_of(code, key=_key_of(plain))
        item["expires_at"] = int((code.good_until + _REMEMBERED).timestamp())
        self._table.put_item(Item=item, **condition)  # pyright: ignore[reportArgumentType]


def _key_of(plain: str) -> str:
    return f"sign-in#{sha256_of(plain)}"
