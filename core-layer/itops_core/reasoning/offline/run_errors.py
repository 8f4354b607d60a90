"""What the error of a failed execution is about, by its family and by its words."""

import re
from collections.abc import Mapping

from itops_core.reasoning.offline.failed_runs import FailedRun
from itops_core.reasoning.offline.reading import records, text_of
from itops_core.reasoning.offline.scene import Scene

_BY_FAMILY: Mapping[str, tuple[tuple[str, float], ...]] = {
    "lambda_timeout": (("run_function_timed_out", 1.0),),
    "out_of_memory": (("run_out_of_memory", 1.0),),
    "throttled": (("run_call_throttled", 1.0),),
    "timed_out": (("run_call_timed_out", 1.0),),
    "heartbeat": (("run_heartbeat_lost", 1.0),),
    "permission": (("run_denied", 1.0),),
    "data_limit": (("run_data_too_large", 1.0),),
    "quota": (("run_quota_reached", 1.0),),
    "evaluation": (("run_evaluation_failed", 1.0), ("run_data_unfit", 1.0)),
    "no_choice": (("run_evaluation_failed", 0.6), ("run_data_unfit", 1.0)),
    "condition_not_met": (("run_condition_refused", 1.0),),
    "not_found": (("run_resource_missing", 1.0),),
    "container_failed": (("run_job_failed", 1.0),),
    "job_failed": (("run_job_failed", 1.0),),
    "nested_execution_failed": (("run_child_failed", 1.0),),
    "items_failed": (("run_items_failed", 1.0),),
    "item_reader": (("run_resource_missing", 0.6),),
    "unreachable": (("run_call_refused", 1.0),),
    "service_error": (("run_call_refused", 0.5),),
    "fail_state": (("run_refused_on_purpose", 1.0),),
    "aborted": (("run_stopped", 1.0),),
    "lambda_exception": (("run_code_failed", 1.0),),
    "task_failed": (("run_job_failed", 0.9),),
    "unknown": (("run_code_failed", 0.5),),
}
_BY_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("run_table_throttled", ("log_table_throttled",)),
    ("run_call_throttled", ("log_throttled",)),
    ("run_denied", ("log_access_denied",)),
    ("run_quota_reached", ("log_quota",)),
    ("run_out_of_memory", ("log_out_of_memory",)),
    ("run_certificate", ("log_certificate",)),
    ("run_name_unresolved", ("log_name_resolution",)),
    ("run_connections_used_up", ("log_database_connections",)),
    ("run_disk_full", ("log_disk_full",)),
    ("run_call_timed_out", ("log_downstream_timeout",)),
    ("run_call_refused", ("log_connection_refused", "log_downstream_error")),
)
"""What the words of an error in code say, the most specific first."""
_OWN_CODE = {"lambda_exception", "task_failed", "unknown", "service_error"}
_TABLE = re.compile(r"dynamo|provisioned.?throughput|\btable\b|read capacity|write capacity", re.I)
_ACCOUNT_LIMIT = re.compile(
    r"(?<!Reserved)(?<!ReservedFunction)ConcurrentInvocationLimitExceeded|service ?quota|"
    r"LimitExceededException|quota|limit of \d+ concurrent",
    re.IGNORECASE,
)
_OWN_LIMIT = re.compile(r"Task timed out after [\d.]+ seconds")
"""How Lambda itself logs that a function reached its limit, whatever that waited for."""
_OF_LAMBDA = re.compile(r"Task timed out after|^(?:START|END|REPORT|INIT_\w+) |Sandbox\.Timedout")
"""What Lambda itself writes into a function's log: it waited for nobody."""
_TIME_WORDS = re.compile(r"time[d]?[ -]?out|deadline|ETIMEDOUT|did not (?:answer|respond)", re.I)
_UNFIT_ERROR = re.compile(
    r"\b(?:KeyError|ValueError|TypeError|ValidationError|JSONDecodeError|SchemaError|IndexError"
    r"|UnmarshalTypeError|InvalidFormatException|ParseError|MismatchedInputException"
    r"|UnrecognizedPropertyException|NumberFormatException|DateTimeParseException"
    r"|InvalidOperation|UnicodeDecodeError|ZodError|DataError)$"
)
"""Names of exceptions that code raises over its data."""
_UNFIT = re.compile(
    r"required (?:property|field|key|column)"
    r"|missing (?:\d+ )?(?:required|field|key|column|property)"
    r"|is (?:a )?required|is not (?:of type|a valid|one of|valid)|does not (?:match|conform)"
    r"|invalid (?:literal|value|format|input|date|type|json|record|row)|could not convert"
    r"|cannot (?:read propert|be parsed|parse|convert|deserialize)|failed to parse|malformed"
    r"|unexpected (?:field|token|type|column|value)|\bschema\b|no such (?:field|column)"
    r"|unknown (?:field|column)|undefined \(reading|NoneType|additional propert|not iterable"
    r"|field \S+ (?:is|was) (?:missing|null|empty)|cannot resolve column"
    r"|unsupported (?:schema|version|format)",
    re.IGNORECASE,
)
_ENVIRON = re.compile(r"<frozen os>|/os\.py\b")
"""The frame in which Python's `os.environ[…]` finds nothing."""
_BROKEN = re.compile(
    r"Runtime\.(?:ImportModuleError|HandlerNotFound|UserCodeSyntaxError|InvalidEntrypoint"
    r"|MalformedHandlerName|NoSuchHandler)|\b(?:ImportError|ModuleNotFoundError|NameError"
    r"|SyntaxError|IndentationError|ReferenceError|UnboundLocalError|NoClassDefFoundError"
    r"|ClassNotFoundException|NoSuchMethodError)\b|Cannot find module|has no attribute|"
    r"is not a function|is not defined|handler .{0,60}(?:missing|not found)",
    re.IGNORECASE,
)
ERRORS = tuple(
    dict.fromkeys(
        [name for told in _BY_FAMILY.values() for name, _ in told]
        + [name for name, _ in _BY_WORDS]
        + ["run_code_broken", "run_too_slow", "run_function_throttled"]
    )
)


