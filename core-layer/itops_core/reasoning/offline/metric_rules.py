"""What a metric's course means, by what it is about."""

import itertools
import re
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import Change, Series

NEAR_LIMIT_PERCENT = 85
MEMORY_WINDOW = 15
_BUSY_PERCENT = 80
_LOW_BATTERY_PERCENT = 15
_WEAK_PERCENT = 25
_WEAK_FALL_DB = 15
_WARMER = 1.5
"""Degrees: less is a door that was opened for a moment."""
_STUCK = 12
_SILENT = timedelta(minutes=4)
_ONE_SIDE = re.compile(r"^(?:Consumed|Provisioned)?(?:Read|Write)(?:Throttle|Capacity)")
_DEAD = re.compile(r"dlq|dead.?letter", re.IGNORECASE)
_LIMITS_SECONDS = (1, 2, 3, 5, 6, 8, 10, 12, 15, 20, 25, 29, 30, 40, 45, 60, 90, 120, 180, 240, 300,
                   600, 900)  # fmt: skip
"""Time-outs as people set them."""

Seen = tuple[bool, float]


@dataclass(frozen=True)
class Reading:
    """One metric over time, with what it is called and whose it is."""

    series: Series
    scene: Scene
    metric: str = ""
    dimensions: Mapping[str, str] | None = None

    @cached_property
    def change(self) -> Change:
        """How it stands now, against how it was before the symptom."""
        return self.series.change(self.scene.onset)

    @property
    def recent(self) -> float:
        """How it stands now."""
        return self.change.recent


Rule = Callable[[Reading], dict[str, Seen]]


def read_by_role(role: str, reading: Reading) -> dict[str, Seen]:
    """Return what a metric of some role shows, and how clearly; nothing of an unknown role."""
    rule = _RULES.get(role)
    found = rule(reading) if rule else {}
    if _ONE_SIDE.search(reading.metric):
        # Of a table that is read well it is not said that it is written well.
        found = {
            name: (present, strength if present else min(strength, 0.5))
            for name, (present, strength) in found.items()
        }
    if "device" in reading.scene.kinds and role in _TOLD_BY_DEVICES:
        found = {**found, "telemetry_stopped": _silence(reading)}
    return found


def _cpu(reading: Reading) -> dict[str, Seen]:
    share = 0.01 if max(reading.series.values) <= 1.5 else 1.0
    busy = _BUSY_PERCENT * share
    high = reading.recent >= busy
    return {"cpu_high": (high, 0.4 if not high and reading.recent >= 0.85 * busy else 1.0)}


def _memory(reading: Reading) -> dict[str, Seen]:
    # A killed task starts over with little memory, so the level swings: its peaks tell.
    series = reading.series
    if max(series.values) > 100 or re.search(r"free|avail", reading.metric, re.IGNORECASE):
        climbs = series.climbs(reading.scene.onset)
        return {"memory_climbing": (climbs, 0.8 if climbs else 0.5)}
    window = series.recent(MEMORY_WINDOW)
    near = sum(value >= NEAR_LIMIT_PERCENT for value in window)
    nearly = max(window) >= 0.88 * NEAR_LIMIT_PERCENT
    high: Seen = (True, 1.0 if near >= 3 else 0.5) if near else (False, 0.4 if nearly else 1.0)
    climbs = series.climbs(reading.scene.onset) and max(window) >= 0.7 * NEAR_LIMIT_PERCENT
    return {"memory_high": high, "memory_climbing": (climbs, 1.0 if climbs else 0.7)}


def _traffic(reading: Reading) -> dict[str, Seen]:
    return {"traffic_up": reading.change.rose(1.5), "traffic_down": reading.change.fell(0.5)}


def _latency(reading: Reading) -> dict[str, Seen]:
    near = _is_cut_off(reading)
    found = {"latency_up": reading.change.rose(1.7)}
    return {**found, "duration_near_limit": (True, 0.5)} if near else found


def _is_cut_off(reading: Reading) -> bool:
    """Whether durations lie flat at a round number of seconds, as a time-out makes them."""
    last = reading.series.recent(5)
    highest = max(last)
    if "lambda" not in reading.scene.kinds or highest <= 0 or not reading.change.rose(1.7)[0]:
        return False
    seconds = highest / 1000
    near = any(0.93 * limit <= seconds <= 1.03 * limit for limit in _LIMITS_SECONDS)
    return near and statistics.median(last) >= 0.9 * highest


