"""What it takes to explain the longest history that an execution may have."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from monitoring_server.analysis.executions.comparing import compare_records
from monitoring_server.analysis.executions.definitions import parse_definition
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.walking import read_record

_EVENTS = 25_000
_PER_ITEM = 7
_CALL = {"resourceType": "lambda", "resource": "invoke"}
_ITEM_CHARACTERS = 3000
_DEFINITION: dict[str, Any] = {
    "StartAt": "Rows",
    "States": {
        "Rows": {
            "Type": "Map",
            "ItemsPath": "$.rows",
            "ItemProcessor": {
                "StartAt": "Clean",
                "States": {
                    "Clean": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Parameters": {"FunctionName": "clean"},
                        "End": True,
                    }
                },
            },
            "End": True,
        }
    },
}


def explaining() -> dict[str, Any]:
    """Explain and compare a Map of thousands of items whose last one failed, twice read in pages.

    Memory is the growth of this process at its peak; what imports take is not counted.
    """
    definition = parse_definition(_DEFINITION)
    before = _peak_bytes()
    begun = time.perf_counter()
    record = read_record(events(failing=True), definition)
    told = explain_record(record, definition)
    explained = time.perf_counter() - begun
    explained_bytes = _peak_bytes() - before
    good = read_record(events(failing=False), definition)
    begun = time.perf_counter()
    compared = compare_records(record, good, (definition, definition))
    compare_seconds, compare_bytes = time.perf_counter() - begun, _peak_bytes() - before
    begun = time.perf_counter()
    unlinked = explain_record(read_record(_unlinked(), definition), definition)
    return {
        "events": told.events,
        "explain_seconds": round(explained, 3),
        "explain_peak_mb": round(explained_bytes / 1e6, 1),
        "named": told.failed_state.name if told.failed_state else None,
        "item": told.failed_state.where[0].index if told.failed_state else None,
        "compare_seconds": round(compare_seconds, 3),
        "compare_peak_mb": round(compare_bytes / 1e6, 1),
        "parts_at": compared.diverges_at.state if compared.diverges_at else None,
        "explain_unlinked_seconds": round(time.perf_counter() - begun, 3),
        "unlinked_named": unlinked.failed_state.name if unlinked.failed_state else None,
    }


def _unlinked() -> Iterator[dict[str, Any]]:
    """Yield the same without links between events, as emulators give it."""
    return ({**event, "previousEventId": 0} for event in events(failing=True))


def events(*, failing: bool) -> Iterator[dict[str, Any]]:
    """Yield the history, event by event, as its pages would give it."""
    items = (_EVENTS - 5) // _PER_ITEM
    yield _event(1, 0, "ExecutionStarted", executionStartedEventDetails={"input": "{}"})
    yield _event(2, 1, "MapStateEntered", stateEnteredEventDetails=_payload("Rows", "{}"))
    yield _event(3, 2, "MapStateStarted", mapStateStartedEventDetails={"length": items})
    number = 4
    for item in range(items):
        broken = failing and item == items - 1
        for event in _iteration(number, item, broken):
            yield event
            number = event["id"] + 1
    last = "Failed" if failing else "Succeeded"
    yield _event(number, number - 1, f"MapState{last}")
    told: dict[str, Any] = {"error": "KeyError", "cause": "no id"} if failing else {"output": "{}"}
    yield _event(number + 1, number, f"Execution{last}", **{f"execution{last}EventDetails": told})


def _iteration(number: int, item: int, broken: bool) -> Iterator[dict[str, Any]]:
    place = {"mapIterationStartedEventDetails": {"name": "Rows", "index": item}}
    yield _event(number, 3, "MapIterationStarted", **place)
    entered = _payload("Clean", _row(item))
    yield _event(number + 1, number, "TaskStateEntered", stateEnteredEventDetails=entered)
    yield _event(number + 2, number + 1, "TaskScheduled", taskScheduledEventDetails=_CALL)
    yield _event(number + 3, number + 2, "TaskStarted", taskStartedEventDetails=_CALL)
    ending = number + 4
    if broken:
        told = {**_CALL, "error": "KeyError", "cause": "no id"}
        yield _event(ending, number + 3, "TaskFailed", taskFailedEventDetails=told)
        failed = {"mapIterationFailedEventDetails": {"name": "Rows", "index": item}}
        yield _event(ending + 1, ending, "MapIterationFailed", **failed)
        return
    done = {**_CALL, "output": _row(item)}
    yield _event(ending, number + 3, "TaskSucceeded", taskSucceededEventDetails=done)
    left = {"name": "Clean", "output": _row(item)}
    yield _event(ending + 1, ending, "TaskStateExited", stateExitedEventDetails=left)
    over = {"mapIterationSucceededEventDetails": {"name": "Rows", "index": item}}
    yield _event(ending + 2, ending + 1, "MapIterationSucceeded", **over)


def _payload(name: str, text: str) -> dict[str, str]:
    return {"name": name, "input": text}


def _row(item: int) -> str:
    """Return a payload of its own for each event, as texts that came over the network are."""
    return json.dumps({"row": item, "text": "x" * _ITEM_CHARACTERS})


def _event(number: int, previous: int, kind: str, **details: Any) -> dict[str, Any]:  # noqa: ANN401
    base = {"id": number, "previousEventId": previous, "type": kind}
    return {**base, "timestamp": 1_763_517_600 + number / 100, **details}


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
