"""What an Express execution leaves in its log group, made from the history of the execution."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_HEAD = {"id", "type", "timestamp", "previousEventId"}
_TEXTS = ("input", "output", "parameters")


def express_arn(arn: str) -> str:
    """Return the ARN under which the log knows an execution."""
    parts = arn.replace(":execution:", ":express:").split(":")
    run = hashlib.sha256(arn.encode()).hexdigest()
    return ":".join([*parts, "-".join((run[:8], run[8:12], run[12:16], run[16:20], run[20:32]))])


def logged_events(arn: str, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the log events of an execution: level ALL, with execution data."""
    known_as = express_arn(arn)
    return [_logged(known_as, event) for event in events]


def _logged(arn: str, event: Mapping[str, Any]) -> dict[str, Any]:
    at = _milliseconds(event["timestamp"])
    line = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": _details(event),
        "previous_event_id": str(event.get("previousEventId") or max(0, int(event["id"]) - 1)),
        "event_timestamp": str(at),
        "execution_arn": arn,
        "redrive_count": "0",
    }
    return {"timestamp": at, "message": json.dumps(line)}


def _details(event: Mapping[str, Any]) -> dict[str, Any]:
    told = next((dict(value) for name, value in event.items() if name not in _HEAD), {})
    for name in _TEXTS:
        if name in told:
            told[f"{name}Details"] = {"truncated": False}
    return told


def _milliseconds(moment: datetime | float) -> int:
    seconds = moment.timestamp() if isinstance(moment, datetime) else moment
    return int(seconds * 1000)
