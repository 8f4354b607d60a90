"""Runs: goals that are planned, looked into tool by tool, judged, and delivered on consent."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import Field, StringConstraints

from incident_api.bodies import PageQuery, Sentence, StepQuery, plainly
from incident_api.operations import Call, Resource
from itops_core.domain.people import Role
from itops_core.domain.question import Deliverable, Reading, Unread
from itops_core.domain.run import GoalRun, RunStatus, RunStep
from itops_core.domain.values import Value, utc_now
from itops_core.errors import InvalidInputError
from itops_core.reasoning.offline.chat_reading import Asked, deliverable_in, understood
from itops_core.settings import is_model_configured
from itops_core.wiring import stores
from itops_core.wiring.workflow import goal_runs
from itops_core.workflow.rendering.html import page
from itops_core.workflow.rendering.markdown import marked
from itops_core.workflow.rendering.outline import Outline
from itops_core.workflow.rendering.plain import lines
from itops_core.workflow.run_report import RunReport, outline_of, report_on_run
from itops_core.workflow.running import MOST_CHARACTERS, check_goal

resource = Resource("runs")
_RENDERINGS: dict[str, tuple[str, Callable[[Outline], str]]] = {
    "markdown": ("text/markdown; charset=utf-8", marked),
    "html": ("text/html; charset=utf-8", page),
    "text": ("text/plain; charset=utf-8", lines),
}


class NewRun(Value):
    """A goal, in plain words."""

    goal: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARACTERS),
        plainly(MOST_CHARACTERS),
    ]


class Consent(Value):
    """A person's word on what a run would make."""

    approved: bool
    reason: Sentence


class RunView(GoalRun):
    """A run with its steps, as far as it has come."""

    items: tuple[RunStep, ...] = Field(default=(), description="Its steps, oldest first.")


class RunPage(Value):
    """Runs, the newest first."""

    items: tuple[GoalRun, ...]
    cursor: str | None


class RunStepPage(Value):
    """Steps, the oldest first."""

    items: tuple[RunStep, ...]
    cursor: str | None = None


class RunQuery(PageQuery):
    """Which runs."""

    status: RunStatus | None = None


class RunReportQuery(Value):
    """In which form."""

    format: Literal["json", "markdown", "html", "text"] = "json"


@resource.operation(
    "POST /runs", role=Role.RESPONDER, answer=GoalRun, status=HTTPStatus.CREATED, idempotent=True
)
def create_run(call: Call[NewRun, None]) -> Response[str]:
    """Make a run of a goal; it is planned and worked on once it is executed."""
    goal = check_goal(call.body.goal)
    run = goal_runs().create(goal, call.caller.name, call.key, _read(goal))
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        body=_shown(run).model_dump_json(),
        headers={"Location": f"/runs/{run.run_id}"},
    )


@resource.operation("GET /runs", role=Role.VIEWER, answer=RunPage)
def list_runs(call: Call[None, RunQuery]) -> RunPage:
    """List runs, newest first."""
    asked = call.query
    found = stores.runs().list(asked.status, asked.limit, asked.cursor)
    return RunPage(items=tuple(map(_shown, found.items)), cursor=found.cursor)


@resource.operation("GET /runs/<run_id>", role=Role.VIEWER, answer=RunView)
def get_run(call: Call[None, None]) -> RunView:
    """Show a run: what was planned, seen and judged so far, and what waits for consent."""
    run = stores.runs().get(call.path["run_id"])
    steps = tuple(_told(one) for one in stores.runs().steps(run.run_id))
    return RunView.model_validate({**dict(_shown(run)), "items": steps})


@resource.operation("GET /runs/<run_id>/steps", role=Role.VIEWER, answer=RunStepPage)
def list_run_steps(call: Call[None, StepQuery]) -> RunStepPage:
    """List the steps of a run behind a number, to watch it live."""
    run = stores.runs().get(call.path["run_id"])
    steps = stores.runs().steps(run.run_id, call.query.after)[: call.query.limit]
    return RunStepPage(items=tuple(map(_told, steps)))


@resource.operation("POST /runs/<run_id>/execute", role=Role.RESPONDER, answer=GoalRun)
def execute_run(call: Call[None, None]) -> GoalRun:
    """Start a run; one that is at work already is left at it."""
    return _shown(goal_runs().execute(call.path["run_id"]))


@resource.operation(
    "POST /runs/<run_id>/approve", role=Role.APPROVER, answer=GoalRun, idempotent=True
)
def approve_run(call: Call[Consent, None]) -> GoalRun:
    """Consent to what a run would make, exactly as it is shown, or deny it."""
    word = call.body
    decided = goal_runs().decide(
        call.path["run_id"], call.caller, word.reason, approved=word.approved
    )
    return _shown(decided)


@resource.operation("GET /runs/<run_id>/report", role=Role.VIEWER, answer=RunReport)
def get_run_report(call: Call[None, RunReportQuery]) -> RunReport | Response[str]:
    """Tell everything about a run in one document, with charts of what was measured."""
    run = stores.runs().get(call.path["run_id"])
    state = stores.agent_state()
    report = report_on_run(run, stores.runs().steps(run.run_id), state.list_evidence(run.case_id))
    if call.query.format == "json":
        return report
    content_type, render = _RENDERINGS[call.query.format]
    return Response(
        status_code=HTTPStatus.OK,
        content_type=content_type,
        body=render(outline_of(report)),
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _read(goal: str) -> tuple[Reading | None, Deliverable, bool]:
    """Return how code understands a goal; raise where nobody could work on it."""
    read = understood(Asked(goal, utc_now()), stores.catalog().list())
    deliverable, is_conditional = deliverable_in(goal)
    if isinstance(read, Unread):
        if read.is_refused or not is_model_configured():
            raise InvalidInputError(f"{read.why} {HELP}")
        return None, deliverable, is_conditional
    return read, deliverable, is_conditional


HELP = (
    "A goal names what to look for, where and when, such as: investigate error spikes in the last "
    "hour and create a ticket if needed; database timeouts in the last 5 hours."
)


def _shown(run: GoalRun) -> GoalRun:
    """Return a run as people see it: a model's raw words are nobody's business."""
    if run.turn is None or run.turn.model_turn is None:
        return run
    return run.model_copy(update={"turn": run.turn.model_copy(update={"model_turn": None})})


def _told(step: RunStep) -> RunStep:
    """Return a step without what its tool answered: that is the evidence it names."""
    if step.observation is None:
        return step
    return step.model_copy(
        update={"observation": step.observation.model_copy(update={"content": {}})}
    )
