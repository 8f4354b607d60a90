"""What a round of watching has seen so far, ready to be judged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from itops_core.domain.evidence import Claim
from itops_core.domain.investigation import Case, Observation, ObservationStatus, ToolCall
from itops_core.reasoning.offline.questions import identity
from itops_core.reasoning.offline.reading import records
from itops_core.reasoning.offline.sightings import cite
from itops_core.reasoning.rounds import device_of

Row = dict[str, Any]
Told = tuple[Observation, Row]
"""A row of an answer, and the answer."""


@dataclass(frozen=True)
class Watched:
    """The answers of one round. Its moment is the one at which the round began."""

    case: Case

    @property
    def now(self) -> datetime:
        """When the round began."""
        return self.case.incident.opened_at

    @property
    def device(self) -> str:
        """The one device that the round is about; empty where it is about everything."""
        return device_of(self.case.incident)

    @cached_property
    def seen(self) -> tuple[Observation, ...]:
        """Every observation of this round, oldest first."""
        return tuple(seen for step in self.case.steps_of_this_agent for seen in step.observations)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The questions that were put already, whatever became of them."""
        return frozenset(identity(seen.call) for seen in self.seen)

    def has_asked(self, call: ToolCall) -> bool:
        """Whether this question, on this page, was put already."""
        return any(seen.call == call for seen in self.seen)

    def answers(self, tool: str, **arguments: object) -> Iterator[Observation]:
        """Yield what a tool answered where it was asked with these arguments."""
        for seen in self.seen:
            if seen.call.tool != tool or seen.status is not ObservationStatus.OK:
                continue
            if all(seen.call.arguments.get(name) == value for name, value in arguments.items()):
                yield seen

    def answer(self, tool: str, **arguments: object) -> Observation | None:
        """Return the newest such answer."""
        return next(reversed(list(self.answers(tool, **arguments))), None)

    def rows(self, tool: str, field: str, key: str = "") -> Iterator[Told]:
        """Yield the rows of a tool's answers; of those with the same `key` the first alone."""
        known: set[object] = set()
        for seen in self.answers(tool):
            for row in records(seen.content, field):
                name = row.get(key) if key else None
                if name is None or name not in known:
                    known.add(name)
                    yield seen, row


def claim_of(text: str, seen: Observation, *quotes: str) -> Claim:
    """Return a claim that rests on spans of one answer."""
    return Claim(text=text, citations=cite(seen.evidence_id, *quotes))


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago that was, as people say it."""
    if moment is None:
        return "some time"
    return span_of((now - moment).total_seconds() / 60)


def span_of(minutes: float) -> str:
    """Return a stretch of time as people say it."""
    whole = round(minutes)
    if whole < 120:
        return f"{whole} min"
    return f"{minutes / 60:.1f} h" if whole < 48 * 60 else f"{minutes / 1440:.0f} days"
