"""The report on an incident: one structure, of which every page and message is a rendering."""

from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from itops_core.domain.cost import Cost
from itops_core.domain.escalation import Escalation
from itops_core.domain.evidence import Claim, Evidence
from itops_core.domain.incident import Status
from itops_core.domain.past import Hint, Recurrence
from itops_core.domain.remediation import (
    ActionRecord,
    ApprovalStatus,
    HumanDecision,
    RemediationPlan,
    Verification,
)
from itops_core.domain.values import Confidence, IncidentId, Moment, Value
from itops_core.domain.verdict import Gap, Rival, SecondOpinion, Severity, VerdictOutcome

SCHEMA_VERSION = "1"


class Impact(Value):
    """Who felt it, since when, for how long."""

    services: tuple[str, ...]
    began_at: Moment
    ended_at: Moment | None = Field(description="Missing while it lasts, as far as is known.")
    seconds: float | None


class Cause(Value):
    """What is at fault, how that is known, and what else was thought of."""

    outcome: VerdictOutcome
    component: str | None
    fault: str | None
    mechanism: str | None
    summary: str
    confidence: Confidence
    reasoner: str
    claims: tuple[Claim, ...]
    rivals: tuple[Rival, ...]
    blast_radius: tuple[str, ...]
    began_at: Moment | None
    change_id: str | None
    second_opinion: SecondOpinion | None


class Question(Value):
    """What people were asked, and their words."""

    approval_id: str
    status: ApprovalStatus
    summary: str
    reasons: tuple[str, ...]
    decisions: tuple[HumanDecision, ...]
    created_at: Moment
    ended_at: Moment | None


class Deed(ActionRecord):
    """An action, with what it changed, and how long it took."""

    seconds: float | None


class Source(Value):
    """A piece of evidence: what was asked of whom, and the hash of the answer."""

    evidence_id: str
    server: str
    tool: str
    arguments: dict[str, Any]
    data_source: str
    sha256: str
    collected_at: Moment
    size: int
    link: str = Field(description="Where its content is, behind the address of the API.")


class UsedHint(Hint):
    """Something from before that was shown as a hint, and how it stood to what was found."""

    said: Literal["same cause", "not the same", "not decided"]
    link: str = Field(default="", description="The incident's, behind the address of the API.")


class Chart(Value):
    """A metric that a claim rests on."""

    evidence_id: str
    title: str
    unit: str
    points: tuple[tuple[Moment, float], ...]


class Line(Value):
    """One line of the timeline."""

    at: Moment
    kind: str
    actor: str
    message: str
    fields: dict[str, Any] = Field(default_factory=dict)


class Budget(Value):
    """What the incident might have cost."""

    steps: int
    steps_per_agent: int
    tool_calls: int
    tokens: int
    dollars: float
    seconds: int


class Report(Value):
    """Everything about one incident. See docs/report-schema.json."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    incident_id: IncidentId
    title: str
    service: str
    affected_services: tuple[str, ...]
    severity: Severity | None
    status: Status
    detected_by: str
    round: int
    duplicate_of: IncidentId | None
    symptom_started_at: Moment | None
    opened_at: Moment
    closed_at: Moment | None
    seconds: float | None = Field(description="From opening to the end.")
    link: str
    summary: str
    impact: Impact
    cause: Cause | None
    recurrence: Recurrence | None = None
    hints: tuple[UsedHint, ...] = Field(default=(), description="Where to look; never evidence.")
    gaps: tuple[Gap, ...]
    plan: RemediationPlan | None
    approvals: tuple[Question, ...]
    actions: tuple[Deed, ...]
    verification: Verification | None
    resolution: str | None
    escalation: Escalation | None
    follow_ups: tuple[str, ...]
    phase_seconds: dict[str, float] = Field(
        description="detect, triage, diagnose, wait_for_person, act, verify; over all rounds."
    )
    cost: Cost
    budget: Budget
    charts: tuple[Chart, ...] = ()
    evidence: tuple[Source, ...]
    timeline: tuple[Line, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Everything it says that somebody may check."""
        return self.cause.claims if self.cause else ()


_POINTS = TypeAdapter(tuple[tuple[Moment, float], ...])


def chart_of(evidence: Evidence) -> Chart | None:
    """Return the metric that a piece of evidence shows, or `None` where it shows none."""
    content = evidence.content
    try:
        points = _POINTS.validate_python(content.get("points"))
    except ValidationError:
        return None
    if not points:
        return None
    dimensions = content.get("dimensions")
    of = ", ".join(map(str, dimensions.values())) if isinstance(dimensions, dict) else ""
    return Chart(
        evidence_id=evidence.evidence_id,
        title=f"{content.get('metric', 'metric')} {of}".strip(),
        unit=str(content.get("unit") or ""),
        points=points,
    )


def link_to(incident_id: str, evidence_id: str = "") -> str:
    """Return where an incident, or a piece of its evidence, is behind the address of the API."""
    path = f"/incidents/{incident_id}"
    return f"{path}/evidence/{evidence_id}" if evidence_id else path
