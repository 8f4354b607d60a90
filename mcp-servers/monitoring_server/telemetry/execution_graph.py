"""One execution as it is drawn, what its states were given and gave, and which others there are."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.executions import DrawnWay
from itops_core.domain.values import Moment, Value
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.executions.blame import blame
from monitoring_server.analysis.executions.explaining import whereabouts_of
from monitoring_server.analysis.executions.payloads import shown
from monitoring_server.analysis.executions.picture import (
    Node,
    NodeOutcome,
    failing_visits,
    outcome_of,
    picture_of,
)
from monitoring_server.analysis.executions.record import Failure, Visit
from monitoring_server.analysis.executions.walking import read_record
from monitoring_server.telemetry.execution_reading import Execution, ExecutionReader
from monitoring_server.telemetry.executions import ExecutionArn
from monitoring_server.telemetry.failed_executions import FailedExecutions

_PARTS = 120
_PART_CHARACTERS = 6200
_VISITS = 8
_VISIT_CHARACTERS = 5600
_PAYLOAD_CHARACTERS = 1200
_CAUSE_CHARACTERS = 600
_LISTED = 25
_LIST_CHARACTERS = 6000
_BACK = timedelta(days=14)

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class ListedExecution(Value):
    """One execution in a list."""

    execution_arn: str
    name: str
    status: str
    started_at: Moment
    stopped_at: Moment | None = None


class ExecutionList(ToolResult):
    """Executions of one state machine, the newest first."""

    state_machine: str
    executions: list[ListedExecution]
    note: str = ""


class VisitShown(Value):
    """One stay in a state, without secrets; long payloads are shortened."""

    entered_at: Moment
    exited_at: Moment | None = None
    outcome: NodeOutcome
    attempts: int = 0
    where: str = Field(default="", description="The Map item or Parallel branch it was in.")
    input: str = ""
    output: str = ""
    error: str = ""
    cause: str = ""


class ExecutionGraph(ToolResult):
    """States and ways of an execution; more of them come with the cursor, nodes first."""

    execution_arn: str
    state_machine: str
    status: str
    started_at: Moment
    stopped_at: Moment | None
    start_at: str = Field(description="The state that it begins with.")
    failed_in: str = Field(default="", description="The state that failed first.")
    nodes: list[Node]
    edges: list[DrawnWay]
    visits: list[VisitShown] = Field(description="Of the state asked about, failed ones first.")
    more_visits: int = 0
    gaps: list[str]


class ExecutionGraphs:
    """Draws executions."""

    def __init__(
        self, reader: ExecutionReader, machines: FailedExecutions, now: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._machines = machines
        self._now = now

    def list_executions(
        self,
        state_machine: Annotated[
            str, Field(max_length=300, description="Name, ARN or catalog entry.")
        ],
        *,
        status: Annotated[Status | None, Field(description="Only these.")] = None,
        cursor: Cursor = None,
    ) -> ExecutionList:
        """List the newest executions of one state machine, good ones as well."""
        arn, kind = self._machines.machines(state_machine)[0]
        if kind == "EXPRESS":
            listed = self._express(arn, status)
            note = "Step Functions keeps no Express executions: these are the failures it logged"
        else:
            listed = [_listed(one) for one in self._reader.newest_of(arn, status)]
            note = ""
        page = items_page(listed, cursor, _LISTED, _LIST_CHARACTERS)
        return ExecutionList(
            state_machine=arn.rsplit(":", 1)[-1],
            executions=page.items,
            note=note,
            data_source="logs" if kind == "EXPRESS" else "states",
            query={"stateMachineArn": arn, "statusFilter": status},
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def get_execution_graph(
        self,
        execution_arn: ExecutionArn,
        *,
        state: Annotated[
            str | None,
            Field(max_length=80, description="Only this state's visits: input, output, error."),
        ] = None,
        cursor: Cursor = None,
    ) -> ExecutionGraph:
        """Show an execution's states and the way it took; of one state what it was given, gave."""
        execution = self._reader.read(execution_arn)
        picture = picture_of(execution.record, execution.definition)
        visits, more = _visits(execution, state) if state else ([], 0)
        if state and not any(one.name == state for one in picture.nodes):
            raise ToolError(f"the execution has no state {state!r}; leave state out to see them")
        parts: list[Node | DrawnWay] = [] if state else [*picture.nodes, *picture.edges]
        page = items_page(parts, cursor, _PARTS, _PART_CHARACTERS)
        described = execution.described
        return ExecutionGraph(
            execution_arn=execution_arn,
            state_machine=described.state_machine_arn.rsplit(":", 1)[-1],
            status=described.status,
            started_at=described.started_at,
            stopped_at=described.stopped_at,
            start_at=_start(execution),
            failed_in=next((one.name for one in picture.nodes if one.root), ""),
            nodes=[one for one in page.items if isinstance(one, Node)],
            edges=[one for one in page.items if isinstance(one, DrawnWay)],
            visits=visits,
            more_visits=more,
            gaps=execution.gaps[:8],
            data_source="logs" if described.is_express else "states",
            query={"executionArn": execution_arn, **({"state": state} if state else {})},
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def _express(self, arn: str, status: str | None) -> list[ListedExecution]:
        found = self._reader.express_failures(arn, self._now() - _BACK, _LISTED)
        told = [_logged(execution, events) for execution, events in found.items() if execution]
        kept = [one for one in told if status in {None, one.status}]
        return sorted(kept, key=lambda one: one.started_at, reverse=True)


def _visits(execution: Execution, state: str) -> tuple[list[VisitShown], int]:
    """Return the visits to a state that fit, those that failed first, and how many are left out."""
    record = execution.record
    failing, found = failing_visits(record), blame(record, execution.definition)
    of_state = [visit for visit in record.visits if visit.name == state]
    outcomes: dict[int, NodeOutcome] = {id(visit): outcome_of(visit, failing) for visit in of_state}
    ordered = sorted(of_state, key=lambda one: (outcomes[id(one)] == "succeeded", -one.entered_at))
    told: list[VisitShown] = []
    left = _VISIT_CHARACTERS
    for visit in ordered[:_VISITS]:
        # What a Fail state says stands in its definition, or where the execution ended.
        failure = found.failure if found and found.origin is visit else visit.failure
        one = _shown(visit, outcomes[id(visit)], failure)
        left -= len(one.input) + len(one.output) + len(one.cause)
        if left < 0 and told:
            break
        told.append(one)
    return told, len(of_state) - len(told)


def _shown(visit: Visit, outcome: NodeOutcome, failure: Failure | None) -> VisitShown:
    around = ", in ".join(
        f"{'item' if one.kind == 'iteration' else 'branch'} "
        f"{'?' if one.index is None else one.index} of {one.owner}"
        for one in whereabouts_of(visit)
    )
    return VisitShown(
        entered_at=datetime.fromtimestamp(visit.entered_at, UTC),
        exited_at=datetime.fromtimestamp(visit.exited_at, UTC) if visit.exited_at else None,
        outcome=outcome,
        attempts=len(visit.attempts),
        where=around,
        input=shown(visit.input, _PAYLOAD_CHARACTERS),
        output=shown(visit.output, _PAYLOAD_CHARACTERS),
        error=failure.error if failure else "",
        cause=shown(failure.cause, _CAUSE_CHARACTERS).strip('"') if failure else "",
    )


def _start(execution: Execution) -> str:
    if execution.definition is not None:
        return execution.definition.start_at
    return execution.record.visits[0].name if execution.record.visits else ""


def _listed(told: Mapping[str, Any]) -> ListedExecution:
    return ListedExecution(
        execution_arn=told["executionArn"],
        name=told["name"],
        status=told["status"],
        started_at=told["startDate"].astimezone(UTC),
        stopped_at=told["stopDate"].astimezone(UTC) if told.get("stopDate") else None,
    )


def _logged(arn: str, events: list[Mapping[str, Any]]) -> ListedExecution:
    record = read_record(sorted(events, key=lambda one: int(one.get("id", 0))))
    ended = record.ended_at
    return ListedExecution(
        execution_arn=arn,
        name=":".join(arn.split(":")[7:]),
        status=record.status,
        started_at=datetime.fromtimestamp(record.started_at or record.last_at, UTC),
        stopped_at=datetime.fromtimestamp(ended, UTC) if ended else None,
    )
