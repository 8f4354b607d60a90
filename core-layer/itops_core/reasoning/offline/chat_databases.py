"""Relational databases in questions: what is asked about them, and what the answers say."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation, ToolCall
from itops_core.reasoning.offline.chat_fact import Fact, cited, clock
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.database_readings import Course, course_of, quantity
from itops_core.reasoning.offline.reading import count_of, number_of, records, shortened, text_of

TOPIC = "database"
_MOST_ASKED = 3
_INSTANCE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}")
_LONGEST_HOURS = 336
_MOST_MOVES, _MOST_EVENTS = 3, 3
_HARM = re.compile(r"fail|crash|out of|full|exceed|restart|reboot|recover|lag|unavailable|stopp")


@dataclass(frozen=True)
class _Rule:
    """Which way a metric goes when it tells of trouble, from where on, and how sure that is."""

    upwards: bool
    times: float
    trouble: float
    at_least: float = 0.0


_RULES: Mapping[str, _Rule] = {
    "DatabaseConnections": _Rule(upwards=True, times=1.5, trouble=0.7, at_least=10),
    "CPUUtilization": _Rule(upwards=True, times=1.5, trouble=0.7, at_least=70),
    "FreeStorageSpace": _Rule(upwards=False, times=1.5, trouble=0.8),
    "FreeableMemory": _Rule(upwards=False, times=2.0, trouble=0.6),
    "SwapUsage": _Rule(upwards=True, times=3.0, trouble=0.5, at_least=2**28),
    "ReplicaLag": _Rule(upwards=True, times=2.0, trouble=0.7, at_least=30),
    "AuroraReplicaLag": _Rule(upwards=True, times=2.0, trouble=0.7, at_least=1000),
    "DiskQueueDepth": _Rule(upwards=True, times=2.0, trouble=0.6, at_least=5),
    "ReadLatency": _Rule(upwards=True, times=2.0, trouble=0.6, at_least=0.01),
    "WriteLatency": _Rule(upwards=True, times=2.0, trouble=0.6, at_least=0.01),
    "ReadIOPS": _Rule(upwards=True, times=3.0, trouble=0.4, at_least=100),
    "Deadlocks": _Rule(upwards=True, times=1.5, trouble=0.6, at_least=0.05),
}


def database_calls(scope: Scope, entry: CatalogEntry) -> Iterator[ToolCall]:
    """Yield how a database went, what loads it, and what happened to it."""
    name = _instance(entry)
    if entry.kind != "database" or name is None:
        return
    until = {} if scope.is_now else {"end": scope.reading.until.isoformat()}
    span = {"instance": name, "minutes_back": scope.reading.minutes, **until}
    yield _monitoring("get_database_metrics", **span)
    yield _monitoring("get_database_load", **span)
    before = {} if scope.is_now else {"before": scope.reading.until.isoformat()}
    hours = min(_LONGEST_HOURS, max(1, scope.reading.hours))
    yield _monitoring("list_database_events", instance=name, hours_back=hours, **before)


def databases_meant(scope: Scope) -> list[CatalogEntry]:
    """Return the databases that a question about databases is about: those named, else leaned on.

    Where nothing was named it is about all of them, those that matter most first.
    """
    if TOPIC not in scope.reading.topics:
        return []
    known = sorted((one for one in scope.entries if one.kind == TOPIC), key=lambda one: one.tier)
    leaned_on = {name for one in scope.chosen for name in one.depends_on}
    meant = [one for one in known if not scope.chosen or one.entry_id in leaned_on]
    return meant[:_MOST_ASKED]


def metrics_seen(seen: Observation, scope: Scope) -> Iterator[Fact]:
    """Yield how the metrics of a database moved, the worst first."""
    instance, about = _told_of(seen, scope)
    moved: list[tuple[float, Fact]] = []
    known = 0
    for record in records(seen.content, "metrics"):
        course = course_of(seen, record)
        if course is None or text_of(record, "of") != instance:
            continue
        known += 1
        rule = _RULES.get(course.metric)
        size = _moved(course, rule) if rule else 0.0
        if rule and size:
            way = "rose" if rule.upwards else "fell"
            first, last = quantity(course.first, course.unit), quantity(course.last, course.unit)
            told = f"{course.metric} of database {instance} {way} from {first} to {last}"
            fact = Fact(
                f"{told}.",
                course.citations,
                trouble=rule.trouble,
                cause=told,
                confidence=0.45,
                is_on_topic=TOPIC in scope.reading.topics,
                about=about,
            )
            moved.append((rule.trouble * min(size, 10.0), fact))
    for _, fact in sorted(moved, key=lambda one: -one[0])[:_MOST_MOVES]:
        yield fact
    if known and not moved:
        told = f"None of {known} metrics of database {instance} tells of trouble."
        yield Fact(told, cited(seen, f'"instance":"{instance}"'), about=about)


def load_seen(seen: Observation, scope: Scope) -> Iterator[Fact]:
    """Yield what loads a database, and whether it is more than it can carry."""
    instance, about = _told_of(seen, scope)
    load, facts = _object(seen, "load"), _object(seen, "facts")
    statements, waits = records(load, "statements"), records(load, "waits")
    drawn = [float(one) for one in load.get("drawn") or () if isinstance(one, int | float)]
    if not drawn or not (statements or waits):
        return
    vcpus = count_of(facts, "vcpus")
    peak = max(drawn)
    over = vcpus is not None and peak > vcpus
    top = text_of((statements or waits)[0], "name")
    wait = text_of(waits[0], "name") if waits else ""
    share = number_of((statements or waits)[0], "share") or 0.0
    told = f"Load of database {instance}: up to {peak:.3g} sessions at once"
    told += f" for {vcpus} vCPUs" if vcpus else ""
    told += f", waiting most for {wait}" if wait else ""
    what = "a statement" if statements else "a wait"
    yield Fact(
        f"{told}; {share:.0%} of it is {what}: {shortened(top, 120)}",
        cited(seen, top.split("…")[0], wait),
        trouble=0.65 if over else 0.2,
        cause=f"Database {instance} is overloaded: {shortened(top, 160)}" if over else "",
        confidence=0.5 if over else 0.0,
        is_on_topic=TOPIC in scope.reading.topics,
        about=about,
    )


def events_seen(seen: Observation, scope: Scope) -> Iterator[Fact]:
    """Yield what RDS told of a database, what did harm first."""
    instance, about = _told_of(seen, scope)
    events = records(seen.content, "events")
    harmful = [one for one in events if _HARM.search(text_of(one, "message").lower())]
    for one in (harmful or events)[:_MOST_EVENTS]:
        message = text_of(one, "message")
        yield Fact(
            f"{clock(one.get('at'))}: RDS told of {instance}: {shortened(message, 200)}",
            cited(seen, message.split("…")[0]),
            trouble=0.6 if harmful else 0.1,
            is_change=not harmful,
            is_on_topic=TOPIC in scope.reading.topics,
            about=about,
        )
    if not events:
        told = f"Nothing happened to database {instance} that RDS tells of."
        yield Fact(told, cited(seen, '"events":[]'), about=about)


def _moved(course: Course, rule: _Rule) -> float:
    """Return how many times a metric became worse, or 0 where that tells of nothing."""
    if rule.upwards:
        return course.rise if course.rise >= rule.times and course.now >= rule.at_least else 0.0
    fell = course.then / course.now if course.now > 0 else 1000.0
    return fell if fell >= rule.times and course.then > 0 else 0.0


def _told_of(seen: Observation, scope: Scope) -> tuple[str, str]:
    """Return the instance that was asked about, and its name in the catalog."""
    instance = str(seen.call.arguments.get("instance", ""))
    named = (one.entry_id for one in scope.entries if _instance(one) == instance)
    return instance, next(named, "")


def _instance(entry: CatalogEntry) -> str | None:
    name = entry.resource or entry.entry_id
    return name if _INSTANCE.fullmatch(name) else None


def _object(seen: Observation, field: str) -> Mapping[str, Any]:
    told = seen.content.get(field)
    return told if isinstance(told, Mapping) else {}


def _monitoring(tool: str, **arguments: Any) -> ToolCall:  # noqa: ANN401
    return ToolCall(server="monitoring", tool=tool, arguments=arguments)
