"""A circuit breaker around a model, so that one that is down does not cost every step its time."""

from pybreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerStorage

from itops_core.errors import ModelUnavailableError
from itops_core.model.messages import Model, ModelOutageError, ModelReply, ModelRequest
from itops_core.settings import Breaker


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


def model_breaker(storage: CircuitBreakerStorage, rules: Breaker) -> CircuitBreaker:
    """Return the breaker that keeps its state in `storage`."""
    return CircuitBreaker(
        fail_max=rules.failures,
        reset_timeout=rules.reset_seconds,
        exclude=[_is_not_an_outage],
        state_storage=storage,
        name=storage.name,
        throw_new_error_on_trip=False,
    )


def _is_not_an_outage(error: BaseException) -> bool:
    return not isinstance(error, ModelOutageError)
