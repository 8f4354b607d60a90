"""A small interpreter of the state machine's part of Amazon States Language, without any waiting.

It knows what `statemachine/incident_response.asl.yaml` uses and refuses everything else. That it
walks as a real engine does is shown in `test_state_machine_walk.py`; the property-based runs then
use it because it walks a thousand times faster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
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


def definition(text: str | None = None) -> dict[str, Any]:
    """Return the state machine as it stands in the repository, or in `text`."""
    return yaml.safe_load(text or ASL_FILE.read_text(encoding="utf-8"))


def walk(machine: Mapping[str, Any], execution_input: Json, answer: Answer) -> Walk:
    """Run `machine` on the input, its tasks answered by `answer`."""
    result = Walk()
    name, data = machine["StartAt"], execution_input
    while len(result.states) < _LONGEST_WALK:
        state = machine["States"][name]
        result.states.append(name)
        context = {
            "Execution": {"Input": execution_input},
            "State": {"Name": name},
            "Task": {"Token": "a-token"},
        }
        match state["Type"]:
            case "Succeed":
                result.status, result.output = "SUCCEEDED", data
                return result
            case "Fail":
                result.status, result.error = "FAILED", state["Error"]
                return result
            case "Choice":
                name = _chosen(state, data, context)
            case "Wait":
                seconds = evaluated(state["Seconds"], input=data, context=context)
                assert isinstance(seconds, int) and seconds >= 1, seconds
                name = state["Next"]
            case "Task":
                name, data = _task(state, data, context, answer=answer, result=result)
            case other:
                raise AssertionError(f"no such state type here: {other}")
    raise AssertionError(f"the walk does not end: {result.states[:40]}")


def evaluated(template: Json, **states: Json) -> Json:
    """Return `template` with every JSONata expression in it replaced by its value."""
    if isinstance(template, Mapping):
        return {key: evaluated(value, **states) for key, value in template.items()}
    if not (isinstance(template, str) and template.startswith("{%")):
        return template
    expression = jsonata.Jsonata(template.removeprefix("{%").removesuffix("%}").strip())
    try:
        value = expression.evaluate(None, {"states": states})
    except Exception as error:
        raise TaskFailure("States.QueryEvaluationError", str(error)) from error
    if value is None:
        raise TaskFailure("States.QueryEvaluationError", f"no value: {template}")
    return value


def _chosen(state: Mapping[str, Any], data: Json, context: Json) -> str:
    for rule in state["Choices"]:
        if evaluated(rule["Condition"], input=data, context=context) is True:
            return rule["Next"]
    return state["Default"]


def _task(
    state: Mapping[str, Any], data: Json, context: Json, *, answer: Answer, result: Walk
) -> tuple[str, Json]:
    retries: dict[int, int] = {}
    while True:
        try:
            return state["Next"], _attempt(state, data, context, answer=answer, result=result)
        except TaskFailure as failure:
            retrier = _first(state.get("Retry", []), failure.error)
            if retrier is not None:
                allowed = state["Retry"][retrier]["MaxAttempts"]
                retries[retrier] = retries.get(retrier, 0) + 1
                if retries[retrier] <= allowed:
                    continue
            catcher = _first(state.get("Catch", []), failure.error)
            if catcher is None:
                raise AssertionError(
                    f"{context['State']['Name']} lets {failure.error} out"
                ) from None
            rule = state["Catch"][catcher]
            told = evaluated(
                rule["Output"], input=data, context=context, errorOutput=failure.output
            )
            return rule["Next"], told


def _attempt(
    state: Mapping[str, Any], data: Json, context: Json, *, answer: Answer, result: Walk
) -> Json:
    payload = evaluated(state["Arguments"], input=data, context=context)["Payload"]
    name = context["State"]["Name"]
    result.tasks.append((name, payload))
    said = answer(name, payload)
    waits = state["Resource"].endswith(".waitForTaskToken")
    return evaluated(
        state["Output"], input=data, context=context, result=said if waits else {"Payload": said}
    )


def _first(rules: list[dict[str, Any]], error: str) -> int | None:
    for index, rule in enumerate(rules):
        names = rule["ErrorEquals"]
        if error in names or "States.ALL" in names:
            return index
        if "States.TaskFailed" in names and error != "States.Timeout":
            return index
    return None
