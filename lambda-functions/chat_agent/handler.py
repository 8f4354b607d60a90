"""Answers one question of a conversation, or looks at pipelines for the API."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from chat_agent.agent import ChatAgent
from chat_agent.looking import look
from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.wiring.reasoners import engine_on, models
from itops_core.wiring.stores import agent_state, catalog, conversations
from itops_core.wiring.tools import gateway


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer a question, whoever asked; or return what one tool sees."""
    if "look" in event:
        return look(gateway, event["look"], event["arguments"])
    thinkers = partial(models, Agent.CHAT)
    agent = ChatAgent(
        conversations(), catalog(), agent_state(), engine_on(Agent.CHAT), thinkers, utc_now
    )
    turn = agent.answer(event["conversation_id"], int(event["turn"]))
    told: dict[str, Any] = {"conversation_id": turn.conversation_id, "turn": turn.turn}
    logger("chat_agent").info("question answered", **told, tool_calls=turn.tool_calls)
    return told
