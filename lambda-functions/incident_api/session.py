"""Coming and going: a link that signs in once, who calls, and signing out."""

from http import HTTPStatus
from typing import Annotated

from pydantic import Field, StringConstraints

from incident_api.operations import Call, Resource
from itops_core.domain.people import CredentialKind, Role
from itops_core.domain.values import Moment, Value
from itops_core.observability import logger
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.settings import places
from itops_core.wiring import stores
from itops_core.wiring.switch import kill_switch

resource = Resource("session")
_log = logger("incident_api")


class OneTimeCode(Value):
    """What a link that signs in carries."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{16,200}$")]


class SignedIn(Value):
    """A session; its token is shown this once."""

    token: str
    name: str
    role: Role
    ends_at: Moment | None


class Session(Value):
    """Who calls, and whether what ITOps decides is carried out."""

    name: str
    role: Role
    environment: str
    actions: SwitchReading
    kind: CredentialKind = Field(description="What the caller showed.")
    ends_at: Moment | None = Field(description="From when on it is no longer good.")


class SignedOut(Value):
    """Whether there was a session to end; an API token is good until it is revoked."""

    ended: bool


@resource.operation(
    "POST /sign-in",
    role=None,
    answer=SignedIn,
    status=HTTPStatus.CREATED,
    also=(HTTPStatus.NOT_FOUND,),
)
def sign_in(call: Call[OneTimeCode, None]) -> SignedIn:
    """Exchange the code of a sign-in link for a session; each works once."""
    token, record = stores.sign_in_codes().exchange(call.body.code)
    _log.info("signed in", caller=record.name, role=record.role)
    return SignedIn(token=token, name=record.name, role=record.role, ends_at=record.ends_at)


@resource.operation("GET /session", role=Role.VIEWER, answer=Session)
def get_session(call: Call[None, None]) -> Session:
    """Tell who calls, in which role, until when, and whether actions are switched on."""
    return Session(
        name=call.caller.name,
        role=call.caller.role,
        environment=places().get("ITOPS_ENVIRONMENT", "unknown"),
        actions=kill_switch().read(),
        kind=call.credential.kind,
        ends_at=call.credential.ends_at,
    )


@resource.operation("DELETE /session", role=Role.VIEWER, answer=SignedOut)
def sign_out(call: Call[None, None]) -> SignedOut:
    """End the session that this is called in."""
    return SignedOut(ended=stores.tokens().end(call.credential))