def _unhealthy(reading: Reading) -> dict[str, Seen]:
    return {"unhealthy_hosts": (reading.recent >= 0.5, 1.0)}


def _healthy(reading: Reading) -> dict[str, Seen]:
    fell = reading.change.fell(0.85)
    return {"unhealthy_hosts": (fell[0], fell[1] * 0.6), "below_desired": (fell[0], fell[1] * 0.6)}


def _queue_depth(reading: Reading) -> dict[str, Seen]:
    names = " ".join((reading.metric, *(reading.dimensions or {}).values()))
    if _DEAD.search(names):
        return {"dead_letters_up": reading.change.rose(1.5, at_least=1.0)}
    return {"queue_depth_up": reading.change.rose(3.0)}


def _consumption(reading: Reading) -> dict[str, Seen]:
    stopped, lower = reading.change.fell(0.15), reading.change.fell(0.75)
    return {"consumption_stopped": stopped, "consumption_lower": lower}


def _cache_hits(reading: Reading) -> dict[str, Seen]:
    return {"cache_misses_up": reading.change.fell(0.75)}


def _capacity(reading: Reading) -> dict[str, Seen]:
    values = reading.series.values
    return {"capacity_lowered": (reading.series.latest < 0.9 * max(values), 1.0)}


def _certificate(reading: Reading) -> dict[str, Seen]:
    left = reading.series.latest
    return {"certificate_expiring": (left <= 3, 1.0 if left <= 0 or left > 3 else 0.6)}


def _door(reading: Reading) -> dict[str, Seen]:
    before = reading.change.baseline or 0.0
    newest = max(reading.series.recent(3))
    return {"door_open": (newest >= 0.5 and newest > 2 * before, 1.0)}


def _cooling(reading: Reading) -> dict[str, Seen]:
    harder, clear = reading.change.rose(1.4)
    return {"cooling_stopped": reading.change.fell(0.4), "cooling_at_limit": (harder, clear)}


def _battery(reading: Reading) -> dict[str, Seen]:
    latest = reading.series.latest
    # What never was above 24 may be volts, unless its name says what it is.
    if max(reading.series.values) > 24 or "percent" in reading.metric.lower():
        is_low = latest <= _LOW_BATTERY_PERCENT
        return {"battery_low": (is_low, 0.4 if not is_low and latest <= 25 else 1.0)}
    return {"battery_low": reading.change.fell(0.88)}


def _mains(reading: Reading) -> dict[str, Seen]:
    return {"power_lost": reading.change.fell(0.6)}


def _signal(reading: Reading) -> dict[str, Seen]:
    before, latest = reading.change.baseline, min(reading.recent, reading.series.latest)
    if latest < 0:
        fell = before is not None and before - latest >= _WEAK_FALL_DB
        return {"signal_weak": (fell or latest <= -115, 1.0)}
    return {"signal_weak": (reading.change.fell(0.5)[0] or latest <= _WEAK_PERCENT, 1.0)}


def _age_of_news(reading: Reading) -> dict[str, Seen]:
    old = reading.change.rose(4.0, at_least=120.0 if "sec" in reading.metric.lower() else 1.0)
    return {"telemetry_stopped": old, "device_offline": old, "many_devices_silent": old}


def _connected(reading: Reading) -> dict[str, Seen]:
    before = reading.change.baseline or 0.0
    if before <= 1.5:
        fell = reading.change.fell(0.5)
        return {"telemetry_stopped": fell, "device_offline": fell}
    return {"many_devices_silent": reading.change.fell(0.85)}


def _reports(reading: Reading) -> dict[str, Seen]:
    fell = reading.change.fell(0.5)
    return {"telemetry_stopped": fell, "traffic_down": fell}


def _temperature(reading: Reading) -> dict[str, Seen]:
    change = reading.change
    before = change.baseline
    if before is None:
        return {}
    clear = max(_WARMER, 3 * min(change.spread, 1.0))
    rise = max(change.recent, reading.series.latest) - before
    warm: Seen = (rise >= clear, 0.4 if clear > rise >= 0.6 * clear else 1.0)
    return {"temperature_high": warm, "readings_stuck": _stuck(reading)}


