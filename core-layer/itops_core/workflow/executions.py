"""The state machine as the rest of the system sees it: start, look, and answer a waiting task."""

import json
import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from itops_core.domain.values import Value
from itops_core.workflow.visits import Visit, visits_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RUNNING = "RUNNING"
_MOST_EVENTS = 3000
"""Of a history; an investigation that uses its whole budget stays far below."""

_NAMED = re.compile(r"(INC-[0-9A-F]{8})(?:-r(\d{1,3}))?")
_GONE = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


class Execution(Value):
    """One execution: where it stands and since when."""

    execution_arn: str
    status: str
    started_at: str
    stopped_at: str | None = None
    error: str | None = None
    cause: str | None = None


class Executions:
    """The executions of one state machine, named after their incidents."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client = client
        self._machine = state_machine_arn

    def arn_of(self, incident_id: str, number: int = 0) -> str:
        """Return the ARN of an incident's execution; `number` counts its resumptions."""
        head = self._machine.replace(":stateMachine:", ":execution:")
        return f"{head}:{_name(incident_id, number)}"

    def start(self, incident_id: str, resume: str | None = None, number: int = 0) -> str:
        """Start work on an incident and return the execution's ARN; started before is success."""
        content: dict[str, Any] = {"incident_id": incident_id}
        if resume is not None:
            content["resume"] = {"state": resume}
        try:
            self._client.start_execution(
                stateMachineArn=self._machine,
                name=_name(incident_id, number),
                input=json.dumps(content),
            )
        except ClientError as error:
            if _code(error) != "ExecutionAlreadyExists":
                raise
        return self.arn_of(incident_id, number)

    def find(self, arn: str) -> Execution | None:
        """Return an execution, or `None` where it was never started or is forgotten."""
        try:
            known = self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if _code(error) == "ExecutionDoesNotExist":
                return None
            raise
        stopped = known.get("stopDate")
        return Execution(
            execution_arn=arn,
            status=known["status"],
            started_at=known["startDate"].isoformat(),
            stopped_at=stopped.isoformat() if stopped else None,
            error=known.get("error"),
            cause=known.get("cause"),
        )

    def visits(self, arn: str) -> tuple[Visit, ...]:
        """Return the states that an execution went through; none where it is not known."""
        events: list[Any] = []
        asked: dict[str, Any] = {"executionArn": arn, "maxResults": 1000}
        try:
            while len(events) < _MOST_EVENTS:
                page = self._client.get_execution_history(**asked)
                events += page["events"]
                token = page.get("nextToken")
                if not token:
                    break
                asked["nextToken"] = token
        except ClientError as error:
            if _code(error) == "ExecutionDoesNotExist":
                return ()
            raise
        return visits_of(events)

    def answer(self, token: str, output: dict[str, Any]) -> bool:
        """Let a waiting task go on with `output`; `False` where nothing waits there any more."""
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps(output))
        except ClientError as error:
            if _code(error) in _GONE:
                return False
            raise
        return True


def follower_of(arn: str) -> str | None:
    """Return the execution that takes over where this one of an incident is lost.

    `None` where it is not named after an incident.
    """
    head, _, name = arn.rpartition(":")
    found = _NAMED.fullmatch(name)
    return f"{head}:{_name(found[1], int(found[2] or 0) + 1)}" if found else None


def _name(incident_id: str, number: int) -> str:
    return f"{incident_id}-r{number}" if number else incident_id


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
