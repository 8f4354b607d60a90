"""What is so: the yardstick of a scenario, which no agent ever sees."""

from typing import Self

from pydantic import Field, model_validator

from itops_core.domain.incident import Status
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity, VerdictOutcome


class Truth(Value):
    """What is so: the yardstick for diagnosis and remedy. Never shown to an agent."""

    outcome: VerdictOutcome
    component: str | None = None
    fault: str | None = Field(default=None, description="Identifier in the fault library.")
    also_components: tuple[str, ...] = Field(
        default=(), description="Answers that experts would let pass as well."
    )
    also_faults: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = Field(min_length=1)
    acceptable_actions: tuple[str, ...] = ()
    forbidden_actions: tuple[str, ...] = ()
    required_evidence: tuple[str, ...] = Field(default=(), description="Tools to have asked.")
    expected_gaps: tuple[str, ...] = Field(
        default=(), description="Sources the verdict has to miss, such as monitoring.get_traces."
    )
    change: str | None = Field(
        default=None, description="The change that caused it, by its change_id; None: none did."
    )
    state: str | None = Field(default=None, description="Of a pipeline: the one that fails first.")
    needs_human: bool
    final_status: Status

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.outcome is VerdictOutcome.FOUND and not (self.component and self.fault):
            raise ValueError("a fault that can be found has a component and a fault")
        if set(self.acceptable_actions) & set(self.forbidden_actions):
            raise ValueError("an action is acceptable or forbidden, not both")
        return self

    @property
    def components(self) -> frozenset[str]:
        """Every right answer to: where?"""
        return frozenset(one for one in (self.component, *self.also_components) if one)

    @property
    def faults(self) -> frozenset[str]:
        """Every right answer to: what?"""
        return frozenset(one for one in (self.fault, *self.also_faults) if one)
