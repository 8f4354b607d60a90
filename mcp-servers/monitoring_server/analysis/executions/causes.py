"""Reads what an execution failed with: the error's family, and the facts its cause holds."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from itops_core.domain.values import Value
from itops_core.tools.redaction import redacted_text

_MESSAGE_CHARACTERS = 600
_FRAMES = 6
_FRAME_CHARACTERS = 200
_FOREIGN = re.compile(r"/var/(runtime|lang)/|/opt/|-packages/|node_modules/|node:internal|<frozen ")
"""A frame of the runtime or of a library, as Lambda's runtimes and layers lay them out."""
_PLACE = re.compile(r"^\s*File |^\s*at |:\d+|\.\w+ \d+ ")
_DEEPEST = 6


class Family(StrEnum):
    """What kind of failure an error is."""

    LAMBDA_EXCEPTION = "lambda_exception"
    LAMBDA_TIMEOUT = "lambda_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    THROTTLED = "throttled"
    TIMED_OUT = "timed_out"
    HEARTBEAT = "heartbeat"
    PERMISSION = "permission"
    DATA_LIMIT = "data_limit"
    QUOTA = "quota"
    EVALUATION = "evaluation"
    NO_CHOICE = "no_choice"
    CONDITION = "condition_not_met"
    NOT_FOUND = "not_found"
    CONTAINER = "container_failed"
    JOB = "job_failed"
    NESTED = "nested_execution_failed"
    ITEMS = "items_failed"
    ITEM_READER = "item_reader"
    SERVICE = "service_error"
    UNREACHABLE = "unreachable"
    FAIL_STATE = "fail_state"
    ABORTED = "aborted"
    TASK = "task_failed"
    UNKNOWN = "unknown"


class ErrorFacts(Value):
    """An error with what its cause tells."""

    error: str
    family: Family
    message: str = Field(description="The cause in words, without secrets, shortened.")
    exception: str = ""
    stack: tuple[str, ...] = Field(default=(), description="Innermost frames, last is deepest.")
    request_id: str = ""
    missing_action: str = Field(default="", description="The permission that is not given.")
    denied_resource: str = ""
    principal: str = ""
    task_arn: str = ""
    task_definition: str = ""
    exit_code: int | None = None
    job_run_id: str = ""
    log_group: str = ""
    log_stream: str = ""
    nested_execution_arn: str = ""
    status_code: int | None = None
    seconds: float | None = Field(default=None, description="The limit that was exceeded.")
    expression: str = Field(default="", description="The path or expression that failed.")
    field: str = Field(default="", description="Where in the definition it stands.")


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REQUEST = re.compile(rf"Request ?ID: ?([A-Za-z0-9-]{{16,64}})|({_UUID}) Task timed out", re.I)
_DENIED = re.compile(
    r"(?:User: (\S+) )?is not authorized to perform: ([\w-]+:[\w*]+)(?: on resource: (\S+))?"
)
_MISSING = re.compile(r"(?:permission to|not authorized to) (?:call |perform )?([\w-]+:\w+)")
_AFTER_SECONDS = re.compile(r"timed out after ([\d.]+) seconds")
_STATUS = re.compile(r"Status Code: (\d{3})|status code (\d{3})")
_EXECUTION_ARN = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[\w-]+:[\w.:-]+")
_TASK_ARN = re.compile(r"arn:[a-z-]+:ecs:[a-z0-9-]+:\d{12}:task/[\w/-]+")

_PATH = re.compile(r"(?:JSONPath|path|expression)s? '([^']{1,300})'", re.IGNORECASE)
_FIELD = re.compile(r"(?:field|evaluating) '([^']{1,120})'", re.IGNORECASE)

_SDK_CODE = re.compile(
    r"An error occurred \(([\w.]+)\)|Error Code: (\w+)|^(?:\w+\.)*(\w+(?:Exception|Error|Failure)):"
)
"""How SDKs name the service's own error within what they raise."""
_FAR_CALL = re.compile(
    r"read(?: operation)? ?timed? ?out|read ?timeout|connect(?:ion)? ?(?:timed? ?out|timeout)"
    r"|connecttimeout|socket ?(?:hang up|timeout)|E(?:SOCKET)?TIMEDOUT|ECONN(?:REFUSED|RESET)"
    r"|connection (?:refused|reset|aborted)|timeout of \d+ ?ms exceeded|deadline exceeded"
    r"|awaiting headers|could not connect to the endpoint|ENOTFOUND|EAI_AGAIN"
    r"|name or service not known|name resolution|max retries exceeded|remote end closed"
    r"|\b(?:502|503|504)\b.{0,40}(?:gateway|unavailable|server error)|timed out waiting for",
    re.IGNORECASE,
)
"""How clients word it that what they call did not answer."""

