"""MiniStack calls every failure `Runtime.HandlerError`; here a failure keeps its own type.

Step Functions' Retry and Catch match on that type, so without this no state machine can be
tested against the errors its functions really raise. What failed is logged, too, with the places in
the code under the paths that they have in AWS.
"""

import re
import threading
from collections.abc import Iterable
from typing import Any

from local_cloud.emulator import lambda_runtime, lambda_svc
from local_cloud.environment import EMULATOR_ONLY
from local_cloud.patches.upstream import expect

_FAILED_CALL = '"error": str(e), "trace": traceback.format_exc()'
_FAILED_CALL_TYPED = (
    '"error": str(e), "etype": type(e).__name__, '
    '"stack": traceback.format_tb(e.__traceback__), "trace": traceback.format_exc()'
)
_FAILED_IMPORT = 'json.dumps({"status": "error", "error": str(e)})'
_FAILED_IMPORT_TYPED = (
    'json.dumps({"status": "error", "error": '
    '("Runtime.ImportModuleError: Unable to import module \'" + module_name + "\': " '
    "if isinstance(e, ImportError) else type(e).__name__ + ': ') + str(e) + "
    "'\\n' + traceback.format_exc()})"
)
_PLACES = (
    (re.compile(r'File "[^"]*/ministack-lambda-[^"/]+/code/'), 'File "/var/task/'),
    (re.compile(r'File "[^"]*/site-packages/'), 'File "/var/lang/lib/python3.12/site-packages/'),
)
_OF_THE_WORKER = "/_worker.py"
_TIMED_OUT = "Sandbox.Timedout"
_INIT_FAILED = "Worker init failed: "
_ENVIRONMENT_READ = "init = json.loads(sys.stdin.readline())"


def report_real_error_types() -> None:
    """Answer errorType, errorMessage and stackTrace as AWS does."""
    _replace_in_worker(_FAILED_CALL, _FAILED_CALL_TYPED)
    _replace_in_worker(_FAILED_IMPORT, _FAILED_IMPORT_TYPED)
    invoke = lambda_runtime.Worker.invoke
    expect(hasattr(lambda_svc, "_execute_function_warm"), "_execute_function_warm is gone")
    execute = lambda_svc._execute_function_warm
    last = threading.local()

    def remembering(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        last.reply = invoke(self, *args, **kwargs)
        return last.reply

    def typed(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401
        last.reply = {}
        answer = execute(func, event, request_id)
        if answer.get("error"):
            _name_the_error(answer, last.reply, request_id)
        return answer

    lambda_runtime.Worker.invoke = remembering
    lambda_svc._execute_function_warm = typed


def hide_the_emulators_environment() -> None:
    """Let functions see their own variables only, not those that steer the emulator."""
    _replace_in_worker(
        _ENVIRONMENT_READ,
        f"for _name in {EMULATOR_ONLY!r}:\n        os.environ.pop(_name, None)\n    "
        + _ENVIRONMENT_READ,
    )


def _replace_in_worker(old: str, new: str) -> None:
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    expect(script.count(old) == 1, f"the worker script has no single {old!r}")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(old, new)


def _name_the_error(answer: dict[str, Any], reply: dict[str, Any], request_id: str) -> None:
    body = answer.get("body")
    if not isinstance(body, dict):
        return
    message = str(body.get("errorMessage", ""))
    if reply.get("etype"):
        stack = places_in_aws(reply.get("stack", []))
        body.update(errorType=reply["etype"], stackTrace=stack)
        told = f"[ERROR] {reply['etype']}: {message}\nTraceback (most recent call last):\n"
        _log(answer, told + "".join(stack))
    elif body.get("errorType") == _TIMED_OUT:
        _log(answer, f"{request_id} {message}")
    elif message == "Worker process died":
        body.update(
            errorType="Runtime.ExitError", errorMessage=f"RequestId: {request_id} Error: exited"
        )
    elif message.startswith(_INIT_FAILED):
        first, _, trace = message.removeprefix(_INIT_FAILED).partition("\n")
        kind, _, text = first.partition(": ")
        body.update(errorType=kind, errorMessage=text, stackTrace=trace.splitlines())
        answer["log"] = "\n".join(filter(None, [answer.get("log", ""), trace]))
    body.setdefault("requestId", request_id)


def places_in_aws(stack: Iterable[str]) -> list[str]:
    """Return the frames of a stack as Lambda tells them: those of the function, in its paths."""
    frames: list[str] = []
    for frame in stack:
        if _OF_THE_WORKER in frame:
            continue
        for pattern, place in _PLACES:
            frame = pattern.sub(place, frame)  # noqa: PLW2901 - the same frame, elsewhere
        frames.append(frame)
    return frames


def _log(answer: dict[str, Any], lines: str) -> None:
    answer["log"] = "\n".join(filter(None, [str(answer.get("log") or "").rstrip("\n"), lines]))
