"""Whether an execution can be redriven, by what AWS says of it and by its own rules."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from itops_core.domain.values import Moment, Value
from monitoring_server.analysis.executions.explanation import Explanation

REDRIVE_DAYS = 14
REDRIVE_EVENTS = 24_999


class Circumstances(Value):
    """What stands beside a history and decides what can be done."""

    kind: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    now: Moment
    redrive_status: str | None = Field(default=None, description="As DescribeExecution has it.")
    redrive_status_reason: str = ""
    redrive_offered: bool = True
    """Whether the service has redrives at all: every AWS region tells a redrive status."""
    repeatable: frozenset[str] = frozenset()
    """Functions and state machines whose owners say that a repeat does nothing twice."""
    nested: bool = False
    """A parent started it: a repeat gives its answer to nobody."""


def redrivable(told: Explanation, circumstances: Circumstances) -> tuple[bool, str]:
    """Return whether it can be redriven, and why, or why not."""
    why_not = _why_no_redrive(told, circumstances)
    return (
        (False, why_not)
        if why_not
        else (True, "it keeps its definition and input, and begins at the state that failed")
    )


def _why_no_redrive(told: Explanation, circumstances: Circumstances) -> str:
    """Return why an execution cannot be redriven; empty where it can."""
    status = circumstances.redrive_status
    reasons = (
        (circumstances.kind == "EXPRESS", "Express executions cannot be redriven"),
        (
            told.status not in {"FAILED", "TIMED_OUT", "ABORTED"},
            f"an execution that is {told.status} cannot be redriven",
        ),
        (
            not circumstances.redrive_offered,
            "the service tells no redrive status of it: it offers no redrive",
        ),
        (
            status not in {None, "", "REDRIVABLE"},
            f"AWS says: {circumstances.redrive_status_reason or status}",
        ),
        (
            told.events >= REDRIVE_EVENTS,
            "its history is full: 25,000 events are the most an execution may have",
        ),
        (
            told.ended_at is not None and _too_old(told.ended_at, circumstances.now),
            f"it ended more than {REDRIVE_DAYS} days ago",
        ),
    )
    return next((why for applies, why in reasons if applies), "")


def _too_old(ended_at: datetime, now: datetime) -> bool:
    return now - ended_at > timedelta(days=REDRIVE_DAYS)
