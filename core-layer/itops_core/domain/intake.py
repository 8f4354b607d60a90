"""What becomes of an alarm message, and what an incident keeps of it."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.alarm import AlarmState, order_of
from itops_core.domain.values import Moment, Value


class Outcome(StrEnum):
    """What became of a message."""

    OPENED = "opened"
    LINKED = "linked"
    NOTED = "noted"
    CLEARED = "cleared"
    HELD = "held"
    SUPPRESSED = "suppressed"
    QUEUED = "queued"


class Fate(Value):
    """What became of one message; the same for a repeat of it."""

    message_id: str
    alarm: str
    state: AlarmState
    service: str
    outcome: Outcome = Field(
        description="opened: an incident; linked: to one; noted: on one that goes on, or nowhere; "
        "cleared: its incident was closed; held: by maintenance; suppressed: by a composite alarm; "
        "queued: it is safe, and taken in within a minute."
    )
    incident_id: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether the message opened an incident."""
        return self.outcome is Outcome.OPENED


class AlarmLink(Value):
    """One alarm message that an incident counts as its own."""

    incident_id: str
    message_id: str
    alarm: str
    fingerprint_of: str = Field(description="What tells this alarm from others.")
    service: str
    state: AlarmState
    changed_at: Moment
    received_at: Moment
    reason: str = ""
    opened: bool = Field(default=False, description="Whether it opened the incident.")
    lost_work: bool = Field(
        default=False,
        description="Whether it counts work that failed for good, and is not done by its being OK.",
    )

    @property
    def order(self) -> tuple[Moment, int]:
        """What sorts the changes of one alarm's state as they came about."""
        return order_of(self.changed_at, self.state)


class LinkCount(Value):
    """How much an incident has heard of its alarms."""

    alarms: int = 0
    recoveries: int = 0
    ringing: int = Field(default=0, description="Alarms that went off and are not OK again.")


class DeadLetter(Value):
    """One message that was given up."""

    letter_id: str
    reason: str
    body: str = Field(description="Its beginning.")
    buried_at: Moment | None = None


class Handled(Value):
    """What became of letters that somebody sent again or gave up."""

    handled: tuple[str, ...]
    missing: tuple[str, ...] = Field(default=(), description="Asked for and not in the queue.")
