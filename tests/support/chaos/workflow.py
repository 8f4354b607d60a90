"""Step Functions for one play: the real definition, on a virtual clock.

Executions, their names, their tokens and their time-outs behave as those of AWS: an execution is
started once by its name, a token is answered once, an execution that is gone has no tokens.
"""

import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

from monitoring_server.recorded.answering import refusal
from tests.support.asl_interpreter import Call, Course, Pause, TaskFailure, Walk, course, definition
from tests.support.chaos.clock import Clock

MACHINE_ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:ITOps-IncidentResponse"
_HEAD = MACHINE_ARN.replace(":stateMachine:", ":execution:")

Worker = Callable[[Call, str], Any]
"""Has the function of a task run: its answer, or a `TaskFailure`."""


@lru_cache
def machine() -> dict[str, Any]:
    """Return the state machine of the repository."""
    return definition()


def function_of(state: str) -> str:
    """Return the name of the function that a task calls: `Triage` for `${TriageFunctionArn}`."""
    named: str = machine()["States"][state]["Arguments"]["FunctionName"]
    return named.removeprefix("${").removesuffix("FunctionArn}")


@dataclass
class Execution:
    """One execution."""

    name: str
    content: str
    started_at: float
    walk: Walk
    course: Course
    status: str = "RUNNING"
    stopped_at: float | None = None
    waits_for: str = ""
    """The token of the task that it waits at."""


@dataclass
class Workflow:
    """All executions, and what happens when."""

    clock: Clock
    chance: Random
    work: Worker
    executions: dict[str, Execution] = field(default_factory=dict[str, Execution])
    _due: list[tuple[float, int, Callable[[], None]]] = field(
        default_factory=list[tuple[float, int, Callable[[], None]]]
    )
    _numbers: Any = field(default_factory=itertools.count)

    def at(self, moment: float, happens: Callable[[], None]) -> None:
        """Let something happen then, or as soon after as nothing else is at work."""
        heapq.heappush(self._due, (moment, next(self._numbers), happens))

    def run_until(self, is_over: Callable[[], bool], latest: float) -> bool:
        """Let happen what is due until it is over; `False` where it is not by `latest`."""
        while not is_over():
            if not self._due or self._due[0][0] > latest:
                return False
            moment, _, happens = heapq.heappop(self._due)
            self.clock.at = max(self.clock.at, moment)
            happens()
        return True

    def ask(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer a call of the functions."""
        return getattr(self, f"_{operation}")(**arguments)

    def lose_everything(self) -> None:
        """Forget every execution, as a restart of the local cloud does."""
        for one in self.executions.values():
            one.course.close()
        self.executions.clear()

    @property
    def running(self) -> list[Execution]:
        """The executions that are not over."""
        return [one for one in self.executions.values() if one.status == "RUNNING"]

    def _start_execution(
        self,
        stateMachineArn: str,  # noqa: N803 - as boto3 names it
        name: str,
        input: str,
    ) -> dict[str, Any]:
        assert stateMachineArn == MACHINE_ARN
        arn = f"{_HEAD}:{name}"
        known = self.executions.get(arn)
        if known is not None and (known.status != "RUNNING" or known.content != input):
            raise refusal("StartExecution", "ExecutionAlreadyExists", f"{name} exists")
        if known is None:
            walk = Walk()
            tokens = (f"{name}/{number}" for number in itertools.count(1))
            started = course(machine(), json.loads(input), walk, lambda: next(tokens), self.chance)
            known = Execution(name, input, self.clock.at, walk, started)
            self.executions[arn] = known
            begun = known
            self.at(self.clock.at + 0.05, lambda: self._go_on(begun, None))
        return {"executionArn": arn, "startDate": _moment(known.started_at)}

    def _describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        known = self.executions.get(executionArn)
        if known is None:
            raise refusal("DescribeExecution", "ExecutionDoesNotExist", "Execution Does Not Exist")
        stopped = {} if known.stopped_at is None else {"stopDate": _moment(known.stopped_at)}
        failed = {} if known.walk.error is None else {"error": known.walk.error}
        started = _moment(known.started_at)
        return {"status": known.status, "startDate": started, **stopped, **failed}

    def _send_task_success(self, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        waiting = self._waiting(taskToken, "SendTaskSuccess")
        self.at(self.clock.at, lambda: self._answered(waiting, taskToken, json.loads(output)))
        return {}

    def _send_task_failure(self, taskToken: str, error: str, cause: str) -> dict[str, Any]:  # noqa: N803
        waiting = self._waiting(taskToken, "SendTaskFailure")
        failure = TaskFailure(error, cause)
        self.at(self.clock.at, lambda: self._answered(waiting, taskToken, failure))
        return {}

    def _waiting(self, token: str, operation: str) -> Execution:
        waiting = next((one for one in self.running if one.waits_for == token), None)
        if waiting is None:
            raise refusal(operation, "TaskTimedOut", "the token is of no task that waits")
        return waiting

    def _answered(self, waiting: Execution, token: str, said: Any) -> None:  # noqa: ANN401
        if waiting.status == "RUNNING" and waiting.waits_for == token:
            waiting.waits_for = ""
            self._go_on(waiting, said)

    def _go_on(self, one: Execution, said: Any) -> None:  # noqa: ANN401
        """Go on with an execution until it waits for something, or is over."""
        while self._is_there(one):
            try:
                failed = isinstance(said, TaskFailure)
                asked = one.course.throw(said) if failed else one.course.send(said)
            except StopIteration:
                one.status, one.stopped_at = one.walk.status, self.clock.at
                return
            if isinstance(asked, Pause):
                self.at(self.clock.at + asked.seconds, lambda: self._go_on(one, None))
                return
            if not asked.waits:
                said = self._worked(asked, one)
            elif (said := self._begun(asked, one)) is None:
                return

    def _begun(self, asked: Call, one: Execution) -> TaskFailure | None:
        """Have a task begin that waits for an answer; return how it failed to."""
        one.waits_for = asked.token
        over = TaskFailure("States.Timeout")
        latest = self.clock.at + asked.timeout_seconds
        self.at(latest, lambda: self._answered(one, asked.token, over))
        said = self._worked(asked, one)
        if isinstance(said, TaskFailure) and one.waits_for == asked.token:
            one.waits_for = ""
            return said
        return None

    def _worked(self, asked: Call, one: Execution) -> Any:  # noqa: ANN401
        try:
            return self.work(asked, one.name)
        except TaskFailure as failure:
            return failure

    def _is_there(self, one: Execution) -> bool:
        return self.executions.get(f"{_HEAD}:{one.name}") is one


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
