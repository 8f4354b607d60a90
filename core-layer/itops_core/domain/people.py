"""People and programs that call in: who they are and what they may do."""

from enum import StrEnum

from itops_core.domain.values import Value


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
