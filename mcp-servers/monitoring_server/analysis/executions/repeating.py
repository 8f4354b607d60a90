"""Whether running a state once more does anything twice, as far as its definition tells."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field

from itops_core.domain.values import Value
from monitoring_server.analysis.executions.definitions import Integration, StateDefinition

Repeatable = Literal["reads", "idempotent", "refused", "not_idempotent", "unknown"]
_READS = re.compile(r"(get|list|describe|query|scan|head|batchGet|transactGet|search|select)")
_RANDOM = re.compile(r"States\.UUID|\$uuid\(|\$random\(|\$now\(|\$millis\(|EnteredTime|StartTime")
_ADDING = re.compile(r"\bADD\b|list_append|\bSET\b[^,]*=\s*[\w.#]+\s*[+-]\s*:", re.IGNORECASE)


class Repetition(Value):
    """What a second run of a state would do."""

    state: str
    integration: str
    repeatable: Repeatable
    why: str
    repeated_by: tuple[str, ...] = Field(default=(), description="redrive, rerun")


def repetition_of(state: StateDefinition) -> Repetition | None:
    """Return what a second run of a Task does, `None` for states without effects."""
    integration = state.integration
    if integration is None:
        return None
    verdict, why = _judged(integration, state.arguments)
    return Repetition(state=state.name, integration=integration.name, repeatable=verdict, why=why)


def _judged(called: Integration, arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    judge = _JUDGES.get(called.name) or _JUDGES.get(called.service)
    if judge is not None:
        return judge(arguments)
    if _READS.match(called.action):
        return "reads", "it only reads"
    if called.action.startswith(("delete", "put", "set", "tag", "untag", "stop")):
        return "idempotent", f"{called.action} sets the same state again"
    if called.action.startswith(("create", "start", "run", "send", "publish", "submit", "copy")):
        return "not_idempotent", f"{called.action} does it once more each time"
    return "unknown", f"what a second {called.name} does is not known"


def _put_item(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    condition = _text(arguments, "ConditionExpression")
    if "attribute_not_exists" in condition:
        return "refused", "the conditional write refuses an item that is there already"
    if _RANDOM.search(str(arguments.get("Item") or arguments.get("Item.$") or "")):
        return "not_idempotent", "the item holds a random value or a time: each run writes another"
    return "idempotent", "it overwrites the item with the same key"


def _update_item(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    if _text(arguments, "ConditionExpression"):
        return "refused", "a condition guards the update"
    if _ADDING.search(_text(arguments, "UpdateExpression")):
        return "not_idempotent", "the update adds to what is there: each run adds once more"
    return "idempotent", "it sets the same values again"


def _transaction(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    if _text(arguments, "ClientRequestToken"):
        return "idempotent", "its token makes a repeat within 10 minutes do nothing"
    return "unknown", "the transaction has no token; its parts decide"


def _send_message(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    if _text(arguments, "MessageDeduplicationId"):
        return "idempotent", "its deduplication id makes SQS drop a repeat within 5 minutes only"
    return "not_idempotent", "each run sends one more message"


def _publish(_arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    return "not_idempotent", "each run sends one more message to every subscriber"


def _put_events(_arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    return "not_idempotent", "each run puts the events on the bus once more"


def _start_execution(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    name = _text(arguments, "Name")
    if name and not _RANDOM.search(name):
        return "refused", "its name is fixed: the same name is not started again for 90 days"
    return "not_idempotent", "each run starts one more execution"


def _run_task(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    if _text(arguments, "ClientToken"):
        return "idempotent", "its client token makes a repeat return the same task"
    return "unknown", "one more task runs; whether its work may be done twice is not known"


def _job(_arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    return "unknown", "one more job runs; bookmarks or overwriting output may make it safe"


def _http(arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    method = _text(arguments, "Method").upper()
    if method in {"GET", "HEAD"}:
        return "reads", "it only reads"
    if "idempotency-key" in str(arguments.get("Headers", "")).lower():
        return "idempotent", "it sends an idempotency key"
    if method in {"PUT", "DELETE"}:
        return "idempotent", f"{method} sets the same state again"
    return "not_idempotent", f"{method or 'the'} request is made once more"


def _lambda(_arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    return "unknown", "what the function does a second time stands in its code"


def _activity(_arguments: Mapping[str, Any]) -> tuple[Repeatable, str]:
    return "unknown", "what the worker does a second time stands in its code"


_JUDGES: dict[str, Callable[[Mapping[str, Any]], tuple[Repeatable, str]]] = {
    "lambda:invoke": _lambda,
    "activity": _activity,
    "dynamodb:putItem": _put_item,
    "dynamodb:updateItem": _update_item,
    "dynamodb:transactWriteItems": _transaction,
    "sqs:sendMessage": _send_message,
    "sns:publish": _publish,
    "events:putEvents": _put_events,
    "eventbridge:putEvents": _put_events,
    "states:startExecution": _start_execution,
    "sfn:startExecution": _start_execution,
    "ecs:runTask": _run_task,
    "glue:startJobRun": _job,
    "batch:submitJob": _job,
    "emr-serverless:startJobRun": _job,
    "http:invoke": _http,
}


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    return str(arguments.get(f"{name}.$") or "") if value is None else str(value)
