"""What changed before the symptom, and whether the symptom looks like its doing.

A change is never to blame for being near. It counts with what it explains: new kinds of failures
right after it, a rollout that fails, resources that it took away.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.change_judgement import (
    BLAMED_AT,
    Judgement,
    Picture,
    culprit,
    judged,
)
from itops_core.reasoning.offline.change_records import (
    Change,
    changes_seen,
    is_of,
    nearest_of,
    nearness,
    suspect_change,
)
from itops_core.reasoning.offline.extract_logs import (
    LogLine,
    compared,
    families_of,
    log_lines,
    told_by_comparison,
)
from itops_core.reasoning.offline.library import Fault
from itops_core.reasoning.offline.log_reach import (
    how_many,
    is_counted_since,
    minutes_seen_before,
    told_of_before,
)
from itops_core.reasoning.offline.reading import moment, records, shortened
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import (
    Sighting,
    Sightings,
    cite,
    quoted_text,
)

_CAPACITY = re.compile(r"dynamodb:UpdateTable|ProvisionedThroughput|CapacityUnits", re.I)
_TRIGGER = re.compile(
    r"(?:Disable|Delete)\w*(?:Rule|Schedule|EventSource)|UpdateEventSourceMapping.*?"
    r"(?:enabled\W+false|Disabled)|schedule\w*.{0,40}DISABLED",
    re.I | re.S,
)
_LESS = re.compile(r"\b(cpu|memory)\b\D{0,20}(\d+)\D{1,12}(\d+)", re.I)
_SLACK = timedelta(minutes=3)
_SETTING_MINUTES = 90
_SLACK_MINUTES = 3
_SORTS = {"flag_changed": "flag", "secret_changed": "secret", "settings_changed": "setting"}
_CLEAR = 0.4
_TEXTS = 60
_LEAST_CREDIBLE = 0.15
_FOLLOWS = (
    (timedelta(minutes=15), 1.0),
    (timedelta(minutes=35), 0.9),
    (timedelta(minutes=75), 0.6),
    (timedelta.max, 0.3),
)
"""How long after a change the first failure came, and how telling that is."""
_BY_CODE = {"log_application_error", "log_configuration"}
"""The families that a release brings; the others have causes of their own."""


def change_sightings(scene: Scene, seen: Sightings) -> Iterator[Sighting]:
    """Yield what changed before the symptom, and whether that would do what was `seen`."""
    answers = [one for one in scene.answers("list_recent_changes") if "changes" in one.content]
    if not answers:
        return
    nothing = cite(answers[-1].evidence_id, '"changes":')
    suspect = suspect_change(scene)
    if suspect is None:
        if _asked_about(scene, answers):
            for symptom in ("change_near", "errors_follow_change", "resources_lowered"):
                yield Sighting(symptom=symptom, present=False, citations=nothing)
    else:
        credible = _credible(scene, seen)
        yield _told("change_near", suspect, scene, nearness(scene, suspect) * credible)
        followed = _followed(scene, suspect, "errors_follow_change")
        yield followed.model_copy(update={"strength": followed.strength * credible})
        lowered = _lowered(suspect.text)
        yield Sighting(
            symptom="resources_lowered",
            present=bool(lowered),
            detail=lowered,
            citations=suspect.citations,
        )
    yield from _of_sort(scene, "flag", nothing)
    yield from _of_sort(scene, "setting", nothing)
    yield from _switched(scene, "table", _CAPACITY, "capacity_lowered")
    yield from _switched(scene, "lambda", _TRIGGER, "trigger_disabled")
    rotated = nearest_of(scene, "secret")
    if rotated is not None:
        yield _told("secret_changed", rotated, scene, 1.0)
    yield from _explaining(scene, seen, nothing)


def _credible(scene: Scene, seen: Sightings) -> float:
    """Return how much the deployments near the onset count, by what is known to be in them.

    A change whose diff was read and does nothing of what is seen is hardly suspect for being
    near; one whose diff nobody has is.
    """
    near = [
        change
        for change in changes_seen(scene)
        if change.is_deployment and is_of(scene, change) and nearness(scene, change) > 0
    ]
    if not near or any(one.entry is None or not one.entry.files for one in near):
        return 1.0
    if any(one.entry and not one.entry.diff for one in near):
        return 1.0
    picture = picture_of(scene, seen)
    best = max(judged(one.entry, picture).likelihood_ratio for one in near if one.entry)
    return min(1.0, max(_LEAST_CREDIBLE, (best / BLAMED_AT) ** 2))


def _switched(scene: Scene, kind: str, what: re.Pattern[str], symptom: str) -> Iterator[Sighting]:
    """Yield that somebody changed just that of a component of some kind, shortly before."""
    if kind not in scene.kinds:
        return
    for change in changes_seen(scene):
        minutes = change.minutes_before(scene.onset)
        near = -_SLACK_MINUTES <= minutes <= _SETTING_MINUTES
        if near and what.search(change.text) and is_of(scene, change):
            yield _told(symptom, change, scene, 0.9)


def _asked_about(scene: Scene, answers: Sequence[Observation]) -> bool:
    """Whether the changes of this very component, or of all, were asked for."""
    return any(
        one.call.arguments.get("service") in (None, *scene.target.names, scene.name)
        for one in answers
    )


def _of_sort(scene: Scene, sort: str, nothing: tuple[Citation, ...]) -> Iterator[Sighting]:
    """Yield whether a flag, or a setting, was changed shortly before, and what followed it."""
    present, following = f"{sort}_changed", f"errors_follow_{sort}"
    name = "settings_changed" if sort == "setting" else present
    near = [
        change
        for change in changes_seen(scene)
        if (change.is_flag if sort == "flag" else change.is_setting)
        and -_SLACK_MINUTES <= change.minutes_before(scene.onset) <= _SETTING_MINUTES
        and is_of(scene, change)
    ]
    if not near:
        yield Sighting(symptom=name, present=False, citations=nothing)
        return
    nearest = min(near, key=lambda one: abs(one.minutes_before(scene.onset)))
    strength = 1.0 if nearest.minutes_before(scene.onset) <= 30 else 0.6
    yield _told(name, nearest, scene, strength)
    yield _followed(scene, nearest, following)


def _explaining(scene: Scene, seen: Sightings, nothing: tuple[Citation, ...]) -> Iterator[Sighting]:
    """Yield whether something in what was changed would do what is seen."""
    judged = judgements(scene, seen)
    best = culprit([one for _, one in judged])
    if best is None:
        if not judged or judged[0][1].likelihood_ratio < 1:
            yield Sighting(symptom="change_explains", present=False, citations=nothing)
        return
    change = next(change for change, one in judged if one is best)
    yield Sighting(
        symptom="change_explains",
        present=True,
        strength=min(1.0, 0.4 + best.likelihood_ratio / 50),
        detail=shortened(best.reason, 240),
        citations=change.citations,
    )


def judgements(scene: Scene, seen: Sightings) -> list[tuple[Change, Judgement]]:
    """Return every change that could be of this component, as judged, the likeliest cause first."""
    picture = picture_of(scene, seen)
    found = [
        (change, judged(change.entry, picture))
        for change in changes_seen(scene)
        if change.entry is not None and change.change_id
    ]
    return sorted(found, key=lambda pair: -pair[1].likelihood_ratio)


def picture_of(scene: Scene, seen: Sightings) -> Picture:
    """Return the failure as a change is held against it."""
    since = scene.onset - scene.margin
    texts = [
        line.message
        for line in log_lines(scene)
        if (line.at is None or line.at >= since)
        and (line.is_failure or families_of(line, scene.library.families))
    ]
    present = {name for name, one in seen.items() if one.present and one.strength >= _CLEAR}
    return Picture(
        component=scene.target.name,
        onset=scene.onset,
        texts=tuple(dict.fromkeys(texts))[:_TEXTS],
        symptoms=frozenset(present),
        feeling_it=scene.target.dependants,
    )


def blamed(scene: Scene, seen: Sightings) -> Change | None:
    """Return the change that would do what was seen, if one stands out."""
    found = judgements(scene, seen)
    best = culprit([one for _, one in found])
    return next((change for change, one in found if one is best), None) if best else None


def changed_by(scene: Scene, seen: Sightings, fault: Fault) -> Change | None:
    """Return the change that a fault of the kind that changes bring came with."""
    sort = next((sort for key, sort in _SORTS.items() if key in fault.shows), "")
    if sort and fault.needs != ("change_near",):
        found = nearest_of(scene, sort)
        if found is not None:
            return found
    return blamed(scene, seen) or (
        suspect_change(scene) if _credible(scene, seen) >= _CLEAR else None
    )


def _told(symptom: str, change: Change, scene: Scene, strength: float) -> Sighting:
    minutes = change.minutes_before(scene.onset)
    return Sighting(
        symptom=symptom,
        present=True,
        strength=strength,
        detail=f"{minutes:.0f} minutes before: {shortened(change.text, 240)}",
        citations=change.citations,
    )


def _followed(scene: Scene, suspect: Change, symptom: str) -> Sighting:
    """Return whether new kinds of failures began after a change, and none like them before."""
    lines = log_lines(scene)
    is_code = symptom == "errors_follow_change"
    tells = _is_code_failure if is_code else _is_failure
    telling = [line for line in lines if tells(scene, line)]
    before = [line for line in telling if line.at and line.at < suspect.at - _SLACK]
    known = {line.template for line in before}
    late = [line for line in telling if line.at and line.at >= suspect.at - _SLACK]
    after = [line for line in late if line.template not in known]
    if after:
        looked = _looked_before(scene, suspect)
        waited = min(line.at for line in after if line.at) - suspect.at
        # Of a change long before the first failure that is near, and of one with another change
        # in between, it is less telling.
        soon = next(weight for most, weight in _FOLLOWS if waited <= most)
        strength = soon * (1.0 if looked else 0.6) * _undisturbed(scene, suspect, after[0])
        is_new = minutes_seen_before(scene, suspect.at - _SLACK) > 0
        count = how_many(len(after), "line", whole=is_counted_since(scene, suspect.at))
        told = _new_since(scene, suspect, symptom, tells) or Sighting(
            symptom=symptom,
            present=True,
            detail=f"{count}{' of new kinds' if is_new else ''} after it"
            + told_of_before(scene, suspect.at - _SLACK, 0),
            is_new=is_new,
            citations=cite(after[0].evidence_id, quoted_text(after[0].message)),
        )
        cited = (*suspect.citations, *told.citations)
        return told.model_copy(update={"strength": strength, "citations": cited})
    minutes = max(0.0, suspect.minutes_before(scene.onset))
    if lines or minutes > 10:
        return Sighting(
            symptom=symptom,
            present=False,
            strength=1.0 if lines else 0.0,
            detail="the same failures were there before it" if before else "",
            citations=suspect.citations,
        )
    return Sighting(
        symptom=symptom,
        present=True,
        strength=0.3,
        detail=f"the symptom began {minutes:.0f} minutes after it",
        citations=suspect.citations,
    )


def _new_since(
    scene: Scene, suspect: Change, symptom: str, tells: Callable[[Scene, LogLine], bool]
) -> Sighting | None:
    """Return which kinds of failures a comparison with the time before first saw after a change."""
    beside = compared(scene)
    first = [
        line
        for line in (beside.changed if beside else ())
        if line.kind and line.kind.before == 0 and tells(scene, line)
        if line.kind.first_at and line.kind.first_at >= suspect.at - _SLACK
    ]
    return told_by_comparison(symptom, first)


def _undisturbed(scene: Scene, suspect: Change, first: LogLine) -> float:
    """Return how much a failure after a change tells of it, with others made in between."""
    others = [
        change
        for change in changes_seen(scene)
        if change.change_id != suspect.change_id
        and suspect.at < change.at <= (first.at or scene.onset) + _SLACK
        and (change.is_deployment or change.is_flag or change.is_setting)
        and is_of(scene, change)
    ]
    return 0.35 if others else 1.0


def _is_failure(scene: Scene, line: LogLine) -> bool:
    return line.is_failure or bool(families_of(line, scene.library.families))


def _is_code_failure(scene: Scene, line: LogLine) -> bool:
    families = families_of(line, scene.library.families)
    if families:
        return bool(_BY_CODE & set(families))
    return line.is_failure


def _looked_before(scene: Scene, suspect: Change) -> bool:
    """Whether some log answer covers a stretch before the change."""
    for seen in scene.answers("query_cloudwatch_logs"):
        end = moment(seen.call.arguments.get("end"))
        if end is not None and end <= suspect.at + _SLACK:
            return True
        times = [moment(record.get("at")) for record in records(seen.content, "lines")]
        if any(at and at < suspect.at - _SLACK for at in times):
            return True
    return False


def _lowered(text: str) -> str:
    for found in _LESS.finditer(text):
        if int(found.group(3)) < int(found.group(2)):
            return found.group(0)
    return ""
