"""A thread that does something again and again, whatever becomes of one beat."""

import logging
import threading
import time
from collections.abc import Callable

_logger = logging.getLogger(__name__)
_STOP_SECONDS = 10

Beat = Callable[[float], None]
"""What is done at a moment, in seconds since the epoch."""


class Rhythm:
    """Beats until stopped; a beat that fails is logged and the next one tried."""

    def __init__(self, name: str, every_seconds: float, begin: Callable[[], Beat]) -> None:
        """`begin` makes the beat when it is first needed, again where that failed."""
        self._every_seconds = every_seconds
        self._begin = begin
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present beat."""
        self._stop.set()
        self._thread.join(timeout=_STOP_SECONDS)

    def _run(self) -> None:
        beat: Beat | None = None
        while not self._stop.wait(self._every_seconds):
            try:
                beat = beat or self._begin()
                beat(time.time())
            except Exception:
                _logger.exception("a beat of %s failed", self._thread.name)
