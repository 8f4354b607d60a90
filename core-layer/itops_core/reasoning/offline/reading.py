"""Reads tool answers without trusting their shape: a field that is missing reads as nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def text_of(record: Mapping[str, Any], name: str) -> str:
    """Return a field as text, empty where it is missing."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def number_of(record: Mapping[str, Any], name: str) -> float | None:
    """Return a field as a number, or `None`."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def count_of(record: Mapping[str, Any], name: str) -> int | None:
    """Return a field as a whole number, or `None`."""
    value = number_of(record, name)
    return None if value is None else int(value)


def records(record: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    """Return a field as a list of records, empty where it is none."""
    value = record.get(name)
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, dict))


def shortened(text: str, at_most: int) -> str:
    """Return `text` on one line, cut between two words where it is too long, and marked so."""
    line = " ".join(text.split())
    if len(line) <= at_most:
        return line
    cut = line[: at_most - 1]
    whole = cut.rpartition(" ")[0]
    # A single long word, as an ARN is, has no better place to be cut at.
    return f"{(whole if len(whole) > at_most // 2 else cut).rstrip(' .,;:(')}…"


def moment(value: object) -> datetime | None:
    """Return a time from ISO text or from seconds or milliseconds since 1970, or `None`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > 10_000_000_000 else value
        return datetime.fromtimestamp(seconds, UTC)
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
