"""Executions of a pipeline: drawn state by state, explained, and set beside a good one."""

from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from incident_api.operations import Call, Resource
from incident_api.pipelines import pipeline_entry
from itops_core.domain.executions import (
    ExecutionCompared,
    ExecutionExplained,
    ExecutionGraph,
    ExecutionPage,
    ListedExecution,
    StateVisits,
    execution_arn_of,
    execution_id_of,
    explained,
)
from itops_core.domain.people import Role
from itops_core.domain.pipelines import seen_as
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError
from itops_core.wiring.workflow import looker

resource = Resource("pipelines")
_AWAY = (HTTPStatus.SERVICE_UNAVAILABLE,)
_EXECUTION = "/pipelines/<pipeline_id>/executions/<execution_id>"


class ExecutionsQuery(Value):
    """Which executions."""

    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] | None = None


class StateQuery(Value):
    """Which state."""

    state: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(
        description="Its name in the definition."
    )


@resource.operation(
    "GET /pipelines/<pipeline_id>/executions", role=Role.VIEWER, answer=ExecutionPage, also=_AWAY
)
def list_pipeline_executions(call: Call[None, ExecutionsQuery]) -> ExecutionPage:
    """List the newest executions of a pipeline, good ones as well."""
    entry = pipeline_entry(call.path)
    asked = {"state_machine": entry.entry_id, "status": call.query.status}
    seen = looker().look("executions", asked)
    items = tuple(
        ListedExecution(
            execution_id=execution_id_of(one["execution_arn"]),
            status=one["status"],
            started_at=one["started_at"],
            stopped_at=one["stopped_at"],
        )
        for one in seen["executions"]
    )
    return ExecutionPage(items=items, note=seen["note"])


@resource.operation(f"GET {_EXECUTION}", role=Role.VIEWER, answer=ExecutionGraph, also=_AWAY)
def get_pipeline_execution(call: Call[None, None]) -> ExecutionGraph:
    """Draw an execution: its states and ways, what was taken, where it broke."""
    return seen_as(ExecutionGraph, looker().look("graph", {"execution_arn": _arn(call)}))


@resource.operation(f"GET {_EXECUTION}/states", role=Role.VIEWER, answer=StateVisits, also=_AWAY)
def list_state_visits(call: Call[None, StateQuery]) -> StateVisits:
    """Show what one state of an execution was given and gave, and how it failed."""
    asked = {"execution_arn": _arn(call), "state": call.query.state}
    return seen_as(StateVisits, looker().look("graph", asked))


@resource.operation(
    f"GET {_EXECUTION}/explanation", role=Role.VIEWER, answer=ExecutionExplained, also=_AWAY
)
def explain_pipeline_execution(call: Call[None, None]) -> ExecutionExplained:
    """Explain why an execution failed: error, retries, log lines, what may be done."""
    return explained(looker().look("explanation", {"execution_arn": _arn(call)}))


@resource.operation(
    f"GET {_EXECUTION}/comparison", role=Role.VIEWER, answer=ExecutionCompared, also=_AWAY
)
def compare_pipeline_execution(call: Call[None, None]) -> ExecutionCompared:
    """Set an execution beside the last good one before it: where they part, what differs."""
    return seen_as(ExecutionCompared, looker().look("comparison", {"execution_arn": _arn(call)}))


def _arn(call: Call[None, ExecutionsQuery] | Call[None, StateQuery] | Call[None, None]) -> str:
    """Return the ARN of the execution in the path, which is one of the pipeline in the path."""
    entry = pipeline_entry(call.path)
    if entry.state_machine_arn is None:
        raise InvalidInputError(f"{entry.entry_id} has no state machine in the catalog")
    return execution_arn_of(entry.state_machine_arn, call.path["execution_id"])
