"""From a question to its answer: read by code where that can be, else thought about by a model."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.conversation import ChatTurn, TurnStatus
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.investigation import Agent, Step, Usage
from itops_core.domain.question import Reading, Unread
from itops_core.domain.reports import ChatAnswer
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.offline.chat import OfflineAnswerer
from itops_core.reasoning.offline.chat_reading import Asked, overview, understood
from itops_core.reasoning.ports import AgentState, Incidents
from itops_core.reasoning.reasoner import Reasoner
from itops_core.reasoning.single_case import SingleCase
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.conversations import ConversationStore

_HURRY_SECONDS = 110
"""Then one more thought, and its answer, still fit into the function's time."""

_DESCRIPTION = 9000
_EARLIER = 5
_EARLIER_CHARACTERS = 600


EngineOf = Callable[[Incidents, tuple[Reasoner, ...]], StepEngine]
"""Returns the engine that works on a case with these reasoners."""


@dataclass(frozen=True)
class ChatAgent:
    """Answers the questions of conversations."""

    conversations: ConversationStore
    catalog: CatalogStore
    agent_state: AgentState
    engine_of: EngineOf
    models: Callable[[], Sequence[Reasoner]]
    """Returns the reasoners that cost something, where any is configured."""
    now: Callable[[], datetime]

    def answer(self, conversation_id: str, number: int) -> ChatTurn:
        """Answer a question; a repeat goes on where the one before stopped, or finds the answer."""
        turns = self.conversations.turns(conversation_id)
        turn = next(one for one in turns if one.turn == number)
        if not turn.is_open:
            return turn
        earlier = tuple(one for one in turns if one.turn < number)
        entries = self.catalog.list()
        read = _read(turn, earlier, entries)
        ladder, reading = self._ladder(turn, earlier, read, entries)
        case = case_of(turn, earlier, reading)
        answer = self._concluded(self.engine_of(SingleCase(case), ladder), turn)
        steps = self.agent_state.steps(turn.case_id)
        usage = reduce(Usage.plus, (step.turn.usage for step in steps), Usage())
        return self.conversations.finish(
            turn.model_copy(
                update={
                    "status": TurnStatus.ANSWERED,
                    "reading": reading if isinstance(reading, Reading) else None,
                    "answer": answer,
                    "answered_at": self.now(),
                    "tool_calls": _calls(steps),
                    "tokens": usage.input_tokens + usage.cached_input_tokens + usage.output_tokens,
                }
            )
        )

    def _ladder(
        self,
        turn: ChatTurn,
        earlier: tuple[ChatTurn, ...],
        read: Reading | Unread,
        entries: tuple[CatalogEntry, ...],
    ) -> tuple[tuple[Reasoner, ...], Reading | Unread]:
        """Return who thinks: code alone where it understood every word, else a model before it."""
        if isinstance(read, Reading):
            return (OfflineAnswerer(read, entries),), read
        if turn.pipeline_name is not None and not read.is_refused:
            read = overview(_asked(turn, earlier), entries)
        if isinstance(read, Unread) and read.is_refused:
            return (OfflineAnswerer(read, entries),), read
        return (*self.models(), OfflineAnswerer(read, entries)), read

    def _concluded(self, engine: StepEngine, turn: ChatTurn) -> ChatAnswer:
        began = time.monotonic()
        while True:
            if time.monotonic() - began > _HURRY_SECONDS:
                engine = _in_a_hurry(engine, len(self.agent_state.steps(turn.case_id)))
            answer = engine.take_step(turn.case_id, Agent.CHAT).answer
            if isinstance(answer, ChatAnswer):
                return answer


def _in_a_hurry(engine: StepEngine, taken: int) -> StepEngine:
    """Return the engine whose next step has to answer: the function's time is nearly up."""
    rest = {"steps_per_agent": taken + 1}
    return replace(engine, budget=engine.budget.model_copy(update=rest))


def case_of(turn: ChatTurn, earlier: Sequence[ChatTurn], reading: Reading | Unread) -> Incident:
    """Return a question as a case that an agent works on; it is stored nowhere."""
    subjects = reading.subjects if isinstance(reading, Reading) else ()
    service = turn.pipeline_name or (subjects[0] if subjects else "")
    told = [f"The question: {turn.message}"]
    if turn.hours_back:
        told.append(f"It is about the last {turn.hours_back} hours.")
    for one in earlier[-_EARLIER:]:
        said = one.answer.summary if one.answer else one.error
        told.append(f"Before: {one.message} -- {said}"[:_EARLIER_CHARACTERS])
    return open_incident(
        turn.message.replace("\n", " ")[:300],
        service,
        turn.asked_at,
        fingerprint=turn.case_id,
        description="\n".join(told)[:_DESCRIPTION],
        affected_services=subjects,
        detected_by="chat",
        symptom_started_at=reading.since if isinstance(reading, Reading) else None,
    ).model_copy(update={"incident_id": turn.case_id})


def _read(
    turn: ChatTurn, earlier: Sequence[ChatTurn], entries: tuple[CatalogEntry, ...]
) -> Reading | Unread:
    return understood(_asked(turn, earlier), entries)


def _asked(turn: ChatTurn, earlier: Sequence[ChatTurn]) -> Asked:
    before = next((one.reading for one in reversed(earlier) if one.reading), None)
    return Asked(
        text=turn.message,
        now=turn.asked_at,
        pipeline_name=turn.pipeline_name,
        hours_back=turn.hours_back,
        before=before,
    )


def _calls(steps: Sequence[Step]) -> int:
    return sum(len(step.observations) for step in steps)
