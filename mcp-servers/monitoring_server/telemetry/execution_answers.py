"""What the tools that look into Step Functions answer with."""

from typing import Any

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.executions.comparing import Comparison
from monitoring_server.analysis.executions.families import FailureFamily


class LatestRun(Value):
    """How the newest execution of a state machine stands: whether it works again."""

    state_machine: str
    status: str
    started_at: Moment


class FailureList(ToolResult):
    """Failures of the same state with the same error and words, the most frequent first."""

    families: list[FailureFamily]
    latest: list[LatestRun] = Field(
        description="The newest execution of each state machine that failed, or was asked about."
    )
    failed: int = Field(description="Executions that did not succeed, over all families.")
    state_machines: int = Field(description="State machines that were looked at.")
    gaps: list[str]


class Level(Value):
    """One execution on the way from the one asked about down to where it really failed."""

    execution_arn: str
    state_machine: str
    status: str
    state: str
    error: str
    entry_id: str = Field(default="", description="Of its state machine in the catalog.")


class Involved(Value):
    """A resource that the failure is about, with its entry in the catalog."""

    kind: str
    name: str
    entry_id: str = ""
    owner: str = ""
    by: str = Field(default="failure", description="catalog: only leaned on, not named.")


class ItemCounts(Value):
    """How the items of a distributed Map fared."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    aborted: int = 0
    pending: int = 0


class MapRun(Value):
    """A run of a distributed Map: each item, or batch of items, is an execution of its own."""

    map_run_arn: str
    status: str
    items: ItemCounts
    tolerated: str = Field(description="How many items may fail.")
    families: list[FailureFamily] = Field(description="Of the children looked into, ten at most.")
    first_failed: str = Field(default="", description="The child that is explained.")


class Surroundings(Value):
    """What the catalog knows of the state machine."""

    entry_id: str
    owner: str
    tier: int
    runbook: str | None
    leans_on: list[str]
    leaned_on_by: list[str]


class ExecutionFailure(ToolResult):
    """Why an execution failed. Sections that are not on this page come with the cursor."""

    execution_arn: str
    summary: str
    confidence: float
    chain: list[Level] = Field(description="From the execution asked about to the deepest.")
    sections: dict[str, Any] = Field(
        description="failure (state, error), map_run (its items), involved resources, advice, "
        "logs of the call, retries, catalog, handled failures, path, picture, in this order."
    )
    trace_id: str = Field(default="", description="For get_traces, where X-Ray has it.")
    gaps: list[str]


class ExecutionComparison(ToolResult):
    """How a failed execution differs from a good one."""

    bad: str
    good: str
    good_started_at: Moment = Field(description="What changed since may be to blame.")
    comparison: Comparison
