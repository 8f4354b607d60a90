"""The memory of a process and all it started, watched while something runs."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

_PROC = Path("/proc")
_KIBIBYTE = 1024


@dataclass(frozen=True)
class Memory:
    """Of a family of processes at one moment, in bytes.

    `resident` counts a page once for each process that shares it; `proportional` counts it once.
    """

    processes: int = 0
    resident: int = 0
    proportional: int = 0

    def highest(self, other: "Memory") -> "Memory":
        """Return the higher of each."""
        return Memory(
            max(self.processes, other.processes),
            max(self.resident, other.resident),
            max(self.proportional, other.proportional),
        )


class MemoryWatch:
    """Looks once a second; `peak` stays zero where there is no /proc."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self.peak = Memory()

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
        while not self._over.wait(1.0):
            self.peak = self.peak.highest(memory_of(self._pid))


def memory_of(pid: int) -> Memory:
    """Return the memory of a process and of all its descendants."""
    parents = {int(one.name): _number(one / "status", "PPid") for one in _PROC.glob("[0-9]*")}
    family, grew = {pid}, True
    while grew:
        children = {one for one, parent in parents.items() if parent in family}
        grew = not children <= family
        family |= children
    rollups = [_PROC / str(one) / "smaps_rollup" for one in family]
    return Memory(
        processes=len(family),
        resident=sum(_number(rollup, "Rss") for rollup in rollups) * _KIBIBYTE,
        proportional=sum(_number(rollup, "Pss") for rollup in rollups) * _KIBIBYTE,
    )


def _number(file: Path, name: str) -> int:
    """Return the number on the line of that name, 0 where the process is gone."""
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0
