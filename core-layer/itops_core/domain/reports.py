"""What is concluded where no single incident is investigated: a round of watching, a question."""

from pydantic import Field

from itops_core.domain.evidence import Claim
from itops_core.domain.values import Confidence, Value
from itops_core.domain.verdict import Gap, Severity


class Finding(Value):
    """One thing that a round of watching found to be wrong, or about to be."""

    component: str = Field(description="Service, pipeline, queue, device … as the catalog has it.")
    severity: Severity
    claim: Claim


class WatchReport(Value):
    """What a round over alarms, queues, pipelines and devices came to, the worst first."""

    summary: str
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    reasoner: str


class ChatAnswer(Value):
    """The answer to a person's question, in its four parts."""

    summary: str
    evidence: tuple[Claim, ...] = ()
    probable_cause: str = Field(description="Empty where nothing that was seen tells one.")
    confidence: Confidence
    next_steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    reasoner: str