def errors_shown(scene: Scene, run: FailedRun) -> dict[str, float]:
    """Return the symptoms that the error shows, with how much each counts."""
    names = (text_of(run.error, "error"), text_of(run.error, "exception"))
    told = " ".join((*names, text_of(run.error, "message")))
    if _whole_was_late(run):
        return {"run_too_slow": 1.0}
    if run.family in _OWN_CODE:
        return _raised(scene, run, names, told)
    if run.family == "throttled":
        return _throttled(run, told)
    found = dict(_BY_FAMILY.get(run.family, ()))
    if run.family in {"timed_out", "lambda_timeout"}:
        return _late(scene, run)
    if run.family == "unreachable":
        return _unreachable(scene, told)
    if run.family == "fail_state" and _UNFIT.search(told):
        found["run_data_unfit"] = 0.8
    return found


def _unreachable(scene: Scene, told: str) -> dict[str, float]:
    """Return why what is called was not reached: its name, its certificate, or its silence."""
    about = _of_code(scene, told)
    if _TIME_WORDS.search(told) and "run_certificate" not in about:
        return {"run_call_timed_out": 1.0}
    if about.keys() & {"run_certificate", "run_name_unresolved", "run_connections_used_up"}:
        return about
    return {"run_call_refused": 1.0}


def _raised(scene: Scene, run: FailedRun, names: tuple[str, ...], told: str) -> dict[str, float]:
    """Return what an error that code raised is about: its data, the code, or what it calls."""
    own = dict(_BY_FAMILY[run.family])
    frames = run.error.get("stack")
    if isinstance(frames, list) and frames and _ENVIRON.search(str(frames[-1])):
        return own  # a setting is missing, whatever its data are
    if any(_UNFIT_ERROR.search(name) for name in names):
        return {**own, "run_data_unfit": 1.0}
    if _BROKEN.search(told):
        return {**own, "run_code_broken": 1.0}
    if about := _of_code(scene, told):
        return about
    return {**own, "run_data_unfit": 0.9} if _UNFIT.search(told) else own


def _of_code(scene: Scene, told: str) -> dict[str, float]:
    """Return what an error that code raised is about, beyond being raised."""
    families = {one.id for one in scene.library.families if one.expression.search(told)}
    for symptom, names in _BY_WORDS:
        if families & set(names):
            return {symptom: 1.0}
    return {}


def _throttled(run: FailedRun, told: str) -> dict[str, float]:
    called = text_of(run.state, "integration")
    if called.startswith("dynamodb:") or _TABLE.search(told):
        return {"run_table_throttled": 1.0}
    if _ACCOUNT_LIMIT.search(told):
        return {"run_quota_reached": 1.0, "run_function_throttled": 0.5}
    if called.startswith("lambda:"):
        return {"run_function_throttled": 1.0}
    return {"run_call_throttled": 1.0}


def _late(scene: Scene, run: FailedRun) -> dict[str, float]:
    """Return who was late: the function itself, or what its log says it waited for."""
    if not text_of(run.state, "integration").startswith("lambda:"):
        return {"run_call_timed_out": 1.0}
    if waiting_line(scene, run):
        return {"run_call_timed_out": 1.0, "run_function_timed_out": 0.4}
    if run.family == "lambda_timeout":
        return {"run_function_timed_out": 1.0}
    return {"run_function_timed_out": 0.9, "run_call_timed_out": 0.3}


def waiting_line(scene: Scene, run: FailedRun) -> str:
    """Return what the failing call logged of something that did not answer, if it did."""
    if run.family not in {"timed_out", "lambda_timeout"}:
        return ""
    for line in records(run.sections, "logs"):
        message = text_of(line, "message")
        about = {} if _OF_LAMBDA.search(message) else _of_code(scene, message)
        if about.keys() & {"run_call_timed_out", "run_call_refused"}:
            return message
    return ""


def _whole_was_late(run: FailedRun) -> bool:
    chain = run.chain
    return bool(chain) and text_of(chain[-1], "status") == "TIMED_OUT"
