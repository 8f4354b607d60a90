"""The caller behind a token, and the policy that lets it through to the API."""

from dataclasses import dataclass
from typing import Any

from api_authorizer.signed_in import signed_in
from itops_core.domain.people import Caller, Credential
from itops_core.stores.tokens import sha256_of
from itops_core.wiring.stores import tokens

_LONGEST_TOKEN = 8192
"""An ID token with many groups is long."""


class UnauthorizedError(Exception):
    """API Gateway answers 401 to exactly this message."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


@dataclass(frozen=True)
class Admitted:
    """Who calls, and what they showed to be let in."""

    caller: Caller
    credential: Credential


def admitted(event: dict[str, Any]) -> Admitted | None:
    """Return whose token the request carries, or `None`."""
    scheme, _, token = _header(event, "authorization").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
        return None
    person = signed_in(token)
    if person is not None:
        return Admitted(*person)
    record = tokens().record_of(token)
    if record is None:
        return None
    shown = Credential(kind=record.kind, sha256=sha256_of(token), ends_at=record.ends_at)
    return Admitted(record.caller, shown)


def policy_for(who: Admitted, method_arn: str) -> dict[str, Any]:
    """Return what API Gateway wants to hear, and who calls in the context."""
    shown = who.credential.model_dump(mode="json", exclude_none=True)
    return {
        "principalId": who.caller.name,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": _every_method(method_arn),
                }
            ],
        },
        "context": {"name": who.caller.name, "role": who.caller.role.value, **shown},
    }


def _header(event: dict[str, Any], name: str) -> str:
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")


def _every_method(method_arn: str) -> str:
    """Return the ARN of all methods of the stage: the answer may be cached for the token."""
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*"
