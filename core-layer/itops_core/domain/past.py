"""What is known from before about an incident, taken down once, when work on it begins.

All of it is a hint: it may say where to look first, and never what is so. A verdict rests on what
was seen in this incident alone.
"""

from typing import Literal

from pydantic import Field

from itops_core.domain.tool_call import ToolCall
from itops_core.domain.values import IncidentId, Moment, Value
from itops_core.domain.verdict import Agreement, Verdict, VerdictOutcome


class Hint(Value):
    """Something from before that looks like this incident. It is no evidence."""

    label: Literal["hint"] = "hint"
    kind: Literal["incident", "article"]
    source_id: str = Field(max_length=200, description="The incident's, or the article's, id.")
    title: str
    score: float = Field(description="How like it is; larger is more.")
    shared: tuple[str, ...] = Field(default=(), description="In what it is like this one.")
    trust_percent: int = Field(
        ge=0, le=100, description="How far it was trusted when it was taken."
    )
    component: str = Field(default="", description="Who was at fault, where that was established.")
    fault: str = ""
    cause: str = ""
    fix: str = ""
    at: Moment | None = None


class Earlier(Value):
    """An incident of the same service that the same alarm opened, and what it came to."""

    incident_id: IncidentId
    opened_at: Moment
    outcome: VerdictOutcome
    component: str = ""
    fault: str = ""


class Past(Value):
    """What was remembered when work began. It stays as it is: a resumed run sees the same."""

    taken_at: Moment
    hints: tuple[Hint, ...] = ()
    earlier: tuple[Earlier, ...] = Field(default=(), description="Of the same alarm, newest first.")
    probes: tuple[ToolCall, ...] = Field(
        default=(), description="What is asked first: the questions that decided it last time."
    )
    probes_then: tuple[str, ...] = Field(
        default=(), description="Tools asked next, about what the first answers name."
    )


class Recurrence(Value):
    """That an incident has the cause that earlier ones of the same alarm had."""

    count: int = Field(ge=1, description="How many there were before this one, of those known.")
    incident_ids: tuple[IncidentId, ...] = Field(description="The newest of them first.")
    since: Moment = Field(description="When the oldest of them was opened.")


_NAMED = 5


def recurrence_of(past: Past | None, verdict: Verdict) -> Recurrence | None:
    """Return that what a verdict says was found before, or `None` where it was not.

    What only one of two voices says now is not said to recur: the past may have talked it into it.
    """
    second = verdict.second_opinion
    if second is not None and second.agreement is not Agreement.AGREES:
        return None
    same = [one for one in past.earlier if is_same(one, verdict)] if past else []
    if not same or verdict.outcome is VerdictOutcome.UNRESOLVED:
        return None
    return Recurrence(
        count=len(same),
        incident_ids=tuple(one.incident_id for one in same[:_NAMED]),
        since=min(one.opened_at for one in same),
    )


def is_same(one: Earlier | Hint, verdict: Verdict) -> bool:
    """Whether what was found before is what a verdict says."""
    cause = verdict.root_cause
    if cause is None:
        return isinstance(one, Earlier) and one.outcome is verdict.outcome
    return (one.component, one.fault) == (cause.component, cause.fault)
