"""Files of a recorded case: only those that are named are opened, and broken ones are refused.

A folder may hold the answer beside the question. Nothing here looks at what lies in a folder
and opens it: each converter names the files that are telemetry.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from itops_core.errors import InvalidInputError

MOST_BYTES = 50_000_000
"""Of one file: what is larger is no recording of an incident, or by mistake."""

_LONGEST_LINE = 1_000_000


class CaseFolder:
    """A folder from which only the named files are read."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self._names = frozenset(names)

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return self._path(name).is_file()

    def json(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return what the file says, or `default` where there is none."""
        path = self._path(name)
        if not path.is_file():
            return default
        try:
            return json.loads(self._text(path))
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"{path} is not JSON: {error}") from error

    def records(self, name: str) -> list[dict[str, Any]]:
        """Return the objects of a list in the file, or of a list within its only object."""
        found = self.json(name, [])
        if isinstance(found, dict):
            lists = [value for value in found.values() if isinstance(value, list)]
            found = lists[0] if len(lists) == 1 else [found]
        if not isinstance(found, list):
            raise InvalidInputError(f"{self._path(name)} holds no list")
        return [one for one in found if isinstance(one, dict)]

    def lines(self, name: str) -> Iterator[str]:
        """Yield the lines of a file that are not empty; none where there is no file."""
        path = self._path(name)
        if not path.is_file():
            return
        for number, line in enumerate(self._text(path).splitlines(), start=1):
            if len(line) > _LONGEST_LINE:
                raise InvalidInputError(f"{path}, line {number}: longer than a log line can be")
            if line.strip():
                yield line

    def json_lines(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a file with one a line; a line that was cut off is passed over."""
        read = 0
        for line in self.lines(name):
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                read += 1
                yield found
        if not read and self.has(name) and self._path(name).stat().st_size:
            raise InvalidInputError(f"{self._path(name)}: no line of it is a JSON object")

    def _text(self, path: Path) -> str:
        try:
            if path.stat().st_size > MOST_BYTES:
                raise InvalidInputError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB")
            return path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise InvalidInputError(f"{path} cannot be read: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        if name not in self._names:
            raise ValueError(f"{name} is not one of the files that may be opened here")
        return self.folder / name


def moment_in(record: Mapping[str, Any], *names: str) -> datetime | None:
    """Return the first of the named fields that is a time: ISO text, or seconds since 1970."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str):
            try:
                read = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
            except ValueError:
                continue
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > 10_000_000_000 else value
            return datetime.fromtimestamp(seconds, UTC)
    return None


def text_in(record: Mapping[str, Any], *names: str) -> str:
    """Return the first of the named fields that is text."""
    found = (record.get(name) for name in names)
    return next((one for one in found if isinstance(one, str) and one.strip()), "")


def number_in(record: Mapping[str, Any], *names: str) -> float | None:
    """Return the first of the named fields that is a number."""
    for name in names:
        value = record.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None
