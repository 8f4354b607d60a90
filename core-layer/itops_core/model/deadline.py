"""One deadline over all tries of a request, also against a reply that drips in for ever.

The SDK's own time-out counts silence, and begins anew with every try and every byte.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class DeadlinePassedError(BaseException):
    """The time for a request is up, whatever tries are left.

    Not an `Exception`: the SDK would take one for a failed try, and try again.
    """


_ends_at: ContextVar[float | None] = ContextVar("model_deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Let nothing that `http_client` does in here last longer than `seconds`."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def http_client() -> Any:  # noqa: ANN401
    """Return the HTTP client for the SDK that keeps the deadline of whoever uses it."""
    import anthropic  # noqa: PLC0415 - as in claude.py: a second of CPU
    import httpx2  # noqa: PLC0415

    class Watched(httpx2.SyncByteStream):
        def __init__(self, inner: httpx2.SyncByteStream, check: Callable[[], float]) -> None:
            self._inner = inner
            self._check = check

        def __iter__(self) -> Iterator[bytes]:
            for chunk in self._inner:
                yield chunk
                self._check()

        def close(self) -> None:
            self._inner.close()

    def left() -> float:
        ends_at = _ends_at.get()
        seconds = float("inf") if ends_at is None else ends_at - time.monotonic()
        if seconds <= 0:
            raise DeadlinePassedError
        return seconds

    def shorten(request: httpx2.Request) -> None:
        seconds = left()
        limits = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {
            phase: seconds if limit is None else min(limit, seconds)
            for phase, limit in limits.items()
        }

    def watch(response: httpx2.Response) -> None:
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = Watched(response.stream, left)

    return anthropic.DefaultHttpxClient(event_hooks={"request": [shorten], "response": [watch]})
