"""What the timeline and the log are told of a step."""

from itops_core.domain.incident import TimelineEvent
from itops_core.domain.investigation import Answer, Step
from itops_core.domain.remediation import RemediationPlan
from itops_core.observability import logger


def step_event(step: Step) -> TimelineEvent:
    """Return the line of the timeline that tells of a step; a repeat is the same line."""
    turn = step.turn
    answer = turn.answer
    usage = turn.usage
    return TimelineEvent(
        incident_id=step.incident_id,
        event_id=f"step-{step.number:06d}",
        at=step.started_at,
        kind="step",
        actor=f"{step.agent}_agent",
        message=_summary(answer) or turn.thought[:500],
        fields={
            "number": step.number,
            "agent": step.agent.value,
            "round": step.round,
            "reasoner": turn.reasoner,
            "degraded": turn.degraded,
            "answered": answer is not None,
            "looked_at": [
                {
                    "tool": f"{seen.call.server}.{seen.call.tool}",
                    "status": seen.status.value,
                    "evidence_id": seen.evidence_id,
                }
                for seen in step.observations
            ],
            "beliefs": [belief.model_dump(mode="json") for belief in turn.beliefs[:3]],
            "tokens": usage.input_tokens + usage.cached_input_tokens + usage.output_tokens,
            "dollars": usage.dollars,
            "duration_ms": step.duration_ms,
        },
    )


def _summary(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return answer.rationale if isinstance(answer, RemediationPlan) else answer.summary


def log_step(step: Step) -> None:
    """Log what an operator would search for."""
    logger("engine").info(
        "step taken",
        incident_id=step.incident_id,
        step=step.number,
        agent=step.agent.value,
        reasoner=step.turn.reasoner,
        degraded=step.turn.degraded,
        answered=step.turn.answer is not None,
        tools=[f"{seen.call.server}.{seen.call.tool}" for seen in step.observations],
        duration_ms=step.duration_ms,
    )
