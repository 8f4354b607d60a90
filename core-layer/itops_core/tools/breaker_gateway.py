"""A circuit breaker around a tool server, so that one that is down is left alone for a while."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from pybreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerStorage

from itops_core.errors import ToolUnavailableError
from itops_core.settings import Breaker
from itops_core.tools.gateway import ToolAnswer, ToolGateway, ToolSchema


class BreakerGateway:
    """Wraps a gateway in a circuit breaker.

    Only `ToolUnavailableError` counts as a failure: a tool that answers "no such alarm" is well.
    """

    def __init__(self, inner: ToolGateway, breaker: CircuitBreaker) -> None:
        self._inner = inner
        self._breaker = breaker

    @property
    def server(self) -> str:
        """The server's name."""
        return self._inner.server

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Run one tool, or fail at once while the circuit is open."""
        with self._guarded():
            return self._inner.call(tool, arguments)

    def list_tools(self) -> tuple[ToolSchema, ...]:
        """Return the server's tools, or fail at once while the circuit is open."""
        with self._guarded():
            return self._inner.list_tools()

    @contextmanager
    def _guarded(self) -> Generator[None]:
        # `calling`, not `call`: that one would hold a lock for as long as the tool takes.
        try:
            with self._breaker.calling():
                yield
        except CircuitBreakerError as error:
            raise ToolUnavailableError(self.server, "circuit open") from error


def _is_not_an_outage(error: BaseException) -> bool:
    return not isinstance(error, ToolUnavailableError)


def circuit_breaker(
    storage: CircuitBreakerStorage,
    rules: Breaker,
    is_no_outage: Callable[[BaseException], bool] = _is_not_an_outage,
) -> CircuitBreaker:
    """Return the breaker that keeps its state in `storage`."""
    return CircuitBreaker(
        fail_max=rules.failures,
        reset_timeout=rules.reset_seconds,
        exclude=[is_no_outage],
        state_storage=storage,
        name=storage.name,
        throw_new_error_on_trip=False,
    )
