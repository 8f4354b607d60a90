"""A circuit breaker around a model, so that one that is down does not cost every step its time."""

from pybreaker import CircuitBreaker, CircuitBreakerError

from itops_core.errors import ModelUnavailableError
from itops_core.model.messages import Model, ModelOutageError, ModelReply, ModelRequest


class BreakerModel:
    """Wraps a model in a circuit breaker.

    Only outages count: a request that the model's side refuses says nothing about its health.
    """

    def __init__(self, inner: Model, breaker: CircuitBreaker) -> None:
        self._inner = inner
        self._breaker = breaker

    def reply(self, request: ModelRequest) -> ModelReply:
        """Return the reply, or fail at once while the circuit is open."""
        # `calling`, not `call`: that one would hold a lock for as long as the model thinks.
        try:
            with self._breaker.calling():
                return self._inner.reply(request)
        except CircuitBreakerError as error:
            raise ModelUnavailableError("circuit open") from error


def is_not_an_outage(error: BaseException) -> bool:
    """Return whether a failure says nothing about the model being there."""
    return not isinstance(error, ModelOutageError)
