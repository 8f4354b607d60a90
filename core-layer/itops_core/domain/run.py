"""A run: a goal that is planned, looked into tool by tool, judged, and delivered on consent."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from itops_core.domain.investigation import Observation, ToolCall, Turn
from itops_core.domain.question import Deliverable, Reading
from itops_core.domain.reports import ChatAnswer
from itops_core.domain.values import IncidentId, Moment, Value
from itops_core.errors import ConflictError

RunId = Annotated[str, Field(pattern=r"^RUN-[0-9A-F]{8}$")]


class RunStatus(StrEnum):
    """Where a run stands."""

    CREATED = "created"
    RUNNING = "running"
    NEEDS_APPROVAL = "needs_approval"
    COMPLETED = "completed"
    FAILED = "failed"


RUN_OVER = frozenset({RunStatus.COMPLETED, RunStatus.FAILED})


class RunPhase(StrEnum):
    """What a step of a run does, and what the next one will."""

    PLAN = "plan"
    EXECUTE_TOOL = "execute_tool"
    EVALUATE = "evaluate"
    APPROVAL = "approval"
    DELIVER = "deliver"
    REPORT = "report"


class RunStep(Value):
    """One step of a run, written once."""

    run_id: RunId
    number: int = Field(ge=1)
    phase: RunPhase
    title: str = Field(description="What was done, in a line.")
    detail: str = ""
    planned: tuple[ToolCall, ...] = Field(default=(), description="What a plan will ask, in order.")
    observation: Observation | None = None
    reasoner: str = ""
    at: Moment
    duration_ms: int = 0


class Draft(Value):
    """What would be made, exactly as it is asked about."""

    kind: Deliverable
    service: str
    title: str = Field(min_length=1, max_length=256)
    body: str = Field(max_length=8000)
    sha256: str = Field(description="Of kind, service, title and body: consent is to these.")
    outlook: str = Field(
        default="", description="What would come of consent, as things stood when it was asked for."
    )
    refusal: str = Field(
        default="",
        description="Why nothing would be made even with consent, as things stood then; empty "
        "where something would be.",
    )


class RunDecision(Value):
    """A person's word on a draft."""

    approved: bool
    reason: str
    decided_by: str
    decided_at: Moment
    sha256: str = Field(description="Of the draft that was decided.")


class Delivered(Value):
    """What came of a draft."""

    outcome: str = Field(description="made, refused by the write gate, or denied by a person.")
    reason: str
    incident_id: str | None = None
    ticket_id: str | None = None
    rules: tuple[str, ...] = ()


class GoalRun(Value):
    """One run. Every change returns a new value."""

    run_id: RunId
    goal: str
    asked_by: str
    status: RunStatus = RunStatus.CREATED
    phase: RunPhase = RunPhase.PLAN
    reading: Reading | None = Field(default=None, description="The goal as code understood it.")
    deliverable: Deliverable = Deliverable.ANSWER
    is_conditional: bool = Field(default=False, description="Delivered only if it is needed.")
    case_id: IncidentId = Field(description="Under it lie the evidence and the turns.")
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None = None
    closed_at: Moment | None = None
    round: int = Field(default=1, ge=1, description="How often it was planned.")
    turn: Turn | None = Field(default=None, description="The plan that is being executed.")
    position: int = Field(default=0, ge=0, description="Of the call that comes next.")
    attempts: int = Field(default=0, ge=0, description="Of the present step, in vain.")
    next_attempt_at: Moment | None = None
    answer: ChatAnswer | None = None
    draft: Draft | None = None
    decision: RunDecision | None = None
    delivered: Delivered | None = None
    error: str = ""
    steps: int = 0
    executions: int = Field(default=0, ge=0, description="Of the state machine, resumptions too.")
    execution_arn: str | None = None
    version: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.status in RUN_OVER

    def changed(self, at: datetime, **changes: Any) -> "GoalRun":  # noqa: ANN401
        """Return this run with `changes`, validated, and a new `updated_at`."""
        if self.is_over:
            raise ConflictError(f"{self.run_id} is {self.status.value}; nothing changes any more")
        return GoalRun.model_validate({**dict(self), "updated_at": at, **changes})
