"""The heartbeat of the sandbox: keeps telemetry flowing and lets the world answer remediation.

A thread of the launcher. It knows only what AWS tells it, so it goes on after a restart
where the one before it stopped.
"""

import logging
import math
import time
from collections.abc import Iterable

from local_cloud.sandbox import backdating
from local_cloud.sandbox.estate import ServiceSpec, seeded_estate
from local_cloud.sandbox.fleet import fleet_rhythm
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.physics import intensity_now
from local_cloud.sandbox.pipelines import emulation
from local_cloud.sandbox.pipelines.building import PipelineWorld
from local_cloud.sandbox.pipelines.rehearsing import run_seeded
from local_cloud.sandbox.rhythm import Beat, Rhythm
from local_cloud.sandbox.runs import Run, RunStore
from local_cloud.sandbox.seeded import calm_story
from local_cloud.sandbox.standing import Components
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.telemetry import calm, present
from local_cloud.sandbox.trace_ticker import trace_rhythm
from local_cloud.sandbox.watching import look
from local_cloud.sandbox.world import Address, Point, World

_logger = logging.getLogger(__name__)
_SECOND = 1.0
_LONGEST_GAP_SECONDS = 30
"""After a pause, no more than this much is made up for."""
_FEW_RUNS = 20
_LOG_SECONDS = 10
_LOOK_SECONDS = 15
_SETTLED_SECONDS = 60
"""Pipelines that never ran run once after that: while a cloud comes up, it has enough to do."""


def start(address: Address) -> None:
    """Start the heartbeats in this process, which has to be the one that runs MiniStack."""
    backdating.install()
    emulation.install()
    Rhythm("sandbox-ticker", _SECOND, lambda: _first_beat(address)).start()
    trace_rhythm(address).start()
    fleet_rhythm(address).start()


def _first_beat(address: Address) -> Beat:
    heartbeat = Heartbeat(World(address), Components(address), time.time())
    run_at = time.monotonic() + _SETTLED_SECONDS

    def beat(now: float) -> None:
        nonlocal run_at
        heartbeat.beat(now)
        if time.monotonic() >= run_at:
            run_at = math.inf
            run_seeded(PipelineWorld(address), now)

    return beat


class Heartbeat:
    """What one beat does; keeps only what it can find again."""

    def __init__(self, world: World, components: Components, now: float) -> None:
        self._world = world
        self._components = components
        self._runs = RunStore(world)
        self._last = now
        self._wrote_logs_at: dict[str, float] = {}
        self._tasks: dict[str, tuple[str, ...]] = {}
        self._estate = [(service, calm_story(service)) for service in seeded_estate()]
        self._standing: frozenset[str] = frozenset()
        self._looked_at = 0.0
        self._reacted_at = 0.0

    def beat(self, now: float) -> None:
        """Let the world move on to `now`."""
        last = max(self._last, now - _LONGEST_GAP_SECONDS)
        self._last = now
        runs = self._answered(self._runs.list(), now)
        stories = {run.name: run.story() for run in runs}
        taken = {name for run in runs for name in run.rebuilt}
        points: list[Point] = []
        for run in runs:
            points.extend(present(run, stories[run.name], now, last))
        free = [pair for pair in self._calm_estate(now) if pair[0].name not in taken]
        for service, story in free:
            points.extend(calm(story, service, now, last))
        self._world.write_metrics(points)
        for run in runs:
            self._stop_tasks(run, stories[run.name], (last, now))
        self._tasks = {name: arns for run in runs for name, arns in run.tasks.items()}
        owned = [(part, stories[run.name]) for run in runs for part in run.own_parts()]
        self._write_logs([*owned, *free], now, every=max(_LOG_SECONDS, len(runs) / 2))

    def _calm_estate(self, now: float) -> list[tuple[ServiceSpec, Story]]:
        """Return the seeded services that stand; looked up now and then."""
        if now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            self._standing = frozenset(self._world.state_of(one for one, _ in self._estate))
        return [pair for pair in self._estate if pair[0].name in self._standing]

    def _answered(self, runs: tuple[Run, ...], now: float) -> tuple[Run, ...]:
        """Return the runs, turned where the state of AWS has changed what they amount to."""
        pause = _SECOND if len(runs) <= _FEW_RUNS else 2 * _SECOND
        if now - self._reacted_at < pause * 0.9:
            return runs
        self._reacted_at = now
        states = look(self._world, self._components, runs)
        return tuple(self._turned(run, intensity_now(run, states, now), now) for run in runs)

    def _turned(self, run: Run, intensity: float, now: float) -> Run:
        if intensity == run.intensity:
            return run
        turned = run.turned(now, intensity)
        self._runs.save_if_current(turned)
        return turned

    def _stop_tasks(self, run: Run, story: Story, window: tuple[float, float]) -> None:
        for stop in story.stops(*window):
            self._world.stop_task(run.scenario.service(stop.how.service), stop.how)

    def _write_logs(self, told: Iterable[tuple[Part, Story]], now: float, every: float) -> None:
        for part, story in told:
            begin = self._wrote_logs_at.setdefault(part.name, self._last)
            missing = any(
                gap.kind == "log_group" and gap.service == part.name
                for gap in story.scenario.missing
            )
            if now - begin < every or missing:
                continue
            self._wrote_logs_at[part.name] = now
            lines = story.log_lines(part, max(begin, now - 2 * every), now)
            if lines:
                self._world.write_logs(part, lines, self._tasks.get(part.name, ()))
