"""What an investigation took, counted from its steps."""

from collections.abc import Sequence

from itops_core.domain.investigation import ObservationStatus, Step
from itops_core.domain.values import Value


class Cost(Value):
    """Steps, calls, tokens, US dollars, and seconds spent in steps; waiting costs nothing."""

    steps: int
    tool_calls: int
    tool_calls_without_answer: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    dollars: float
    seconds_in_steps: float


def cost_of(steps: Sequence[Step]) -> Cost:
    """Return what `steps` took together."""
    observations = [seen for step in steps for seen in step.observations]
    usages = [step.turn.usage for step in steps]
    return Cost(
        steps=len(steps),
        tool_calls=len(observations),
        tool_calls_without_answer=sum(
            seen.status is not ObservationStatus.OK for seen in observations
        ),
        input_tokens=sum(usage.input_tokens for usage in usages),
        cached_input_tokens=sum(usage.cached_input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        dollars=round(sum(usage.dollars for usage in usages), 6),
        seconds_in_steps=round(sum(step.duration_ms for step in steps) / 1000, 3),
    )
