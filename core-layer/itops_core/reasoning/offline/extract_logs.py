"""What log lines tell: which families of failures, since when, and how often."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.library import LogFamily
from itops_core.reasoning.offline.log_reach import (
    how_many,
    is_counted_since,
    minutes_seen_before,
    told_of_before,
)
from itops_core.reasoning.offline.reading import count_of, moment, records, shortened, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field, quoted_text

_LEVEL = re.compile(
    r"\b(FATAL|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)\b",
)
_CALM = {"NOTICE", "INFO", "DEBUG", "TRACE"}
_WARNING = {"WARN", "WARNING"}
_OVERCOME = re.compile(
    r"recovered|(?:retry|retried|attempt|retries).{0,40}succe|succe\w+.{0,30}(?:retry|attempt)|"
    r"back to normal|(?:is|are) healthy again|resolved itself",
    re.IGNORECASE,
)
_REGULAR = 8
_MANY_WAITS = 8
_SILENCE = timedelta(minutes=4)
"""A log that has been written regularly, and not for so long, has fallen silent."""
_EVERYDAY = 0.15
"""How much a kind of failure counts that was there before, as often."""
_VARIABLE = re.compile(r"\d|^[0-9a-f-]{8,}$", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """A kind of line that was compared with the time before."""

    count: int
    before: int | None
    """How many of it there were before; `None` where there was no past to compare with."""
    baseline_minutes: int
    first_at: datetime | None


@dataclass(frozen=True)
class LogLine:
    """One line, with where it is cited from."""

    message: str
    at: datetime | None
    evidence_id: str | None
    stream: str = ""
    """Whose it is: of a task, its name ends with the task's id."""
    kind: Kind | None = None
    """What it is an example of, where it was not found by itself."""

    @cached_property
    def level(self) -> str:
        """The level it was logged at, in capitals; empty where it tells none."""
        try:
            record = json.loads(self.message) if self.message.startswith("{") else None
        except ValueError:
            record = None
        if isinstance(record, dict):
            told = record.get("level") or record.get("severity") or record.get("levelname")
            if isinstance(told, str):
                return told.upper()
        found = _LEVEL.search(self.message[:120])
        return found.group(1) if found else ""

    @cached_property
    def template(self) -> str:
        """The line without what differs from one to the next: times, numbers, identifiers."""
        words = self._message_alone.split()
        return " ".join("#" if _VARIABLE.search(word) else word for word in words)

    @property
    def _message_alone(self) -> str:
        try:
            record = json.loads(self.message) if self.message.startswith("{") else {}
        except ValueError:
            return self.message
        told = record.get("message") or record.get("msg") if isinstance(record, dict) else None
        return told if isinstance(told, str) else self.message

    @property
    def is_calm(self) -> bool:
        """Whether it reports nothing bad, or something that was overcome."""
        return self.level in _CALM or _OVERCOME.search(self.message) is not None

    @property
    def is_failure(self) -> bool:
        """Whether it was logged as an error."""
        return self.level not in _CALM | _WARNING | {""} and not self.is_calm


def log_lines(scene: Scene) -> tuple[LogLine, ...]:
    """Return every line that was seen, oldest first, each once."""
    found: dict[tuple[str, str], LogLine] = {}
    for seen in scene.answers("query_cloudwatch_logs"):
        for record in records(seen.content, "lines"):
            message = text_of(record, "message")
            key = (str(record.get("at")), message)
            if message:
                at, stream = moment(record.get("at")), text_of(record, "stream")
                found.setdefault(key, LogLine(message, at, seen.evidence_id, stream))
    return tuple(sorted(found.values(), key=lambda line: (line.at is not None, line.at or 0)))


@dataclass(frozen=True)
class Compared:
    """What a comparison of a log with the time before the symptom found to be different."""

    changed: tuple[LogLine, ...]
    """An example of each kind of line that is new, or comes far more often than before."""
    whole: bool
    """Whether there was a past to compare with, and every difference is shown."""


def compared(scene: Scene) -> Compared | None:
    """Return what `find_log_patterns` found, or `None` where it was not asked."""
    answers = [one for one in scene.answers("find_log_patterns") if "patterns" in one.content]
    if not answers:
        return None
    changed: list[LogLine] = []
    whole = True
    for seen in answers:
        whole = whole and not seen.content.get("truncated")
        whole = whole and bool(count_of(seen.content, "baseline_lines"))
        for pattern in records(seen.content, "patterns"):
            example = pattern.get("example")
            told = example if isinstance(example, dict) else {}
            if text_of(pattern, "change") in ("new", "exploding") and text_of(told, "message"):
                changed.append(_example(seen, pattern, told))
    return Compared(tuple(changed), whole)


