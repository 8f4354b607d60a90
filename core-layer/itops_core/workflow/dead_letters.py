"""Messages that could not be taken in: kept with the reason, sent again or given up by a person.

A message is put here before it is acknowledged there, so that none is in neither queue. Sent
again, it keeps the name it first came under: if it was taken in after all, it is known.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itops_core.domain.audit_events import Witness, dead_letter_handled
from itops_core.domain.intake import DeadLetter, Handled
from itops_core.domain.values import utc_now
from itops_core.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_log = logger("workflow")
ORIGINAL_ID = "original_id"
_REASON, _BURIED_AT = "reason", "buried_at"
_LOOKING_SECONDS = 20
"""How long listed letters are out of the others' sight, should the one who looks at them die."""
_RECEIVED_AT_ONCE = 10
_MOST = 200
_BODY = 4000
_UNTOLD = "it was taken up again and again and never finished; the queue gave it up"


@dataclass(frozen=True)
class DeadLetters:
    """The queue of what intake gave up, and the way back."""

    client: "SQSClient"
    queue_url: str
    back_to_url: str
    witness: Witness
    now: Callable[[], datetime] = utc_now

    def bury(self, body: str, reason: str, original_id: str) -> None:
        """Keep a message with the reason why it was given up."""
        self.client.send_message(
            QueueUrl=self.queue_url,
            MessageBody=body,
            MessageAttributes={
                _REASON: _string(reason[:1000]),
                ORIGINAL_ID: _string(original_id),
                _BURIED_AT: _string(self.now().isoformat()),
            },
        )
        _log.error("alarm message buried", reason=reason, original_id=original_id)

    def send(self, body: str, original_id: str) -> None:
        """Have a message taken in from the queue, under the name it first came under."""
        self.client.send_message(
            QueueUrl=self.back_to_url,
            MessageBody=body,
            MessageAttributes={ORIGINAL_ID: _string(original_id)},
        )

    def listed(self, limit: int) -> tuple[DeadLetter, ...]:
        """Return letters, as many as asked for at most, in no order that SQS would promise."""
        looked_at: list[Any] = []
        try:
            for messages in self._received():
                looked_at += messages
                if len(looked_at) >= limit:
                    break
        finally:
            self._put_back(looked_at)
        return tuple(_letter(message) for message in looked_at[:limit])

    def redrive(self, letter_ids: Collection[str] | None, by: str) -> Handled:
        """Send letters to intake again, all of them where none are named."""

        def again(message: Any) -> None:  # noqa: ANN401
            attributes = message.get("MessageAttributes") or {}
            original = attributes.get(ORIGINAL_ID, {}).get("StringValue", message["MessageId"])
            self.send(message["Body"], original)

        return self._handled(letter_ids, again, ("sent again", by, "to be taken in"))

    def discard(self, letter_ids: Collection[str], by: str, reason: str) -> Handled:
        """Give letters up for good; the record keeps who did so and why."""
        return self._handled(letter_ids, lambda _message: None, ("discarded", by, reason))

    def _handled(
        self,
        letter_ids: Collection[str] | None,
        handle: Callable[[Any], None],
        told: tuple[str, str, str],
    ) -> Handled:
        wanted = None if letter_ids is None else set(letter_ids)
        done: list[str] = []
        looked_at: list[Any] = []
        try:
            for messages in self._received():
                looked_at += messages
                for message in messages:
                    if wanted is None or message["MessageId"] in wanted:
                        self._finish(message, handle, told)
                        done.append(message["MessageId"])
                if wanted is not None and wanted <= set(done):
                    break
        finally:
            self._put_back([one for one in looked_at if one["MessageId"] not in done])
        return Handled(handled=tuple(done), missing=tuple(sorted((wanted or set()) - set(done))))

    def _finish(
        self,
        message: Any,  # noqa: ANN401
        handle: Callable[[Any], None],
        told: tuple[str, str, str],
    ) -> None:
        done_as, by, reason = told
        letter_id = message["MessageId"]
        self.witness(dead_letter_handled(letter_id, done_as, by, reason, self.now()))
        handle(message)
        # Last: between the two it is in both queues, and known by its name in the other.
        self.client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _received(self) -> Iterator[list[Any]]:
        """Yield letters in batches, each once, until there are no more or enough were looked at."""
        seen: set[str] = set()
        while len(seen) < _MOST:
            answer: Any = self.client.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=_RECEIVED_AT_ONCE,
                VisibilityTimeout=_LOOKING_SECONDS,
                WaitTimeSeconds=1 if not seen else 0,
                MessageAttributeNames=["All"],
            )
            new = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
            if not new:
                return
            seen.update(one["MessageId"] for one in new)
            yield new

    def _put_back(self, messages: list[Any]) -> None:
        for message in messages:
            self.client.change_message_visibility(
                QueueUrl=self.queue_url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )


def _letter(message: Any) -> DeadLetter:  # noqa: ANN401
    attributes = message.get("MessageAttributes") or {}
    told = {name: str(one.get("StringValue", "")) for name, one in attributes.items()}
    return DeadLetter(
        letter_id=message["MessageId"],
        reason=told.get(_REASON, _UNTOLD),
        body=message["Body"][:_BODY],
        buried_at=told.get(_BURIED_AT),  # pyright: ignore[reportArgumentType] - read by pydantic
    )


def _string(value: str) -> Any:  # noqa: ANN401
    """Return an attribute; SQS takes no control characters in it."""
    kept = "".join(mark if mark.isprintable() else " " for mark in value)
    return {"DataType": "String", "StringValue": kept or "-"}
