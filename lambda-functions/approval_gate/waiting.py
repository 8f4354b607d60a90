"""The workflow task that waits for people, and the message that tells people it does."""

from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from itops_core.domain.remediation import Approval
from itops_core.domain.values import canonical_json
from itops_core.observability import logger
from itops_core.stores.runtime import RuntimeStore

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

_GONE = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}
_REMEMBER_SECONDS = 7 * 24 * 3600


class WaitingTask:
    """One waiting task of the state machine.

    Used as a context, it fails the task when what is inside fails: Step Functions notices that
    by itself, the embedded one does not, and an unnoticed failure would wait for half an hour.
    """

    def __init__(self, states: "SFNClient", token: str) -> None:
        self._states = states
        self.token = token

    def __enter__(self) -> "WaitingTask":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._send("send_task_failure", error=kind.__name__, cause=str(error)[:2000])

    def succeed(self, output: dict[str, Any]) -> dict[str, Any]:
        """Let the workflow go on with `output`, and return it."""
        self._send("send_task_success", output=canonical_json(output))
        return output

    def _send(self, what: str, **told: str) -> None:
        try:
            getattr(self._states, what)(taskToken=self.token, **told)
        except ClientError as error:
            # Somebody else answered it, or its execution is over: nothing waits any more.
            if error.response.get("Error", {}).get("Code") not in _GONE:
                raise
            logger("approval_gate").info("task waits no more", told=what)


@dataclass(frozen=True)
class Notices:
    """Tells people, once for each question."""

    sns: "SNSClient"
    topic_arn: str
    runtime: RuntimeStore

    def publish_once(self, approval: Approval) -> None:
        """Tell people of a question. Told twice is better than not at all: a crash repeats it."""
        key = f"asked#{approval.approval_id}"
        if self.runtime.read(key) is not None:
            return
        name, needed = approval.approval_id, approval.decision.approvers_needed
        self.sns.publish(
            TopicArn=self.topic_arn,
            Subject=f"ITOps {approval.incident_id} waits for approval"[:100],
            Message=(
                f"{approval.summary}\n\n"
                f"Why people decide: {'; '.join(approval.decision.reasons)}.\n"
                f"People needed: {needed}. Until: {approval.expires_at.isoformat()}.\n"
                f"itops approvals approve {name}   or   itops approvals deny {name}\n"
            ),
        )
        self.runtime.begin(key, _REMEMBER_SECONDS)
