"""People who signed in with Cognito: their ID token is checked here, by its signature.

The pool is ITOps' own and has one client, so who issued the token says what it is for; asking for
the client as well would tie the API to the page that is served in front of it.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from itops_core.domain.people import Caller, Role
from itops_core.observability import logger
from itops_core.settings import places

if TYPE_CHECKING:
    from jwt import PyJWKClient

_LEEWAY_SECONDS = 30
_KEYS_SECONDS = 900
_PATIENCE_SECONDS = 3
_PARTS = 3

_log = logger("api_authorizer")


def signed_in(token: str) -> Caller | None:
    """Return who signed in with this token; `None` where it is no ID token of the pool."""
    issuer = places().get("COGNITO_ISSUER", "")
    if not issuer or token.count(".") != _PARTS - 1:
        return None
    import jwt  # noqa: PLC0415 - most calls carry an API token, and need none of it

    try:
        key = _keys(issuer).get_signing_key_from_jwt(token)
        told: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},
        )
    except jwt.PyJWTError as error:
        _log.info("token refused", reason=type(error).__name__)
        return None
    return _caller(told) if told.get("token_use") == "id" else None


@lru_cache(maxsize=2)
def _keys(issuer: str) -> "PyJWKClient":
    from jwt import PyJWKClient  # noqa: PLC0415

    return PyJWKClient(
        f"{issuer}/.well-known/jwks.json", lifespan=_KEYS_SECONDS, timeout=_PATIENCE_SECONDS
    )


def _caller(told: dict[str, Any]) -> Caller:
    """Return the caller in the highest role among the groups; in none of them, one may look."""
    name = str(told.get("email") or told.get("cognito:username") or told["sub"])
    groups = told.get("cognito:groups") or []
    roles = [role for role in Role if role.value in groups]
    return Caller(name=name, role=roles[-1] if roles else Role.VIEWER)
