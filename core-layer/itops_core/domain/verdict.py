"""What an investigation concludes, and how sure it is of it."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.evidence import Claim
from itops_core.domain.values import Confidence, IncidentId, Moment, Value


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def worse_of(*severities: Severity) -> Severity:
    """Return the worst of them."""
    return min(severities, key=tuple(Severity).index)


class RootCause(Value):
    """The accepted hypothesis."""

    component: str = Field(description="Service, function, table, device … that is at fault.")
    fault: str = Field(description="Identifier in the fault library, or `unknown`.")
    mechanism: str = Field(description="One sentence: how the fault makes the symptom.")


class Rival(Value):
    """A hypothesis that was considered and what speaks against it."""

    component: str
    fault: str
    confidence: Confidence
    ruled_out_by: str
    refuted: bool = Field(
        default=False,
        description="Only where something that was looked at speaks against it: a rival that "
        "merely explains less stays open.",
    )


class Gap(Value):
    """A source that could not be seen."""

    source: str = Field(description="`server.tool`, or the data source itself.")
    reason: str


class Agreement(StrEnum):
    """How a second opinion on the same evidence stands to a verdict."""

    AGREES = "agrees"
    PARTLY = "partly"
    """The same component, another fault."""
    DIFFERS = "differs"
    SILENT = "silent"
    """It has nothing to set against the verdict, and does not confirm it either."""


class SecondOpinion(Value):
    """What an independent reasoner makes of the same evidence, and what that changed."""

    reasoner: str
    agreement: Agreement
    component: str = ""
    fault: str = ""
    confidence: Confidence
    verdict_confidence: Confidence = Field(description="Of the verdict, before this was weighed.")
    effect: str


class VerdictOutcome(StrEnum):
    """How an investigation ends."""

    FOUND = "found"
    HEALTHY = "healthy"
    UNRESOLVED = "unresolved"


class Verdict(Value):
    """The answer to: what is wrong, why, and how do you know?"""

    outcome: VerdictOutcome
    root_cause: RootCause | None = None
    confidence: Confidence
    summary: str
    claims: tuple[Claim, ...] = ()
    rivals: tuple[Rival, ...] = ()
    gaps: tuple[Gap, ...] = ()
    blast_radius: tuple[str, ...] = ()
    began_at: Moment | None = None
    change_id: str | None = None
    reasoner: str
    second_opinion: SecondOpinion | None = Field(
        default=None, description="Only where a model judged; see docs/decisions/0009."
    )


class TriageVerdict(Value):
    """How bad it is, and whether it is already known."""

    severity: Severity
    summary: str
    duplicate_of: IncidentId | None = None
    claims: tuple[Claim, ...] = ()
    reasoner: str
