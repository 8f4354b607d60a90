"""Traces as the scenario's telemetry tells them: who called whom, how slowly, what failed.

As pure as the story: the same moment gives the same trace.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.placeholders import filled
from local_cloud.sandbox.story import Story

Told = Mapping[str, tuple[Part, Story]]
"""Parts by name, each with the story that tells its telemetry."""

_DEEPEST = 6
_CALLED = 0.85
"""How often a request needs one of the services that a service depends on."""
_SLOW_ONE_IN = 12
_CALL_SECONDS = 0.002
"""What the way to another service takes."""


@dataclass
class _Request:
    """One request on its way through the services."""

    told: Told
    trace_id: str
    chance: Random
    owed: dict[str, float]
    documents: list[dict[str, Any]] = field(default_factory=list)

    def new_id(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"


@dataclass(frozen=True)
class _Served:
    """How one part answered."""

    end: float
    failed: bool
    throttled: bool = False


class Tracer:
    """Tells traces; what a service's failures still owe its rate goes over to the next call."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._owed: dict[str, float] = {}

    def traces(self, told: Told, moments: Iterable[float]) -> Iterator[str]:
        """Yield the segment documents of one trace for each moment, from one of the entries."""
        entries = entries_of(told)
        if not entries:
            return
        for at in moments:
            chance = Random(f"{self._seed}:{at:.3f}")  # noqa: S311 - rehearsed, nothing secret
            trace_id = f"1-{int(at):08x}-{chance.getrandbits(96):024x}"
            request = _Request(told, trace_id, chance, self._owed)
            _serve(request, chance.choice(entries), at, None, ())
            yield from (json.dumps(one, separators=(",", ":")) for one in request.documents)


def entries_of(told: Told) -> list[str]:
    """Return the parts that no other calls; all of them where they call in circles."""
    traced = {name for name, (part, _) in told.items() if part.segment_origin}
    called = {name for part, _ in told.values() for name in part.depends_on}
    return sorted(traced - called) or sorted(traced)


def around(told: Told, names: Iterable[str]) -> Told:
    """Return those of `told` that `names` call or are called by, directly or not."""
    reached = set(names) & set(told)
    size = -1
    while size != len(reached):
        size = len(reached)
        for name, (service, _) in told.items():
            if name in reached or reached & set(service.depends_on):
                reached |= {name} | (set(service.depends_on) & set(told))
    return {name: pair for name, pair in told.items() if name in reached}


def past_moments(onset: float, now: float) -> list[float]:
    """Return when the traces of a fault's past began: a few before its onset, more since."""
    before = [onset - 1200 + 60 * number for number in range(20)]
    since = max(1.0, now - onset)
    return [at for at in before if at < now] + [
        onset + since * number / 40 for number in range(40) if onset + since * number / 40 < now
    ]


def _serve(
    request: _Request, name: str, start: float, parent: str | None, above: Sequence[str]
) -> _Served:
    """Let a part answer; write its segment and those of all it calls."""
    part, story = request.told[name]
    segment_id = request.new_id()
    calls, end, failures = _call_all(request, part, (start, segment_id), (*above, name))
    took = _seconds(story, part, start, request.chance)
    failed, propagated = _fails(request, part, story, start, failures)
    end = max(start + took, end + _CALL_SECONDS)
    document: dict[str, Any] = {
        "name": name,
        "id": segment_id,
        "trace_id": request.trace_id,
        "start_time": round(start, 6),
        "end_time": round(end, 6),
        "origin": part.segment_origin,
        "http": {"response": {"status": 503 if failed else 200}},
    }
    if parent:
        document["parent_id"] = parent
    if calls:
        document["subsegments"] = calls
    if failed:
        document |= {"fault": True}
        if not propagated:
            document["cause"] = _cause(story, part, start, request.chance)
    request.documents.append(document)
    return _Served(end, failed)


