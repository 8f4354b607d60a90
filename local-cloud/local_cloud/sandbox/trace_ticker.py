"""Keeps traces flowing: those of a fault's past when it is new, then a few now and then.

A thread of its own beside the ticker: X-Ray is slow to wake, and telemetry must not wait for it.
"""

import logging
import time
from collections.abc import Iterable

from local_cloud.sandbox.estate import seeded_estate
from local_cloud.sandbox.rhythm import Rhythm
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


def trace_rhythm(address: Address) -> Rhythm:
    """Return what tells traces until it is stopped."""
    return Rhythm(
        "sandbox-traces", _PAUSE_SECONDS, lambda: TraceTeller(World(address), time.time()).beat
    )


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