_BY_ERROR: tuple[tuple[re.Pattern[str], Family], ...] = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        (r"States\.HeartbeatTimeout", Family.HEARTBEAT),
        (r"States\.DataLimitExceeded|.*PayloadTooLarge|.*RequestTooLarge|Lambda\.ResponseSize"
         r"|Function\.ResponseSizeTooLarge", Family.DATA_LIMIT),
        (r"States\.NoChoiceMatched", Family.NO_CHOICE),
        (r"States\.(QueryEvaluationError|ParameterPathFailure|ResultPathMatchFailure"
         r"|IntrinsicFailure)", Family.EVALUATION),
        (r"States\.(ItemReaderFailed|ResultWriterFailed)", Family.ITEM_READER),
        (r"States\.ExceedToleratedFailureThreshold", Family.ITEMS),
        (r"States\.Permissions|.*(AccessDenied|NotAuthorized|Unauthorized|Forbidden"
         r"|AuthorizationError|UnrecognizedClient)", Family.PERMISSION),
        (r".*(ConditionalCheckFailed|TransactionCanceled|PreconditionFailed)", Family.CONDITION),
        (r".*(LimitExceeded(Exception)?$|ServiceQuota|QuotaExceeded|ConcurrentRunsExceeded"
         r"|ExecutionLimitExceeded|TooManyUpdates|StorageExceeded)", Family.QUOTA),
        (r".*(Throttl|TooManyRequests|ProvisionedThroughputExceeded|RequestLimitExceeded"
         r"|SlowDown|RateExceeded|KMSThrottl)", Family.THROTTLED),
        (r"Sandbox\.Timedout", Family.LAMBDA_TIMEOUT),
        (r"Runtime\.(OutOfMemory|ExitError)", Family.OUT_OF_MEMORY),
        (r"States\.Http\.Socket|.*(ServiceUnavailable|EndpointConnection|UnknownHost)"
         r"|Lambda\.SdkClientException|.*SdkClient(Exception)?$", Family.UNREACHABLE),
        (r".*(NotFound|DoesNotExist|NoSuchKey|NoSuchBucket)", Family.NOT_FOUND),
        (r"States\.Timeout", Family.TIMED_OUT),
    )
)  # fmt: skip


def read_cause(error: str, cause: str, service: str = "", *, fails: bool = False) -> ErrorFacts:
    """Return the facts of an error; `service` is what the failing state calls.

    `fails` says that a Fail state chose the words itself.
    """
    told = _structured(cause)
    facts = _plain_facts(cause)
    message = cause
    family = _family(error)
    if told:
        reading = _reading(told)
        facts |= reading
        message = str(reading.pop("message", cause))
        facts["message"] = message
        family = family or _structured_family(told)
    family = family or _family_in_words(error, message)
    if fails:
        family = Family.FAIL_STATE
    elif family is None:
        family = _by_service(error, service)
    if family is Family.OUT_OF_MEMORY and not _was_killed(error, message):
        family = Family.LAMBDA_EXCEPTION
    facts["message"] = _shown(message)
    return ErrorFacts(error=error or "no error name", family=family, **facts)


def _family(error: str) -> Family | None:
    return next((family for pattern, family in _BY_ERROR if pattern.match(error)), None)


_WORDS: tuple[tuple[re.Pattern[str], Family], ...] = tuple(
    (re.compile(pattern, re.I), family)
    for pattern, family in (
        (r"is not authorized to (perform|access)|access ?denied", Family.PERMISSION),
        (r"maximum number of (history )?events|reached the limit on|quota", Family.QUOTA),
        (r"size exceeding the maximum number of bytes", Family.DATA_LIMIT),
        (r"task timed out after [\d.]+ seconds", Family.LAMBDA_TIMEOUT),
        (r"signal: killed|memory usage|OutOfMemoryError", Family.OUT_OF_MEMORY),
        (r"rate exceeded|throttl", Family.THROTTLED),
        (r"JSONPath|JSONata|could not be (applied|found in the input)|Invalid path"
         r"|evaluating (the )?expression|intrinsic", Family.EVALUATION),
    )
)  # fmt: skip


