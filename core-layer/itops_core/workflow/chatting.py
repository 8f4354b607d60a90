"""Taking a question: checked, stored, and handed to whoever answers it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.conversation import ChatTurn, TurnStatus
from itops_core.domain.question import MOST_HOURS
from itops_core.domain.values import Value, derived_id, new_id
from itops_core.errors import ConflictError, InvalidInputError, NotFoundError
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.conversations import ConversationStore

MOST_CHARACTERS = 4000
_MOST_TURNS = 100
_LOST_AFTER = timedelta(minutes=20)
"""Longer than anybody thinks about a question: then whoever did is gone."""


class Question(Value):
    """What a person asks."""

    message: str
    pipeline_name: str | None = None
    hours_back: int | None = None
    conversation_id: str | None = None


@dataclass(frozen=True)
class Chats:
    """Takes questions. Who answers is told of them, and may be told twice."""

    conversations: ConversationStore
    catalog: CatalogStore
    answer: Callable[[ChatTurn], object]
    now: Callable[[], datetime]

    def ask(self, question: Question, asked_by: str, key: str | None = None) -> ChatTurn:
        """Store a question and have it answered; return it as it stands.

        Raises before anything is stored where the question cannot be used.
        """
        check(question)
        entry_id = None
        if question.pipeline_name is not None:
            entry_id = named(question.pipeline_name, self.catalog.list()).entry_id
        conversation_id, number = self._place(question, key)
        turn = ChatTurn(
            conversation_id=conversation_id,
            turn=number,
            message=question.message.strip(),
            pipeline_name=entry_id,
            hours_back=question.hours_back,
            asked_by=asked_by,
            asked_at=self.now(),
            case_id=derived_id("INC", conversation_id, number),
        )
        self.conversations.begin(turn)
        self.answer(turn)
        return self.conversations.turn(conversation_id, number)

    def turns(self, conversation_id: str) -> tuple[ChatTurn, ...]:
        """Return a conversation; a question that nobody thinks about any more has failed."""
        return tuple(self._as_it_stands(one) for one in self.conversations.turns(conversation_id))

    def _place(self, question: Question, key: str | None) -> tuple[str, int]:
        if question.conversation_id is None:
            return (derived_id("CNV", key) if key else new_id("CNV")), 1
        turns = self.turns(question.conversation_id)
        if turns[-1].is_open:
            raise ConflictError(
                f"question {turns[-1].turn} of {question.conversation_id} is still being answered"
            )
        if len(turns) >= _MOST_TURNS:
            raise ConflictError(f"a conversation has {_MOST_TURNS} questions at most; begin anew")
        return question.conversation_id, turns[-1].turn + 1

    def _as_it_stands(self, turn: ChatTurn) -> ChatTurn:
        if not turn.is_open or self.now() - turn.asked_at < _LOST_AFTER:
            return turn
        told = "whoever was to answer this did not; ask again"
        return self.conversations.finish(
            turn.model_copy(
                update={
                    "status": TurnStatus.FAILED,
                    "error": told,
                    "answered_at": self.now(),
                }
            )
        )


def check(question: Question) -> None:
    """Raise `InvalidInputError` where a question cannot be used."""
    if not question.message.strip():
        raise InvalidInputError("the message is empty; ask something")
    if len(question.message) > MOST_CHARACTERS:
        raise InvalidInputError(
            f"the message has {len(question.message)} characters; {MOST_CHARACTERS} are read"
        )
    if question.hours_back is not None and not 1 <= question.hours_back <= MOST_HOURS:
        raise InvalidInputError(
            f"hours_back is {question.hours_back}; it has to be 1 to {MOST_HOURS}"
        )


def named(name: str, entries: tuple[CatalogEntry, ...]) -> CatalogEntry:
    """Return the entry of that name, or raise `NotFoundError` with those of similar names."""
    spoken: dict[str, CatalogEntry] = {}
    for entry in entries:
        machine = (entry.state_machine_arn or "").rsplit(":", 1)[-1]
        for said in (machine, entry.resource, entry.ecs_service):
            if said:
                spoken.setdefault(said.lower(), entry)
    spoken |= {entry.entry_id.lower(): entry for entry in entries}
    found = spoken.get(name.strip().lower())
    if found is None:
        close = get_close_matches(name.strip().lower()[:200], spoken, 3, 0.6)
        near = dict.fromkeys(spoken[one].entry_id for one in close)
        hint = (
            f"; did you mean {' or '.join(near)}?" if near else "; itops pipelines list names all"
        )
        raise NotFoundError(f"no pipeline or service {name[:80]!r} in the catalog{hint}")
    return found


class Answerer:
    """Hands questions to the function that answers them, which goes on by itself."""

    def __init__(self, client: Any, function_name: str) -> None:  # noqa: ANN401 - boto3's client
        self._client = client
        self._function = function_name

    def __call__(self, turn: ChatTurn) -> None:
        """Have a question answered."""
        told = {"conversation_id": turn.conversation_id, "turn": turn.turn}
        self._client.invoke(
            FunctionName=self._function, InvocationType="Event", Payload=json.dumps(told).encode()
        )
