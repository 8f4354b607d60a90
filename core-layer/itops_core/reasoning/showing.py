"""How much of what was seen a model is shown: the newest in full, what is older as one line.

Whatever is shown stands to the letter in the evidence, so it can be quoted; what is left out is
reached by `get_evidence`.
"""

from collections.abc import Sequence
from typing import Any

from itops_core.domain.investigation import Observation, Step
from itops_core.domain.values import canonical_json
from itops_core.tools.compaction import compact

_MESSAGE_CHARACTERS = 600


def views(observations: Sequence[Observation], characters: int) -> list[str]:
    """Return what each of one step's answers shows; all of them share `characters` of content.

    A short answer leaves its part to the longer ones.
    """
    sizes = [len(canonical_json(seen.content)) if seen.content else 0 for seen in observations]
    return [
        _view(seen, share)
        for seen, share in zip(observations, _shares(sizes, characters), strict=True)
    ]


def evidence_line(seen: Observation, characters: int) -> str:
    """Return one line on an older answer: its id, what was asked, the gist of what came."""
    asked = canonical_json(seen.call.arguments)
    return f"{seen.call.server}.{seen.call.tool} {asked} -> {_view(seen, characters)}"


def told_in_full(step: Step, characters: int) -> str:
    """Return a step with its answers at length, for somebody who did not take it."""
    shown = views(step.observations, characters)
    answers = [
        f"{seen.call.server}.{seen.call.tool} {canonical_json(seen.call.arguments)} -> {view}"
        for seen, view in zip(step.observations, shown, strict=True)
    ]
    return "\n".join([_thought(step), *answers])


def told_in_lines(step: Step, characters: int) -> str:
    """Return a step with one line of at most `characters` of content for each answer."""
    lines = [evidence_line(seen, characters) for seen in step.observations]
    return "\n".join([_thought(step), *lines])


def _thought(step: Step) -> str:
    return f"Step {step.number} by {step.agent.value} ({step.turn.reasoner}): {step.turn.thought}"


def _view(seen: Observation, characters: int) -> str:
    told: dict[str, Any] = {"status": seen.status.value}
    if seen.evidence_id:
        told["evidence_id"] = seen.evidence_id
    if seen.message:
        told["message"] = seen.message[:_MESSAGE_CHARACTERS]
    if seen.content:
        told["content"] = compact(seen.content, characters)
    return canonical_json(told)


def _shares(sizes: Sequence[int], total: int) -> list[int]:
    shares = [0] * len(sizes)
    left = total
    smallest_first = sorted(range(len(sizes)), key=lambda at: sizes[at])
    for place, at in enumerate(smallest_first):
        shares[at] = min(sizes[at], left // (len(sizes) - place))
        left -= shares[at]
    return shares
