"""Who leans on whom, and to which of them the evidence at a component points."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from itops_core.reasoning.offline.extract_logs import LogLine, compared, families_of, log_lines
from itops_core.reasoning.offline.reading import number_of, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.targets import telling_parts

_ABOUT_OTHERS = {
    "log_connection_refused",
    "log_downstream_timeout",
    "log_downstream_error",
    "log_throttled",
    "log_table_throttled",
    "log_hot_partition",
    "log_cache_failed",
    "log_gateway_timeout",
    "log_integration_error",
    "log_name_resolution",
    "log_certificate",
    "log_message_rejected",
}
_ALL_LINES = 14.0
"""How much more likely the one is that every failing line names."""
_TRACED = 20.0
_RANKED = 12.0
_SELF = 0.8
_OWN = 0.5
_PEER = 2.0
_MAYBE = 0.15
_UNNAMED = 0.25
_RUN_BY_AWS = 0.1
"""How readily a table or a queue fails for no reason to be seen: its own faults show in metrics."""
_HOST = re.compile(
    r"(?:https?://|\blookup |\bto |\bfrom |\bhost[ =:]+|\bupstream[ :=]+|\bconnect(?:ing)? to )"
    r"([a-z0-9][\w-]*(?:\.[\w-]+)+)",
    re.IGNORECASE,
)


def callees(scene: Scene) -> tuple[str, ...]:
    """Return whom a component calls: by the catalog, by traces, by the map of a ranking."""
    target = scene.target
    found = [*target.depends_on, *sources(scene)]
    if "queue" in scene.kinds:
        found += target.dependants
    for seen in scene.answers("get_service_map"):
        for call in records(seen.content, "calls"):
            if text_of(call, "caller") in target.names and text_of(call, "callee"):
                found.append(_known_as(scene, text_of(call, "callee")))
    for seen in scene.answers("rank_root_causes"):
        calls = seen.content.get("calls")
        told = calls.get(target.name) if isinstance(calls, dict) else None
        found += [str(name) for name in told] if isinstance(told, list) else []
    return tuple(name for name in dict.fromkeys(found) if name not in target.names)


def shares(scene: Scene) -> dict[str, dict[str, float]]:
    """Return, by a fault's `at`, who may be at fault for what a component suffers."""
    name, given_up = scene.target.name, dict.fromkeys(sources(scene), 1.0)
    workers = _weighted(scene, dict.fromkeys(scene.target.dependants, 1.0))
    peers = {
        other: share if share > _PEER else _MAYBE
        for other, share in dependency_shares(scene).items()
        if share > _PEER or other in scene.catalogued
    }
    return {
        "dependency": dependency_shares(scene),
        "consumer": given_up or {name: _OWN, **workers},
        "source": given_up or _queues(scene),
        "peer": {name: _SELF, **peers},
    }


def _queues(scene: Scene) -> dict[str, float]:
    """Return the queues that somebody who works on messages takes them from."""
    if "queue" in scene.kinds:
        return {}
    known = (scene.catalogued.get(name) for name in scene.target.depends_on)
    return {one.name: 1.0 for one in known if one is not None and one.kind == "queue"}


def sources(scene: Scene) -> tuple[str, ...]:
    """Return the queues that give up into this one, if it is one for dead letters."""
    found: list[str] = []
    for seen in scene.answers("get_dlq_depth"):
        for queue in records(seen.content, "queues"):
            told = queue.get("dead_letters_of")
            if text_of(queue, "name") in scene.target.names and isinstance(told, list):
                found += [_known_as(scene, str(one).removeprefix("function ")) for one in told]
    return tuple(dict.fromkeys(found))


def dependency_shares(scene: Scene) -> dict[str, float]:
    """Return to which of those that it calls the evidence at a component points, and how much."""
    found = _weighted(scene, {name: _frailty(scene, name) for name in callees(scene)})
    outside = [name for name in found if _is_outside(scene, name)]
    if not _is_named(found):
        for host, share in _hosts(scene).items():
            # A host that nobody knows is that of whoever is outside, where somebody is.
            for name in outside or [host]:
                found[name] = found.get(name, 0.0) + _ALL_LINES * share / max(1, len(outside))
    if not found and not scene.is_first:
        return {}
    if not found or len(found) > 1:
        found[f"a dependency of {scene.target.name}"] = _UNNAMED if found else 1.0
    return found


def _is_outside(scene: Scene, name: str) -> bool:
    known = scene.catalogued.get(name)
    return known is not None and known.kind in ("external", "other")


def _frailty(scene: Scene, name: str) -> float:
    """Return how readily one that is called fails for a reason of its own."""
    known = scene.catalogued.get(name)
    return _RUN_BY_AWS if known is not None and known.kind in ("table", "queue") else 1.0


def _is_named(shares_found: Mapping[str, float]) -> bool:
    return any(share > 1.5 for share in shares_found.values())


def _weighted(scene: Scene, names: Mapping[str, float]) -> dict[str, float]:
    told = _mentions(scene, names)
    traced, rank = traced_culprits(scene), ranked_suspects(scene)
    return {
        name: base
        + _ALL_LINES * told.get(name, 0.0)
        + _TRACED * _within(scene, name, traced)
        + _RANKED * _within(scene, name, rank)
        for name, base in names.items()
    }


