"""`itops runs`: goals that are planned, looked into, judged, and delivered on consent."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.commands.chat import MOCK
from itops_cli.connection import connection
from itops_cli.failures import FAILED, NotOverError
from itops_cli.options import AsJson, Folder, Limit, Reason
from itops_cli.screen.chat import show_answer
from itops_cli.screen.console import command, print_json, say, tame
from itops_cli.screen.listing import show_list
from itops_core.domain.run import RUN_OVER, GoalRun, RunStatus, RunStep
from itops_core.errors import InvalidInputError
from itops_core.workflow.rendering.html import page
from itops_core.workflow.rendering.markdown import marked
from itops_core.workflow.rendering.plain import lines
from itops_core.workflow.run_report import RunReport, outline_of

app = typer.Typer(
    help="Goals that are planned, looked into, judged, and delivered on consent.",
    no_args_is_help=True,
    add_completion=False,
)
_POLL_SECONDS = 0.5
_STOPS = {*RUN_OVER, RunStatus.NEEDS_APPROVAL}


def _run_id(text: str) -> str:
    tidy = text.strip().upper()
    if len(tidy) != len("RUN-1A2B3C4D") or not tidy.startswith("RUN-"):
        raise InvalidInputError(f"{text!r} is not a run's id, such as RUN-1A2B3C4D")
    return tidy


RunId = Annotated[str, typer.Argument(metavar="RUN", help="RUN-1A2B3C4D", parser=_run_id)]
Seconds = Annotated[float, typer.Option("--timeout", min=1, help="Watch at most so long.")]


class Form(StrEnum):
    """As what a report is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@app.command()
def create(  # noqa: PLR0913 - a command's options
    goal: Annotated[str, typer.Argument(help="What to find out, where, when, and what to make.")],
    *,
    execute_it: Annotated[
        bool, typer.Option("--execute", help="Start it at once, and watch it.")
    ] = False,
    mock: Annotated[
        bool, typer.Option("--mock", help="Over a recording, in this process; nothing is made.")
    ] = False,
    recorded: Annotated[
        str | None, typer.Option("--recorded", metavar="PLACE", help="Over this recording.")
    ] = None,
    reasoner: Annotated[
        str, typer.Option("--reasoner", help="With a recording: offline, or claude.")
    ] = "offline",
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="With a recording: as HTML.")
    ] = None,
    timeout: Seconds = 300,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make a run of a goal, such as: database timeouts in the last 5 hours."""
    place = recorded or (MOCK if mock else None)
    if place is not None:
        _through(goal, place, reasoner, report, as_json=as_json)
        return
    with Api(connection(folder)) as api:
        run = GoalRun.model_validate(api.post("/runs", {"goal": goal}))
        if execute_it:
            api.post(f"/runs/{run.run_id}/execute", {})
            _watch(api, run.run_id, timeout, as_json=as_json)
            return
    if as_json:
        print_json(run.model_dump(mode="json"))
        return
    say(f"{run.run_id} is made", "bold")
    say(f"start it: {command(f'runs execute {run.run_id}')}", "dim")


@app.command()
def execute(
    run_id: RunId, timeout: Seconds = 300, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Start a run and watch it until it is over, or waits for consent."""
    with Api(connection(folder)) as api:
        api.post(f"/runs/{run_id}/execute", {})
        _watch(api, run_id, timeout, as_json=as_json)


