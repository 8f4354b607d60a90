"""Autonomy is earned: what a class of actions has shown, and whether that is enough to act alone.

Its record is what came of it where it was carried out, as measured afterwards and as people graded
it. Until there is enough of that, seeds from the evals stand in for what is missing.
"""

import math
from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from itops_core.domain.grade import Mark
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import (
    ActionRecord,
    ActionStatus,
    VerificationOutcome,
)
from itops_core.domain.values import IncidentId, Moment, Value

_Z = 1.96
"""Of a normal distribution: 95 in 100 lie within so many deviations."""


class TrialOutcome(StrEnum):
    """What came of an action."""

    HELPED = "helped"
    FAILED = "failed"
    NARROWED = "narrowed"
    """People allowed less of it than was asked: neither shows what the whole would have done."""


class TrialSource(StrEnum):
    """Who says so."""

    VERIFIED = "verified"
    """Code measured it."""
    GRADED = "graded"
    """A person found the verdict behind it wrong."""


class Trial(Value):
    """One action carried out for one incident, and what came of it."""

    incident_id: IncidentId
    round: int = Field(ge=1)
    outcome: TrialOutcome
    source: TrialSource
    at: Moment

    @property
    def key(self) -> str:
        """The same for a repeat, and for a later word on the same action."""
        return f"{self.incident_id}/{self.round}"


class Seed(Value):
    """How often an action was right where the evals proposed it."""

    right: int = Field(ge=0)
    of: int = Field(ge=0)
    scenarios: int = Field(default=0, ge=0)


class Standing(Value):
    """Whether a class of actions may happen with nobody asked, and the figures that say so."""

    action: str
    earned: bool
    helped: int = Field(description="Of its own record.")
    of: int
    seeded: float = Field(description="So many trials are seeds, from the evals.")
    share: float = Field(description="Of those that helped, seeds included.")
    lower_bound: float = Field(description="What the true share is at least, 95 times in 100.")
    bar: float

    @property
    def told(self) -> str:
        """The figures in a sentence."""
        seeded = f" and {self.seeded:.0f} seeded by the evals" if self.seeded else ""
        holds = "holds" if self.earned else "does not hold"
        return (
            f"{self.action} helped in {self.helped} of {self.of} measured{seeded}: its record is "
            f"at least {self.lower_bound:.2f} and {holds} the bar of {self.bar:.2f}"
        )


class Bar(Value):
    """What is asked of a record."""

    precision: float = Field(gt=0, lt=1)
    seed_weight: int = Field(ge=0)


def standing_of(action: str, trials: Iterable[Trial], seed: Seed | None, bar: Bar) -> Standing:
    """Return how a class of actions stands. Seeds give way, one by one, to what was measured."""
    own = tuple(one for one in trials if one.outcome is not TrialOutcome.NARROWED)
    helped = sum(one.outcome is TrialOutcome.HELPED for one in own)
    weight = float(max(0, min(seed.of, bar.seed_weight) - len(own))) if seed else 0.0
    right = weight * seed.right / seed.of if seed and weight else 0.0
    count = len(own) + weight
    bound = lower_bound(helped + right, count)
    return Standing(
        action=action,
        earned=bound >= bar.precision,
        helped=helped,
        of=len(own),
        seeded=round(weight, 1),
        share=round((helped + right) / count, 4) if count else 0.0,
        lower_bound=round(bound, 4),
        bar=bar.precision,
    )


def lower_bound(hits: float, count: float) -> float:
    """Return the lower end of the Wilson interval of a share; 0 of nothing."""
    if count <= 0:
        return 0.0
    part, spread = hits / count, _Z * _Z / count
    middle = (part + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(max(0.0, part * (1 - part)) / count + spread / (4 * count))
    return max(0.0, middle - reach / (1 + spread))


def trials_of(incident: Incident) -> dict[str, Trial]:
    """Return what the last measured round of an incident says of each class of actions in it.

    What nobody could measure says nothing, unless a person found the verdict behind it wrong. What
    people made smaller is kept as that, and counts neither way.
    """
    measured = incident.verification
    if measured is None:
        return {}
    is_wrong = incident.grade is not None and incident.grade.mark is Mark.WRONG
    if measured.outcome is VerificationOutcome.UNKNOWN and not is_wrong:
        return {}
    helped = measured.outcome is VerificationOutcome.RECOVERED and not is_wrong
    at = measured.observed_to
    if is_wrong and incident.grade is not None:
        at = incident.grade.graded_at
    trial = Trial(
        incident_id=incident.incident_id,
        round=measured.round,
        outcome=TrialOutcome.HELPED if helped else TrialOutcome.FAILED,
        source=TrialSource.GRADED if is_wrong else TrialSource.VERIFIED,
        at=at,
    )
    narrowed = trial.model_copy(update={"outcome": TrialOutcome.NARROWED})
    return {
        record.action.name: narrowed if record.asked else trial
        for record in incident.actions
        if _was_done(record, measured.round)
    }


def _was_done(record: ActionRecord, round_: int) -> bool:
    """Whether it was carried out in that round, and did more than tell people or undo."""
    done = {ActionStatus.DONE, ActionStatus.UNDONE}
    own_id = ActionRecord.id_for(record.incident_id, round_, record.action)
    return (
        record.round == round_
        and record.status in done
        and record.action.changes_something
        and record.action_id == own_id
    )
