"""A hand-over: what the next person on call has to know, the worst first."""

from pydantic import Field

from itops_core.domain.reports import Checked
from itops_core.domain.values import Moment, Value
from itops_core.domain.verdict import Gap, Severity


class BriefLine(Value):
    """One thing to know."""

    severity: Severity | None
    what: str
    state: str = ""
    incident_id: str | None = None
    since: Moment | None = None


class Briefing(Value):
    """What is open, what happened, what waits for a person, and what to watch."""

    at: Moment
    since: Moment = Field(description="From when on it tells what happened.")
    headline: str
    decide: tuple[BriefLine, ...] = Field(default=(), description="Waits for a person's word.")
    open: tuple[BriefLine, ...] = Field(default=(), description="Incidents that are not over.")
    found: tuple[BriefLine, ...] = Field(
        default=(), description="What the last round of watching found."
    )
    happened: tuple[BriefLine, ...] = Field(default=(), description="Over since the last shift.")
    watch: tuple[str, ...] = Field(default=(), description="What to keep an eye on.")
    quiet: tuple[Checked, ...] = ()
    gaps: tuple[Gap, ...] = ()
    watched_at: Moment | None = Field(default=None, description="When the last round was made.")
