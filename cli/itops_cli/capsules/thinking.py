"""Who thinks in a replay: the turns as recorded, or the present code on the same answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from itops_cli.investigation.thinkers import Schemas, Thinkers
from itops_core.domain.investigation import Agent, Case, Step, Turn, Usage
from itops_core.errors import ModelUnavailableError
from itops_core.model.messages import ModelReply, ModelRequest
from itops_core.reasoning.claude import ClaudeReasoner
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.probing import NAME as PROBING
from itops_core.reasoning.reasoner import Reasoner
from itops_core.settings import Config
from itops_core.wiring.reasoners import brief_of

_OVER = "the capsule holds no further turn"


@dataclass(frozen=True)
class RecordedReasoner:
    """Says again what was said; its turns were checked and weighed when they were thought."""

    steps: Sequence[Step]

    @property
    def name(self) -> str:
        """`capsule`."""
        return "capsule"

    @property
    def is_paid(self) -> bool:
        """Nobody is asked."""
        return False

    def next_turn(self, case: Case) -> Turn:
        """Return the turn that followed then."""
        place = len(case.steps_of_this_agent) - case.unrecorded
        turn = _turn(self.steps, case.agent, place)
        # What code looked at by itself, and nobody had thought about, is looked at again by code.
        is_looked_at = case.unrecorded and turn.reasoner == PROBING
        return _turn(self.steps, case.agent, place + 1) if is_looked_at else turn


class RecordedModel:
    """Replies as the model did, whatever it is asked."""

    def __init__(self, steps: Sequence[Step], agent: Agent) -> None:
        self._replies = [
            reply for step in steps if step.agent is agent for reply in _replies(step.turn)
        ]

    def reply(self, request: ModelRequest) -> ModelReply:
        """Return its next reply; where it was out of reach then, it is so again."""
        del request
        if not self._replies:
            raise ModelUnavailableError(_OVER)
        reply = self._replies.pop(0)
        if isinstance(reply, str):
            raise ModelUnavailableError(reply)
        return reply


def recorded_thinkers(steps: Sequence[Step]) -> Thinkers:
    """Return those who say again what was said."""

    def ladder(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
        del agent, schemas, config
        return (RecordedReasoner(steps),)

    return ladder


def present_thinkers(steps: Sequence[Step]) -> Thinkers:
    """Return the present code: without a model, or with what the model replied then."""

    def ladder(agent: Agent, schemas: Schemas, config: Config) -> tuple[Reasoner, ...]:
        offline = OfflineReasoner(config)
        if not any(one.turn.model_turn for one in steps if one.agent is agent):
            return (offline,)
        model = RecordedModel(steps, agent)
        return (ClaudeReasoner(model, brief_of(agent), schemas), offline)

    return ladder


def _turn(steps: Sequence[Step], agent: Agent, place: int) -> Turn:
    turns = [step.turn for step in steps if step.agent is agent]
    if place >= len(turns):
        raise ModelUnavailableError(_OVER)
    return turns[place]


def _replies(turn: Turn) -> list[ModelReply | str]:
    if turn.model_turn is None:
        return [turn.degraded or _OVER]
    said = [one for one in turn.model_turn.get("messages", ()) if one["role"] == "assistant"]
    usages = [turn.usage, *(Usage() for _ in said[1:])]
    return [
        ModelReply(content=tuple(one["content"]), stop_reason="tool_use", usage=usage)
        for one, usage in zip(said, usages, strict=False)
    ]
