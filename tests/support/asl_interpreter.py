"""A small interpreter of the state machine's part of Amazon States Language.

It knows what `statemachine/incident_response.asl.yaml` uses and refuses everything else. `course`
says what an execution asks for next, a task or some time, and whoever drives it decides what that
means: `walk` answers at once and lets no time pass, the chaos suite plays both on a virtual clock.
That it walks as a real engine does is shown in `test_state_machine_walk.py`.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonata
import yaml

ASL_FILE = Path(__file__).parents[2] / "statemachine" / "incident_response.asl.yaml"

Json = Any
Answer = Callable[[str, Json], Json]
"""Answers a task: the state's name and the payload in, the answer out, or a `TaskFailure`."""

_LONGEST_WALK = 2000


class TaskFailure(Exception):  # noqa: N818 - a condition of the walk, not a mistake in it
    """A task ended with this error name."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause

    @property
    def output(self) -> dict[str, str]:
        """What a catcher sees."""
        return {"Error": self.error} | ({"Cause": self.cause} if self.cause is not None else {})


@dataclass
class Walk:
    """How an execution went."""

    status: str = "RUNNING"
    states: list[str] = field(default_factory=list[str])
    tasks: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    """Every attempt of a task, with its payload."""
    output: Json = None
    error: str | None = None


@dataclass(frozen=True)
class Call:
    """A task to be done: send its answer, or throw a `TaskFailure`."""

    state: str
    payload: Json
    timeout_seconds: int
    token: str
    waits: bool
    """Whether the task is over only when somebody answers its token."""


@dataclass(frozen=True)
class Pause:
    """Time to let pass before anything is sent."""

    state: str
    seconds: float


Course = Generator[Call | Pause, Json, None]


def definition(text: str | None = None) -> dict[str, Any]:
    """Return the state machine as it stands in the repository, or in `text`."""
    return yaml.safe_load(text or ASL_FILE.read_text(encoding="utf-8"))


def walk(machine: Mapping[str, Any], execution_input: Json, answer: Answer) -> Walk:
    """Run `machine` on the input, its tasks answered by `answer`, without any waiting."""
    result = Walk()
    running = course(machine, execution_input, result)
    said: Json = None
    failure: TaskFailure | None = None
    while True:
        try:
            asked = running.throw(failure) if failure else running.send(said)
        except StopIteration:
            return result
        said, failure = None, None
        if isinstance(asked, Call):
            try:
                said = answer(asked.state, asked.payload)
            except TaskFailure as told:
                failure = told


def course(
    machine: Mapping[str, Any],
    execution_input: Json,
    result: Walk,
    token: Callable[[], str] = lambda: "a-token",
    chance: Random | None = None,
) -> Course:
    """Yield what an execution asks for, and keep in `result` how it goes.

    `chance` is the jitter of its retries; without it they are as late as they may be.
    """
    name, data = machine["StartAt"], execution_input
    while len(result.states) < _LONGEST_WALK:
        state = machine["States"][name]
        result.states.append(name)
        context = {"Execution": {"Input": execution_input}, "State": {"Name": name}}
        match state["Type"]:
            case "Succeed":
                result.status, result.output = "SUCCEEDED", data
                return
            case "Fail":
                result.status, result.error = "FAILED", state["Error"]
                return
            case "Choice":
                name = _chosen(state, data, context)
            case "Wait":
                seconds = evaluated(state["Seconds"], input=data, context=context)
                assert isinstance(seconds, int) and seconds >= 1, seconds
                yield Pause(name, seconds)
                name = state["Next"]
            case "Task":
                task = _Task(state, data, context, token, chance)
                name, data = yield from task.done(result)
            case other:
                raise AssertionError(f"no such state type here: {other}")
    raise AssertionError(f"the walk does not end: {result.states[:40]}")


def evaluated(template: Json, **states: Json) -> Json:
    """Return `template` with every JSONata expression in it replaced by its value."""
    if isinstance(template, Mapping):
        return {key: evaluated(value, **states) for key, value in template.items()}
    if not (isinstance(template, str) and template.startswith("{%")):
        return template
    try:
        value = _expression(template).evaluate(None, {"states": states})
    except Exception as error:
        raise TaskFailure("States.QueryEvaluationError", str(error)) from error
    if value is None:
        raise TaskFailure("States.QueryEvaluationError", f"no value: {template}")
    return value


@cache
def _expression(template: str) -> jsonata.Jsonata:
    return jsonata.Jsonata(template.removeprefix("{%").removesuffix("%}").strip())


def _chosen(state: Mapping[str, Any], data: Json, context: Json) -> str:
    for rule in state["Choices"]:
        if evaluated(rule["Condition"], input=data, context=context) is True:
            return rule["Next"]
    return state["Default"]


@dataclass(frozen=True)
class _Task:
    """One visit of a task state, with all its attempts."""

    state: Mapping[str, Any]
    data: Json
    context: Json
    token: Callable[[], str]
    chance: Random | None

    def done(self, result: Walk) -> Generator[Call | Pause, Json, tuple[str, Json]]:
        retries: dict[int, int] = {}
        while True:
            try:
                return self.state["Next"], (yield from self._attempt(result))
            except TaskFailure as failure:
                rules = self.state.get("Retry", [])
                retrier = _first(rules, failure.error)
                if retrier is not None:
                    retries[retrier] = retries.get(retrier, 0) + 1
                    if retries[retrier] <= rules[retrier]["MaxAttempts"]:
                        yield Pause(self._name, self._pause(rules[retrier], retries[retrier]))
                        continue
                return self._caught(failure)

    def _attempt(self, result: Walk) -> Generator[Call | Pause, Json, Json]:
        token = self.token()
        context = {**self.context, "Task": {"Token": token}}
        payload = evaluated(self.state["Arguments"], input=self.data, context=context)["Payload"]
        result.tasks.append((self._name, payload))
        waits = self.state["Resource"].endswith(".waitForTaskToken")
        said = yield Call(self._name, payload, self.state["TimeoutSeconds"], token, waits)
        told = said if waits else {"Payload": said}
        return evaluated(self.state["Output"], input=self.data, context=context, result=told)

    def _caught(self, failure: TaskFailure) -> tuple[str, Json]:
        catcher = _first(self.state.get("Catch", []), failure.error)
        if catcher is None:
            raise AssertionError(f"{self._name} lets {failure.error} out") from None
        rule = self.state["Catch"][catcher]
        told = evaluated(
            rule["Output"], input=self.data, context=self.context, errorOutput=failure.output
        )
        return rule["Next"], told

    def _pause(self, rule: Mapping[str, Any], attempt: int) -> float:
        longest = rule["IntervalSeconds"] * rule["BackoffRate"] ** (attempt - 1)
        longest = min(longest, rule.get("MaxDelaySeconds", longest))
        return self.chance.uniform(0, longest) if self.chance else longest

    @property
    def _name(self) -> str:
        return self.context["State"]["Name"]


def _first(rules: list[dict[str, Any]], error: str) -> int | None:
    for index, rule in enumerate(rules):
        names = rule["ErrorEquals"]
        if error in names or "States.ALL" in names:
            return index
        if "States.TaskFailed" in names and error != "States.Timeout":
            return index
    return None
