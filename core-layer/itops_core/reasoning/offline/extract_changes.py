"""What changed before the symptom, and whether the symptom looks like its doing.

A change is never to blame for being near. It counts with what it explains: new kinds of failures
right after it, a rollout that fails, resources that it took away.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.domain.values import canonical_json
from itops_core.reasoning.offline.extract_logs import LogLine, families_of, log_lines
from itops_core.reasoning.offline.reading import moment, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import Sighting, cite, quoted_field, quoted_text

_DEPLOYS = re.compile(
    r"deploy|task.?def|revision|release|rollout|lambda|function|stack|code|image", re.I
)
_SETS = re.compile(r"param|config|secret|flag|setting|ssm", re.I)
_OTHER = re.compile(r"alarm|scal", re.I)
_LESS = re.compile(r"\b(cpu|memory)\b\D{0,20}(\d+)\D{1,12}(\d+)", re.I)
_SLACK = timedelta(minutes=3)
_NEAR = ((20, 1.0), (45, 0.8), (120, 0.45), (360, 0.2))
"""Minutes before the onset, and how much a change so long before still counts."""
_SETTING_MINUTES = 90
_BY_CODE = {"log_application_error", "log_configuration"}
"""The families that a release brings; the others have causes of their own."""


@dataclass(frozen=True)
class Change:
    """One thing that somebody changed."""

    at: datetime
    kind: str
    text: str
    change_id: str
    citations: tuple[Citation, ...]
    replaced_only: bool = False
    """Whether it only replaced tasks: nothing in them is different."""

    def minutes_before(self, onset: datetime) -> float:
        """Return how long before `onset` it was made, in minutes."""
        return (onset - self.at).total_seconds() / 60

    @property
    def is_deployment(self) -> bool:
        """Whether it brought other code or another configuration of the component itself."""
        known = bool(_DEPLOYS.search(self.kind)) and not _OTHER.search(self.kind)
        return known and not self.replaced_only

    @property
    def is_setting(self) -> bool:
        """Whether it changed something that components read."""
        return bool(_SETS.search(self.kind)) and not _DEPLOYS.search(self.kind)


def changes_seen(scene: Scene) -> tuple[Change, ...]:
    """Return the changes that any tool told of, newest first."""
    found: dict[str, Change] = {}
    for seen in scene.answers("list_recent_changes"):
        for record in records(seen.content, "changes"):
            change = _change(seen, record)
            if change is not None:
                found.setdefault(change.change_id or change.text, change)
    return tuple(sorted(found.values(), key=lambda change: change.at, reverse=True))


def suspect_change(scene: Scene) -> Change | None:
    """Return the deployment of the component nearest before the onset, if one is near at all."""
    near = [
        change
        for change in changes_seen(scene)
        if change.is_deployment and _concerns(scene, change) and _nearness(scene, change) > 0
    ]
    return min(near, key=lambda change: change.minutes_before(scene.onset), default=None)


def change_sightings(scene: Scene) -> Iterator[Sighting]:
    """Yield what changed before the symptom and what followed it."""
    answers = [seen for seen in scene.answers("list_recent_changes") if "changes" in seen.content]
    if not answers:
        return
    suspect = suspect_change(scene)
    nothing = cite(answers[-1].evidence_id, '"changes":')
    if suspect is None:
        for symptom in ("change_near", "errors_follow_change", "resources_lowered"):
            yield Sighting(symptom=symptom, present=False, citations=nothing)
    else:
        minutes = suspect.minutes_before(scene.onset)
        yield Sighting(
            symptom="change_near",
            present=True,
            strength=_nearness(scene, suspect),
            detail=f"{minutes:.0f} minutes before: {suspect.text[:160]}",
            citations=suspect.citations,
        )
        yield from _followed(scene, suspect)
        lowered = _lowered(suspect.text)
        yield Sighting(
            symptom="resources_lowered",
            present=bool(lowered),
            detail=lowered,
            citations=suspect.citations,
        )
    yield _settings(scene, nothing)


def _followed(scene: Scene, suspect: Change) -> Iterator[Sighting]:
    lines = log_lines(scene)
    minutes = max(0.0, suspect.minutes_before(scene.onset))
    by_code = [line for line in lines if _is_code_failure(scene, line)]
    before = [line for line in by_code if line.at and line.at < suspect.at - _SLACK]
    known = {line.template for line in before}
    late = [line for line in by_code if line.at and line.at >= suspect.at - _SLACK]
    after = [line for line in late if line.template not in known]
    soon = 1.0 if minutes <= 30 else 0.7 if minutes <= 60 else 0.3
    if after:
        looked = _looked_before(scene, suspect)
        yield Sighting(
            symptom="errors_follow_change",
            present=True,
            strength=soon if looked else 0.6 * soon,
            detail=f"{len(after)} lines of new kinds after it"
            + (", none of them before" if looked else "; how it was before was not looked at"),
            citations=(
                *suspect.citations,
                *cite(after[0].evidence_id, quoted_text(after[0].message)),
            ),
        )
    elif lines:
        yield Sighting(
            symptom="errors_follow_change",
            present=False,
            detail="the same failures were there before it" if before else "",
            citations=suspect.citations,
        )
    elif minutes <= 10:
        yield Sighting(
            symptom="errors_follow_change",
            present=True,
            strength=0.3,
            detail=f"the symptom began {minutes:.0f} minutes after it",
            citations=suspect.citations,
        )


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


def _settings(scene: Scene, nothing: tuple[Citation, ...]) -> Sighting:
    for change in changes_seen(scene):
        minutes = change.minutes_before(scene.onset)
        if change.is_setting and -3 <= minutes <= _SETTING_MINUTES and _concerns(scene, change):
            return Sighting(
                symptom="settings_changed",
                present=True,
                strength=1.0 if minutes <= 30 else 0.6,
                detail=f"{minutes:.0f} minutes before: {change.text[:160]}",
                citations=change.citations,
            )
    return Sighting(symptom="settings_changed", present=False, citations=nothing)


def _change(seen: Observation, record: dict[str, Any]) -> Change | None:
    at = moment(record.get("at"))
    if at is None:
        return None
    detail = record.get("detail")
    told = detail if isinstance(detail, str) else canonical_json(detail) if detail else ""
    quotes = [
        quoted_field(name, record[name])
        for name in ("at", "what")
        if isinstance(record.get(name), str)
    ]
    return Change(
        at=at,
        kind=text_of(record, "kind"),
        text=f"{text_of(record, 'what')} {told}".strip(),
        change_id=str(record.get("change_id") or ""),
        citations=cite(seen.evidence_id, *quotes),
        replaced_only=_same_as_before(detail),
    )


def _same_as_before(detail: object) -> bool:
    """Whether a rollout's own record tells of its revision, but of nothing different in it."""
    return isinstance(detail, dict) and "task_definition" in detail and not detail.get("changed")


def _concerns(scene: Scene, change: Change) -> bool:
    """Whether a change is of the component itself, told by its names."""
    target = scene.target
    names = {name for name in (target.name, target.ecs_service, scene.incident.service) if name}
    words = f"{change.text} {change.change_id}"
    return any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words, re.IGNORECASE) for name in names
    )


def _nearness(scene: Scene, change: Change) -> float:
    minutes = change.minutes_before(scene.onset)
    if minutes < -_SLACK.total_seconds() / 60:
        return 0.0
    return next((weight for most, weight in _NEAR if minutes <= most), 0.0)


def _lowered(text: str) -> str:
    for found in _LESS.finditer(text):
        if int(found.group(3)) < int(found.group(2)):
            return found.group(0)
    return ""