def _family_in_words(error: str, message: str) -> Family | None:
    """Return the family of an error whose name says nothing: AWS tells it in the cause alone."""
    if error in {"States.Runtime", "States.TaskFailed", "Lambda.Unknown", ""} or "." in error:
        for pattern, family in _WORDS:
            if pattern.search(message):
                return family
    return Family.EVALUATION if error == "States.Runtime" else None


def _by_service(error: str, service: str) -> Family:
    prefix = error.split(".", 1)[0] if "." in error else ""
    if service == "lambda" and prefix != "Lambda" and not error.startswith("States."):
        return Family.LAMBDA_EXCEPTION
    if prefix and prefix not in {"States", "Lambda"}:
        return Family.SERVICE
    if prefix == "Lambda":
        return Family.SERVICE
    return Family.TASK if error in {"States.TaskFailed", "States.ALL"} else Family.UNKNOWN


def _family_by_sdk(words: str) -> Family | None:
    """Return the family of the service's own error that an SDK's words name."""
    codes = (next(part for part in found.groups() if part) for found in _SDK_CODE.finditer(words))
    return next((family for code in codes if (family := _family(code))), None)


def _was_killed(error: str, message: str) -> bool:
    return error == "Runtime.OutOfMemory" or bool(
        re.search(r"killed|memory", message, re.IGNORECASE)
    )


