"""People and programs that call in: who they are and what they may do."""

from enum import StrEnum

from itops_core.domain.values import Moment, Value


class Role(StrEnum):
    """What a caller may do, least first."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    APPROVER = "approver"
    ADMIN = "admin"

    def at_least(self, needed: "Role") -> bool:
        """Whether this role includes everything `needed` allows."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


class Caller(Value):
    """An authenticated person or program."""

    name: str
    role: Role


class CredentialKind(StrEnum):
    """What lets a caller in."""

    API_TOKEN = "api_token"  # noqa: S105 - a kind, no secret
    """Made for a program or a person; good until it ends or is revoked."""
    SESSION = "session"
    """Given for a link that signs in once; good for some hours, ended by signing out."""
    PERSON = "person"
    """Signed in with an account of the pool; the pool says until when."""


class Credential(Value):
    """What a caller showed to be let in; never the secret itself."""

    kind: CredentialKind = CredentialKind.API_TOKEN
    sha256: str | None = None
    ends_at: Moment | None = None
