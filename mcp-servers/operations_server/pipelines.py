"""Repeating executions of pipelines: redriven from where they failed, or run from the start.

Both are done once, however often they are asked for: AWS itself knows the action's id, as the
token of a redrive and as the name of the new execution.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.catalogue import ActionSpec, BlastThresholds
from itops_core.remediation.pipelines import (
    ExecutionState,
    preview_of_execution,
    reach_of_machine,
    redrive_outlook,
    rerun_outlook,
)
from itops_core.tools.aws_errors import asking, code_of
from operations_server.operation import Entries, Operation

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


class ExecutionOperation(ABC, Operation):
    """What all actions on an execution have in common."""

    def __init__(self, pipelines: Pipelines, entries: Entries, thresholds: BlastThresholds) -> None:
        self._pipelines = pipelines
        self._entries = entries
        self._thresholds = thresholds

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what it would do to the execution as it is now."""
        del undo
        state = self._state(action)
        reach = reach_of_machine(state.state_machine_arn, self._entries())
        blast = (reach, self._thresholds)
        return preview_of_execution(action, spec, state, self.outlook(state), blast)

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """Whether nobody has redriven it since."""
        state = self._state(action)
        return state.redrive_count == recorded.get(
            "redrive_count"
        ) and state.status == recorded.get("status")

    @abstractmethod
    def outlook(self, state: ExecutionState) -> Outlook:
        """Return what would be different, or why it cannot be done."""

    def _state(self, action: Action) -> ExecutionState:
        return self._pipelines.execution(_arn(action))


class Redrive(ExecutionOperation):
    """Goes on from where it failed; it shows as one more redrive than before."""

    def outlook(self, state: ExecutionState) -> Outlook:
        """Return what would be different."""
        return redrive_outlook(state, self._pipelines.clock())

    def act(self, record: ActionRecord) -> dict[str, Any]:
        """Redrive it and return it as it is then."""
        return self._pipelines.redrive(_arn(record.action), record.action_id).shown

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the execution if it was redriven since."""
        state = self._state(record.action)
        before = int(record.before.get("redrive_count") or 0)
        return state.shown if state.redrive_count > before else None


class Rerun(ExecutionOperation):
    """Starts anew under a name that only this action gives; it shows by that name."""

    def outlook(self, state: ExecutionState) -> Outlook:
        """Return what would be different."""
        return rerun_outlook(state)

    def act(self, record: ActionRecord) -> dict[str, Any]:
        """Start it and return the new execution."""
        return _started(self._pipelines.rerun(_arn(record.action), _name(record)))

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the new execution if there is one."""
        started = self._pipelines.find(renamed(_arn(record.action), _name(record)))
        return _started(started) if started else None


def renamed(arn: str, name: str) -> str:
    """Return the ARN of another execution of the same state machine."""
    return f"{arn.rsplit(':', 1)[0]}:{name}"


def _started(state: ExecutionState) -> dict[str, Any]:
    return {**state.shown, "started": state.arn}


def _arn(action: Action) -> str:
    return str(action.parameters["execution_arn"])


def _name(record: ActionRecord) -> str:
    return f"itops-{record.action_id}"