def _call_all(
    request: _Request, part: Part, began: tuple[float, str], above: tuple[str, ...]
) -> tuple[list[dict[str, Any]], float, list[str]]:
    """Call what the part depends on, one after the other; return calls, end and failures."""
    at = began[0] + _CALL_SECONDS
    calls: list[dict[str, Any]] = []
    failures: list[str] = []
    for callee in part.depends_on:
        if callee in above or len(above) >= _DEEPEST or request.chance.random() > _CALLED:
            continue
        call_id, start = request.new_id(), at
        served = _answered(request, callee, start, call_id, above)
        at = served.end + _CALL_SECONDS
        calls.append(_call(request, callee, call_id, (start, at), served))
        if served.failed:
            failures.append(callee)
    return calls, at, failures


def _answered(
    request: _Request, callee: str, start: float, call_id: str, above: tuple[str, ...]
) -> _Served:
    """Return how the callee answered; what writes no segments is seen by its callers alone."""
    if callee not in request.told:
        return _Served(start + request.chance.uniform(0.004, 0.03), failed=False)
    part, story = request.told[callee]
    if part.segment_origin:
        return _serve(request, callee, start + _CALL_SECONDS, call_id, above)
    failed, _ = _fails(request, part, story, start, ())
    took = _seconds(story, part, start, request.chance)
    throttled = failed and isinstance(part, ComponentSpec) and part.kind == "table"
    return _Served(start + took, failed, throttled)


def _call(
    request: _Request, callee: str, call_id: str, when: tuple[float, float], served: _Served
) -> dict[str, Any]:
    part = request.told[callee][0] if callee in request.told else None
    call: dict[str, Any] = {
        "id": call_id,
        "name": callee,
        "namespace": "aws" if _is_aws_sdk(part) else "remote",
        "start_time": round(when[0], 6),
        "end_time": round(when[1], 6),
        "http": {"response": {"status": _status(served)}},
    }
    if served.throttled:
        return {**call, "error": True, "throttle": True}
    return {**call, "fault": True} if served.failed else call


def _is_aws_sdk(part: Part | None) -> bool:
    return isinstance(part, ComponentSpec) and part.kind in {"table", "queue"}


def _status(served: _Served) -> int:
    if served.throttled:
        return 400
    return 503 if served.failed else 200


def _fails(
    request: _Request, part: Part, story: Story, at: float, failures: Sequence[str]
) -> tuple[bool, bool]:
    """Return whether the part fails, and whether only because of what it called."""
    rate = _rate(story, part, at)
    below = [
        _rate(*_pair(request.told[name]), at) for name in part.depends_on if name in request.told
    ]
    for name in failures:
        its = _rate(*_pair(request.told[name]), at)
        if request.chance.random() < (rate / its if its else 1.0):
            return True, True
    own = max(0.0, rate - sum(min(rate, one) for one in below))
    # Not by chance: of a few dozen requests as many fail as the rate says, neither more nor none.
    owed = request.owed.get(part.name, 0.5) + own
    request.owed[part.name] = owed - 1 if owed >= 1 else owed
    return owed >= 1, False


def _pair(told: tuple[Part, Story]) -> tuple[Story, Part]:
    return told[1], told[0]


def _rate(story: Story, part: Part, at: float) -> float:
    metric = part.metric("error_rate")
    return story.value(part, metric, at) / 100 if metric else 0.0


def _seconds(story: Story, part: Part, at: float, chance: Random) -> float:
    """Return how long a request took, where the metric tells the slowest of a hundred."""
    metric = part.metric(part.slowness)
    if metric is None:
        return 0.005
    factor = 1.0 if metric.unit == "Seconds" else 0.001
    slowest = story.value(part, metric, at) * factor
    if chance.randrange(_SLOW_ONE_IN) == 0:
        return slowest * chance.uniform(0.8, 1.0)
    return slowest * math.exp(chance.gauss(-0.9, 0.25))


def _cause(story: Story, part: Part, at: float, chance: Random) -> dict[str, Any]:
    """Return the exception: in the words of what the part logs then, if it logs errors."""
    messages = [
        log.message
        for log in story.scenario.logs
        if log.service == part.name
        and log.level in {"ERROR", "FATAL"}
        and at >= story.onset + log.after_minutes * 60
    ]
    message = filled(messages[0], chance) if messages else "the request could not be served"
    return {"exceptions": [{"id": f"{chance.getrandbits(64):016x}", "message": message}]}
