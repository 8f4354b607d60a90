"""What an incident has cost so far, and what its next step may still do."""

from itops_core.domain.investigation import Agent, ObservationStatus, Step
from itops_core.domain.values import Value
from itops_core.settings import Budget


class Spent(Value):
    """What all steps of one incident took together; dollars are US dollars."""

    steps: int
    steps_of_agent: int
    tool_calls: int
    tokens: int
    dollars: float
    seconds: float


class Allowance(Value):
    """What the next step may do."""

    overdrawn: str = ""
    """Why not even an answer may be thought about any more; empty while one may."""
    must_answer: bool
    may_pay: bool
    """Whether a reasoner that costs tokens may still be asked."""
    calls_left: int

    @property
    def is_spent(self) -> bool:
        """Whether no further question can be asked, or none may be paid for."""
        return bool(self.overdrawn) or not self.may_pay or not self.calls_left


def spent(transcript: tuple[Step, ...], agent: Agent, round_: int) -> Spent:
    """Return what `transcript` cost; `steps_of_agent` counts this agent in this round."""
    usages = [step.turn.usage for step in transcript]
    return Spent(
        steps=len(transcript),
        steps_of_agent=sum(step.agent is agent and step.round == round_ for step in transcript),
        tool_calls=sum(
            observation.status is not ObservationStatus.REFUSED
            for step in transcript
            for observation in step.observations
        ),
        tokens=sum(
            usage.input_tokens + usage.cached_input_tokens + usage.output_tokens for usage in usages
        ),
        dollars=sum(usage.dollars for usage in usages),
        seconds=sum(step.duration_ms for step in transcript) / 1000,
    )


def allowance(used: Spent, budget: Budget) -> Allowance:
    """Return what the step after `used` may do within `budget`.

    The last step that the budget allows has to answer; a step beyond it is answered by code.
    Seconds are those spent in steps: waiting for people or for a remedy costs nothing.
    """
    overdrawn = ""
    if used.steps >= budget.steps:
        overdrawn = f"all {budget.steps} steps of this incident are used"
    elif used.steps_of_agent >= budget.steps_per_agent:
        overdrawn = f"all {budget.steps_per_agent} steps of this agent are used"
    last = (
        used.steps + 1 >= budget.steps
        or used.steps_of_agent + 1 >= budget.steps_per_agent
        or used.tool_calls >= budget.tool_calls
        or used.seconds >= budget.seconds
    )
    return Allowance(
        overdrawn=overdrawn,
        must_answer=last,
        may_pay=used.tokens < budget.tokens and used.dollars < budget.dollars,
        calls_left=max(0, budget.tool_calls - used.tool_calls),
    )
