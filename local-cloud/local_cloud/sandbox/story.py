"""What the world looks like at any moment, as a pure function of time.

Backfill and ticker ask the same story, so the past and the present fit together, and a restart
changes nothing: the same moment always gives the same value.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from local_cloud.sandbox.effects import Effect, FaultLog, Shape, StoppedTasks
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.log_formats import written
from local_cloud.sandbox.parts import MetricSpec, Part, RoutineLog
from local_cloud.sandbox.scenario import Scenario

_DAY = 86_400


@dataclass(frozen=True)
class Turning:
    """From `at` on the fault bites with `intensity`: 1 as told, 0 not at all, 1.5 harder."""

    at: float
    intensity: float


@dataclass(frozen=True)
class LogLine:
    """One line in a part's log."""

    at: float
    message: str
    task: int = 0


@dataclass(frozen=True)
class Stop:
    """One task that stops."""

    at: float
    how: StoppedTasks


class Story:
    """A scenario placed in time: its onset, and how the world's state turned since."""

    def __init__(
        self, scenario: Scenario, onset: float, turnings: Sequence[Turning] = (), seed: str = ""
    ) -> None:
        self.scenario = scenario
        self.onset = onset
        self.turnings = tuple(turnings)
        self._seed = f"{seed}:{scenario.seed}"
        self._effects = _by_metric(scenario.effects)
        gaps = scenario.missing
        self._missing = {(gap.service, gap.metric) for gap in gaps if gap.kind == "metric"}
        self._late = {
            gap.service or "": gap.minutes * 60 for gap in gaps if gap.kind == "late_metrics"
        }
        self._silent = {
            gap.service or "": onset + gap.after_minutes * 60
            for gap in gaps
            if gap.kind == "telemetry"
        }
        self._known: dict[str, tuple[Part, dict[str, MetricSpec]]] = {}
        self._mute = {
            gap.service: onset if gap.since == "onset" else 0.0
            for gap in gaps
            if gap.kind == "log_lines"
        }

    def intensity(self, at: float) -> float:
        """Return how hard the fault bites at `at`: 0 before the onset and once recovered."""
        if at < self.onset:
            return 0.0
        value = 1.0
        for turning in self.turnings:
            if at < turning.at:
                break
            value = turning.intensity + (value - turning.intensity) * self._eased(at - turning.at)
        return value

    def is_missing(self, part: str, metric: MetricSpec) -> bool:
        """Whether this metric is one of the sources that are not there."""
        return not metric.published or (part, metric.key) in self._missing

    def seconds_late(self, part: str) -> float:
        """Return how late the datapoints of a part come."""
        return self._late.get(part, 0.0)

    def is_silent(self, part: str, at: float) -> bool:
        """Whether nothing at all is heard of a part at `at`, because it fell silent itself."""
        return at >= self._silent.get(part, math.inf) and self.intensity(at) > 0.5

    def value(self, part: Part, metric: MetricSpec, at: float) -> float:
        """Return one metric's value at `at`; a count's is that of a whole minute."""
        if metric.product_of is not None:
            number, percent = (self._of(part, key, at) for key in metric.product_of)
            return float(round(number * percent / 100))
        value = self._normal(part.name, metric, at)
        for effect in self._effects.get((part.name, metric.key), ()):
            reached = self._reached(effect, value, metric, at)
            value += (reached - value) * min(self.intensity(at), 5.0)
        if metric.key == "healthy_hosts" and isinstance(part, ServiceSpec):
            value = part.desired_count - self._of(part, "unhealthy_hosts", at)
        return _bounded(value, metric)

    def log_lines(self, part: Part, begin: float, end: float) -> list[LogLine]:
        """Return the part's lines with `begin` <= time < `end`, oldest first."""
        end = min(end, self._mute.get(part.name, end))
        lines = [
            line
            for number, log in enumerate(self._templates(part))
            for line in self._arrivals(part, log, number, (begin, end))
            if not self.is_silent(part.name, line.at)
        ]
        return sorted(lines, key=lambda line: line.at)

    def stops(self, begin: float, end: float) -> list[Stop]:
        """Return the tasks that stop with `begin` <= time < `end`, oldest first."""
        found: list[Stop] = []
        for how in self.scenario.stopped_tasks:
            first = self.onset + how.after_minutes * 60
            every = how.every_minutes * 60
            number = max(0, math.ceil((begin - first) / every))
            while (at := first + number * every) < end:
                if self.intensity(at) > 0.5:
                    found.append(Stop(at, how))
                number += 1
        return sorted(found, key=lambda stop: stop.at)

    def _eased(self, passed: float) -> float:
        wanted = self.scenario.physics.recovery_seconds
        return 0.0 if passed >= wanted else 1 - passed / wanted

    def _of(self, part: Part, key: str, at: float) -> float:
        metric = self._metrics_of(part).get(key)
        return 0.0 if metric is None else self.value(part, metric, at)

    def _metrics_of(self, part: Part) -> dict[str, MetricSpec]:
        """Return its metrics by key; made once, for they are asked about at every moment."""
        known = self._known.get(part.name)
        if known is None or known[0] is not part:
            known = part, {one.key: one for one in reversed(part.all_metrics())}
            self._known[part.name] = known
        return known[1]

    def _normal(self, part: str, metric: MetricSpec, at: float) -> float:
        swing = metric.level * metric.daily_percent / 100 * math.sin(2 * math.pi * at / _DAY)
        noise = metric.level * metric.noise_percent / 100 * self._wobble(part, metric.key, at)
        return metric.level + swing + noise

    def _wobble(self, part: str, key: str, at: float) -> float:
        """Return seeded noise: near normal, within ±1.7, the same for the same moment."""
        digest = hashlib.blake2b(
            f"{self._seed}:{part}:{key}:{int(at)}".encode(), digest_size=12
        ).digest()
        parts = (int.from_bytes(digest[index : index + 4], "big") for index in (0, 4, 8))
        return sum(part / 2**31 - 1 for part in parts) * 0.56 * self.scenario.noise

    def _reached(self, effect: Effect, normal: float, metric: MetricSpec, at: float) -> float:
        passed = (at - self.onset) / 60 - effect.after_minutes
        if passed < 0:
            return normal
        part = {
            Shape.STEP: 1.0,
            Shape.RAMP: min(1.0, passed / effect.over_minutes),
            Shape.SPIKE: 1.0 if passed < effect.over_minutes else 0.0,
            Shape.SAWTOOTH: 0.35 + 0.65 * ((passed / effect.over_minutes) % 1.0),
        }[effect.shape]
        if effect.frozen:
            return normal + (effect.to - normal) * part
        noise = 1 + metric.noise_percent / 400 * self._wobble(metric.name, "fault", at)
        return normal + (effect.to * noise - normal) * part

    def _templates(self, part: Part) -> tuple[RoutineLog, ...]:
        own = tuple(log for log in self.scenario.logs if log.service == part.name)
        return (*part.routine_logs, *own)

    def _arrivals(
        self, part: Part, log: RoutineLog, number: int, window: tuple[float, float]
    ) -> Iterator[LogLine]:
        """Yield lines at seeded moments, `per_minute` on average: one slot holds one line."""
        begin, end = window
        slot_seconds = 60 / log.per_minute
        for slot in range(math.floor(begin / slot_seconds), math.ceil(end / slot_seconds)):
            chance = _chance(self._seed, part.name, number, slot)
            at = (slot + chance.random()) * slot_seconds
            if begin <= at < end and self._happens(log, at):
                line = written(part, log, at, chance)
                yield LogLine(at, line, _task_of(log, part, chance))

    def _happens(self, log: RoutineLog, at: float) -> bool:
        if not isinstance(log, FaultLog) or log.during == "always":
            return True
        if log.until_minutes is not None and at >= self.onset + log.until_minutes * 60:
            return False
        return at >= self.onset + log.after_minutes * 60 and self.intensity(at) > 0.3


def _chance(*parts: object) -> Random:
    """Return a seeded source of variety for one log line."""
    text = ":".join(str(part) for part in parts)
    return Random(text)  # noqa: S311 - rehearsed telemetry, nothing secret


def _task_of(log: RoutineLog, part: Part, chance: Random) -> int:
    if isinstance(log, FaultLog) and log.task is not None:
        return log.task
    return chance.randrange(part.instances) if part.instances > 1 else 0


def _by_metric(effects: Sequence[Effect]) -> dict[tuple[str, str], tuple[Effect, ...]]:
    found: dict[tuple[str, str], tuple[Effect, ...]] = {}
    for effect in effects:
        key = (effect.service, effect.metric)
        found[key] = (*found.get(key, ()), effect)
    return found


def _bounded(value: float, metric: MetricSpec) -> float:
    value = max(0.0, value if metric.maximum is None else min(value, metric.maximum))
    whole = metric.kind == "count" or metric.noise_percent == 0
    return float(round(value)) if whole else round(value, 3)
