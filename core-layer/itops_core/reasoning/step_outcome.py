"""What one step of an agent came to."""

from dataclasses import dataclass

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Answer, Step
from itops_core.domain.remediation import RemediationPlan
from itops_core.domain.verdict import TriageVerdict, Verdict


@dataclass(frozen=True)
class StepOutcome:
    """What one step came to. `step` is missing where the incident was over already."""

    incident: Incident
    step: Step | None

    @property
    def stopped(self) -> bool:
        """Whether somebody ended the incident in the meantime: nothing was thought or done."""
        return self.step is None

    @property
    def answer(self) -> Answer | None:
        """The agent's conclusion, or `None` while it still asks."""
        return self.step.turn.answer if self.step else None

    @property
    def triage(self) -> TriageVerdict | None:
        """The conclusion of triage."""
        return self.step.turn.triage if self.step else None

    @property
    def verdict(self) -> Verdict | None:
        """The conclusion of root cause analysis."""
        return self.step.turn.verdict if self.step else None

    @property
    def plan(self) -> RemediationPlan | None:
        """The conclusion of remediation planning."""
        return self.step.turn.plan if self.step else None
