"""What code looks at before anybody thinks, where an incident looks like one that was there before.

The questions are those that decided it the last time, or the remedy's preview once it is known to
be the same. They are asked at once and cost no thought; whoever thinks next sees the answers. An
answer on them makes one step of it all. Otherwise they stand as a step of their own, and work goes
on as in any other incident.
"""

from itops_core.domain.investigation import Agent, Case, Observation, Step, ToolCall, Turn
from itops_core.domain.values import canonical_json, utc_now
from itops_core.errors import ModelUnavailableError
from itops_core.reasoning.reasoner import Reasoner

NAME = "recurrence"
PROBED = "First what decided it then."
LOOKS = 3
"""At most: what the answers name is asked about in the same step."""


def probes(case: Case, free: Reasoner | None) -> tuple[ToolCall, ...]:
    """Return what is to be asked before anybody thinks; nothing in most incidents."""
    begins = len(case.steps_of_this_agent) == case.unrecorded
    if not begins or case.incident.round > 1 or case.must_answer:
        return ()
    past = case.incident.past
    if case.agent is Agent.ROOT_CAUSE and past is not None and past.probes:
        return _named(case, free, past.probes_then) if case.unrecorded else past.probes
    if case.agent is Agent.REMEDIATION and case.incident.recurrence is not None:
        return _asked_by(case, free)
    return ()


def looked_at(case: Case, number: int, observations: tuple[Observation, ...]) -> Step:
    """Return the step that the probes are, before anybody has thought about them."""
    then = case.incident.past.earlier[:1] if case.incident.past else ()
    like = f"It looks like {then[0].incident_id}. " if then else ""
    return Step(
        incident_id=case.incident.incident_id,
        number=number,
        agent=case.agent,
        round=case.incident.round,
        turn=Turn(
            thought=f"{like}{PROBED}",
            calls=tuple(seen.call for seen in observations),
            reasoner=NAME,
        ),
        observations=observations,
        started_at=utc_now(),
        duration_ms=0,
    )


def _named(case: Case, free: Reasoner | None, tools: tuple[str, ...]) -> tuple[ToolCall, ...]:
    if not tools:
        return ()
    return tuple(one for one in _asked_by(case, free) if f"{one.server}.{one.tool}" in tools)


def _asked_by(case: Case, free: Reasoner | None) -> tuple[ToolCall, ...]:
    """Return what the reasoner that costs nothing would ask, and has not been asked."""
    if free is None:
        return ()
    try:
        calls = free.next_turn(case).calls
    except ModelUnavailableError:
        return ()
    own = case.steps_of_this_agent
    known = {canonical_json(seen.call) for step in own for seen in step.observations}
    return tuple(one for one in calls if canonical_json(one) not in known)
