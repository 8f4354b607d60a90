"""A model that is down is left alone for a while; one that refuses a request is not down."""

import pybreaker
import pytest

from itops_core.domain.investigation import Usage
from itops_core.errors import ModelUnavailableError
from itops_core.model.breaker_model import BreakerModel, is_not_an_outage
from itops_core.model.messages import ModelOutageError, ModelReply, ModelRequest
from itops_core.settings import config
from itops_core.tools.breaker_gateway import circuit_breaker

REQUEST = ModelRequest(model="m", system="", tools=(), messages=(), max_tokens=1)
REPLY = ModelReply(content=(), stop_reason="end_turn", usage=Usage())


class Moody:
    """A model in one mood at a time, that counts how often it is asked."""

    def __init__(self) -> None:
        self.mood: Exception | None = None
        self.asked = 0

    def reply(self, request: ModelRequest) -> ModelReply:
        assert request is REQUEST
        self.asked += 1
        if self.mood:
            raise self.mood
        return REPLY


def guarded(inner: Moody, failures: int = 2) -> BreakerModel:
    rules = config().breaker.model_copy(update={"failures": failures})
    return BreakerModel(
        inner,
        circuit_breaker(
            pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED), rules, is_not_an_outage
        ),
    )


def fails(model: BreakerModel) -> str:
    with pytest.raises(ModelUnavailableError) as raised:
        model.reply(REQUEST)
    return str(raised.value)


def test_after_a_few_outages_the_model_is_not_asked_any_more() -> None:
    inner = Moody()
    inner.mood = ModelOutageError("HTTP 529")
    model = guarded(inner)

    told = [fails(model) for _ in range(4)]

    assert inner.asked == 2
    assert told == ["HTTP 529", "HTTP 529", "circuit open", "circuit open"]


def test_a_refused_request_opens_no_circuit() -> None:
    inner = Moody()
    inner.mood = ModelUnavailableError("HTTP 400")
    model = guarded(inner)

    for _ in range(4):
        fails(model)
    inner.mood = None

    assert model.reply(REQUEST) is REPLY
    assert inner.asked == 5