def _plain_facts(cause: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    request = _REQUEST.search(cause)
    if request:
        facts["request_id"] = request.group(1) or request.group(2)
    denied = _DENIED.search(cause)
    if denied:
        facts |= {
            "principal": denied.group(1) or "",
            "missing_action": denied.group(2),
            "denied_resource": (denied.group(3) or "").rstrip(".,"),
        }
    elif missing := _MISSING.search(cause):
        facts["missing_action"] = missing.group(1)
    for name, pattern in (("seconds", _AFTER_SECONDS), ("status_code", _STATUS)):
        found = pattern.search(cause)
        if found:
            facts[name] = float(next(part for part in found.groups() if part))
    for name, pattern in (("expression", _PATH), ("field", _FIELD)):
        found = pattern.search(cause)
        if found:
            facts[name] = redacted_text(found.group(1))
    for name, pattern in (("nested_execution_arn", _EXECUTION_ARN), ("task_arn", _TASK_ARN)):
        found = pattern.search(cause)
        if found:
            facts[name] = found.group(0)
    return facts


def _structured(cause: str, depth: int = 0) -> Mapping[str, Any]:
    """Return the JSON object in a cause, also where it is quoted or told in a sentence."""
    if depth > _DEEPEST or "{" not in cause:
        return {}
    try:
        value = json.loads(cause)
    except ValueError:
        begin, end = cause.find("{"), cause.rfind("}")
        inner = cause[begin : end + 1]
        return _structured(inner, depth + 1) if inner and inner != cause else {}
    except RecursionError:
        return {}
    if isinstance(value, str):
        return _structured(value, depth + 1)
    return value if isinstance(value, Mapping) else {}


def _reading(told: Mapping[str, Any]) -> dict[str, Any]:
    for names, read in (
        (("errorMessage",), _lambda_error),
        (("errorType",), _lambda_error),
        (("ExecutionArn",), _nested),
        (("JobRunState",), _glue),
        (("JobId", "JobName"), _batch),
        (("Containers",), _ecs),
        (("TaskArn",), _ecs),
    ):
        if all(name in told for name in names):
            return {name: value for name, value in read(told).items() if value not in {None, ""}}
    return {}


def _structured_family(told: Mapping[str, Any]) -> Family | None:
    if "ExecutionArn" in told:
        return Family.NESTED
    if "Containers" in told or "TaskArn" in told:
        reasons = json.dumps([told.get("StoppedReason"), told.get("Containers")])
        return Family.OUT_OF_MEMORY if "OutOfMemory" in reasons else Family.CONTAINER
    if "JobRunState" in told or "JobId" in told:
        return Family.JOB
    inner = str(told.get("errorType", ""))
    if "errorMessage" in told or inner:
        words = str(told.get("errorMessage", ""))
        return (
            _family(inner)
            or _family_by_sdk(words)
            or _family_in_words("", words)
            or (Family.UNREACHABLE if _FAR_CALL.search(f"{inner} {words}") else None)
            or Family.LAMBDA_EXCEPTION
        )
    return None


def _lambda_error(told: Mapping[str, Any]) -> dict[str, Any]:
    frames = told.get("stackTrace") or told.get("trace") or ()
    lines = frames.splitlines() if isinstance(frames, str) else [_frame(one) for one in frames]
    message = str(told.get("errorMessage", ""))
    return {
        "message": message or str(told.get("errorType", "")),
        "exception": str(told.get("errorType", "")),
        "stack": tuple(_innermost([line for line in lines if line.strip()])),
        "request_id": str(told.get("requestId", "")) or _plain_facts(message).get("request_id", ""),
    }


def _innermost(lines: list[str]) -> list[str]:
    """Return the frames next to where it broke: Python tells them last, others first.

    Where these are all a library's, the nearest one of the application takes the place of the
    farthest of them: it is the line that somebody can change.
    """
    first = [line for line in lines if not line.strip().startswith(("at ", "Error"))]
    last_is_deepest = bool(first) and "File " in " ".join(lines)
    outwards = list(reversed(lines)) if last_is_deepest else lines
    near = outwards[:_FRAMES]
    if all(_FOREIGN.search(line) for line in near):
        own = (line for line in outwards if not _FOREIGN.search(line) and _PLACE.search(line))
        near = [*near[:-1], next(own, near[-1])] if near else near
    told = reversed(near) if last_is_deepest else near
    return [redacted_text(" ".join(line.split()))[:_FRAME_CHARACTERS] for line in told]


def _frame(one: Any) -> str:  # noqa: ANN401 - text, or [file, line, function, code] of old runtimes
    return " ".join(str(part) for part in one) if isinstance(one, list) else str(one)


def _nested(told: Mapping[str, Any]) -> dict[str, Any]:
    inner = f"{told.get('Error', '')}: {told.get('Cause', '')}".strip(": ")
    return {
        "nested_execution_arn": str(told["ExecutionArn"]),
        "message": f"the execution it started ended {told.get('Status', 'FAILED')}: {inner}",
    }


def _glue(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "message": f"Glue job {told.get('JobName', '')} ended {told['JobRunState']}: "
        f"{told.get('ErrorMessage', 'no message')}",
        "job_run_id": str(told.get("Id", "")),
        "log_group": f"{told['LogGroupName']}/error" if told.get("LogGroupName") else "",
        "log_stream": str(told.get("Id", "")),
    }


def _batch(told: Mapping[str, Any]) -> dict[str, Any]:
    container = _mapping(told.get("Container"))
    code = container.get("ExitCode")
    reason = container.get("Reason") or told.get("StatusReason") or "no reason"
    return {
        "message": f"Batch job {told['JobName']} ended {told.get('Status', 'FAILED')}: {reason}"
        + (f" (exit code {code})" if code is not None else ""),
        "job_run_id": str(told["JobId"]),
        "exit_code": code,
        "log_group": "/aws/batch/job" if container.get("LogStreamName") else "",
        "log_stream": str(container.get("LogStreamName", "")),
        "task_arn": str(container.get("TaskArn", "")),
    }


def _ecs(told: Mapping[str, Any]) -> dict[str, Any]:
    containers = [_mapping(one) for one in told.get("Containers", ()) or ()]
    failed = next((one for one in containers if one.get("ExitCode")), None)
    failed = failed or next((one for one in containers if one.get("Reason")), {})
    code = failed.get("ExitCode")
    reason = failed.get("Reason") or told.get("StoppedReason") or "no reason"
    name = failed.get("Name", "")
    return {
        "message": f"ECS task stopped: {told.get('StoppedReason', reason)}"
        + (f"; container {name}: {reason}" if name else "")
        + (f" (exit code {code})" if code is not None else ""),
        "task_arn": str(told.get("TaskArn", "")),
        "task_definition": str(told.get("TaskDefinitionArn", "")),
        "exit_code": code,
    }


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return value if isinstance(value, Mapping) else {}


def _shown(message: str) -> str:
    text = redacted_text(" ".join(message.split()))
    return text if len(text) <= _MESSAGE_CHARACTERS else f"{text[: _MESSAGE_CHARACTERS - 1]}…"
