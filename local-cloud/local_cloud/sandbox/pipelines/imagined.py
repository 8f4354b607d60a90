"""Runs state machines without any cloud: the emulator's own interpreter, on a made-up account.

So a recording tells of an execution what the local cloud would have told of it.
"""

import importlib.util
import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from local_cloud.patches.upstream import expect
from local_cloud.sandbox.pipelines import histories
from local_cloud.sandbox.pipelines.calling import (
    THROTTLED,
    Account,
    Clock,
    FunctionError,
    ThrottledError,
)
from local_cloud.sandbox.pipelines.emulation import nested_failure
from local_cloud.sandbox.pipelines.specs import PipelineSpec

_MODULE = "ministack.services.stepfunctions"
_REPLACED = (
    "now_iso",
    "time",
    "threading",
    "ThreadPoolExecutor",
    "futures_wait",
    "_call_lambda",
    "_invoke_dynamodb",
    "_resolve_lambda_function_ref",
    "_invoke_resource_with_timeout",
    "_nested_execution_failure",
    "_emit_execution_status_event",
)


class ImaginedStates:
    """Step Functions of a made-up account; one execution after the other, in its time."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._states = pristine_states()
        for name in _REPLACED:
            expect(name in self._states, f"stepfunctions.{name}")
        clock = account.clock
        self._states |= {
            "now_iso": self._now,
            "time": SimpleNamespace(sleep=clock.sleep, time=lambda: clock.now),
            "threading": SimpleNamespace(Thread=_InTurn, Event=None, Lock=None),
            "ThreadPoolExecutor": self._pool,
            "_invoke_dynamodb": self._table,
            "futures_wait": _pass_over,
            "_call_lambda": self._call,
            "_resolve_lambda_function_ref": _function_name,
            "_invoke_resource_with_timeout": self._within,
            "_nested_execution_failure": nested_failure,
            "_emit_execution_status_event": _pass_over,
        }
        histories.install(self._states)

    def take_up(self, pipeline: PipelineSpec) -> None:
        """Put a state machine in place."""
        self._states["_state_machines"][pipeline.arn] = {
            "stateMachineArn": pipeline.arn,
            "name": pipeline.name,
            "definition": json.dumps(pipeline.definition),
            "roleArn": "arn:aws:iam::000000000000:role/sandbox-pipelines",
            "type": pipeline.kind,
        }

    def run(self, pipeline: PipelineSpec, given: Any, name: str) -> None:  # noqa: ANN401 - any JSON
        """Run an execution to its end."""
        request = {"stateMachineArn": pipeline.arn, "name": name, "input": json.dumps(given)}
        self._states["_start_sync_execution"](request)

    def executions(self) -> list[dict[str, Any]]:
        """Return every execution that ran, as the interpreter keeps it."""
        return [dict(one) for _, one in self._states["_executions"].items()]

    def _now(self) -> str:
        moment = datetime.fromtimestamp(self._account.clock.now, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def _call(self, function: str, event: Any) -> Any:  # noqa: ANN401 - any JSON
        try:
            return self._account.call(function, event)
        except FunctionError as error:
            raise self._states["_ExecutionError"](error.kind, error.cause) from error

    def _pool(self, max_workers: int = 1) -> "_Pool":
        return _Pool(self._account.clock, max_workers)

    def _table(self, operation: str, given: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        if operation not in {"putItem", "getItem"}:
            raise LookupError(f"a recording has no dynamodb:{operation}")
        try:
            return self._account.ask_table(operation, given)
        except ThrottledError as error:
            name = f"DynamoDB.{THROTTLED}"
            raise self._states["_ExecutionError"](name, str(error)) from error

    def _within(self, resource: str, given: Any, seconds: float) -> Any:  # noqa: ANN401 - any JSON
        clock = self._account.clock
        began = clock.now
        answer = self._states["_invoke_resource"](resource, given)
        if clock.now - began > seconds:
            clock.now = began + seconds
            words = f"Task timed out after {seconds} seconds"
            raise self._states["_ExecutionError"]("States.Timeout", words)
        return answer


class _InTurn:
    """A thread that is none: it runs when it is started."""

    def __init__(self, target: Callable[..., Any], args: tuple[Any, ...] = (), **_: object) -> None:
        self._target = target
        self._args = args

    def start(self) -> None:
        self._target(*self._args)

    def join(self) -> None:
        return


class _Pool:
    """A pool that works off what it is given at once; in made-up time, side by side."""

    def __init__(self, clock: Clock, workers: int) -> None:
        self._clock = clock
        self._free_at = [clock.now] * max(1, workers)

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._clock.now = max(self._free_at)

    def submit(self, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        worker = self._free_at.index(min(self._free_at))
        self._clock.now = self._free_at[worker]
        work(*arguments)
        self._free_at[worker] = self._clock.now


def _pass_over(_: object) -> None:
    return


def _function_name(value: str, *, optimized: bool) -> str:
    del optimized
    return value.rsplit(":", 1)[-1]


def pristine_states() -> dict[str, Any]:
    """Return the names of a copy of the interpreter that nobody has touched or shares."""
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module {_MODULE}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.__dict__
