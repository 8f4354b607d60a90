"""Chat: questions about services and pipelines, and conversations that go on."""

import time
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field, StringConstraints

from incident_api.bodies import ServiceName, plainly
from incident_api.operations import Call, Resource
from itops_core.domain.conversation import ChatTurn, ConversationHead, ConversationId
from itops_core.domain.people import Role
from itops_core.domain.question import MOST_HOURS
from itops_core.domain.values import Value
from itops_core.wiring import stores
from itops_core.wiring.workflow import chats
from itops_core.workflow.chatting import MOST_CHARACTERS, Question

resource = Resource("chat")
_POLL_SECONDS = 0.25


class NewQuestion(Value):
    """What a person asks; the answer has four parts."""

    message: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARACTERS),
        plainly(MOST_CHARACTERS),
    ] = Field(description="The question, in plain words.")
    pipeline_name: ServiceName | None = Field(
        default=None, description="What it is about; then no model is needed."
    )
    hours_back: int | None = Field(
        default=None, ge=1, le=MOST_HOURS, description="How far back to look; 24, if left out."
    )
    conversation_id: ConversationId | None = Field(
        default=None, description="Goes on with that conversation: its pipeline, its time."
    )
    wait_seconds: int = Field(
        default=8, ge=0, le=20, description="How long to wait here; later, poll the conversation."
    )


class ConversationView(Value):
    """A conversation, the oldest question first."""

    conversation_id: ConversationId
    turns: tuple[ChatTurn, ...]


class ConversationPage(Value):
    """Conversations, the newest first."""

    items: tuple[ConversationHead, ...]
    cursor: str | None = None


class ConversationQuery(Value):
    """How many conversations."""

    limit: int = Field(default=50, ge=1, le=200)


@resource.operation(
    "POST /chat",
    role=Role.RESPONDER,
    answer=ChatTurn,
    idempotent=True,
    also=(HTTPStatus.NOT_FOUND,),
)
def ask(call: Call[NewQuestion, None]) -> Response[str]:
    """Ask a question; `status` is `thinking` where the answer is not there yet."""
    asked = call.body
    question = Question(
        message=asked.message,
        pipeline_name=asked.pipeline_name,
        hours_back=asked.hours_back,
        conversation_id=asked.conversation_id,
    )
    turn = _awaited(chats().ask(question, call.caller.name, call.key), asked.wait_seconds)
    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/json",
        body=turn.model_dump_json(),
        headers={"Location": f"/conversations/{turn.conversation_id}"},
    )


@resource.operation("GET /conversations", role=Role.VIEWER, answer=ConversationPage)
def list_conversations(call: Call[None, ConversationQuery]) -> ConversationPage:
    """List conversations, newest first; they are forgotten 30 days after their last question."""
    return ConversationPage(items=stores.conversations().heads(call.query.limit))


@resource.operation(
    "GET /conversations/<conversation_id>", role=Role.VIEWER, answer=ConversationView
)
def get_conversation(call: Call[None, None]) -> ConversationView:
    """Show a conversation: every question, and its answer once there is one."""
    conversation_id = call.path["conversation_id"]
    turns = chats().turns(conversation_id)
    return ConversationView(conversation_id=conversation_id, turns=turns)


def _awaited(turn: ChatTurn, seconds: float) -> ChatTurn:
    """Return the turn as it stands when it is answered, or when the time is up."""
    until = time.monotonic() + seconds
    while turn.is_open and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        turn = stores.conversations().turn(turn.conversation_id, turn.turn)
    return turn
