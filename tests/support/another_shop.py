"""The same fault in another shop: other names, numbers, times and words; the same truth."""

import re
from random import Random

from itops_core.domain.values import Value
from local_cloud.sandbox.conditions import Condition
from local_cloud.sandbox.effects import Effect
from local_cloud.sandbox.renaming import renamed
from local_cloud.sandbox.scenario import Scenario

_NAMES = (
    "ledger-api", "voucher-desk", "tariff-engine", "seatmap", "parcel-router", "loyalty-hub",
    "quote-service", "media-store", "claims-intake", "fleet-planner", "billing-core", "checkin",
)  # fmt: skip
_WORDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"java\.lang\.OutOfMemoryError.*",
        (
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            "MemoryError: cannot allocate {int:8-64} MiB for request {id}",
        ),
    ),
    (
        r"GC pause.*",
        (
            "heap usage {int:91-98}% after full collection, took {int:700-1900}ms",
            "resident set {int:930-1010} MiB of 1024 MiB",
        ),
    ),
    (
        r"request queue length.*",
        (
            "backlog of {int:200-600} requests, shedding load",
            "accept queue depth {int:300-900}, wait {int:2100-4800}ms",
        ),
    ),
    (
        r"no free worker.*",
        (
            "all {int:16-64} workers busy, rejected request {id} with 503",
            "too many concurrent requests: {int:400-900}, turned away {ip}",
        ),
    ),
    (
        r"unhandled TypeError.*",
        (
            "java.lang.NullPointerException: rate is null at PriceMapper.map(line {int:40-90})",
            "Traceback (most recent call last): KeyError: 'net_amount' in build_offer",
        ),
    ),
    (
        r"health check /healthz.*",
        (
            "readiness probe failed: no response within {int:3-8}s",
            "GET /health -> 503, unhealthy",
        ),
    ),
    (
        r"worker-\{int:1-32\} blocked.*",
        (
            "deadlock suspected: thread pool-{int:1-8} waiting for monitor for {int:40-200}s",
            "watchdog: request loop stalled for {int:30-120}s, no progress",
        ),
    ),
)


def varied(scenario: Scenario, seed: int) -> Scenario:
    """Return `scenario` in another shop."""
    chance = Random(seed)  # noqa: S311 - variety, nothing secret
    names = chance.sample(_NAMES, len(scenario.estate))
    known = [service.name for service in scenario.estate]
    other = renamed(scenario, dict(zip(known, names, strict=True)))
    slower = chance.uniform(0.7, 1.6)
    pace = chance.uniform(1.0, 1.4)
    return Scenario.model_validate(
        {
            **dict(other),
            "seed": seed,
            "onset_minutes_ago": round(other.onset_minutes_ago * pace, 1),
            "estate": [_service(service, slower, chance) for service in other.estate],
            "effects": [_effect(effect, slower) for effect in other.effects],
            "logs": [_change(log, message=_said(log.message, chance)) for log in other.logs],
            "changes": [
                _change(
                    one, minutes_before_onset=one.minutes_before_onset * chance.uniform(0.8, 1.2)
                )
                for one in other.changes
            ],
            "alarm": _alarm(other, slower, chance),
            "physics": _change(
                other.physics, recovers_when=tuple(map(_condition, other.physics.recovers_when))
            ),
        }
    )


def _service(service: Value, slower: float, chance: Random) -> Value:
    levels = service.__dict__["levels"]
    busier = chance.uniform(0.6, 1.8)
    return _change(
        service,
        image=f"registry/{chance.randrange(100, 999)}:{chance.randrange(1, 40)}.0",
        desired_count=service.__dict__["desired_count"] + 1,
        metric_namespace="Enterprise",
        log_format=chance.choice(("plain", "json")),
        log_group=f"/prod/{service.__dict__['name']}",
        levels=_change(levels, requests=levels.requests * busier, latency=levels.latency * slower),
    )


def _effect(effect: Effect, slower: float) -> Value:
    if effect.metric == "latency":
        return _change(effect, to=effect.to * slower)
    if effect.metric == "requests":
        return _change(effect, to=effect.to * 1.8)
    return effect


def _alarm(scenario: Scenario, slower: float, chance: Random) -> Value:
    alarm = scenario.alarm
    factor = slower if alarm.metric == "latency" else 1.0
    stricter = 1.0 if alarm.metric in {"unhealthy_hosts", "memory"} else chance.uniform(0.9, 1.1)
    return _change(
        alarm,
        name=f"prod-{chance.randrange(1000, 9999)}",
        threshold=round(alarm.threshold * factor * stricter, 2),
        description="Look into this.",
    )


def _condition(condition: Condition) -> Value:
    return _change(condition, count=condition.count + 1) if condition.count else condition


def _said(message: str, chance: Random) -> str:
    for pattern, wordings in _WORDINGS:
        if re.fullmatch(pattern, message):
            return chance.choice(wordings)
    return message


def _change(value: Value, **fields: object) -> Value:
    return value.model_copy(update=fields)
