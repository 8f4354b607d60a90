"""What an investigation in one process came to."""

from dataclasses import dataclass

from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.investigation import Observation, Step, Usage
from itops_core.domain.remediation import Action, ActionPreview, Decision, RemediationPlan
from itops_core.domain.values import Value
from itops_core.domain.verdict import TriageVerdict, Verdict


class JudgedAction(Value):
    """One planned action, what it would do, and what the gate says to it alone."""

    action: Action
    preview: ActionPreview
    decision: Decision


@dataclass(frozen=True)
class Investigation:
    """What an investigation came to, and everything that led there."""

    incident: Incident
    """As it stands at the end, with triage, verdict, plan, previews and decision."""
    steps: tuple[Step, ...]
    evidence: tuple[Evidence, ...]
    timeline: tuple[TimelineEvent, ...]
    judged: tuple[JudgedAction, ...]
    outcome: str
    """What became of the plan: `auto`, `approval`, `forbid` or `none`; empty without a plan."""
    reason: str
    usage: Usage
    seconds: float

    @property
    def triage(self) -> TriageVerdict | None:
        """How bad it is."""
        return self.incident.triage

    @property
    def verdict(self) -> Verdict | None:
        """What is wrong, and how that is known."""
        return self.incident.verdict

    @property
    def plan(self) -> RemediationPlan | None:
        """What should be done."""
        return self.incident.plan

    @property
    def degraded(self) -> str:
        """Why somebody further up the ladder did not think it; empty where nobody was missing."""
        return next((step.turn.degraded for step in self.steps if step.turn.degraded), "")

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Everything that any agent looked at, in order."""
        return tuple(seen for step in self.steps for seen in step.observations)
