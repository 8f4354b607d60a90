"""What goes wrong in a run, and how that is drawn: the same seed and number give the same run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tests.support.chaos.boundary import Process, Trouble
from tests.support.chaos.writes import WRITES

AT_CALLS = (
    Trouble.DIES_BEFORE,
    Trouble.DIES_AFTER,
    Trouble.THROTTLED,
    Trouble.TIMES_OUT,
    Trouble.TIMES_OUT_AFTER,
    Trouble.REPEATED,
    Trouble.TWICE,
    Trouble.LATE,
    Trouble.RECONCILED,
    Trouble.RESTART,
    Trouble.SWITCHED_OFF,
    Trouble.RESOLVED,
)
"""What may happen in the middle of a function."""

AROUND = (Trouble.THROWS, Trouble.ANSWER_LOST, Trouble.AGAIN)
"""What may happen to it as a whole."""

_BRIEF = (Trouble.THROTTLED, Trouble.TIMES_OUT, Trouble.TIMES_OUT_AFTER, Trouble.THROWS)
_NESTED = (Trouble.TWICE, Trouble.LATE, Trouble.RECONCILED, Trouble.RESOLVED)
_LENGTHS = (1, 1, 2, 6, 60)
_MORE = (0, 0, 1, 2)
_LATEST = 110
"""Seconds: a function that takes longer is ended by its own time-out; a tool server by half."""

Traces = Mapping[tuple[str, int], Sequence[str]]
"""What each visit of each state asks for where nothing goes wrong."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong: in which state, at its how manyeth visit, at which call."""

    state: str
    visit: int
    call: int
    trouble: Trouble
    calls: int = 1
    """So many calls in a row, of that one's service, it happens to, or so many attempts."""
    seconds: float = 0.0
    """How long what is late is late."""


@dataclass(frozen=True)
class Plan:
    """Everything that goes wrong in one run, and the chance of its jitter."""

    faults: tuple[Fault, ...] = ()
    seed: str = "calm"

    def without(self, fault: Fault) -> "Plan":
        """Return this plan with one fault less."""
        return Plan(tuple(one for one in self.faults if one is not fault), self.seed)


def drawn(seed: int, number: int, traces: Traces) -> Plan:
    """Return the plan of a run.

    Which state is struck by what goes round, so that every pair has its turn; the rest is chance.
    """
    chance = Random(f"{seed}:{number}")  # noqa: S311 - nothing secret
    pairs = [
        (state, trouble)
        for state in sorted({state for state, _ in traces})
        for trouble in (*AT_CALLS, *AROUND)
    ]
    Random(seed).shuffle(pairs)  # noqa: S311
    first = _fault(chance, traces, *pairs[number % len(pairs)])
    more = [_fault(chance, traces, *chance.choice(pairs)) for _ in range(chance.choice(_MORE))]
    return Plan((first, *more), f"{seed}:{number}")


def may_happen(fault: Fault, stack: Sequence[Process], service: str, operation: str) -> bool:
    """Whether this can happen at this call at all.

    The SDK repeats no write to what is acted on, and no invocation. What docs/safety.md names as
    remaining is not asked for: a write that AWS carries out long after it was sent, so long that
    others have done it meanwhile.
    """
    is_write = (service, operation) in WRITES
    if fault.trouble is Trouble.REPEATED:
        return not is_write and service != "lambda"
    if fault.trouble in _NESTED:
        # Nor where a lock is held that only functions in one process share.
        return not is_write and "breaker#" not in operation
    return True


def _fault(chance: Random, traces: Traces, state: str, trouble: Trouble) -> Fault:
    visit = chance.choice(sorted(number for name, number in traces if name == state))
    call = chance.randrange(max(1, len(traces[state, visit])))
    calls = chance.choice(_LENGTHS) if trouble in _BRIEF else 1
    return Fault(state, visit, call, trouble, calls, round(chance.uniform(1, _LATEST), 1))
