"""What metrics and alarms show, as sightings."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.library import MetricRole
from itops_core.reasoning.offline.metric_rules import (
    MAIN,
    MEMORY_WINDOW,
    NEAR_LIMIT_PERCENT,
    Reading,
    read_by_role,
)
from itops_core.reasoning.offline.reading import moment
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.series import Change, Series, is_beyond, series_of
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field

_LAST = 5
_HEARD_PERIODS = 2
"""A metric is late for so many periods without having fallen silent."""
_LOAD = ("traffic",)
"""What comes from outside: no deployment puts an end to it."""


def alarm_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield whether the alarm still sounds."""
    alarm = scene.alarm
    for seen in scene.answers("get_cloudwatch_alarm_state"):
        state = seen.content.get("state")
        if alarm and seen.content.get("name") not in (None, alarm.name):
            continue
        if state in ("ALARM", "OK"):
            quote = quoted_field("state", state)
            yield Sighting(
                symptom="alarm_active",
                present=state == "ALARM",
                detail=f"state {state}",
                citations=cite(seen.evidence_id, quote),
            )


def metric_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield what every metric that was looked at shows."""
    for seen in scene.answers("get_metrics"):
        name = str(seen.call.arguments.get("metric", ""))
        series = series_of(seen.content)
        if len(series.points) < 2:
            continue
        is_alarms = _is_alarms(scene, seen)
        if is_alarms:
            yield _persistence(scene, seen, series)
        role = scene.library.role_of(name)
        if role is None:
            continue
        if role.id in _LOAD:
            yield from _role_sightings(scene, seen, series, (role, is_alarms))
        elif not scene.is_past(series.points[-1][0]):
            current = series.with_present_from(scene.over_until)
            yield from _role_sightings(scene, seen, current, (role, is_alarms))


def _is_alarms(scene: Scene, seen: Observation) -> bool:
    alarm, asked = scene.alarm, seen.call.arguments
    return (
        alarm is not None
        and asked.get("metric") == alarm.metric
        and asked.get("namespace") == alarm.namespace
        and dict(asked.get("dimensions") or {}) == alarm.dimensions
    )


def _persistence(scene: Scene, seen: Observation, series: Series) -> Sighting:
    alarm = scene.alarm
    last = series.values[-_LAST:]
    beyond = sum(is_beyond(alarm, value) for value in last) if alarm else 0
    latest_beyond = alarm is not None and is_beyond(alarm, series.latest)
    lasts = (
        scene.recovered_at is None
        and beyond >= 3
        and alarm is not None
        and is_beyond(alarm, last[-2])
    )
    silent = _is_silence(scene, series)
    present = latest_beyond or lasts or silent
    threshold = alarm.threshold if alarm else None
    newest = _newest(seen, series)
    if silent and not latest_beyond:
        return Sighting(
            symptom="symptom_persists",
            present=True,
            wording=f"The alarm watches for too little, and nothing came after "
            f"{series.points[-1][0]:%H:%M} UTC.",
            citations=_latest(seen, series),
        )
    return Sighting(
        symptom="symptom_persists",
        present=present,
        strength=1.0 if beyond in (0, len(last)) or beyond >= 3 else 0.6,
        wording=f"The alarm's own metric was beyond its threshold in {beyond} of its last "
        f"{len(last)} points, though not in the newest."
        if present and not latest_beyond
        else "",
        detail=f"{alarm.metric if alarm else ''} is {newest:g}, threshold {threshold:g}"
        if threshold is not None
        else f"latest {newest:g}",
        citations=_latest(seen, series),
    )


def _is_silence(scene: Scene, series: Series) -> bool:
    """Whether an alarm on too little was raised because its metric stopped, and not by a value."""
    alarm = scene.alarm
    if alarm is None or scene.recovered_at is not None:
        return False
    heard = timedelta(seconds=_HEARD_PERIODS * alarm.period_seconds)
    return (
        alarm.comparison.lower().startswith("less")
        and series.points[-1][0] < alarm.changed_at - heard
    )


def _role_sightings(
    scene: Scene, seen: Observation, series: Series, about: tuple[MetricRole, bool]
) -> Iterator[Sighting]:
    role, is_alarms = about
    name = str(seen.call.arguments.get("metric", ""))
    asked = dict(seen.call.arguments.get("dimensions") or {})
    change, newest = series.change(scene.onset), _newest(seen, series)
    detail = _level(name, newest, change)
    persists = is_alarms and _persistence(scene, seen, series).present
    for symptom, (present, strength) in read_by_role(
        role.id, Reading(series, scene, name, asked)
    ).items():
        if symptom == MAIN.get(role.id) and persists and not present:
            # It is beyond the line that its owners drew, whatever its own past says.
            present, strength = True, 0.8  # noqa: PLW2901
        if symptom == "memory_high" and present and not _is_near_limit(series):
            yield _reached(seen, series, strength)
        elif strength > 0:
            yield Sighting(
                symptom=symptom,
                present=present,
                strength=strength,
                wording=_past(scene, symptom) if present and change.is_left(newest) else "",
                detail=detail,
                citations=_latest(seen, series),
            )


def _latest(seen: Observation, series: Series) -> tuple[Citation, ...]:
    """Cite the newest value: as the summary has it, else as the last point."""
    summary = seen.content.get("summary")
    if isinstance(summary, dict) and isinstance(summary.get("latest"), int | float):
        return cite(seen.evidence_id, quoted_field("latest", summary["latest"]))
    points = seen.content.get("points")
    last = points[-1] if isinstance(points, list) and points else None
    value = quoted_field("", series.latest).removeprefix('"":')
    return cite(seen.evidence_id, f'"{last[0]}",{value}') if last else ()


def _past(scene: Scene, symptom: str) -> str:
    return f"Lately, though not at the newest point: {scene.library.symptoms[symptom].says}"


def _newest(seen: Observation, series: Series) -> float:
    """Return the newest value, the one that is cited."""
    summary = seen.content.get("summary")
    told = summary.get("latest") if isinstance(summary, dict) else None
    return float(told) if isinstance(told, int | float) else series.latest


def _level(name: str, newest: float, change: Change) -> str:
    """Return how high a metric stands: its newest value, and what it was lately and before."""
    base = "" if change.baseline is None else f", before {change.baseline:.4g}"
    differs = abs(newest - change.recent) > 0.02 * max(abs(newest), abs(change.recent))
    lately = f", lately {change.recent:.4g}" if differs else ""
    return f"{name} now {newest:.4g}{lately}{base}"


def _is_near_limit(series: Series) -> bool:
    """Whether memory is near its limit at the newest points, not only a while ago."""
    return max(series.recent(2)) >= NEAR_LIMIT_PERCENT and (
        series.latest >= 0.88 * NEAR_LIMIT_PERCENT
    )


def _reached(seen: Observation, series: Series, strength: float) -> Sighting:
    """Return the peak of memory that has come down since, cited as the point that it is."""
    when, peak = max(series.points[-MEMORY_WINDOW:], key=lambda point: point[1])
    name = str(seen.call.arguments.get("metric", ""))
    return Sighting(
        symptom="memory_high",
        present=True,
        strength=strength,
        wording="The memory of {component} came near its limit and fell again.",
        detail=f"{name} reached {peak:.4g} at {when:%H:%M} UTC, now {_newest(seen, series):.4g}",
        citations=(*_point(seen, when), *_latest(seen, series)),
    )


def _point(seen: Observation, when: datetime) -> tuple[Citation, ...]:
    """Cite one point as it stands among the points."""
    points = seen.content.get("points")
    for pair in points if isinstance(points, list) else ():
        if isinstance(pair, list | tuple) and len(pair) == 2 and moment(pair[0]) == when:
            value = quoted_field("", pair[1]).removeprefix('"":')
            return cite(seen.evidence_id, f'"{pair[0]}",{value}')
    return ()
