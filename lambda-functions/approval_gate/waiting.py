"""The workflow task that waits for people."""

from types import TracebackType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from itops_core.domain.values import canonical_json
from itops_core.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_GONE = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


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
