"""History events of Step Functions, whichever way they were read: API, CLI, or Express logs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.errors import InvalidInputError

_MILLISECONDS_FROM = 1e11
"""A number above this is milliseconds: as seconds it would lie in the year 5138."""
_EMPTY: Mapping[str, Any] = {}
_NAMES = (
    *(
        f"{kind}{end}"
        for kind in ("Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait")
        for end in ("StateEntered", "StateExited", "StateAborted")
    ),
    *(f"Activity{end}" for end in ("Failed", "ScheduleFailed", "TimedOut")),
    *(f"Activity{end}" for end in ("Scheduled", "Started", "Succeeded")),
    *(f"Execution{end}" for end in ("Aborted", "Failed", "Started", "Succeeded", "TimedOut")),
    "ExecutionRedriven",
    *(f"LambdaFunction{end}" for end in ("Failed", "ScheduleFailed", "StartFailed", "TimedOut")),
    *(f"LambdaFunction{end}" for end in ("Scheduled", "Started", "Succeeded")),
    *(f"MapIteration{end}" for end in ("Aborted", "Failed", "Started", "Succeeded")),
    *(f"MapRun{end}" for end in ("Aborted", "Failed", "Redriven", "Started", "Succeeded")),
    *(f"{kind}State{end}" for kind in ("Map", "Parallel") for end in ("Failed", "Started")),
    *(f"{kind}StateSucceeded" for kind in ("Map", "Parallel")),
    *(f"Task{end}" for end in ("Failed", "StartFailed", "SubmitFailed", "TimedOut")),
    *(f"Task{end}" for end in ("Scheduled", "Started", "Submitted", "Succeeded")),
    "EvaluationFailed",
)
KNOWN_KINDS = frozenset(_NAMES) - {"FailStateExited"} - {
    f"{kind}StateAborted" for kind in ("Choice", "Fail", "Pass", "Succeed")
}  # fmt: skip
"""Every value that the API reference has for the type of an event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `previous_id` is 0 where it is the first, or where nothing tells it."""

    event_id: int
    previous_id: int
    kind: str
    at: float
    details: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return a text of the details, and `None` where it was left out."""
        value = self.details.get(name)
        if value is None:
            return None
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str) -> int | None:
        """Return a number of the details."""
        value = self.details.get(name)
        try:
            return None if value is None else int(value)
        except (TypeError, ValueError):
            return None

    def was_cut(self, name: str) -> bool:
        """Whether AWS says that it shortened this text."""
        told = self.details.get(f"{name}Details")
        return isinstance(told, Mapping) and bool(told.get("truncated"))


def read_events(raw_events: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Yield events as they are read; what is not an event is refused with its place."""
    for place, raw in enumerate(raw_events, start=1):
        try:
            yield _event(raw)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInputError(
                f"entry {place} of the history is no event of Step Functions: it needs id, type "
                "and timestamp, as GetExecutionHistory gives them"
            ) from error


def _event(raw: Mapping[str, Any]) -> Event:
    return Event(
        event_id=int(raw["id"]),
        previous_id=int(raw.get("previousEventId") or raw.get("previous_event_id") or 0),
        kind=str(raw["type"]),
        at=_seconds(raw["timestamp"] if "timestamp" in raw else raw["event_timestamp"]),
        details=_details(raw),
    )


def _details(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in raw.items():
        if (name.endswith("EventDetails") or name == "details") and isinstance(value, Mapping):
            return value
    return _EMPTY


def _seconds(value: Any) -> float:  # noqa: ANN401 - a time as boto3, the API, the CLI or a log has it
    if isinstance(value, datetime):
        return value.timestamp()
    try:
        number = float(value)
    except ValueError:
        return datetime.fromisoformat(str(value)).timestamp()
    return number / 1000 if number > _MILLISECONDS_FROM else number
