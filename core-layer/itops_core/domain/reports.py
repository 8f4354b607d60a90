"""What is concluded where no single incident is investigated: a round of watching, a question."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.evidence import Claim
from itops_core.domain.values import Confidence, Moment, Value
from itops_core.domain.verdict import Gap, Severity


class FindingKind(StrEnum):
    """What sort of thing a round of watching finds."""

    EXCURSION = "excursion"
    SILENCE = "silence"
    ALARM = "alarm"
    QUEUE = "queue"
    PIPELINE = "pipeline"
    INCIDENT = "incident"
    """One that nobody works on any more."""
    OTHER = "other"


class Finding(Value):
    """One thing that a round of watching found to be wrong, or about to be."""

    component: str = Field(description="Service, pipeline, queue, device … as the catalog has it.")
    severity: Severity
    claim: Claim
    kind: FindingKind = FindingKind.OTHER
    more: tuple[Claim, ...] = Field(default=(), description="What else speaks for it.")
    since: Moment | None = Field(default=None, description="When it began, where that was seen.")
    alarms: tuple[str, ...] = Field(default=(), description="Alarms that tell of it.")


class Checked(Value):
    """How much of one kind was looked at, and how much of that is quiet."""

    kind: str = Field(description="devices, alarms, queues, pipelines or incidents.")
    looked_at: int = Field(ge=0)
    quiet: int = Field(ge=0)
    names: tuple[str, ...] = Field(default=(), description="Of the quiet ones, some.")
    is_complete: bool = Field(default=True, description="False where there are more than shown.")


class WatchReport(Value):
    """What a round over alarms, queues, pipelines and devices came to, the worst first."""

    summary: str
    findings: tuple[Finding, ...] = ()
    checked: tuple[Checked, ...] = Field(
        default=(), description="What was looked at; code counts it from the answers."
    )
    gaps: tuple[Gap, ...] = ()
    reasoner: str


class FindingFate(Value):
    """What became of one finding: an incident opened for it, or why none was."""

    component: str
    severity: Severity
    outcome: str = Field(
        description="opened, known (somebody works on it), would_open, refused, failed or noted."
    )
    incident_id: str | None = None
    reason: str = ""


class WatchRecord(Value):
    """One round of watching, and what became of its findings."""

    run_id: str
    at: Moment
    trigger: str = Field(description="schedule, a person's name, or cli.")
    report: WatchReport
    fates: tuple[FindingFate, ...] = ()
    steps: int = 0
    tool_calls: int = 0
    tokens: int = 0
    dollars: float = 0.0
    seconds: float = 0.0


class ChatAnswer(Value):
    """The answer to a person's question, in its four parts."""

    summary: str
    evidence: tuple[Claim, ...] = ()
    probable_cause: str = Field(description="Empty where nothing that was seen tells one.")
    confidence: Confidence
    next_steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    condition_met: bool | None = Field(
        default=None,
        description="Only for a goal with a condition: whether what was seen meets it.",
    )
    reasoner: str
