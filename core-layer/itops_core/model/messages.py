"""One request to a model and its reply, as plain data: what the Messages API speaks."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from itops_core.domain.investigation import Usage
from itops_core.domain.values import Value
from itops_core.errors import ModelUnavailableError

Prices = Mapping[str, tuple[float, float, float]]
"""US dollars per million tokens: input, cached input, output."""


class ModelOutageError(ModelUnavailableError):
    """The model's side is down, overloaded or out of reach: what opens its circuit."""


class ModelRequest(Value):
    """What a model is asked. Everything but the newest message is the same as before."""

    model: str
    system: str
    tools: tuple[dict[str, Any], ...]
    messages: tuple[dict[str, Any], ...]
    max_tokens: int


class ModelReply(Value):
    """What it said: raw content blocks, to be replayed unchanged, and what that cost."""

    content: tuple[dict[str, Any], ...]
    stop_reason: str
    usage: Usage


class Model(Protocol):
    """A model behind one call."""

    def reply(self, request: ModelRequest) -> ModelReply:
        """Return the reply; raise `ModelUnavailableError` whatever kept it from coming."""
        ...


Connect = Callable[[], Any]
"""Returns a client of the vendor's SDK; called once, when it is first needed."""


def with_cache_marks(request: ModelRequest) -> dict[str, Any]:
    """Return the request as the SDK takes it, marked so that all but the newest is cached.

    One mark ends the part that never changes (tools and system prompt), one the newest message:
    the next step finds everything up to here in the cache.
    """
    mark = {"cache_control": {"type": "ephemeral"}}
    *before, newest = request.messages
    content = newest["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    marked = {**newest, "content": [*blocks[:-1], {**blocks[-1], **mark}]}
    return {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": [{"type": "text", "text": request.system, **mark}],
        "tools": list(request.tools),
        "messages": [*before, marked],
    }


def price_of(prices: Prices, model: str, tokens: tuple[int, int, int]) -> float:
    """Return what `tokens` (input, cached input, output) cost; nothing is known of other models.

    A provider may call a model `us.anthropic.<id>`; its price stands under `<id>`.
    """
    rates = prices.get(model) or prices.get(model.rpartition("anthropic.")[2])
    if rates is None:
        return 0.0
    return round(
        sum(count * rate for count, rate in zip(tokens, rates, strict=True)) / 1_000_000, 8
    )
