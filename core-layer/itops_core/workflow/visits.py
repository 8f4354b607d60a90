"""The states an execution went through, read from its history: what went in, what came out.

What was handed to a task is left out: it may carry a task token.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from itops_core.domain.values import Moment, Value

_ENTERED, _EXITED = "StateEntered", "StateExited"
_ENDS = {"ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}


class Visit(Value):
    """One stay in one state; `exited_at` is missing while it lasts or where it failed."""

    number: int = Field(ge=1)
    state: str
    entered_at: Moment
    exited_at: Moment | None = None
    input: dict[str, Any] = Field(default_factory=dict)
    output: dict[str, Any] | None = None
    error: str | None = None


def visits_of(events: Iterable[Mapping[str, Any]]) -> tuple[Visit, ...]:
    """Return the stays that the events of a history tell of, oldest first."""
    visits: list[Visit] = []
    for event in events:
        kind = str(event["type"])
        if kind.endswith(_ENTERED):
            visits.append(_begun(len(visits) + 1, event))
        elif kind.endswith(_EXITED) and visits:
            told = event["stateExitedEventDetails"]
            visits[-1] = _changed(visits[-1], event, output=_content(told.get("output")))
        elif kind in _ENDS and visits and visits[-1].exited_at is None:
            visits[-1] = visits[-1].model_copy(update={"error": _failure(event)})
    return tuple(visits)


def _begun(number: int, event: Mapping[str, Any]) -> Visit:
    told = event["stateEnteredEventDetails"]
    return Visit(
        number=number,
        state=told["name"],
        entered_at=_at(event),
        input=_content(told.get("input")),
    )


def _changed(visit: Visit, event: Mapping[str, Any], output: dict[str, Any]) -> Visit:
    return visit.model_copy(update={"exited_at": _at(event), "output": output})


def _at(event: Mapping[str, Any]) -> datetime:
    at = event["timestamp"]
    return at if isinstance(at, datetime) else datetime.fromisoformat(str(at))


def _content(text: str | None) -> dict[str, Any]:
    """Return what a state was given or gave; what is no object stands under `value`."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {"value": text}
    return found if isinstance(found, dict) else {"value": found}


def _failure(event: Mapping[str, Any]) -> str:
    """Return why an execution ended while it was in a state."""
    kind = str(event["type"])
    told = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    return ": ".join(str(told[key]) for key in ("error", "cause") if told.get(key)) or kind
