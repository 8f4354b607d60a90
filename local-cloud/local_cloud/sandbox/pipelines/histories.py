"""Patches of MiniStack that make the history of an execution as full as AWS's.

- Every event names the one before it (`previousEventId`), also where items run side by side.
- A Map tells of its iterations and of the states in them; upstream tells only of what they call.
- What a Task calls is named as AWS names it: type `lambda`, resource `invoke`.
"""

import contextvars
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.patches.upstream import expect

_REPLACED = ("_add_event", "_run_execution", "_run_sub_machine", "_run_map_items")
_OPTIMIZED = "arn:aws:states:::"
_RUNNERS = {
    "Pass": "_execute_pass",
    "Task": "_execute_task",
    "Choice": "_execute_choice",
    "Wait": "_execute_wait",
    "Parallel": "_execute_parallel",
    "Map": "_execute_map",
}
_TOLD_THE_EXECUTION = {"Task", "Parallel", "Map"}

_last: contextvars.ContextVar[int] = contextvars.ContextVar("sandbox_last_event", default=1)
_mapping: contextvars.ContextVar[str] = contextvars.ContextVar("sandbox_mapping", default="")

States = dict[str, Any]
"""The module of MiniStack that runs state machines, as a mapping of its names."""


def install(states: States) -> None:
    """Patch the module of MiniStack that runs state machines."""
    for name in (*_REPLACED, *_RUNNERS.values()):
        expect(name in states, f"stepfunctions.{name}")
    states["_add_event"] = _linking(states["_add_event"])
    states["_run_execution"] = _from_the_start(states["_run_execution"])
    states["_run_map_items"] = _telling_items(states, states["_run_map_items"])
    states["_run_sub_machine"] = _telling_states(states)


def _linking(add: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    lock = threading.Lock()

    def adding(
        execution: Mapping[str, Any], kind: str, details: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        with lock:
            event = add(execution, kind, _as_aws_names_it(details))
        event["previousEventId"] = _last.get()
        _last.set(event["id"])
        return event

    return adding


def _as_aws_names_it(details: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if not details:
        return details
    name, told = next(iter(details.items()))
    resource = str(told.get("resource", ""))
    if not resource.startswith(_OPTIMIZED):
        return details
    kind, _, call = resource.removeprefix(_OPTIMIZED).rpartition(":")
    return {name: {**told, "resourceType": kind, "resource": call}}


def _from_the_start(run: Callable[[str], None]) -> Callable[[str], None]:
    def running(execution_arn: str) -> None:
        token, mapping = _last.set(1), _mapping.set("")
        try:
            run(execution_arn)
        finally:
            _last.reset(token)
            _mapping.reset(mapping)

    return running


def _telling_items(states: States, run: Callable[..., Any]) -> Callable[..., Any]:
    def running(definition: States, given: Any, execution: States, ctx: States) -> Any:  # noqa: ANN401
        inner = definition.get("Iterator") or definition.get("ItemProcessor", {})
        if inner.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            return run(definition, given, execution, ctx)
        begun = states["_add_event"](
            execution, "MapStateStarted", {"mapStateStartedEventDetails": {}}
        )
        token = _mapping.set(ctx["State"]["Name"])
        ended = "MapStateFailed"
        try:
            answer = run(definition, given, execution, ctx)
            ended = "MapStateSucceeded"
        finally:
            _mapping.reset(token)
            _last.set(_deciding_iteration(execution, begun, failed=ended == "MapStateFailed"))
            states["_add_event"](execution, ended)
        return answer

    return running


def _deciding_iteration(execution: States, begun: States, *, failed: bool) -> int:
    """Return the event of the iteration that ends a Map: of several failed ones, the first item's.

    Upstream lets all items end, and fails with the error of the first one in their order.
    """
    wanted = "MapIterationFailed" if failed else "MapIterationSucceeded"
    ended = [
        event
        for event in execution["events"]
        if event["type"] == wanted and event["id"] > begun["id"]
    ]
    if not ended:
        return _last.get()
    return (min(ended, key=_index_of) if failed else ended[-1])["id"]


def _index_of(event: States) -> int:
    return event["mapIterationFailedEventDetails"]["index"]


def _telling_states(states: States) -> Callable[..., Any]:
    def running(
        inner: States,
        start_at: str,
        given: Any,  # noqa: ANN401
        execution: States,
        ctx: States,
    ) -> Any:  # noqa: ANN401
        name = _mapping.get()
        _mapping.set("")
        if not name:
            return _run(states, inner, (start_at, given), (execution, ctx))
        place = {"name": name, "index": ctx["Map"]["Item"]["Index"]}

        def told(kind: str) -> None:
            details = f"mapIteration{kind}EventDetails"
            states["_add_event"](execution, f"MapIteration{kind}", {details: place})

        told("Started")
        ended = "Failed"
        try:
            answer = _run(states, inner, (start_at, given), (execution, ctx))
            ended = "Succeeded"
        finally:
            told(ended)
        return answer

    return running


def _run(
    states: States, inner: States, begin: tuple[str, Any], around: tuple[States, States]
) -> Any:  # noqa: ANN401
    """Run the states of an iteration or branch as upstream does, and tell of each."""
    (name, given), (execution, ctx) = begin, around
    current: str | None = name
    given = json.loads(json.dumps(given))
    while current:
        state = inner.get(current)
        if not state:
            raise states["_ExecutionError"]("States.Runtime", f"State '{current}' not found")
        kind = state.get("Type")
        ctx["State"] = {"Name": current, "EnteredTime": states["now_iso"](), "RetryCount": 0}
        entered = {"name": current, "input": json.dumps(given)}
        states["_add_event"](
            execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered}
        )
        given, following = _one(states, state, given, (execution, ctx))
        exited = {"name": current, "output": json.dumps(given)}
        states["_add_event"](execution, f"{kind}StateExited", {"stateExitedEventDetails": exited})
        current = following
    return given


def _one(
    states: States,
    state: States,
    given: Any,  # noqa: ANN401
    around: tuple[States, States],
) -> tuple[Any, str | None]:
    kind, (execution, ctx) = state.get("Type"), around
    if kind == "Succeed":
        given = states["_apply_input_path"](state, given, ctx)
        return states["_apply_output_path"](state, given, ctx), None
    if kind == "Fail":
        raise states["_ExecutionError"](*states["_fail_state_error"](state, given, ctx))
    if kind not in _RUNNERS:
        raise states["_ExecutionError"]("States.Runtime", f"Unknown state type: {kind}")
    runner = states[_RUNNERS[kind]]
    if kind in _TOLD_THE_EXECUTION:
        return runner(state, given, execution, ctx)
    return runner(state, given, ctx)