def _stuck(reading: Reading) -> Seen:
    """Whether a reading that used to vary does not move at all, or leaps as nothing real does."""
    values, last = reading.series.values, reading.series.recent(_STUCK)
    varied = len(set(values[: len(values) // 2])) > 3
    frozen = len(last) >= _STUCK and len(set(last)) == 1 and varied
    leaps = [abs(after - before) for before, after in itertools.pairwise(last)]
    wild = sum(leap > 25 for leap in leaps) >= 2
    return (frozen or wild, 1.0)


def _silence(reading: Reading) -> Seen:
    """Whether the newest point is older than it should be."""
    points = reading.series.points
    gaps = sorted(after[0] - before[0] for before, after in itertools.pairwise(points))
    usual = gaps[len(gaps) // 2] if gaps else timedelta(minutes=1)
    age = _looked_at(reading) - points[-1][0]
    return (age > max(4 * usual, _SILENT), 1.0)


def _looked_at(reading: Reading) -> datetime:
    return reading.scene.incident.opened_at


def _rising(symptom: str, factor: float, at_least: float = 0.0) -> Rule:
    def rule(reading: Reading) -> dict[str, Seen]:
        return {symptom: reading.change.rose(factor, at_least)}

    return rule


def _nothing(_reading: Reading) -> dict[str, Seen]:
    return {}


_RULES: dict[str, Rule] = {
    "cpu": _cpu,
    "memory": _memory,
    "traffic": _traffic,
    "errors": _rising("errors_up", 2.5),
    "availability": lambda reading: {"errors_up": reading.change.fell(0.98)},
    "latency": _latency,
    "work": _rising("work_per_request_up", 2.0),
    "unhealthy_hosts": _unhealthy,
    "healthy_hosts": _healthy,
    "throttles": _rising("throttles_up", 3.0, at_least=1.0),
    "queue_age": _rising("queue_age_up", 3.0),
    "queue_depth": _queue_depth,
    "consumption": _consumption,
    "connections": _rising("connections_high", 1.8),
    "disk": lambda reading: {"disk_high": (reading.recent >= 90, 1.0)},
    "cold_starts": _rising("cold_starts_up", 2.0),
    "concurrency": _rising("concurrency_high", 1.8),
    "conflicts": _rising("conditional_failures_up", 3.0, at_least=3.0),
    "network_errors": _rising("network_errors_up", 3.0, at_least=3.0),
    "client_errors": _rising("client_errors_up", 2.5, at_least=1.0),
    "dead_letters": _rising("dead_letters_up", 1.5, at_least=0.5),
    "in_flight": _rising("in_flight_high", 3.0),
    "cache_misses": _rising("cache_misses_up", 2.0),
    "cache_hits": _cache_hits,
    "evictions": _rising("cache_evictions_up", 3.0, at_least=3.0),
    "capacity": _capacity,
    "integration": _rising("integration_slow", 1.7),
    "certificate": _certificate,
    "door": _door,
    "cooling": _cooling,
    "battery": _battery,
    "mains": _mains,
    "signal": _signal,
    "silence": _age_of_news,
    "connected": _connected,
    "reports": _reports,
    "temperature": _temperature,
    "humidity": _rising("humidity_up", 1.2),
    "unchanged": _rising("readings_stuck", 4.0, at_least=60.0),
    "received": _nothing,
    "ambient": _nothing,
}
_TOLD_BY_DEVICES = {"temperature", "humidity", "battery", "cooling", "signal"}
MAIN = {
    "cpu": "cpu_high",
    "memory": "memory_high",
    "errors": "errors_up",
    "availability": "errors_up",
    "latency": "latency_up",
    "unhealthy_hosts": "unhealthy_hosts",
    "healthy_hosts": "unhealthy_hosts",
    "throttles": "throttles_up",
    "queue_age": "queue_age_up",
    "queue_depth": "queue_depth_up",
    "connections": "connections_high",
    "disk": "disk_high",
    "client_errors": "client_errors_up",
    "integration": "integration_slow",
    "dead_letters": "dead_letters_up",
    "conflicts": "conditional_failures_up",
    "cache_misses": "cache_misses_up",
    "temperature": "temperature_high",
    "door": "door_open",
    "battery": "battery_low",
    "signal": "signal_weak",
    "silence": "telemetry_stopped",
    "unchanged": "readings_stuck",
    "reports": "telemetry_stopped",
    "certificate": "certificate_expiring",
    "concurrency": "concurrency_high",
}
"""What it means for an alarm on such a metric to sound."""
