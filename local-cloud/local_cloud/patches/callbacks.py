"""MiniStack lets a task wait for its callback although the function that should ask for it failed.

Upstream swallows the failure in `lambda:invoke.waitForTaskToken`, so the execution hangs until
its time-out (27 hours by default). AWS fails the task at once.
"""

import inspect
import threading
from typing import Any

from local_cloud.emulator import stepfunctions
from local_cloud.patches.upstream import expect


class _FunctionFailedError(Exception):
    """Carries the failure past upstream's `except _ExecutionError: pass`."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


def fail_tasks_whose_function_failed() -> None:
    """Fail a callback task as soon as its function fails."""
    with_callback, call = stepfunctions._invoke_with_callback, stepfunctions._call_lambda
    execution_error = stepfunctions._ExecutionError
    swallowed = "_call_lambda(func_ref, lambda_payload)\n        except _ExecutionError:"
    expect(swallowed in inspect.getsource(with_callback), "callback tasks no longer swallow")
    asking = threading.local()

    def call_lambda(func_ref: str, event: Any) -> Any:  # noqa: ANN401
        if not getattr(asking, "now", False):
            return call(func_ref, event)
        try:
            return call(func_ref, event)
        except execution_error as error:
            raise _FunctionFailedError(error) from error

    def invoke_with_callback(resource: Any, payload: Any, token: str, state: Any) -> Any:  # noqa: ANN401
        asking.now = True
        try:
            return with_callback(resource, payload, token, state)
        except _FunctionFailedError as error:
            stepfunctions._task_tokens.pop(token, None)
            raise error.failure from error
        finally:
            asking.now = False

    stepfunctions._call_lambda = call_lambda
    stepfunctions._invoke_with_callback = invoke_with_callback
