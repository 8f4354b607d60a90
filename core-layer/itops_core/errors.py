"""Everything this system raises on purpose; any other exception is a bug.

ITOpsError
├── InvalidInputError       the caller's data cannot be used                 → HTTP 422
├── NotFoundError           the caller named something that does not exist   → HTTP 404
├── ConflictError           someone else changed it first, or a wrong state  → HTTP 409
├── ForbiddenError          policy, role or the kill switch says no          → HTTP 403
├── ToolUnavailableError    a tool server is down or its circuit is open     → agent goes on
├── ModelUnavailableError   Claude could not be reached                      → offline takes over
└── BudgetExceededError     no valid answer within the budget                → workflow escalates

The workflow retries and catches any of them; outcomes that it branches on are data, never a
name raised here.
"""


class ITOpsError(Exception):
    """Base of everything raised on purpose."""


class InvalidInputError(ITOpsError):
    """The caller's data cannot be used; the message says what would be accepted."""


class NotFoundError(ITOpsError):
    """The caller named something that does not exist."""


class ConflictError(ITOpsError):
    """Someone else changed it first, or it is not in a state that allows this."""


class ForbiddenError(ITOpsError):
    """Policy, role or the kill switch refuses this."""


class SealedError(ConflictError):
    """An incident takes no more alarms: it is being closed, as nothing of it rings."""


class UncitedClaimError(ConflictError):
    """A report says something for which it names no evidence; it is not shown to anyone."""


class ToolUnavailableError(ITOpsError):
    """A tool server is down or its circuit is open."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"tool server {server!r} is unavailable: {reason}")
        self.server = server
        self.reason = reason


class ModelUnavailableError(ITOpsError):
    """The model could not be reached, or answered nothing usable."""


class BudgetExceededError(ITOpsError):
    """No valid answer within the incident's budget."""
