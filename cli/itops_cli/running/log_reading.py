"""Reads the log of a run line by line: whole, cut off, huge, or not a log at all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itops_core.errors import InvalidInputError
from itops_core.tools.journal import EVENTS

_LONGEST_LINE = 1_000_000
_TRIED_LINES = 20
"""So many lines without a single event, and it is no log of a run."""

Event = dict[str, Any]


@dataclass
class Reading:
    """What was found out while a log was read."""

    lines: int = 0
    events: int = 0
    unreadable: list[int] = field(default_factory=list[int])
    """The numbers of lines that are no events, some of them."""
    first: Event | None = None
    last: Event | None = None

    @property
    def is_partial(self) -> bool:
        """Whether the run had not come to its end, or was not written to it."""
        return self.last is None or self.last["event"] != "run_end"


def events_of(path: Path, reading: Reading) -> Iterator[Event]:
    """Yield the events of a log, one at a time; `reading` tells what else there was."""
    try:
        with path.open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                reading.lines += 1
                rest = line
                while rest and not rest.endswith(b"\n"):
                    rest = stream.readline(_LONGEST_LINE)
                event = _event(line)
                if event is None:
                    _not_an_event(path, reading, line)
                    continue
                reading.events += 1
                reading.first = reading.first or event
                reading.last = event
                yield event
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from error
    if not reading.events:
        raise InvalidInputError(f"{path} is no log of a run: it holds not a single event")


def _event(line: bytes) -> Event | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and told.get("event") in EVENTS else None


def _not_an_event(path: Path, reading: Reading, line: bytes) -> None:
    if line.strip() and len(reading.unreadable) < _TRIED_LINES:
        reading.unreadable.append(reading.lines)
    if not reading.events and reading.lines >= _TRIED_LINES:
        raise InvalidInputError(
            f"{path} is no log of a run: none of its first {_TRIED_LINES} lines is an event"
        )
