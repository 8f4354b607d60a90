"""Which change an execution's failure may come from: one after what still ran well."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from itops_core.reasoning.offline.extract_changes import Change, changes_seen
from itops_core.reasoning.offline.failed_runs import FailedRun, comparison, failure_families
from itops_core.reasoning.offline.reading import text_of
from itops_core.reasoning.offline.scene import Scene

_OF_FUNCTION = re.compile(r"function|deploy|lambda|code|version|release|layer", re.IGNORECASE)
_OF_ACCESS = re.compile(
    r"(?:Put|Delete|Attach|Detach|Create|Set)\w*Policy|Add ?Permission|Remove ?Permission"
    r"|permission|\bpolic(?:y|ies)\b|\brole\b|UpdateAssumeRolePolicy|RevokeGrant|key policy",
    re.IGNORECASE,
)
_SLACK = timedelta(minutes=3)
_NEAR = ((60, 0.9), (360, 0.7), (1440, 0.5))
"""Minutes before the first failure, where no good execution tells what ran well."""


def function_change(scene: Scene, run: FailedRun) -> Change | None:
    """Return the newest change of the function that failed, after the last good execution."""
    names = {
        text_of(one, key)
        for one in run.involved
        if text_of(one, "kind") == "function"
        for key in ("name", "entry_id")
    } - {""}
    return _newest(
        scene,
        lambda change: (
            not change.replaced_only
            and bool(_OF_FUNCTION.search(change.kind))
            and any(names_it(change, name) for name in names)
        ),
    )


def access_change(scene: Scene, run: FailedRun) -> Change | None:
    """Return the newest change of a permission that the failure may be of."""
    names = {text_of(one, "name") for one in run.involved} - {""}
    return _newest(
        scene,
        lambda change: (
            bool(_OF_ACCESS.search(f"{change.kind} {change.text}"))
            and not re.search(r"function_", change.kind)
            and any(names_it(change, name) for name in names)
        ),
    )


def _newest(scene: Scene, fits: Callable[[Change], bool]) -> Change | None:
    beside = comparison(scene)
    good = beside.good_started_at if beside else None
    first = first_failure(scene)
    found = [
        change
        for change in changes_seen(scene)
        if change.at <= first + _SLACK and (good is None or change.at >= good) and fits(change)
    ]
    return found[0] if found else None


def names_it(change: Change, name: str) -> bool:
    """Whether a change is of the thing of that name."""
    words = f"{change.text} {change.change_id}"
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words, re.IGNORECASE))


def first_failure(scene: Scene) -> datetime:
    """Return when the failures in question began."""
    families = failure_families(scene)
    return families[0].first_at or scene.onset if families else scene.onset


def weight_of(change: Change, good: datetime | None, minutes: float) -> float:
    """Return how much a change counts: in full where what ran before it ran well."""
    if good is not None and change.at >= good:
        return 1.0
    return next((weight for most, weight in _NEAR if minutes <= most), 0.3)
