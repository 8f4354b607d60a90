"""The one place through which everything leaves a function: every call to AWS and to tools.

A function that dies is not stopped in its tracks, for Python cannot do that; but from then on
nothing that it asks for happens, and nobody hears its answer. To the world that is the same.
"""

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tests.support.chaos.clock import Clock

_A_CALL_SECONDS = 0.01
_PATIENCE_SECONDS = 180


class Trouble(StrEnum):
    """What may happen at a call."""

    DIES_BEFORE = "the worker dies before the call"
    DIES_AFTER = "the worker dies after the call took effect"
    THROTTLED = "the call is throttled"
    TIMES_OUT = "the call times out and did nothing"
    TIMES_OUT_AFTER = "the call times out after it took effect"
    REPEATED = "the SDK repeats a call of which the answer was lost"
    TWICE = "the same work is delivered a second time, in between"
    LATE = "the worker is given up, and goes on when others have done its work"
    RECONCILED = "the reconciler looks, in between"
    RESTART = "the cloud restarts"
    SWITCHED_OFF = "people switch actions off"
    RESOLVED = "a person resolves the incident"
    THROWS = "the worker throws before it does anything"
    ANSWER_LOST = "the worker does everything, and its answer is lost"
    AGAIN = "the work is delivered once more, later"


class ProcessDied(BotoCoreError):  # noqa: N818 - a condition of the play, not a mistake in it
    """Whoever asks is dead: nothing happens any more."""

    fmt = "the process is dead"


@dataclass
class Process:
    """One invocation of a function."""

    name: str
    event: Any = None
    visit: int = 0
    is_dead: bool = False
    trace: list[str] = field(default_factory=list[str])
    """What was asked for in it, and in the tool servers that it called."""
    parked: "Parked | None" = None
    switched_on: bool = True
    """Whether actions were switched on when it began."""


class Parked:
    """A function on a thread of its own, which can be left in the middle and gone on with."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._go = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def begin(self) -> tuple[str, Any]:
        """Run it until it is over or left in the middle: `done`, `failed` or `left`."""
        self._thread.start()
        return self._said.get(timeout=_PATIENCE_SECONDS)

    def leave(self) -> None:
        """Called from inside: wait here until somebody goes on with it."""
        self._said.put(("left", None))
        if not self._go.wait(timeout=_PATIENCE_SECONDS):
            raise AssertionError("nobody went on with what was left in the middle")

    def go_on(self) -> tuple[str, Any]:
        """Run it to its end."""
        self._go.set()
        said = self._said.get(timeout=_PATIENCE_SECONDS)
        self._thread.join(timeout=_PATIENCE_SECONDS)
        return said

    def _run(self) -> None:
        try:
            self._said.put(("done", self._work()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other thread judges it
            self._said.put(("failed", error))


AtCall = Callable[[list[Process], str, str], Trouble | None]
Meanwhile = Callable[[Process, Trouble], None]


class Boundary:
    """Carries calls out, or lets go wrong with them what the faults say."""

    def __init__(self, clock: Clock, at_call: AtCall, meanwhile: Meanwhile) -> None:
        self.clock = clock
        self.stack: list[Process] = []
        self.is_quiet = False
        """Inside a tool server that only reads: what it asks is neither counted nor disturbed."""
        self._at_call = at_call
        self._meanwhile = meanwhile

    @contextmanager
    def inside(self, process: Process) -> Generator[None]:
        """Have everything that is asked for come from `process`."""
        before, self.stack = self.stack, [process]
        try:
            yield
        finally:
            self.stack = before

    @contextmanager
    def deeper(self, process: Process) -> Generator[None]:
        """Have everything come from a function that the present one has invoked."""
        stack = self.stack
        stack.append(process)
        try:
            yield
        finally:
            stack.pop()

    def begin(self, process: Process, work: Callable[[], Any]) -> tuple[str, Any]:
        """Run a function on a thread of its own, as deep as the present one has invoked it."""
        stack = self.stack

        def run() -> Any:  # noqa: ANN401
            self.stack = [*stack, process]
            return work()

        process.parked = Parked(run)
        return self._back_to(stack, process.parked.begin)

    def go_on(self, process: Process) -> tuple[str, Any]:
        """Go on with what was left in the middle."""
        assert process.parked is not None
        return self._back_to(self.stack, process.parked.go_on)

    def _back_to(
        self, stack: list[Process], work: Callable[[], tuple[str, Any]]
    ) -> tuple[str, Any]:
        try:
            return work()
        finally:
            self.stack = stack

    def call(self, service: str, operation: str, perform: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Carry a call out, unless something goes wrong with it."""
        if self.is_quiet or not self.stack:
            return perform()
        asking, invoked = self.stack[-1], self.stack[0]
        if asking.is_dead:
            raise ProcessDied
        self.clock.sleep(_A_CALL_SECONDS)
        trouble = self._at_call(self.stack, service, operation)
        invoked.trace.append(f"{asking.name} {service}.{operation}")
        return perform() if trouble is None else self._disturbed(trouble, operation, perform)

    def _disturbed(self, trouble: Trouble, operation: str, perform: Callable[[], Any]) -> Any:  # noqa: ANN401
        asking, stack = self.stack[-1], self.stack
        match trouble:
            case Trouble.DIES_BEFORE | Trouble.DIES_AFTER:
                if trouble is Trouble.DIES_AFTER:
                    perform()
                asking.is_dead = True
                raise ProcessDied
            case Trouble.THROTTLED:
                raise throttling(operation)
            case Trouble.TIMES_OUT | Trouble.TIMES_OUT_AFTER:
                self.clock.sleep(8)
                if trouble is Trouble.TIMES_OUT_AFTER:
                    perform()
                raise ReadTimeoutError(endpoint_url="https://aws")
            case Trouble.REPEATED:
                perform()
                return perform()
            case Trouble.RESTART:
                for process in stack:
                    process.is_dead = True
                self._meanwhile(stack[0], trouble)
                raise ProcessDied
            case Trouble.LATE if asking.parked is not None:
                asking.parked.leave()
                self.stack = stack
                if asking.is_dead:
                    raise ProcessDied
                return perform()
            case _:
                self._meanwhile(stack[0], trouble)
                self.stack = stack
                return perform()


def throttling(operation: str) -> ClientError:
    """Return the error with which AWS asks for patience, after the SDK has had all of its own."""
    told: Any = {
        "Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(told, operation)
