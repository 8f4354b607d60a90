"""What arrived, kept in a file beside the cloud's state, so that a restart forgets nothing."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_MOST = 2000


class Inbox:
    """Everything that arrived, oldest first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changing = threading.Lock()
        self._records: list[Record] = _read(file)

    def add(self, place: str, what: str, content: Record) -> Record:
        """Keep a message; return it with its number and the time it arrived."""
        with self._changing:
            number = self._records[-1]["number"] + 1 if self._records else 1
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            record = {"number": number, "at": at, "place": place, "what": what, **content}
            self._records.append(record)
            if len(self._records) > _MOST:
                self._records = self._records[-_MOST // 2 :]
                self._write()
            else:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(_line(record))
            return record

    def find(self, fits: Callable[[Record], bool]) -> list[Record]:
        """Return what fits, oldest first."""
        with self._changing:
            return [record for record in self._records if fits(record)]

    def change(self, number: int, **changes: Any) -> None:  # noqa: ANN401
        """Change a message that is there."""
        with self._changing:
            self._records = [
                {**one, **changes} if one["number"] == number else one for one in self._records
            ]
            self._write()

    def _write(self) -> None:
        draft = self._file.with_suffix(".tmp")
        draft.write_text("".join(map(_line, self._records)), encoding="utf-8")
        draft.replace(self._file)


def _line(record: Record) -> str:
    return f"{json.dumps(record, ensure_ascii=False)}\n"


def _read(file: Path) -> list[Record]:
    if not file.is_file():
        return []
    found: list[Record] = []
    for line in file.read_text(encoding="utf-8").split("\n"):
        try:
            found.append(json.loads(line))
        except ValueError:
            # The last line, where the power failed while it was written; or nothing at all.
            continue
    return found
