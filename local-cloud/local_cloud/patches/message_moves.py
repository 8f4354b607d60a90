"""MiniStack's SQS cannot send the messages of a dead-letter queue back; AWS's can.

Added are ListDeadLetterSourceQueues, StartMessageMoveTask and ListMessageMoveTasks, with AWS's
rules: a queue that no other names as its dead-letter queue is refused, a message whose source
nobody knows fails the task, and what is moved counts as a new message. A move is over at once.
"""

import json
import time
import uuid
from typing import Any

from local_cloud.emulator import iam_actions, sqs
from local_cloud.patches.upstream import expect

_KEPT = 10
_NEEDED = ("_HANDLERS", "_queues", "_queue_by_arn", "_refresh_counts", "_get_q", "_Err")

Answer = dict[str, Any]


def add_message_moves() -> None:
    """Have SQS send messages back, and the roles be asked about the queue that they come from."""
    expect(all(hasattr(sqs, name) for name in _NEEDED), "the SQS of this MiniStack is another")
    expect("StartMessageMoveTask" not in sqs._HANDLERS, "SQS can move messages by now")
    sqs._HANDLERS["ListDeadLetterSourceQueues"] = _sources
    sqs._HANDLERS["StartMessageMoveTask"] = _start
    sqs._HANDLERS["ListMessageMoveTasks"] = _list
    ask_of = iam_actions.extract_resource_arn

    def resource_arn(service: str, *request: Any, **more: Any) -> str:  # noqa: ANN401
        found = ask_of(service, *request, **more)
        return _source_arn(request) if service == "sqs" and found == "*" else found

    iam_actions.extract_resource_arn = resource_arn


def _source_arn(request: tuple[Any, ...]) -> str:
    for part in request:
        if isinstance(part, bytes) and b'"SourceArn"' in part:
            return str(json.loads(part)["SourceArn"])
    return "*"


def _sources(data: Answer, url: str) -> Answer:
    queue = sqs._get_q(data.get("QueueUrl") or url)
    return {"queueUrls": [one["url"] for one in _queues_that_fail_into(queue)]}


def _start(data: Answer, _url: str) -> Answer:
    source = _queue(data.get("SourceArn", ""))
    if not _queues_that_fail_into(source):
        raise sqs._Err(
            "InvalidParameterValue",
            "Source queue must be configured as a Dead Letter Queue.",
        )
    task: Answer = {
        "TaskHandle": uuid.uuid4().hex,
        "SourceArn": data["SourceArn"],
        "StartedTimestamp": int(time.time() * 1000),
        "ApproximateNumberOfMessagesToMove": 0,
        "ApproximateNumberOfMessagesMoved": 0,
    }
    if data.get("DestinationArn"):
        task["DestinationArn"] = data["DestinationArn"]
    tasks = source.setdefault("message_moves", [])
    _move(source, task)
    source["message_moves"] = [task, *tasks][:_KEPT]
    return {"TaskHandle": task["TaskHandle"]}


def _list(data: Answer, _url: str) -> Answer:
    source = _queue(data.get("SourceArn", ""))
    wanted = int(data.get("MaxResults") or 1)
    return {"Results": [dict(task) for task in source.get("message_moves", [])[:wanted]]}


def _move(source: Answer, task: Answer) -> None:
    """Move what is visible; stop at the first message whose destination is not known."""
    sqs._refresh_counts(source)
    now = time.time()
    visible = [one for one in source["messages"] if one["visible_at"] <= now]
    task["ApproximateNumberOfMessagesToMove"] = len(visible)
    task["Status"] = "COMPLETED"
    for message in visible:
        origin = message.get("sys", {}).get("DeadLetterQueueSourceArn", "")
        target = sqs._queue_by_arn(task.get("DestinationArn") or origin)
        if target is None:
            task["Status"], task["FailureReason"] = "FAILED", "CouldNotDetermineMessageSource"
            return
        source["messages"].remove(message)
        target["messages"].append(_as_new(message, now))
        task["ApproximateNumberOfMessagesMoved"] += 1
        sqs.esm_wake.set()


def _as_new(message: Answer, now: float) -> Answer:
    attributes = {**message.get("sys", {}), "SentTimestamp": str(int(now * 1000))}
    attributes.pop("DeadLetterQueueSourceArn", None)
    return {
        **message,
        "id": str(uuid.uuid4()),
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "receipt_handle": None,
        "sys": attributes,
    }


def _queue(arn: str) -> Answer:
    found = sqs._queue_by_arn(arn)
    if found is None:
        raise sqs._Err(
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        )
    return found


def _queues_that_fail_into(queue: Answer) -> list[Answer]:
    arn = queue["attributes"]["QueueArn"]
    found: list[Answer] = []
    for other in sqs._queues.values():
        policy = json.loads(other["attributes"].get("RedrivePolicy") or "{}")
        if policy.get("deadLetterTargetArn") == arn:
            found.append(other)
    return found
