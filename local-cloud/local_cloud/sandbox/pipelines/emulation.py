"""Patches of MiniStack that give a rehearsed pipeline a past and a table its limits.

- An execution whose StartExecution carries `x-sandbox-at` began at that moment: its history and
  what its functions print are as much older. Lambda takes the header as ECS and SSM do.
- A nested execution that failed is told as AWS tells it: `States.TaskFailed`, with the description
  of the execution as cause.
- A table with provisioned capacity refuses writes beyond it; MiniStack takes any number.
"""

import contextvars
import functools
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_cloud.patches.upstream import expect
from local_cloud.sandbox.pipelines import histories
from local_cloud.sandbox.world import AT_HEADER

_REPLACED = {
    "stepfunctions": ("now_iso", "_nested_execution_failure", "handle_request"),
    "lambda_svc": ("_now_iso", "_emit_lambda_logs", "handle_request"),
    "dynamodb": ("_put_item", "_update_item", "_tables", "error_response_json"),
}
_STATES_STAMP = "%Y-%m-%dT%H:%M:%S.%f"

_older: contextvars.ContextVar[float] = contextvars.ContextVar("sandbox_older", default=0.0)


def install() -> None:
    """Patch the MiniStack of this process; a second call changes nothing."""
    from ministack.services import (  # noqa: PLC0415 - only in the launcher
        cloudwatch_logs,
        dynamodb,
        lambda_svc,
        stepfunctions,
    )

    if getattr(stepfunctions, "_sandbox_patched", False):
        return
    modules = {"stepfunctions": stepfunctions, "lambda_svc": lambda_svc, "dynamodb": dynamodb}
    for service, names in _REPLACED.items():
        for name in names:
            expect(hasattr(modules[service], name), f"{service}.{name}")
    for module in (stepfunctions, lambda_svc):
        module.__dict__["handle_request"] = _reading_header(module.handle_request)
    stepfunctions.__dict__["now_iso"] = _states_now
    stepfunctions.__dict__["_nested_execution_failure"] = nested_failure
    lambda_svc.__dict__["_now_iso"] = _lambda_now
    histories.install(stepfunctions.__dict__)
    _backdate_lines(lambda_svc.__dict__, cloudwatch_logs.__dict__)
    _limit_writes(dynamodb.__dict__)
    stepfunctions.__dict__["_sandbox_patched"] = True


def _reading_header(handle: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handle)
    async def reading(
        method: str,
        path: str,
        headers: Mapping[str, str],
        *rest: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        at = headers.get(AT_HEADER)
        token = _older.set(time.time() - float(at) if at else 0.0)
        try:
            return await handle(method, path, headers, *rest)
        finally:
            _older.reset(token)

    return reading


def _now() -> datetime:
    return datetime.fromtimestamp(time.time() - _older.get(), UTC)


def _states_now() -> str:
    return _now().strftime(_STATES_STAMP)[:-3] + "Z"


def _lambda_now() -> str:
    return _now().strftime(_STATES_STAMP)[:-3] + "+0000"


def _backdate_lines(functions: dict[str, Any], logs: dict[str, Any]) -> None:
    """Make the lines of a call as old as the execution that made it."""
    emit = functions["_emit_lambda_logs"]

    def emitting(func: Any, request_id: str, *rest: Any, **named: Any) -> None:  # noqa: ANN401
        emit(func, request_id, *rest, **named)
        older = int(_older.get() * 1000)
        if not older:
            return
        name = (func.get("config") or func).get("FunctionName", "")
        group = logs["_log_groups"].get(f"/aws/lambda/{name}", {"streams": {}})
        for stream in list(group["streams"].values())[-10:]:
            if any(request_id in event.get("message", "") for event in stream["events"]):
                for event in stream["events"]:
                    event["timestamp"] -= older

    functions["_emit_lambda_logs"] = emitting


def nested_failure(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Return error and cause of a nested execution that did not succeed, as AWS tells them."""
    told = {
        "ExecutionArn": payload.get("executionArn", ""),
        "StateMachineArn": payload.get("stateMachineArn", ""),
        "Name": payload.get("name", ""),
        "Status": payload.get("status", "FAILED"),
        "Error": payload.get("error", ""),
        "Cause": payload.get("cause", ""),
        "Input": payload.get("input", "{}"),
        "InputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE",
    }
    return "States.TaskFailed", json.dumps(told)


class WriteLimits:
    """What is left of each table's capacity: a second of it may be saved up."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def takes(self, table: str, units: float) -> bool:
        """Take one unit of a table that has so many a second; say whether there was one."""
        now = self._clock()
        with self._lock:
            left, at = self._left.get(table, (units, now))
            left = min(units, left + max(0.0, now - at) * units)
            taken = left >= 1
            self._left[table] = (left - 1 if taken else left, max(at, now))
        return taken


def _limit_writes(dynamodb: dict[str, Any]) -> None:
    limits = WriteLimits()
    for name in ("_put_item", "_update_item"):
        dynamodb[name] = _limited(dynamodb, dynamodb[name], limits)


def _provisioned_units(table: Mapping[str, Any]) -> float:
    """Return the writes a second that a table may take; 0 where it is on demand.

    A table on demand that CloudFormation made has units here all the same.
    """
    if (table.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST":
        return 0
    return float((table.get("ProvisionedThroughput") or {}).get("WriteCapacityUnits") or 0)


def _limited(
    dynamodb: dict[str, Any], write: Callable[..., Any], limits: WriteLimits
) -> Callable[..., Any]:
    @functools.wraps(write)
    def limited(data: Mapping[str, Any], *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        name = str(data.get("TableName", "")).rsplit("/", 1)[-1]
        table = dynamodb["_tables"].get(name) or {}
        units = _provisioned_units(table)
        if not units or limits.takes(name, units):
            return write(data, *rest, **named)
        return dynamodb["error_response_json"](
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider "
            "increasing your provisioning level with the UpdateTable API.",
            400,
        )

    return limited
