"""API tokens and sessions: who may call, as what, until when. The secret is shown once."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from incident_api.operations import Call, Resource
from itops_core.domain.audit_events import token_changed
from itops_core.domain.people import Role
from itops_core.domain.values import Value, utc_now
from itops_core.stores.tokens import TokenRecord, sha256_of, token_id_of
from itops_core.wiring import stores

resource = Resource("tokens")
_LONGEST_DAYS = 366


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a name is printable: who is this token for?")
    return text


class NewToken(Value):
    """Who a token is for, what it may do, and for how long."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
        AfterValidator(_printable),
    ] = Field(description="Who uses it: what it does stands in the audit log under this name.")
    role: Role
    days: int | None = Field(
        default=90, ge=1, le=_LONGEST_DAYS, description="Null: until it is revoked."
    )


class TokenView(TokenRecord):
    """A token, never the secret itself."""

    is_yours: bool = Field(description="Whether this call was made with it.")


class TokenPage(Value):
    """Tokens and sessions that are good, by name."""

    items: tuple[TokenView, ...]
    cursor: str | None = None


class MadeToken(TokenView):
    """A token with its secret, which is shown this once."""

    token: str


@resource.operation("GET /tokens", role=Role.ADMIN, answer=TokenPage)
def list_tokens(call: Call[None, None]) -> TokenPage:
    """List the tokens and sessions that are good."""
    return TokenPage(items=tuple(_view(one, call) for one in stores.tokens().list()))


# Not idempotent: the memory of answers would keep the secret.
@resource.operation("POST /tokens", role=Role.ADMIN, answer=MadeToken, status=HTTPStatus.CREATED)
def create_token(call: Call[NewToken, None]) -> MadeToken:
    """Make a token; its secret is shown this once."""
    asked, at, by = call.body, utc_now(), call.caller.name
    record = TokenRecord(
        name=asked.name,
        role=asked.role,
        created_at=at,
        created_by=by,
        ends_at=at + timedelta(days=asked.days) if asked.days else None,
    )
    plain = stores.tokens().keep(record)
    made = record.model_copy(update={"token_id": token_id_of(sha256_of(plain))})
    stores.audit().append(token_changed(made.token_id, made.name, made.role, "made", by, at))
    return MadeToken(**dict(made), is_yours=False, token=plain)


@resource.operation("DELETE /tokens/<token_id>", role=Role.ADMIN, answer=TokenView)
def revoke_token(call: Call[None, None]) -> TokenView:
    """Make a token or a session useless at once."""
    gone = stores.tokens().revoke(call.path["token_id"])
    by = call.caller.name
    stores.audit().append(
        token_changed(gone.token_id, gone.name, gone.role, "revoked", by, utc_now())
    )
    return _view(gone, call)


def _view(record: TokenRecord, call: Call[None, None]) -> TokenView:
    own = call.credential.sha256
    return TokenView(
        **dict(record), is_yours=own is not None and token_id_of(own) == record.token_id
    )
