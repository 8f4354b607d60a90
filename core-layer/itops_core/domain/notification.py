"""What people are told, as a record: the words, and what became of them on every channel."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.domain.verdict import Severity

DIGEST = "digest-"
"""With a date behind it, stands for the incident where a notification is about many."""


class Occasion(StrEnum):
    """What people are told of."""

    CRITICAL = "critical"
    PAGE = "page"
    PAGE_AGAIN = "page_again"
    APPROVAL = "approval"
    DECIDED = "decided"
    NOTICE = "notice"
    AUTONOMY = "autonomy"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CLEARED = "cleared"
    ESCALATED = "escalated"
    FAILED = "failed"
    DIGEST = "digest"


HEADLINES = {
    Occasion.CRITICAL: "critical incident",
    Occasion.PAGE: "somebody asks for a person",
    Occasion.PAGE_AGAIN: "critical incident, nobody has acknowledged it",
    Occasion.APPROVAL: "needs a decision",
    Occasion.DECIDED: "was decided",
    Occasion.NOTICE: "the agents tell something",
    Occasion.AUTONOMY: "another say over what happens by itself",
    Occasion.RESOLVED: "resolved",
    Occasion.CLOSED: "nothing was wrong",
    Occasion.CLEARED: "cleared by itself",
    Occasion.ESCALATED: "needs a person",
    Occasion.FAILED: "the agents failed",
    Occasion.DIGEST: "what there was no room to tell one by one",
}

URGENT = frozenset({Occasion.CRITICAL, Occasion.PAGE, Occasion.PAGE_AGAIN, Occasion.APPROVAL})
"""What no rate limit holds up."""


class DeliveryState(StrEnum):
    """Where one notification stands on one channel."""

    PENDING = "pending"
    HELD = "held"
    """Over the channel's rate: the next digest takes it along."""
    TOLD = "told"
    FOLDED = "folded"
    """Told in a digest."""
    SKIPPED = "skipped"
    """The channel has nothing to do for it, such as an issue to close that was never opened."""
    GIVEN_UP = "given_up"


OPEN = frozenset({DeliveryState.PENDING, DeliveryState.HELD})


class NotificationStatus(StrEnum):
    """Where a notification stands over all its channels."""

    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Delivery(Value):
    """What became of a notification on one channel."""

    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_try_at: Moment | None = None
    told_at: Moment | None = None
    error: str = ""
    reference: dict[str, Any] = Field(
        default_factory=dict, description="What the message is known by there."
    )


class Passage(Value):
    """A heading and the lines under it. Lines may come from outside: channels escape them."""

    heading: str
    lines: tuple[str, ...]


class Notification(Value):
    """One thing that people are told, once on each channel."""

    notification_id: str = Field(pattern=r"^NOT-[0-9A-F]{8}$")
    incident_id: str = Field(pattern=r"^(INC-[0-9A-F]{8}|digest-\d{4}-\d{2}-\d{2})$")
    occasion: Occasion
    key: str = Field(default="", description="Tells several of one occasion apart.")
    severity: Severity | None = None
    service: str = ""
    title: str
    passages: tuple[Passage, ...] = ()
    covers: tuple[str, ...] = Field(default=(), description="What a digest tells of, by their ids.")
    created_at: Moment
    status: NotificationStatus = NotificationStatus.UNDELIVERED
    deliveries: dict[str, Delivery] = Field(default_factory=dict[str, Delivery])
    version: int = 0

    @property
    def headline(self) -> str:
        """What it is about, in our own words."""
        return HEADLINES[self.occasion]

    @property
    def approval_id(self) -> str | None:
        """The question it is about, if it is about one."""
        asked = self.occasion in (Occasion.APPROVAL, Occasion.DECIDED)
        return self.key.partition("#")[0] if asked else None

    def with_delivery(self, channel: str, **changes: Any) -> "Notification":  # noqa: ANN401
        """Return it with `changes` to its delivery on a channel, its status as that makes it."""
        known = self.deliveries.get(channel, Delivery())
        delivery = Delivery.model_validate({**dict(known), **changes})
        return self.with_deliveries({**self.deliveries, channel: delivery})

    def with_deliveries(self, deliveries: dict[str, Delivery]) -> "Notification":
        """Return it with these deliveries, its status as they make it."""
        states = {delivery.state for delivery in deliveries.values()}
        status = NotificationStatus.DELIVERED
        if states & OPEN:
            status = NotificationStatus.UNDELIVERED
        elif DeliveryState.GIVEN_UP in states:
            status = NotificationStatus.GIVEN_UP
        return self.model_copy(update={"deliveries": deliveries, "status": status})
