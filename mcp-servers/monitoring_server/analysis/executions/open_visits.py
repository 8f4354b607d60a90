"""The states that an execution is in at a moment, found by name, kind and how far they are.

A history of 25,000 events may have thousands of states open at once; nothing here looks at all of
them for one event.
"""

from collections.abc import Iterator
from typing import Literal

from monitoring_server.analysis.executions.record import Visit

Progress = Literal["new", "busy", "done", "failed"]
_Visits = dict[Visit, None]


class OpenVisits:
    """Visits that were entered and not left, the oldest first."""

    def __init__(self) -> None:
        self._all: _Visits = {}
        self._by_name: dict[str, _Visits] = {}
        self._by_kind: dict[str, _Visits] = {}
        self._under: dict[Visit, _Visits] = {}
        self._by_progress: dict[tuple[str, Progress], _Visits] = {}
        self._progress: dict[Visit, Progress] = {}

    def __iter__(self) -> Iterator[Visit]:
        """Yield all, the oldest first."""
        return iter(self._all)

    def __contains__(self, visit: object) -> bool:
        """Whether a visit is open."""
        return visit in self._all

    def add(self, visit: Visit) -> None:
        """Note a state that was entered."""
        self._all[visit] = None
        self._by_name.setdefault(visit.name, {})[visit] = None
        self._by_kind.setdefault(visit.kind, {})[visit] = None
        if visit.scope.owner is not None:
            self._under.setdefault(visit.scope.owner, {})[visit] = None
        self.moved(visit)

    def remove(self, visit: Visit) -> None:
        """Forget one that was left."""
        if self._all.pop(visit, False) is False:
            return
        del self._by_name[visit.name][visit]
        del self._by_kind[visit.kind][visit]
        if visit.scope.owner is not None:
            del self._under[visit.scope.owner][visit]
        del self._by_progress[visit.name, self._progress.pop(visit)][visit]
        self._under.pop(visit, None)

    def moved(self, visit: Visit) -> None:
        """Note that an attempt of a visit began or ended."""
        if visit not in self._all:
            return
        now, before = progress_of(visit), self._progress.get(visit)
        if before == now:
            return
        if before is not None:
            del self._by_progress[visit.name, before][visit]
        self._progress[visit] = now
        self._by_progress.setdefault((visit.name, now), {})[visit] = None

    def names_of(self, kind: str) -> list[str]:
        """Return the names of the open states of a kind."""
        return [
            name
            for name, visits in self._by_name.items()
            if visits and next(iter(visits)).kind == kind
        ]

    def newest(self, name: str) -> Visit | None:
        """Return the open state of that name that was entered last."""
        return next(reversed(self._by_name.get(name, {})), None)

    def newest_of(self, kind: str) -> Visit | None:
        """Return the open state of that kind that was entered last."""
        return next(reversed(self._by_kind.get(kind, {})), None)

    def of_kind(self, kind: str) -> Iterator[Visit]:
        """Yield the open states of a kind, the oldest first."""
        return iter(self._by_kind.get(kind, ()))

    def first(self, names: list[str], progress: Progress) -> Visit | None:
        """Return, of the open states of those names, the one that has come so far first."""
        heads = (self._by_progress.get((name, progress)) for name in names)
        found = (next(iter(visits)) for visits in heads if visits)
        return min(found, key=lambda visit: visit.event_id, default=None)

    def within(self, owner: Visit) -> list[Visit]:
        """Return what is open inside a Map or a Parallel, however deep."""
        found: list[Visit] = []
        waiting = [owner]
        while waiting:
            inner = list(self._under.get(waiting.pop(), ()))
            found += inner
            waiting += inner
        return sorted(found, key=lambda visit: visit.event_id)


def progress_of(visit: Visit) -> Progress:
    """Return how far the last attempt of a visit has come."""
    if not visit.attempts:
        return "new"
    outcome = visit.attempts[-1].outcome
    if outcome == "running":
        return "busy"
    return "done" if outcome == "succeeded" else "failed"
