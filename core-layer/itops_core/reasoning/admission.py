"""Which of the calls that a reasoner asks for are made at all."""

from collections.abc import Sequence

from itops_core.domain.investigation import Case, Observation, ObservationStatus, ToolCall
from itops_core.domain.values import sha256_of
from itops_core.reasoning.offline.setting_aside import unprobed

_ANSWERED = {ObservationStatus.OK, ObservationStatus.ERROR}
_AT_ONCE = 8
_UNAVAILABLE_TRIES = 2


def refusals(case: Case, calls: Sequence[ToolCall], calls_left: int) -> dict[int, Observation]:
    """Return, by their position, the observations of those `calls` that code refuses.

    Refused are a question that this agent has had answered in this round (with the evidence of
    that answer), a source that was out of reach twice already, a repeat within the turn, and
    everything beyond the budget. Probes that led to nothing may be asked again. Tools that are
    not this agent's are refused by the toolbox.
    """
    refused: dict[int, Observation] = {}
    asked: dict[str, Observation | None] = {}
    tries: dict[str, int] = {}
    for step in unprobed(case).steps_of_this_agent:
        for seen in step.observations:
            if seen.status in _ANSWERED:
                asked[_identity(seen.call)] = seen
            elif seen.status is ObservationStatus.UNAVAILABLE:
                tries[_identity(seen.call)] = tries.get(_identity(seen.call), 0) + 1
    admitted = 0
    for position, call in enumerate(calls):
        identity = _identity(call)
        if identity in asked:
            refused[position] = _repeat(call, asked[identity])
        elif tries.get(identity, 0) >= _UNAVAILABLE_TRIES:
            refused[position] = _refusal(call, "this source was out of reach twice; go on without")
        elif admitted >= min(calls_left, _AT_ONCE):
            refused[position] = _refusal(call, "the budget of tool calls does not allow this one")
        else:
            admitted += 1
            asked[identity] = None
    return refused


def _identity(call: ToolCall) -> str:
    return sha256_of([call.server, call.tool, call.arguments])


def _refusal(call: ToolCall, reason: str) -> Observation:
    return Observation(call=call, status=ObservationStatus.REFUSED, message=reason)


def _repeat(call: ToolCall, earlier: Observation | None) -> Observation:
    if earlier is None:
        return _refusal(call, "asked twice in one turn; the answer stands beside this one")
    if earlier.evidence_id is None:
        return _refusal(call, f"asked before, and answered: {earlier.message}")
    return Observation(
        call=call,
        status=ObservationStatus.REFUSED,
        evidence_id=earlier.evidence_id,
        sha256=earlier.sha256,
        data_source=earlier.data_source,
        message=f"asked before; the answer is evidence {earlier.evidence_id}",
    )
