"""The memory of a process and all it started, watched while something runs."""

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

_PROC = Path("/proc")
_KIBIBYTE = 1024


class MemoryWatch:
    """Samples resident memory four times a second; `peak` is in bytes, 0 where /proc is none."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self.peak = 0
        self.peak_processes = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            sizes = resident_sizes(self._pid)
            self.peak = max(self.peak, sum(sizes))
            self.peak_processes = max(self.peak_processes, len(sizes))


def resident_sizes(pid: int) -> list[int]:
    """Return the resident bytes of a process and of each of its descendants."""
    facts = dict(filter(None, map(_facts, _PROC.glob("[0-9]*"))))
    family, grew = {pid}, True
    while grew:
        children = {one for one, (parent, _) in facts.items() if parent in family}
        grew = not children <= family
        family |= children
    return [facts[one][1] for one in family if one in facts]


def _facts(folder: Path) -> tuple[int, tuple[int, int]] | None:
    with suppress(OSError, ValueError):
        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
        told = dict(line.split(":", 1) for line in lines if ":" in line)
        size = int(told.get("VmRSS", "0 kB").split()[0]) * _KIBIBYTE
        return int(folder.name), (int(told["PPid"]), size)
    return None
