"""Repeating executions of pipelines: redriven from where they failed, or run from the start.

Both are done once, however often they are asked for: AWS itself knows the action's id, as the
token of a redrive and as the name of the new execution.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.pipelines import ExecutionState, redrive_outlook, rerun_outlook
from itops_core.tools.aws_errors import asking, code_of
from operations_server.operation import InTime, LiveOperation, Surroundings, whenever

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_UNKNOWN = {"ExecutionDoesNotExist", "InvalidArn", "ValidationException"}


class Pipelines:
    """Reads retry; writes do not, for a write that timed out may have happened."""

    def __init__(
        self, reader: "SFNClient", writer: "SFNClient", clock: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.clock = clock

    def execution(self, arn: str) -> ExecutionState:
        """Return the execution as it is now; raise `ToolError` where there is none."""
        found = self.find(arn)
        if found is None:
            raise ToolError(f"no execution {arn!r}; list_failed_executions names those that failed")
        return found

    def find(self, arn: str) -> ExecutionState | None:
        """Return the execution as it is now, or `None`."""
        told = self._described(arn)
        if told is None:
            return None
        stopped = told.get("stopDate")
        return ExecutionState(
            arn=arn,
            state_machine_arn=str(told["stateMachineArn"]),
            status=str(told["status"]),
            stopped_at=stopped.astimezone(UTC) if stopped else None,
            redrive_count=int(told.get("redriveCount") or 0),
            redrive_status=told.get("redriveStatus"),
            redrive_reason=str(told.get("redriveStatusReason") or ""),
            has_input=told.get("input") is not None,
            is_item=bool(told.get("mapRunArn")),
        )

    def redrive(self, arn: str, token: str) -> ExecutionState:
        """Go on from the state that failed."""
        with asking("states"):
            self._writer.redrive_execution(executionArn=arn, clientToken=token)
        return self.execution(arn)

    def rerun(self, arn: str, name: str) -> ExecutionState:
        """Start a new execution with the input of the old one."""
        told = self._described(arn)
        if told is None or told.get("input") is None:
            raise ToolError(f"the input of {arn!r} is not to be had")
        with asking("states"):
            try:
                started = self._writer.start_execution(
                    stateMachineArn=told.get("stateMachineVersionArn") or told["stateMachineArn"],
                    name=name,
                    input=told["input"],
                )["executionArn"]
            except ClientError as error:
                if code_of(error) != "ExecutionAlreadyExists":
                    raise
                started = renamed(arn, name)
        return self.execution(started)

    def _described(self, arn: str) -> Mapping[str, Any] | None:
        with asking("states"):
            try:
                return dict(self._reader.describe_execution(executionArn=arn))
            except ClientError as error:
                if code_of(error) in _UNKNOWN:
                    return None
                raise


class ExecutionOperation(LiveOperation[ExecutionState]):
    """What all actions on an execution have in common."""

    def __init__(self, pipelines: Pipelines, around: Surroundings) -> None:
        super().__init__(around)
        self.pipelines = pipelines

    def state(self, action: Action) -> ExecutionState:
        """Return the execution as it is now."""
        return self.pipelines.execution(_arn(action))


class Redrive(ExecutionOperation):
    """Goes on from where it failed; it shows as one more redrive than before."""

    def outlook(self, action: Action, state: ExecutionState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return redrive_outlook(state, self.pipelines.clock())

    def act(self, record: ActionRecord, in_time: InTime = whenever) -> dict[str, Any]:
        """Redrive it and return it as it is then; AWS itself sees to it that it is once."""
        in_time()
        return self.pipelines.redrive(_arn(record.action), record.action_id).shown

    def change(self, record: ActionRecord, state: ExecutionState) -> dict[str, Any]:
        """Redrive it."""
        del state
        return self.act(record)

    def shows(self, record: ActionRecord, state: ExecutionState) -> bool:
        """Whether it was redriven since."""
        return state.redrive_count > int(record.before.get("redrive_count") or 0)


class Rerun(ExecutionOperation):
    """Starts anew under a name that only this action gives; it shows by that name."""

    def outlook(self, action: Action, state: ExecutionState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return rerun_outlook(state)

    def act(self, record: ActionRecord, in_time: InTime = whenever) -> dict[str, Any]:
        """Start it and return the new execution."""
        in_time()
        return _started(self.pipelines.rerun(_arn(record.action), _name(record)))

    def change(self, record: ActionRecord, state: ExecutionState) -> dict[str, Any]:
        """Start it."""
        del state
        return self.act(record)

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the new execution if there is one."""
        started = self.pipelines.find(renamed(_arn(record.action), _name(record)))
        return _started(started) if started else None

    def shows(self, record: ActionRecord, state: ExecutionState) -> bool:
        """Whether there is an execution of that name."""
        del state
        return self.effect_of(record) is not None


def renamed(arn: str, name: str) -> str:
    """Return the ARN of another execution of the same state machine."""
    return f"{arn.rsplit(':', 1)[0]}:{name}"


def _started(state: ExecutionState) -> dict[str, Any]:
    return {**state.shown, "started": state.arn}


def _arn(action: Action) -> str:
    return str(action.parameters["execution_arn"])


def _name(record: ActionRecord) -> str:
    return f"itops-{record.action_id}"
