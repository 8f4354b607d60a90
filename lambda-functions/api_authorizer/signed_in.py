"""People who signed in with Cognito: their ID token is checked here, claim by claim.

The pool's key has to have signed it, for the console, to tell who somebody is, and not too long
ago. The console's id comes from a parameter: as a variable of this function it would close a ring,
for its address in the pool depends on the page's, and the page's on the API that this function is
a part of.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.people import Caller, Credential, CredentialKind, Role
from itops_core.observability import logger
from itops_core.settings import places
from itops_core.wiring.clients import client

if TYPE_CHECKING:
    from jwt import PyJWKClient

_LEEWAY_SECONDS = 30
_KEPT_SECONDS = 900
_PATIENCE_SECONDS = 3
_PARTS = 3
_REQUIRED = ["exp", "iat", "iss", "sub", "aud", "token_use"]

_log = logger("api_authorizer")


def signed_in(token: str) -> tuple[Caller, Credential] | None:
    """Return who signed in with this token; `None` where it is no ID token of the console's."""
    issuer = places().get("COGNITO_ISSUER")
    if not issuer or token.count(".") != _PARTS - 1:
        return None
    import jwt  # noqa: PLC0415 - most calls carry an API token, and need none of it

    try:
        told: dict[str, Any] = jwt.decode(
            token,
            _keys(issuer).get_signing_key_from_jwt(token),
            algorithms=["RS256"],
            issuer=issuer,
            audience=console_client(int(time.time() // _KEPT_SECONDS)),
            leeway=_LEEWAY_SECONDS,
            options={"require": _REQUIRED},
        )
    except jwt.PyJWTError as error:
        _log.info("token refused", reason=type(error).__name__)
        return None
    except (BotoCoreError, ClientError) as error:
        _log.error("nobody can be let in: the console's id cannot be read", exc_info=error)
        return None
    if told["token_use"] != "id":  # noqa: S105 - a claim's value, no secret
        _log.info("token refused", reason="it is no ID token")
        return None
    return _admitted(told)


@lru_cache(maxsize=2)
def _keys(issuer: str) -> "PyJWKClient":
    from jwt import PyJWKClient  # noqa: PLC0415

    return PyJWKClient(
        f"{issuer}/.well-known/jwks.json", lifespan=_KEPT_SECONDS, timeout=_PATIENCE_SECONDS
    )


@lru_cache(maxsize=1)
def console_client(_period: int) -> str:
    """Return the console's id in the pool: who a token has to be made for."""
    name = places()["CONSOLE_CLIENT_PARAMETER"]
    return str(client("ssm").get_parameter(Name=name)["Parameter"].get("Value", ""))


def _admitted(told: dict[str, Any]) -> tuple[Caller, Credential]:
    """Return the caller in the highest role among the groups; in none of them, one may look."""
    name = str(told.get("email") or told.get("cognito:username") or told["sub"])
    groups = told.get("cognito:groups") or []
    roles = [role for role in Role if role.value in groups]
    ends_at = datetime.fromtimestamp(int(told["exp"]), UTC)
    return (
        Caller(name=name, role=roles[-1] if roles else Role.VIEWER),
        Credential(kind=CredentialKind.PERSON, ends_at=ends_at),
    )
