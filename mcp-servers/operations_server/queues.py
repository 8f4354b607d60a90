"""The action on dead-letter queues: what failed is sent back to where it came from."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.queues import QueueState, redrive_queue_outlook
from itops_core.tools.aws_errors import asking, code_of
from operations_server.operation import LiveOperation, Surroundings, text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MISSING = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}


class Queues:
    """Reads retry; writes do not, for a write that timed out may have happened."""

    def __init__(self, reader: "SQSClient", writer: "SQSClient") -> None:
        self._reader = reader
        self._writer = writer

    def queue(self, name: str) -> QueueState:
        """Return the queue as it is now; raise `ToolError` where there is none."""
        with asking("sqs"):
            url = self._url(name)
            told = self._reader.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            found = told["Attributes"]
            arn = found["QueueArn"]
            sources = self._reader.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
            moves = self._reader.list_message_move_tasks(SourceArn=arn, MaxResults=1)
        latest = next(iter(moves.get("Results", [])), {})
        prefix = arn.rsplit(":", 1)[0]
        return QueueState(
            arn=arn,
            queue_name=name,
            url=url,
            messages=int(found.get("ApproximateNumberOfMessages", 0)),
            in_flight=int(found.get("ApproximateNumberOfMessagesNotVisible", 0)),
            source_arns=tuple(sorted(f"{prefix}:{one.rsplit('/', 1)[-1]}" for one in sources)),
            moved_at=int(latest.get("StartedTimestamp", 0)),
            move_status=str(latest.get("Status", "")),
        )

    def send_back(self, state: QueueState) -> QueueState:
        """Have AWS send every message back to its source.

        With one source it is named: messages that were put in by hand know of none.
        """
        with asking("sqs"):
            if len(state.source_arns) == 1:
                self._writer.start_message_move_task(
                    SourceArn=state.arn, DestinationArn=state.source_arns[0]
                )
            else:
                self._writer.start_message_move_task(SourceArn=state.arn)
        return self.queue(state.queue_name)

    def _url(self, name: str) -> str:
        try:
            return self._reader.get_queue_url(QueueName=name)["QueueUrl"]
        except ClientError as error:
            if code_of(error) in _MISSING:
                raise ToolError(
                    f"there is no queue {name!r}; get_catalog_entry names those there are"
                ) from error
            raise


class RedriveQueue(LiveOperation[QueueState]):
    """Sends messages back; it shows as a later move than the one before."""

    def __init__(self, queues: Queues, around: Surroundings) -> None:
        super().__init__(around)
        self.queues = queues

    def state(self, action: Action) -> QueueState:
        """Return the queue as it is now."""
        return self.queues.queue(text(action, "queue_name"))

    def outlook(self, action: Action, state: QueueState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return redrive_queue_outlook(state, self.rules.large_redrive_messages)

    def change(self, record: ActionRecord, state: QueueState) -> dict[str, Any]:
        """Send them back."""
        del record
        return self.queues.send_back(state).shown

    def shows(self, record: ActionRecord, state: QueueState) -> bool:
        """Whether messages were sent back since."""
        return state.moved_at > int(record.before.get("moved_at") or 0)