def _mentions(scene: Scene, names: Iterable[str]) -> dict[str, float]:
    """Return which share of the failing lines about others names each of `names`."""
    lines = failing_calls(scene)
    found: dict[str, float] = {}
    for name in names:
        pattern = _name_pattern(_aliases(scene, name))
        hits = sum(bool(pattern.search(line.message)) for line in lines)
        if hits:
            found[name] = hits / len(lines)
    return found


def failing_calls(scene: Scene) -> tuple[LogLine, ...]:
    """Return the lines since the onset that tell of calls to others that fail."""
    families, beside = scene.library.families, compared(scene)
    return tuple(
        line
        for line in (*log_lines(scene), *(beside.changed if beside else ()))
        if (line.at is None or line.at >= scene.onset - scene.margin)
        and _ABOUT_OTHERS & set(families_of(line, families))
    )


def _aliases(scene: Scene, name: str) -> frozenset[str]:
    known = scene.catalogued.get(name)
    return frozenset({name, *(known.names if known else ())})


@lru_cache(maxsize=512)
def _name_pattern(names: frozenset[str]) -> re.Pattern[str]:
    """Return what finds any of these names, also spelled otherwise or by its telling part."""
    words: set[str] = set()
    for name in names:
        parts = [part for part in re.split(r"[^a-z0-9]+", name.lower()) if part]
        if parts:
            words.add(r"[\W_]?".join(re.escape(part) for part in parts))
        telling = telling_parts(name)
        if telling:
            words.add(r"[\W_]?".join(re.escape(part) for part in telling))
        # "geocode" is what a geocoder does.
        words |= {re.escape(part[:-1]) + r"\w{0,3}" for part in telling if len(part) > 6}
    return re.compile(
        rf"(?<![a-z0-9])(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![a-z0-9])",
        re.IGNORECASE,
    )


def _hosts(scene: Scene) -> dict[str, float]:
    """Return which hosts the failing calls name, where they name nobody who is known."""
    lines = failing_calls(scene)
    found: dict[str, float] = {}
    for line in lines:
        for host in set(_HOST.findall(line.message)):
            if not re.fullmatch(r"[\d.]+", host) and not re.search(
                r"\.(?:java|py|go|js|ts)$", host
            ):
                found[host.lower()] = found.get(host.lower(), 0.0) + 1 / len(lines)
    return {host: share for host, share in found.items() if share >= 0.3}


def traced_culprits(scene: Scene) -> dict[str, float]:
    """Return at whom the failing or slow traces through a component end, as shares of them."""
    counts: dict[str, float] = {}
    for seen in scene.answers("get_traces"):
        for trace in records(seen.content, "traces"):
            path = records(trace, "path")
            if not path or not (text_of(trace, "failed") or _is_slow(path)):
                continue
            last = path[-1] if text_of(trace, "failed") else _slowest(path)
            name = _known_as(scene, text_of(last, "service"))
            counts[name] = counts.get(name, 0.0) + 1
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()} if total >= 2 else {}


def ranked_suspects(scene: Scene) -> dict[str, float]:
    """Return the suspects that `rank_root_causes` names, with their scores."""
    found: dict[str, float] = {}
    for seen in scene.answers("rank_root_causes"):
        for suspect in records(seen.content, "suspects"):
            name = _known_as(scene, text_of(suspect, "component"))
            found[name] = max(found.get(name, 0.0), number_of(suspect, "score") or 0.0)
    return found


def graph(scene: Scene) -> dict[str, tuple[str, ...]]:
    """Return who calls whom, as far as it was seen."""
    found: dict[str, list[str]] = {}
    for target in scene.catalogued.values():
        found.setdefault(target.name, []).extend(target.depends_on)
    for seen in scene.answers("get_service_map"):
        for call in records(seen.content, "calls"):
            caller = _known_as(scene, text_of(call, "caller"))
            found.setdefault(caller, []).append(_known_as(scene, text_of(call, "callee")))
    for seen in scene.answers("rank_root_causes"):
        for caller, told in _lists(seen.content.get("calls")):
            found.setdefault(caller, []).extend(told)
    return {name: tuple(dict.fromkeys(others)) for name, others in found.items()}


def _within(scene: Scene, name: str, blamed: Mapping[str, float]) -> float:
    """Return how much of the blame falls on `name` or on what lies behind it."""
    if not blamed:
        return 0.0
    calls = graph(scene)
    reached, waiting = {name}, [name]
    while waiting and len(reached) < 40:
        for other in calls.get(waiting.pop(), ()):
            if other not in reached and other != scene.target.name:
                reached.add(other)
                waiting.append(other)
    return sum(share for other, share in blamed.items() if other in reached)


def _known_as(scene: Scene, name: str) -> str:
    """Return a component's name in the catalog, where it is told by another one of its names."""
    known = scene.catalogued.get(name)
    return known.name if known else name


def _lists(value: Any) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401 - read from an answer
    for name, told in value.items() if isinstance(value, dict) else ():
        if isinstance(told, list):
            yield str(name), [str(one) for one in told]


def _is_slow(path: tuple[dict[str, Any], ...]) -> bool:
    return (number_of(path[0], "took_ms") or 0.0) >= 1000


def _slowest(path: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return max(path, key=lambda stage: number_of(stage, "own_ms") or 0.0)
