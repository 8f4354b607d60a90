"""Groups failures that are the same but for their ids, numbers and names."""

import re
from collections.abc import Iterable
from datetime import datetime

from itops_core.domain.pipelines import FailureGroup
from itops_core.domain.values import Moment, Value

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        (r"arn:[a-z-]+:[^\s\"',)]+", "<arn>"),
        (r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", "<id>"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b(?=[A-Z0-9]*\d)[A-Z0-9]{16,}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b", "<id>"),
        (r"\b(?:jr|INC|EV|run|exec|ord|order|id)[-_][\w-]*\d[\w-]*", "<id>"),
        (r"\{.{0,2000}\}", "<data>"),
        (r"(?<![\w.])[-+]?\d+(\.\d+)?", "<n>"),
    )
)
_CHARACTERS = 200
_NAMED = 3


class Failed(Value):
    """One failed execution, as it is sorted into families."""

    execution_arn: str
    name: str
    state_machine: str
    status: str
    started_at: Moment
    stopped_at: Moment | None = None
    state: str = ""
    error: str = ""
    message: str = ""


class FailureFamily(FailureGroup):
    """A group of failures, and which they are."""

    executions: tuple[str, ...]


def template_of(message: str) -> str:
    """Return a cause with what differs from time to time masked."""
    for pattern, mask in _MASKS:
        message = pattern.sub(mask, message)
    text = " ".join(message.split())
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"


def families_of(failures: Iterable[Failed]) -> list[FailureFamily]:
    """Return the families, the largest first and of equals the latest."""
    groups: dict[tuple[str, str, str, str], list[Failed]] = {}
    for one in failures:
        key = one.state_machine, one.state, one.error, template_of(one.message)
        groups.setdefault(key, []).append(one)
    families = [_family(key, sorted(group, key=_at)) for key, group in groups.items()]
    return sorted(families, key=lambda one: (-one.count, -one.last_at.timestamp(), one.state))


def _at(one: Failed) -> datetime:
    return one.stopped_at or one.started_at


def _family(key: tuple[str, str, str, str], group: list[Failed]) -> FailureFamily:
    state_machine, state, error, template = key
    return FailureFamily(
        state_machine=state_machine,
        state=state,
        error=error,
        template=template,
        count=len(group),
        first_at=_at(group[0]),
        last_at=_at(group[-1]),
        latest_execution=group[-1].execution_arn,
        executions=tuple(one.name for one in reversed(group[-_NAMED:])),
    )
