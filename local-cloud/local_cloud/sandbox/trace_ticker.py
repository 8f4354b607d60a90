"""Keeps traces flowing: those of a fault's past when it is new, then a few now and then.

A thread of its own beside the ticker: X-Ray is slow to wake, and telemetry must not wait for it.
"""

import logging
import threading
import time
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.sandbox.estate import seeded_estate
from local_cloud.sandbox.runs import Run, RunStore
from local_cloud.sandbox.seeded import calm_story
from local_cloud.sandbox.tracing import Told, Tracer, around, past_moments
from local_cloud.sandbox.world import Address, World

_logger = logging.getLogger(__name__)
_PAUSE_SECONDS = 2.0
_EVERY_SECONDS = 15.0
_AT_A_TIME = 3
_SETTLED_SECONDS = 60.0
"""So long after the start an estate that nothing ails begins to be traced, too."""


class TraceTicker:
    """Tells traces until stopped; what fails is tried again."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-traces", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present beat."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        teller: TraceTeller | None = None
        while not self._stop.wait(_PAUSE_SECONDS):
            try:
                teller = teller or TraceTeller(World(self._address), time.time())
                teller.beat(time.time())
            except (BotoCoreError, ClientError):
                _logger.warning("no traces this time", exc_info=True)


class TraceTeller:
    """What one beat tells; keeps only what it can find again."""

    def __init__(self, world: World, now: float) -> None:
        self._world = world
        self._runs = RunStore(world)
        self._calm: Told = {one.name: (one, calm_story(one)) for one in seeded_estate()}
        self._tracer = Tracer("present")
        self._began = now
        self._told_past: dict[str, float] = {}
        self._told_at = now

    def beat(self, now: float) -> None:
        """Tell what is due: the past of new faults, and the present of everything."""
        runs = self._runs.list()
        for run in runs:
            if self._told_past.get(run.name) != run.injected_at:
                if not _is_dark(run):
                    told = around(self._told([run]), run.rebuilt)
                    moments = past_moments(run.onset, now)
                    self._world.write_traces(Tracer(run.name).traces(told, moments))
                self._told_past[run.name] = run.injected_at
        if now - self._told_at < _EVERY_SECONDS:
            return
        self._told_at = now
        if runs or now - self._began > _SETTLED_SECONDS:
            moments = [now - 5 * number for number in range(1, _AT_A_TIME + 1)]
            self._world.write_traces(self._tracer.traces(self._told(runs), moments))

    def _told(self, runs: Iterable[Run]) -> Told:
        """Return everybody's story: that of a fault where there is one, else an ordinary day."""
        told = dict(self._calm)
        for run in runs:
            if _is_dark(run):
                told = {name: pair for name, pair in told.items() if name not in run.rebuilt}
                continue
            story = run.story()
            told |= {part.name: (part, story) for part in run.own_parts()}
        return told


def _is_dark(run: Run) -> bool:
    """Whether traces of this run are among what is missing."""
    return any(gap.kind == "traces" for gap in run.scenario.missing)