@app.command()
def show(
    run_id: RunId,
    form: Annotated[Form | None, typer.Option("--format", help="The report, as what.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Show a run: its steps and its answer; with --format its report, with charts as HTML."""
    with Api(connection(folder)) as api:
        if form is not None:
            told = RunReport.model_validate(api.get(f"/runs/{run_id}/report"))
            typer.echo(_rendered(told, form), nl=False)
            return
        body = api.get(f"/runs/{run_id}")
    if as_json:
        print_json(body)
        return
    for item in body.pop("items"):
        _show_step(RunStep.model_validate(item))
    _show_end(GoalRun.model_validate(body))


@app.command("list")
def list_(
    status: Annotated[RunStatus | None, typer.Option("--status", help="Only those.")] = None,
    limit: Limit = 50,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    with Api(connection(folder)) as api:
        body = api.get("/runs", status=status and status.value, limit=limit)
    if as_json:
        print_json(body)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("run", "status", "goal", "made"):
        table.add_column(name, overflow="fold", no_wrap=name == "run")
    for one in body["items"]:
        cells = (one["run_id"], one["status"], tame(one["goal"], 90), one["created_at"][:19])
        table.add_row(*(Text(cell) for cell in cells))
    show_list(table)


@app.command()
def approve(  # noqa: PLR0913 - a command's options
    run_id: RunId,
    *,
    reason: Reason = "",
    deny: Annotated[bool, typer.Option("--deny", help="Say no: then nothing is made.")] = False,
    timeout: Seconds = 120,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Consent to what a run would make, or deny it."""
    with Api(connection(folder)) as api:
        seen = len(api.get(f"/runs/{run_id}")["items"])
        api.post(f"/runs/{run_id}/approve", {"approved": not deny, "reason": reason})
        _watch(api, run_id, timeout, after=seen, as_json=as_json)


def _watch(api: Api, run_id: str, timeout: float, after: int = 0, *, as_json: bool) -> None:
    """Print steps as they are taken, until the run is over or waits for consent."""
    until = time.monotonic() + timeout
    while True:
        body = api.get(f"/runs/{run_id}")
        items = [RunStep.model_validate(one) for one in body["items"]]
        for step in items:
            if step.number > after and not as_json:
                _show_step(step)
        after = max([after, *(one.number for one in items)])
        if RunStatus(body["status"]) in _STOPS:
            break
        if time.monotonic() > until:
            raise NotOverError(f"{run_id} is still {body['status']} after {timeout:g} s")
        time.sleep(_POLL_SECONDS)
    if as_json:
        print_json(body)
        return
    body.pop("items")
    _show_end(GoalRun.model_validate(body))


def _through(goal: str, place: str, reasoner: str, report: Path | None, *, as_json: bool) -> None:
    from itops_cli.chat.runs import recorded_runs  # noqa: PLC0415 - slow to import
    from itops_cli.investigation.silence import logs_silenced  # noqa: PLC0415
    from itops_cli.investigation.thinkers import demand_a_model, thinkers_named  # noqa: PLC0415
    from itops_cli.recorded_tools import recording_at  # noqa: PLC0415

    demand_a_model(reasoner)
    with logs_silenced(), recorded_runs(recording_at(place), thinkers_named(reasoner)) as runs:
        run = runs.create(goal)
        for step in runs.steps(run.run_id):
            if not as_json:
                _show_step(step)
        told = runs.report(run.run_id)
        ended = runs.around.stores.runs.get(run.run_id)
    if report is not None:
        report.write_text(page(outline_of(told)), encoding="utf-8")
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        _show_end(ended, is_recorded=True)


def _rendered(report: RunReport, form: Form) -> str:
    if form is Form.JSON:
        return f"{report.model_dump_json(indent=2)}\n"
    renderings: dict[Form, Any] = {Form.TEXT: lines, Form.MARKDOWN: marked, Form.HTML: page}
    return renderings[form](outline_of(report))


def _show_step(step: RunStep) -> None:
    say(f"{step.number:3} {step.phase.value:13} {tame(step.title, 300)}")


def _show_end(run: GoalRun, *, is_recorded: bool = False) -> None:
    """Print how a run stands: its answer, and what it would make or made."""
    if run.answer is not None:
        show_answer(run.answer)
    if run.draft is not None:
        say(f"{run.draft.kind} on {run.draft.service}: {tame(run.draft.title, 200)}", "bold")
        if run.status is RunStatus.NEEDS_APPROVAL and run.draft.outlook and not is_recorded:
            say(tame(run.draft.outlook, 600), "yellow")
    if run.delivered is not None:
        made = " ".join(one for one in (run.delivered.ticket_id, run.delivered.incident_id) if one)
        say(f"{run.delivered.outcome}: {made} {tame(run.delivered.reason, 200)}", "bold")
    say(f"{run.run_id} is {run.status.value}{f': {tame(run.error)}' if run.error else ''}", "bold")
    if run.status is RunStatus.NEEDS_APPROVAL and is_recorded:
        say("a recording takes no tickets: with a deployment this would wait for consent", "dim")
    elif run.status is RunStatus.NEEDS_APPROVAL and run.draft and run.draft.refusal:
        say(f"end it: {command(f'runs approve {run.run_id} --deny')}", "dim")
    elif run.status is RunStatus.NEEDS_APPROVAL:
        say(f"consent: {command(f'runs approve {run.run_id}')} (or --deny)", "dim")
    if run.status is RunStatus.FAILED:
        raise typer.Exit(FAILED)