def _example(seen: Observation, pattern: Mapping[str, Any], told: Mapping[str, Any]) -> LogLine:
    has_past = bool(count_of(seen.content, "baseline_lines"))
    return LogLine(
        text_of(told, "message"),
        moment(pattern.get("last_seen")) or moment(told.get("at")),
        seen.evidence_id,
        kind=Kind(
            count=count_of(pattern, "count") or 1,
            before=(count_of(pattern, "baseline_count") or 0) if has_past else None,
            baseline_minutes=count_of(seen.call.arguments, "baseline_minutes") or 0,
            first_at=moment(pattern.get("first_seen")),
        ),
    )


def logs_were_seen(scene: Scene) -> bool:
    """Whether any log answered with something: an empty answer of a live service shows nothing."""
    return any(
        (count_of(seen.content, "scanned") or 0) > 0 or records(seen.content, "lines")
        for seen in scene.answers("query_cloudwatch_logs")
    )


def fell_silent(scene: Scene) -> datetime | None:
    """Return since when a log that used to be written is not any more, if that is so."""
    for seen in scene.answers("query_cloudwatch_logs"):
        if {"end", "contains"} & seen.call.arguments.keys():
            continue
        told = (moment(record.get("at")) for record in records(seen.content, "lines"))
        times = sorted(at for at in told if at)
        if len(times) < _REGULAR:
            continue
        waits = sorted(after - before for before, after in itertools.pairwise(times))
        patience = max(_SILENCE, _MANY_WAITS * waits[len(waits) // 2])
        if scene.incident.opened_at - times[-1] > patience:
            return times[-1]
    return None


def families_of(line: LogLine, families: tuple[LogFamily, ...]) -> tuple[str, ...]:
    """Return the families that a line belongs to, the specific ones before the generic."""
    return _families_of(line.message, line.level, families)


@lru_cache(maxsize=4096)
def _families_of(message: str, level: str, families: tuple[LogFamily, ...]) -> tuple[str, ...]:
    line = LogLine(message, None, None)
    if _OVERCOME.search(line.message):
        return ()
    found = [
        family
        for family in families
        if (family.any_level or level not in _CALM) and family.expression.search(line.message)
    ]
    specific = [family for family in found if not family.generic] or found
    told = {family.id for family in specific}
    return tuple(family.id for family in specific if not told & set(family.unless))


def log_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield which families of failures the logs show, and which they don't."""
    if not logs_were_seen(scene):
        return
    since = scene.onset - scene.margin
    lines = tuple(line for line in log_lines(scene) if not _is_over(scene, line, since))
    beside, silent = compared(scene), fell_silent(scene)
    families = {family.id: family for family in scene.library.families}
    hits = _hits(scene, lines)
    fresh = _hits(scene, beside.changed if beside else ())
    everyday = {
        family
        for family in hits
        if beside is not None and beside.whole and not fresh[family] and not scene.over_until
    }
    for family, found in hits.items():
        everything = [*(line for line in fresh[family] if not scene.is_past(line.at)), *found]
        sighting = _family_sighting(scene, families[family], everything, since)
        if sighting is not None and family in everyday:
            # It came as often before the symptom: that is how this log always sounds.
            sighting = sighting.model_copy(update={"strength": min(_EVERYDAY, sighting.strength)})
        if sighting or not silent:
            yield sighting or _quiet(scene, family)
    failures = _failures(scene, lines, hits, since)
    if failures.present or not silent:
        yield failures


def _hits(scene: Scene, lines: tuple[LogLine, ...]) -> dict[str, list[LogLine]]:
    found: dict[str, list[LogLine]] = {family.id: [] for family in scene.library.families}
    for line in lines:
        for family in families_of(line, scene.library.families):
            found[family].append(line)
    return found


def _is_over(scene: Scene, line: LogLine, since: datetime) -> bool:
    """Whether a line tells of a fault that is over; what came before it is everyday life."""
    return line.at is not None and line.at >= since and scene.is_past(line.at)


def _family_sighting(
    scene: Scene, family: LogFamily, found: list[LogLine], since: datetime
) -> Sighting | None:
    after = [line for line in found if line.at is None or line.at >= since]
    before = len(found) - len(after)
    if not after:
        return None
    chronic = before >= 3 and before >= len(after) / 2
    strength = 1.0 if len(after) >= 2 else 0.8
    if all(line.level in _WARNING for line in after):
        strength *= 0.7
    if chronic:
        strength = 0.25
    # An example of a kind of line may be one of those that are shown: neither counts twice.
    shown = [line for line in after if line.kind is None]
    count = len(shown) or sum(line.kind.count for line in after if line.kind)
    whole = is_counted_since(scene, since) or not shown
    plainest = min(reversed(shown or after), key=lambda line: family.vagueness(line.message))
    return Sighting(
        symptom=family.id,
        present=True,
        strength=strength,
        detail=f"{how_many(count, 'such line', whole=whole)}, for example: "
        f"{shortened(plainest.message, 240)}",
        citations=cite(plainest.evidence_id, quoted_text(plainest.message)),
    )


def _failures(
    scene: Scene, lines: tuple[LogLine, ...], hits: dict[str, list[LogLine]], since: datetime
) -> Sighting:
    told = {id(line) for found in hits.values() for line in found}
    failures = [line for line in lines if line.is_failure or id(line) in told]
    after = [line for line in failures if line.at is None or line.at >= since]
    before = len(failures) - len(after)
    # As many as before is how this service always sounds.
    more = len(after) >= 2 and len(after) > 1.5 * before
    present = more and not _always_so(scene, [line for line in after if line.is_failure], lines)
    beside = compared(scene)
    fresh = [
        line
        for line in (beside.changed if beside else ())
        if (line.is_failure or families_of(line, scene.library.families))
        and not scene.is_past(line.at)
    ]
    if beside is not None and beside.whole and not scene.over_until:
        present = bool(fresh)
        after = after or fresh
    if not present:
        return _quiet(scene, "errors_logged", 1.0 if len(after) <= 1 else 0.5)
    # Errors of no known kind may be everyday ones that just were not seen before.
    known = any(id(line) in told for line in after)
    compares = told_by_comparison("errors_logged", fresh)
    sighting = compares or _since_it_began(scene, after, before)
    strength = min(1.0, 0.4 + 0.1 * len(after)) * (1.0 if known else 0.5)
    return sighting.model_copy(update={"strength": strength})


def told_by_comparison(symptom: str, examples: Iterable[LogLine]) -> Sighting | None:
    """Return what a comparison with the time before tells of kinds of lines, if it told of any."""
    kinds = [(line, kind) for line in examples if (kind := line.kind) and kind.before is not None]
    new = [(line, kind) for line, kind in kinds if not kind.before]
    if not kinds:
        return None
    line, most = max(new or kinds, key=lambda pair: pair[1].count)
    # Another comparison may have counted the same lines.
    told = [kind for other, kind in new or kinds if other.evidence_id == line.evidence_id]
    count = how_many(sum(kind.count for kind in told), "line", whole=True)
    first = min((kind.first_at for kind in told if kind.first_at), default=None)
    since = f" since {first:%H:%M:%S} UTC" if first else ""
    before = sum(kind.before or 0 for kind in told)
    return Sighting(
        symptom=symptom,
        present=True,
        detail=f"{count} of {how_many(len(told), 'kind', whole=True)}{since}, "
        f"{before} in the {most.baseline_minutes} minutes before",
        is_new=bool(new),
        citations=cite(
            line.evidence_id, quoted_text(line.message), quoted_field("baseline_count", most.before)
        ),
    )


def _since_it_began(scene: Scene, after: list[LogLine], before: int) -> Sighting:
    """Return what the lines that were shown tell of failures, and of how it was before."""
    since = scene.onset - scene.margin
    count = how_many(len(after), "line", whole=is_counted_since(scene, since))
    return Sighting(
        symptom="errors_logged",
        present=True,
        detail=f"{count} since it began{told_of_before(scene, since, before)}",
        is_new=not before and minutes_seen_before(scene, since) > 0,
        citations=cite(after[-1].evidence_id, quoted_text(after[-1].message)),
    )


def _always_so(scene: Scene, failures: list[LogLine], lines: tuple[LogLine, ...]) -> bool:
    """Whether errors are as frequent in the lines shown as over all that was counted.

    The lines shown may all be recent; the counts by level are over the whole stretch.
    """
    times = [line.at for line in lines if line.at]
    if not failures or len(times) < 2:
        return False
    minutes = max(0.5, (times[-1] - times[0]).total_seconds() / 60)
    for seen in scene.answers("query_cloudwatch_logs"):
        asked, levels = seen.call.arguments, seen.content.get("levels")
        matched, back = count_of(seen.content, "matched"), count_of(asked, "minutes_back")
        if "contains" in asked or "end" in asked or not isinstance(levels, dict):
            continue
        if not matched or not back or matched <= 2 * len(lines):
            continue
        counted = sum(levels.get(level, 0) for level in ("ERROR", "FATAL", "CRITICAL"))
        if counted / back > 0.6 * len(failures) / minutes:
            return True
    return False


def _quiet(scene: Scene, symptom: str, strength: float = 1.0) -> Sighting:
    newest = next(
        (seen for seen in scene.answers("query_cloudwatch_logs") if _readable(seen)), None
    )
    if newest is None:
        return Sighting(symptom=symptom, present=False, strength=strength)
    scanned = newest.content.get("scanned")
    quote = f'"scanned":{scanned}' if isinstance(scanned, int) else '"lines":'
    return Sighting(
        symptom=symptom,
        present=False,
        strength=strength,
        detail=f"{scanned} lines looked through" if isinstance(scanned, int) else "",
        citations=cite(newest.evidence_id, quote),
    )


def _readable(seen: Observation) -> bool:
    return bool(count_of(seen.content, "scanned") or records(seen.content, "lines"))
