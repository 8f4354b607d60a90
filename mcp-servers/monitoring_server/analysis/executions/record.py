"""An execution as it went: the visits to its states, their attempts, and where each one ran."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["running", "succeeded", "failed", "timed_out", "aborted"]


@dataclass(slots=True)
class Failure:
    """An error as an event tells it."""

    error: str
    cause: str
    at: float
    event_id: int
    kind: str
    location: str = ""


@dataclass(slots=True)
class Attempt:
    """One try of a Task."""

    scheduled_at: float
    started_at: float | None = None
    ended_at: float | None = None
    outcome: Outcome = "running"
    failure: Failure | None = None
    resource: str = ""
    resource_type: str = ""
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    submitted: str = ""
    parameters: str = ""
    """What it was really called with, as long as it may still fail."""


@dataclass(slots=True, eq=False)
class Scope:
    """Where a state runs: the execution itself, a Map iteration, or a Parallel branch."""

    kind: Literal["execution", "iteration", "branch"]
    owner: "Visit | None" = None
    index: int | None = None
    counted: bool = False
    """The index was counted here: the history did not tell it."""
    outcome: Outcome = "running"
    failed_in: "Visit | None" = None
    last_output: str | None = None
    item: str | None = None
    """What an iteration was given, as long as it may still fail."""
    entered: "Visit | None" = None


@dataclass(slots=True, eq=False)
class Visit:
    """One entry into a state."""

    name: str
    kind: str
    scope: Scope
    entered_at: float
    event_id: int
    exited_at: float | None = None
    input: str | None = None
    output: str | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    failures: list[Failure] = field(default_factory=list[Failure])
    outcome: Outcome = "running"
    length: int | None = None
    map_run_arn: str = ""
    started: int = 0
    failed_scope: Scope | None = None
    cut: bool = False

    @property
    def failure(self) -> Failure | None:
        """How it last failed."""
        return self.failures[-1] if self.failures else None

    @property
    def was_caught(self) -> bool:
        """Whether it failed in the end and the execution went on nevertheless."""
        if self.exited_at is None:
            return False
        if self.attempts:
            return self.attempts[-1].outcome in {"failed", "timed_out"}
        return bool(self.failures) or self.failed_scope is not None


@dataclass(slots=True)
class Record:
    """All that was read of one execution."""

    root: Scope = field(default_factory=lambda: Scope("execution"))
    visits: list[Visit] = field(default_factory=list[Visit])
    started_at: float | None = None
    ended_at: float | None = None
    last_at: float = 0.0
    status: str = "RUNNING"
    failure: Failure | None = None
    failed_in: Visit | None = None
    input: str | None = None
    output: str | None = None
    role_arn: str = ""
    version_arn: str = ""
    alias_arn: str = ""
    redrives: int = 0
    events: int = 0
    links_missing: int = 0
    unentered: int = 0
    """States whose entry was not told; they stand where the definition has them."""
    dropped_payloads: int = 0
    cut_payloads: int = 0
    has_data: bool = False
    is_cut_off: bool = False
    """It is over, and the history ends in the middle."""
    unknown_kinds: set[str] = field(default_factory=set[str])

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        begin = self.started_at if self.started_at is not None else self.last_at
        return max(0.0, (self.ended_at or self.last_at) - begin)

    @property
    def heard_seconds(self) -> float:
        """How far the history goes."""
        begin = self.started_at if self.started_at is not None else self.last_at
        return round(max(0.0, self.last_at - begin), 3)

    @property
    def transitions(self) -> int:
        """State transitions, which is what a Standard execution costs: retries count as one."""
        retries = sum(max(0, len(visit.attempts) - 1) for visit in self.visits)
        return len(self.visits) + retries


def chain_of(visit: Visit) -> Iterator[tuple[Scope, Visit]]:
    """Yield each Map iteration and Parallel branch around a visit, the innermost first."""
    scope = visit.scope
    while scope.owner is not None:
        yield scope, scope.owner
        scope = scope.owner.scope


class PayloadLedger:
    """Keeps what was handed from state to state below a total, dropping the oldest closed ones.

    What is still open is what may fail; it is never dropped.
    """

    def __init__(self, characters: int) -> None:
        self._left = characters
        self._nested: deque[Visit] = deque()
        self._outer: deque[Visit] = deque()
        self.dropped = 0

    def opened(self, visit: Visit) -> None:
        """Count the input of a visit that begins."""
        self._left -= len(visit.input or "")

    def closed(self, visit: Visit) -> None:
        """Count the output of a visit that ended well, and make room."""
        self._left -= len(visit.output or "")
        (self._nested if visit.scope.owner else self._outer).append(visit)
        while self._left < 0 and (self._nested or self._outer):
            oldest = (self._nested or self._outer).popleft()
            self._left += len(oldest.input or "") + len(oldest.output or "")
            if oldest.input is not None or oldest.output is not None:
                self.dropped += 1
            oldest.input = oldest.output = None
