"""What tools told of changes, and which of them are a component's own."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Observation
from itops_core.domain.values import canonical_json
from itops_core.reasoning.offline.change_judgement import (
    ChangeEntry,
    entry_of,
)
from itops_core.reasoning.offline.extract_logs import log_lines
from itops_core.reasoning.offline.reading import moment, records, text_of
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.offline.sightings import (
    cite,
    quoted_field,
)
from itops_core.reasoning.offline.targets import telling_parts

_FLAGS = re.compile(r"flag|toggle|experiment|rollout_percent|\bfeature\b|cohort", re.I)
_SECRETS = re.compile(
    r"secret|password|credential|api.?key|token|RotateSecret|SecureString|ModifyDBInstance", re.I
)
_DEPLOYS = re.compile(
    r"deploy|task.?def|revision|release|rollout|lambda|function|stack|code|image", re.I
)
_SETS = re.compile(r"param|config|secret|flag|setting|ssm", re.I)
_OTHER = re.compile(r"alarm|scal", re.I)
_SLACK = timedelta(minutes=3)
_NEAR = ((20, 1.0), (45, 0.8), (120, 0.45), (360, 0.2))
"""Minutes before the onset, and how much a change so long before still counts."""
_SETTING_MINUTES = 90
_SLACK_MINUTES = 3


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
    entry: ChangeEntry | None = None
    """The same, as it is judged."""

    def minutes_before(self, onset: datetime) -> float:
        """Return how long before `onset` it was made, in minutes."""
        return (onset - self.at).total_seconds() / 60

    @property
    def is_deployment(self) -> bool:
        """Whether it brought other code or another configuration of the component itself."""
        known = bool(_DEPLOYS.search(self.kind)) and not _OTHER.search(self.kind)
        return known and not self.replaced_only and not self.is_flag

    @property
    def is_flag(self) -> bool:
        """Whether it switched a feature flag."""
        return "flag" in self.kind or (
            not _DEPLOYS.search(self.kind) and bool(_FLAGS.search(self.text))
        )

    @property
    def is_secret(self) -> bool:
        """Whether it changed a password, key or token."""
        is_one = self.is_setting or self.kind == "api_call"
        return is_one and bool(_SECRETS.search(self.text))

    @property
    def is_setting(self) -> bool:
        """Whether it changed something that components read, or what they rest on."""
        is_one = bool(_SETS.search(self.kind)) or self.kind == "function_configuration"
        return is_one and not self.is_flag and self.kind not in ("deployment", "alarm_state")


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
        if change.is_deployment and is_of(scene, change) and nearness(scene, change) > 0
    ]
    return min(near, key=lambda change: change.minutes_before(scene.onset), default=None)


def nearest_of(scene: Scene, sort: str) -> Change | None:
    """Return the flag, secret or setting of a component that was changed nearest before."""
    near = [
        change
        for change in changes_seen(scene)
        if {"flag": change.is_flag, "secret": change.is_secret, "setting": change.is_setting}[sort]
        and -_SLACK_MINUTES <= change.minutes_before(scene.onset) <= _SETTING_MINUTES
        and is_of(scene, change)
    ]
    return min(near, key=lambda one: abs(one.minutes_before(scene.onset)), default=None)


def nearness(scene: Scene, change: Change) -> float:
    """Return how much it counts that a change was made so long before."""
    minutes = change.minutes_before(scene.onset)
    if minutes < -_SLACK.total_seconds() / 60:
        return 0.0
    return next((weight for most, weight in _NEAR if minutes <= most), 0.0)


def is_of(scene: Scene, change: Change) -> bool:
    """Whether a change is of the component: by its names, or by what its failing lines name too."""
    names = {*scene.target.names, scene.name} - {""}
    words = f"{change.text} {change.change_id}"
    if any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words, re.IGNORECASE) for name in names
    ):
        return True
    if change.is_setting or change.is_secret:
        # The path of a setting names its component loosely: /shop/cart/pool is the cart-service's.
        parts = {part for name in names for part in telling_parts(name)}
        spelled = set(re.split(r"[^a-z0-9]+", change.change_id.lower()))
        return bool(parts) and parts <= spelled
    return change.is_flag and bool(_named_by_failures(scene, change))


def _named_by_failures(scene: Scene, change: Change) -> str:
    """Return the flag of a change that failing lines name."""
    flag = re.sub(r".*[/:]", "", re.sub(r":\d+$", "", change.change_id))
    name = re.sub(r"^flag[:/ ]", "", flag)
    if len(name) < 4:
        return ""
    since = scene.onset - scene.margin
    spelled = re.compile(re.sub(r"[\W_]+", r"[\\W_]?", name), re.IGNORECASE)
    return next(
        (
            name
            for line in log_lines(scene)
            if (line.at is None or line.at >= since) and spelled.search(line.message)
        ),
        "",
    )


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
        entry=entry_of(record),
    )


def _same_as_before(detail: object) -> bool:
    """Whether a rollout's own record tells of its revision, but of nothing different in it."""
    return isinstance(detail, dict) and "task_definition" in detail and not detail.get("changed")
