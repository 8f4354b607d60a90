"""A conversation: questions about services and pipelines, and what was answered."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from itops_core.domain.question import Reading
from itops_core.domain.reports import ChatAnswer
from itops_core.domain.values import IncidentId, Moment, Value

ConversationId = Annotated[str, Field(pattern=r"^CNV-[0-9A-F]{8}$")]


class TurnStatus(StrEnum):
    """Where one question stands."""

    THINKING = "thinking"
    ANSWERED = "answered"
    FAILED = "failed"


class ChatTurn(Value):
    """One question of a conversation, and its answer once there is one."""

    conversation_id: ConversationId
    turn: int = Field(ge=1)
    message: str
    pipeline_name: str | None = None
    hours_back: int | None = None
    asked_by: str
    asked_at: Moment
    case_id: IncidentId = Field(description="Under it lie the steps and the evidence.")
    status: TurnStatus = TurnStatus.THINKING
    reading: Reading | None = Field(default=None, description="How it was understood by code.")
    answer: ChatAnswer | None = None
    answered_at: Moment | None = None
    tool_calls: int = 0
    tokens: int = 0
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody is still thinking."""
        return self.status is TurnStatus.THINKING


class ConversationHead(Value):
    """A conversation in a list."""

    conversation_id: ConversationId
    title: str = Field(description="The first question.")
    turns: int
    asked_by: str
    began_at: Moment
    updated_at: Moment
