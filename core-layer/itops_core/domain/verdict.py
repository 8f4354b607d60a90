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


class Gap(Value):
    """A source that could not be seen."""

    source: str = Field(description="`server.tool`, or the data source itself.")
    reason: str


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


class TriageVerdict(Value):
    """How bad it is, and whether it is already known."""

    severity: Severity
    summary: str
    duplicate_of: IncidentId | None = None
    claims: tuple[Claim, ...] = ()
    reasoner: str
