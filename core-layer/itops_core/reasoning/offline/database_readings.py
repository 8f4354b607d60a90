"""What the three database tools answered, ready to be judged: metrics, load, events."""

import re
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.reading import moment, number_of, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import cite, quoted_field, quoted_text

METRICS, LOAD, EVENTS = "get_database_metrics", "get_database_load", "list_database_events"

_RECENT = 3
_OF_LIMIT = re.compile(
    r"connections?\D{0,30}(\d[\d,]{1,6})\s*(?:of|/|out of)\s*(\d[\d,]{1,6})", re.IGNORECASE
)
_LIMIT = re.compile(r"max_connections\W{0,6}(?:is|=|of|to|:)?\s*(\d{2,6})\b", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s?% of (?:the )?max_connections", re.IGNORECASE)


@dataclass(frozen=True)
class Course:
    """How one metric went through the window, oldest first."""

    metric: str
    unit: str
    values: tuple[float, ...]
    highest: float
    lowest: float
    citations: tuple[Citation, ...]

    @property
    def first(self) -> float:
        """Its first value."""
        return self.values[0]

    @property
    def last(self) -> float:
        """Its last value."""
        return self.values[-1]

    @property
    def now(self) -> float:
        """How it stands at the end, without a single outlier."""
        return statistics.median(self.values[-_RECENT:])

    @property
    def then(self) -> float:
        """How it stood at the beginning: the calmer of its first two values."""
        early = self.values[:2]
        return min(early) if self.now >= statistics.median(self.values) else max(early)

    @property
    def rise(self) -> float:
        """How many times what it was it is now."""
        return self.now / self.then if self.then > 0 else (1000.0 if self.now > 0 else 1.0)

    @property
    def told(self) -> str:
        """How it went, in words."""
        return f"{self.metric} {quantity(self.first, self.unit)} → {quantity(self.last, self.unit)}"


@dataclass(frozen=True)
class Share:
    """One contributor to the load."""

    name: str
    share: float
    waits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Load:
    """What Performance Insights told."""

    values: tuple[float, ...]
    vcpus: float | None
    statements: tuple[Share, ...]
    waits: tuple[Share, ...]
    evidence_id: str | None

    def cited(self, *names: str) -> tuple[Citation, ...]:
        """Cite contributors by their names."""
        return cite(self.evidence_id, *(quoted_text(name) for name in names))


@dataclass(frozen=True)
class Event:
    """One thing that RDS told of."""

    at: datetime
    message: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Readings:
    """All that was answered about one database."""

    scene: Scene

    @cached_property
    def name(self) -> str:
        """The instance in question."""
        return instance_of(self.scene)

    @cached_property
    def metrics(self) -> Mapping[str, Course]:
        """The instance's own metrics by name, and the worst lag of its replicas."""
        found: dict[str, Course] = {}
        for seen in self._answers(METRICS):
            for record in records(seen.content, "metrics"):
                course = course_of(seen, record)
                is_lag = course is not None and course.metric.endswith("ReplicaLag")
                if course is None or (text_of(record, "of") != self.name and not is_lag):
                    continue
                known = found.get(course.metric)
                if known is None or (is_lag and course.now > known.now):
                    found[course.metric] = course
        return found

    @property
    def were_read(self) -> bool:
        """Whether metrics were asked for and there are any."""
        return bool(self.metrics)

    @cached_property
    def load(self) -> Load | None:
        """The load, where it was asked for and is kept."""
        for seen in self._answers(LOAD):
            told = seen.content.get("load")
            if isinstance(told, dict):
                facts = seen.content.get("facts")
                known = facts if isinstance(facts, dict) else {}
                return Load(
                    values=_numbers(told.get("drawn")),
                    vcpus=number_of(known, "vcpus"),
                    statements=_shares(told, "statements"),
                    waits=_shares(told, "waits"),
                    evidence_id=seen.evidence_id,
                )
        return None

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What RDS told of, oldest first."""
        return tuple(sorted(self._events(), key=lambda event: event.at))

    @cached_property
    def connection_limit(self) -> float | None:
        """How many connections there may be, as far as anything says so."""
        for text in (*(event.message for event in self.events), self._alarm_words):
            if found := _OF_LIMIT.search(text):
                return float(found[2].replace(",", ""))
            if found := _LIMIT.search(text):
                return float(found[1])
        return None

    @cached_property
    def connection_percent(self) -> float | None:
        """How full the connection slots are, as the alarm's own words have it."""
        found = _PERCENT.search(self._alarm_words)
        return float(found[1]) if found else None

    @property
    def _alarm_words(self) -> str:
        alarm = self.scene.alarm
        return f"{alarm.description} {alarm.reason}" if alarm else ""

    def _answers(self, tool: str) -> Iterator[Observation]:
        """Yield what a tool said of this instance; others may have been looked at, too."""
        for seen in self.scene.answers(tool):
            if seen.call.arguments.get("instance") == self.name:
                yield seen

    def _events(self) -> Iterator[Event]:
        for seen in self._answers(EVENTS):
            for record in records(seen.content, "events"):
                at, message = moment(record.get("at")), text_of(record, "message")
                if at is not None and message:
                    yield Event(at, message, cite(seen.evidence_id, quoted_text(message)))


def instance_of(scene: Scene) -> str:
    """Return the identifier of the DB instance in question."""
    dimensions = {
        **dict(scene.target.metric_dimensions),
        **(scene.alarm.dimensions if scene.alarm else {}),
    }
    return str(dimensions.get("DBInstanceIdentifier") or scene.target.name)


def quantity(value: float, unit: str) -> str:
    """Return a value with its unit, as people read it."""
    if unit.startswith("Bytes"):
        rate = "/s" if unit.endswith("/Second") else ""
        for size, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}{rate}"
        return f"{value:.3g} B{rate}"
    ending = {"Percent": " %", "Seconds": " s", "Milliseconds": " ms", "Count/Second": "/s"}
    return (
        f"{value:,.4g}{ending.get(unit, '')}"
        if abs(value) < 10_000
        else f"{value:,.0f}" + (ending.get(unit, ""))
    )


def course_of(seen: Observation, record: Mapping[str, Any]) -> Course | None:
    """Return how one metric of an answer went, or `None` where it tells too little."""
    values = _numbers(record.get("drawn"))
    highest, lowest = number_of(record, "highest"), number_of(record, "lowest")
    metric = text_of(record, "metric")
    if not values or highest is None or lowest is None or not metric:
        return None
    quotes = (quoted_field("metric", metric), quoted_field("highest", record["highest"]))
    return Course(
        metric=metric,
        unit=text_of(record, "unit"),
        values=values,
        highest=highest,
        lowest=lowest,
        citations=cite(seen.evidence_id, *quotes),
    )


def _shares(told: Mapping[str, Any], group: str) -> tuple[Share, ...]:
    return tuple(
        Share(
            name=text_of(record, "name"),
            share=number_of(record, "share") or 0.0,
            waits=tuple(text_of(wait, "name") for wait in records(record, "waits")),
        )
        for record in records(told, group)
        if text_of(record, "name")
    )


def _numbers(value: object) -> tuple[float, ...]:
    items = value if isinstance(value, list) else []
    return tuple(
        float(one) for one in items if isinstance(one, int | float) and not isinstance(one, bool)
    )
