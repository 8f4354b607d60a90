"""What a person thinks of a verdict, once the truth is known."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.values import Moment, Value


class Mark(StrEnum):
    """How right a verdict was about the cause."""

    RIGHT = "right"
    PARTLY = "partly"
    """The right component, or the right fault, and not both."""
    BARELY = "barely"
    """It pointed to the neighbourhood of the cause."""
    WRONG = "wrong"


PERCENT = {Mark.RIGHT: 100, Mark.PARTLY: 65, Mark.BARELY: 35, Mark.WRONG: 0}


class Grade(Value):
    """One person's mark; the last word stands, and the audit log has all of them."""

    mark: Mark
    percent: int = Field(ge=0, le=100)
    cause_was: str = Field(default="", max_length=2000, description="What it was in truth.")
    graded_by: str
    graded_at: Moment
