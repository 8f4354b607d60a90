"""What people see of one execution of a pipeline: its drawing, its states, why it failed."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from itops_core.domain.pipelines import seen_as
from itops_core.domain.values import Moment, Value


class ListedExecution(Value):
    """One execution in a list."""

    execution_id: str = Field(description="What its ARN ends with, behind the state machine.")
    status: str
    started_at: Moment
    stopped_at: Moment | None = None


class ExecutionPage(Value):
    """Executions, the newest first."""

    items: tuple[ListedExecution, ...]
    cursor: str | None = None
    note: str = ""


class DrawnState(Value):
    """One state, over all visits to it."""

    name: str
    kind: str
    outcome: str = Field(description="not_taken, succeeded, failed, caught, aborted or running.")
    inside: str = Field(default="", description="The Map or Parallel it stands in.")
    branch: int | None = None
    visits: int = 0
    failed_visits: int = 0
    retries: int = 0
    seconds: float = 0
    root: bool = Field(default=False, description="The state that failed first.")


class DrawnWay(Value):
    """A way from one state to another, and how often it was taken."""

    source: str
    target: str
    label: str = ""
    taken: int = 0


class ExecutionGraph(Value):
    """An execution as it is drawn."""

    execution_arn: str
    state_machine: str
    status: str
    started_at: Moment
    stopped_at: Moment | None
    start_at: str
    failed_in: str = Field(description="The state that failed first; empty where none did.")
    nodes: tuple[DrawnState, ...]
    edges: tuple[DrawnWay, ...]
    gaps: tuple[str, ...] = ()
    truncated: bool = Field(default=False, description="Whether there are more states.")


class StateVisit(Value):
    """One stay in a state; payloads are without secrets, and shortened."""

    entered_at: Moment
    exited_at: Moment | None = None
    outcome: str
    attempts: int = 0
    where: str = Field(default="", description="The Map item or Parallel branch it was in.")
    input: str = ""
    output: str = ""
    error: str = ""
    cause: str = ""


class StateVisits(Value):
    """What one state was given and gave, failed visits first."""

    visits: tuple[StateVisit, ...]
    more_visits: int = 0


class ExecutionLevel(Value):
    """One execution on the way down to the one that failed first."""

    execution_arn: str
    state_machine: str
    status: str
    state: str = ""
    error: str = ""
    entry_id: str = ""


class ErrorTold(Value):
    """The error, as it was read from the cause."""

    error: str
    family: str
    message: str = ""
    exception: str = ""
    stack: tuple[str, ...] = ()
    request_id: str = ""


class FailureTold(Value):
    """What failed."""

    error: ErrorTold | None = None


class AttemptTold(Value):
    """One try of a state, and how long after the end of the one before it began."""

    number: int
    at: Moment
    delay_seconds: float | None = None
    seconds: float | None = None
    outcome: str
    error: str = ""


class RetriesTold(Value):
    """How a state was tried again."""

    state: str
    attempts: tuple[AttemptTold, ...] = ()
    rule: str = ""
    exhausted: bool = False
    caught_by: str = ""


class LoggedLine(Value):
    """A log line of the very call."""

    at: Moment
    log_group: str
    message: str


class AdviceTold(Value):
    """What may be done about it."""

    step: str
    why: str
    redrive_possible: bool = False
    redrive_note: str = ""
    rerun_note: str = ""
    not_known: tuple[str, ...] = ()


class ExecutionExplained(Value):
    """Why an execution failed."""

    summary: str
    confidence: float
    chain: tuple[ExecutionLevel, ...] = Field(description="Down to where it failed first.")
    failure: FailureTold | None = None
    retries: RetriesTold | None = None
    advice: AdviceTold | None = None
    logs: tuple[LoggedLine, ...] = ()
    gaps: tuple[str, ...] = ()


class ValueDifference(Value):
    """Where two values differ."""

    path: str
    kind: str
    good: str = ""
    bad: str = ""


class DurationChange(Value):
    """How long a state took in both."""

    state: str
    good_seconds: float | None
    bad_seconds: float | None
    change_seconds: float


class Parting(Value):
    """The first state at which two executions went different ways."""

    state: str
    what: str
    good: str = ""
    bad: str = ""


class ComparisonTold(Value):
    """Where two executions part, and in what they differ."""

    summary: str
    diverges_at: Parting | None
    input_differences: tuple[ValueDifference, ...] = ()
    state_input_differences: tuple[ValueDifference, ...] = ()
    output_differences: tuple[ValueDifference, ...] = ()
    definition_differences: tuple[ValueDifference, ...] = ()
    durations: tuple[DurationChange, ...] = ()
    gaps: tuple[str, ...] = ()


class ExecutionCompared(Value):
    """An execution beside the last good one before it."""

    bad: str
    good: str
    good_started_at: Moment
    comparison: ComparisonTold


def explained(content: Mapping[str, Any]) -> ExecutionExplained:
    """Return an explanation as people see it, whichever sections it has."""
    return seen_as(ExecutionExplained, {**content, **content["sections"]})


def execution_id_of(arn: str) -> str:
    """Return what an execution's ARN ends with, behind the state machine."""
    return arn.split(":", maxsplit=7)[7]


def execution_arn_of(machine_arn: str, execution_id: str) -> str:
    """Return the ARN of an execution of that state machine; Express ones carry a run's id."""
    kind = "express" if ":" in execution_id else "execution"
    prefix, _, machine = machine_arn.partition(":stateMachine:")
    return f"{prefix}:{kind}:{machine}:{execution_id}"
