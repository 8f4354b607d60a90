"""What a channel is: it takes a message, or says that and why it did not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from itops_core.domain.notification import Notification, Occasion
from itops_core.errors import ITOpsError


class DeliveryFailedError(ITOpsError):
    """The channel did not take the message; it may be tried again, unless `is_final`."""

    def __init__(
        self, message: str, *, is_final: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.retry_after = retry_after


class NothingToDoError(ITOpsError):
    """The channel has nothing to do for this message."""


@dataclass(frozen=True)
class Letter:
    """A notification on its way to one channel."""

    notification: Notification
    earlier: tuple[tuple[Notification, Mapping[str, Any]], ...] = ()
    """What was told of this incident there before, with what it is known by; oldest first."""
    is_repeat: bool = False
    """Whether an earlier try may have come through without our hearing of it."""
    link: str = ""
    """Where the incident can be looked at."""
    ended_as: str = field(default="", kw_only=True)
    """How the question was decided that it is about."""

    def told_of(self, *occasions: Occasion) -> Mapping[str, Any] | None:
        """Return what the latest earlier message on one of `occasions` is known by."""
        found = [known for one, known in self.earlier if one.occasion in occasions]
        return found[-1] if found else None


class Channel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """What the routes in `config/itops.yaml` call it."""
        ...

    def send(self, letter: Letter) -> dict[str, Any]:
        """Deliver, and return what the message is known by there.

        Raises `DeliveryFailedError`, or `NothingToDoError`.
        """
        ...
