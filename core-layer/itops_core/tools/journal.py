"""The journal of a run: what was asked, answered, thought and decided, one event a line.

Every event is written and flushed at once, so that a process that is killed leaves a journal that
is valid up to its last line. Secrets do not get into it. docs/run.md describes the events.
"""

import io
import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError
from itops_core.tools.redaction import redacted, without_hidden_marks

VERSION = 1

EVENTS: Mapping[str, tuple[str, ...]] = {
    "run_start": ("mode", "world", "allow_write", "reasoner"),
    "llm_request": ("model", "messages", "characters"),
    "llm_response": ("model", "stop_reason", "tokens", "dollars"),
    "reasoning": ("incident_id", "agent", "reasoner", "thought"),
    "tool_call": ("server", "tool", "arguments"),
    "tool_result": ("server", "tool", "status"),
    "step": ("incident_id", "agent", "number"),
    "finding": ("component", "severity", "claim"),
    "runbook": ("runbook", "steps"),
    "decision": ("incident_id", "outcome", "reason"),
    "incident": ("incident_id", "outcome", "title"),
    "escalation": ("incident_id", "kind", "reason"),
    "run_end": ("status", "tokens", "dollars", "tool_calls", "path"),
}
"""Every event, and the fields that it has beside `v`, `seq`, `at`, `run_id` and `event`."""

_TEXT_CHARACTERS = 4_000
_ELEMENTS = 60
_DEPTH = 8


class Journal(Protocol):
    """Where the events of a run go."""

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - any JSON value
        """Write one event."""
        ...


class NoJournal:
    """Takes events and forgets them."""

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401
        """Forget it."""


class LoggedJournal:
    """Writes events as structured log lines: in a function they go to CloudWatch Logs."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401
        """Log it."""
        told = {
            f"told_{name}" if name in _LOGGERS_OWN else name: value
            for name, value in plain(fields).items()
        }
        self._logger.info(event, event=event, **told)


_LOGGERS_OWN = frozenset({"level", "location", "message", "timestamp", "service", "exc_info"})


class FileJournal:
    """Writes events to a file of JSON lines that nobody else writes to.

    A disk that is full ends the journal, not the run: `trouble` says so.
    """

    def __init__(self, path: Path, run_id: str, now: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self.trouble = ""
        self._run_id = run_id
        self._now = now
        self._written = 0
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: io.TextIOWrapper = path.open("x", encoding="utf-8", newline="\n")
        except OSError as error:
            raise InvalidInputError(
                f"the log {path} cannot be written: {error.strerror or error}"
            ) from error

    def write(self, event: str, **fields: Any) -> None:  # noqa: ANN401
        """Append one line, and see to it that it is out of this process."""
        with self._lock:
            self._written += 1
            line = {
                "v": VERSION,
                "seq": self._written,
                "at": self._now().isoformat(timespec="milliseconds"),
                "run_id": self._run_id,
                "event": event,
                **plain(fields),
            }
            try:
                self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
                self._file.flush()
            except (OSError, ValueError) as error:
                self.trouble = self.trouble or f"the log ends at event {self._written}: {error}"

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event without secrets and hidden marks, and none too long."""
    return {
        name: _bounded(redacted(without_hidden_marks(told)), 0) for name, told in fields.items()
    }


def _bounded(value: Any, depth: int) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        if len(value) <= _TEXT_CHARACTERS:
            return value
        return f"{value[:_TEXT_CHARACTERS]}… ({len(value)} characters)"
    if depth >= _DEPTH and isinstance(value, dict | list | tuple):
        return "…"
    if isinstance(value, dict):
        return {str(key): _bounded(told, depth + 1) for key, told in value.items()}
    if isinstance(value, list | tuple):
        kept = [_bounded(told, depth + 1) for told in value[:_ELEMENTS]]
        return [*kept, f"… {len(value) - _ELEMENTS} more"] if len(value) > _ELEMENTS else kept
    return value
