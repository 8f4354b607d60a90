"""A person's question or goal as it was understood: about what, when, and what is to come of it."""

from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from itops_core.domain.values import Moment, Value

MOST_HOURS = 336
"""So far back anybody may ask: Step Functions and the logs are read, and 14 days are enough."""

USUAL_HOURS = 24


class Intent(StrEnum):
    """What kind of answer is asked for."""

    WHY = "why"
    ERRORS = "errors"
    TREND = "trend"
    CHANGES = "changes"
    STATUS = "status"
    SHARED = "shared"
    """Whether several pipelines fail for one cause."""


class Deliverable(StrEnum):
    """What is made at the end, besides the answer."""

    ANSWER = "answer"
    TICKET = "ticket"
    INCIDENT = "incident"


class Reading(Value):
    """What was understood of a question."""

    intent: Intent
    subjects: tuple[str, ...] = Field(default=(), description="Catalog entries; none means all.")
    since: Moment
    until: Moment
    window: str = Field(description="The time in words, as it is told: the last 24 hours.")
    topics: tuple[str, ...] = Field(default=(), description="Words that log lines have to hold.")
    unused: tuple[str, ...] = Field(default=(), description="Words that were not understood.")
    deliverable: Deliverable = Deliverable.ANSWER
    is_conditional: bool = Field(default=False, description="Only if something is found.")

    @property
    def hours(self) -> int:
        """The whole hours back from `until` to `since`, one at least."""
        return max(1, -((self.since - self.until) // timedelta(hours=1)))

    @property
    def minutes(self) -> int:
        """The whole minutes of the window, five at least."""
        return max(5, round((self.until - self.since).total_seconds() / 60))


class Unread(Value):
    """What could not be understood, and why, in a sentence."""

    why: str
    unknown: tuple[str, ...] = Field(default=(), description="Words that say nothing here.")
    near: tuple[str, ...] = Field(default=(), description="Catalog entries of similar names.")
    is_refused: bool = Field(default=False, description="Nobody can answer it, a model neither.")
