"""The reasoner that asks Claude: our own loop over the Messages API, one turn at a time.

What Claude says is text from outside: no secret in it gets into a thought, a call or an answer.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from itops_core.domain.investigation import Answer, Case, ToolCall, Turn
from itops_core.domain.values import Value
from itops_core.model.messages import Model, ModelReply, ModelRequest
from itops_core.reasoning.answers import answer_name, answer_of, answer_tool
from itops_core.reasoning.conversation import (
    SEPARATOR,
    Block,
    Message,
    messages_of,
    text_block,
    tool_uses,
)
from itops_core.reasoning.reasoner import UnusableAnswerError
from itops_core.settings import Context
from itops_core.tools.gateway import ToolSchema
from itops_core.tools.redaction import redacted, redacted_text
from itops_core.tools.schemas import terse

NAME = "claude"
_LAST_STOPS = {"refusal", "model_context_window_exceeded"}
_THOUGHT_CHARACTERS = 2000
_ERROR_CHARACTERS = 1200

Schemas = Callable[[], Sequence[ToolSchema]]
"""Returns the tools that the agent may use."""


class AgentBrief(Value):
    """What is the same in every turn of one agent."""

    model_id: str
    max_output_tokens: int
    system_prompt: str
    context: Context


class ClaudeReasoner:
    """Thinks with Claude for one agent; keeps nothing between turns."""

    def __init__(self, model: Model, brief: AgentBrief, schemas: Schemas) -> None:
        self._model = model
        self._brief = brief
        self._schemas = schemas

    @property
    def name(self) -> str:
        """`claude`."""
        return NAME

    @property
    def is_paid(self) -> bool:
        """Every turn costs tokens."""
        return True

    def close(self) -> None:
        """Let go of the model's connections, where it has any."""
        close = getattr(self._model, "close", None)
        if callable(close):
            close()

    def next_turn(self, case: Case) -> Turn:
        """Return Claude's next questions or its answer; ask once more where it gave neither."""
        messages = messages_of(case, NAME, self._brief.context)
        tools = self._tools(case)
        first = self._ask(messages, tools)
        turn, complaint = _read(case, first, (_assistant(first),))
        if turn is not None:
            return turn
        again = (_assistant(first), _corrected(first, complaint))
        second = self._ask([*messages, *again], tools)
        spent = first.usage.plus(second.usage)
        turn, complaint = _read(case, second, (*again, _assistant(second)))
        if turn is None:
            raise UnusableAnswerError(f"asked twice: {complaint}"[:400], spent)
        return turn.model_copy(update={"usage": spent})

    def _ask(self, messages: Sequence[Message], tools: tuple[dict[str, Any], ...]) -> ModelReply:
        reply = self._model.reply(
            ModelRequest(
                model=self._brief.model_id,
                system=self._brief.system_prompt,
                tools=tools,
                messages=tuple(messages),
                max_tokens=self._brief.max_output_tokens,
            )
        )
        if reply.stop_reason in _LAST_STOPS:
            raise UnusableAnswerError(f"the model stopped: {reply.stop_reason}", reply.usage)
        return reply

    def _tools(self, case: Case) -> tuple[dict[str, Any], ...]:
        """Return the tools in an order that never changes: the cache depends on it."""
        known = [
            {
                "name": f"{schema.server}{SEPARATOR}{schema.name}",
                "description": schema.description,
                "input_schema": terse(schema.input_schema),
            }
            for schema in self._schemas()
        ]
        return (*sorted(known, key=lambda tool: str(tool["name"])), answer_tool(case.agent))


def _read(case: Case, reply: ModelReply, said: tuple[Message, ...]) -> tuple[Turn | None, str]:
    """Return the turn that a reply makes, or `None` and what is wrong with it."""
    uses = tool_uses(reply.content)
    submitted = [use for use in uses if use.get("name") == answer_name(case.agent)]
    if reply.stop_reason == "max_tokens":
        return None, "your reply was cut off; be brief"
    if submitted:
        try:
            answer = answer_of(case, redacted(submitted[0].get("input") or {}), NAME)
        except ValidationError as error:
            return None, f"the answer is not valid: {error}"[:_ERROR_CHARACTERS]
        return _turn(reply, said, (), answer), ""
    if not uses:
        return None, f"call a tool, or {answer_name(case.agent)}"
    if case.must_answer:
        return None, f"no tool is run any more; call {answer_name(case.agent)}"
    return _turn(reply, said, tuple(_call(use) for use in uses), None), ""


def _turn(
    reply: ModelReply,
    said: tuple[Message, ...],
    calls: tuple[ToolCall, ...],
    answer: Answer | None,
) -> Turn:
    words = " ".join(
        str(block.get("text") or block.get("thinking") or "").strip()
        for block in reply.content
        if block.get("type") in ("text", "thinking")
    ).strip()
    asked = ", ".join(dict.fromkeys(call.tool for call in calls))
    turn = Turn(
        thought=redacted_text(words or (f"Looks at {asked}." if asked else "Answers."))[
            :_THOUGHT_CHARACTERS
        ],
        calls=calls,
        usage=reply.usage,
        reasoner=NAME,
        model_turn={"messages": list(said)},
    )
    return turn if answer is None else turn.with_answer(answer)


def _call(use: Block) -> ToolCall:
    """Return the call; a name without a server goes on to be refused, as any unknown one."""
    server, separator, tool = str(use.get("name", "")).partition(SEPARATOR)
    arguments = use.get("input")
    return ToolCall(
        server=server if separator else "unknown",
        tool=tool if separator else server,
        arguments=redacted(arguments) if isinstance(arguments, dict) else {},
    )


def _assistant(reply: ModelReply) -> Message:
    return {"role": "assistant", "content": list(reply.content) or [text_block("(nothing)")]}


def _corrected(reply: ModelReply, complaint: str) -> Message:
    """Return the user turn that says what was wrong; every call gets its result."""
    results: list[Block] = [
        {
            "type": "tool_result",
            "tool_use_id": use["id"],
            "content": [text_block(complaint)],
            "is_error": True,
        }
        for use in tool_uses(reply.content)
    ]
    return {"role": "user", "content": results or [text_block(complaint)]}
