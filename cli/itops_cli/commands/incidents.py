"""`itops incidents`: open, list, show, watch and resolve."""

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.failures import FAILED
from itops_cli.names import doubts_about
from itops_cli.options import AsJson, Folder, IncidentId, Limit, Reason, SeverityChoice
from itops_cli.reports import ReportForm, fetched, rendered
from itops_cli.screen.console import command, console, print_json, say, tame
from itops_cli.screen.document import document
from itops_cli.screen.follow import Follower, read
from itops_cli.screen.listing import show_list
from itops_cli.screen.live import Voice, follow, is_over, waits_or_is_over
from itops_cli.screen.page import clock, page, severity_text, status_text
from itops_cli.screen.past import similar_table
from itops_core.domain.grade import Mark
from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Step
from itops_core.domain.remediation import Approval
from itops_core.domain.report import Report

app = typer.Typer(
    help="Open, list, show, watch and resolve incidents.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def create(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    title: Annotated[str, typer.Argument(help="What is wrong, in a line.")],
    service: Annotated[
        list[str],
        typer.Option("--service", "-s", help="Affected service; the first one shows the symptom."),
    ],
    severity: SeverityChoice = None,
    description: Annotated[str, typer.Option("--description", "-d")] = "",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Open an incident; the agents start on it at once."""
    body: dict[str, Any] = {
        "title": title,
        "description": description,
        "affected_services": service,
        "detected_by": "cli",
    }
    if severity:
        body["severity"] = severity.value
    with Api(connection(folder)) as api:
        opened = api.post("/incidents", body)
        doubts = doubts_about(api, service, "nothing is known of its owner and its dependencies")
    for doubt in doubts:
        typer.echo(f"itops: {doubt}", err=True)
    if as_json:
        print_json(opened)
        return
    say(f"{opened['incident_id']} is open", "bold")
    say(f"watch it: {command('incidents watch ' + opened['incident_id'])}", "dim")


@app.command("list")
def list_(
    status: Annotated[Status | None, typer.Option("--status", help="Only those.")] = None,
    limit: Limit = 50,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first."""
    with Api(connection(folder)) as api:
        body = api.get("/incidents", status=status and status.value, limit=limit)
    if as_json:
        print_json(body)
        return
    incidents = [read(Incident, item) for item in body["items"]]
    if not incidents:
        say("no incidents")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("incident", "severity", "status", "service", "title", "opened"):
        table.add_column(name, overflow="fold", no_wrap=name == "incident")
    for incident in incidents:
        table.add_row(
            incident.incident_id,
            severity_text(incident.severity.value if incident.severity else None),
            status_text(incident.status),
            Text(tame(incident.service, 60)),
            Text(tame(incident.title, 90)),
            Text(clock(incident.opened_at), style="dim"),
        )
    show_list(table)


@app.command()
def show(incident_id: IncidentId, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show one incident: cause, citations, actions, timings, cost."""
    path = f"/incidents/{incident_id}"
    with Api(connection(folder)) as api:
        body = api.get(path)
        steps = [read(Step, item) for item in api.pages(f"{path}/steps")]
        evidence = list(api.pages(f"{path}/evidence")) if as_json else []
    incident = read(Incident, body)
    approvals = [read(Approval, body["approval"])] if body.get("approval") else []
    if as_json:
        print_json(document(incident, steps, evidence, approvals))
    else:
        console().print(page(incident, steps, approvals))


@app.command()
def similar(incident_id: IncidentId, folder: Folder = None, as_json: AsJson = False) -> None:
    """List past incidents like this one, with score: hints, which prove nothing."""
    with Api(connection(folder)) as api:
        body = api.get(f"/incidents/{incident_id}/similar")
    if as_json:
        print_json(body)
    else:
        console().print(similar_table(body["items"]))


@app.command()
def grade(
    incident_id: IncidentId,
    cause: Annotated[Mark, typer.Option("--cause", help="How right the verdict was about it.")],
    cause_was: Annotated[str, typer.Option("--cause-was", help="What it was in truth.")] = "",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Say how right the verdict was; what was learned from it is trusted accordingly."""
    with Api(connection(folder)) as api:
        given = {"cause": cause.value, "cause_was": cause_was}
        body = api.post(f"/incidents/{incident_id}/grade", given)
    if as_json:
        print_json(body)
    else:
        say(f"{incident_id}: {body['grade']['mark']}, {body['grade']['percent']} %", "bold green")


@app.command()
def report(
    incident_id: IncidentId,
    form: Annotated[ReportForm, typer.Option("--format", help="As what.")] = ReportForm.TEXT,
    with_evidence: Annotated[
        bool,
        typer.Option("--with-evidence", help="JSON with all it cites, for `itops report verify`."),
    ] = False,
    folder: Folder = None,
) -> None:
    """Print everything about an incident: cause, citations, actions, timings, cost."""
    with Api(connection(folder)) as api:
        if with_evidence:
            typer.echo(fetched(api, incident_id).model_dump_json(indent=2))
            return
        body = api.get(f"/incidents/{incident_id}/report")
    typer.echo(rendered(read(Report, body), form), nl=False)


@app.command()
def watch(
    incident_id: IncidentId,
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Give up after so many seconds (exit code 7).")
    ] = None,
    until_approval: Annotated[
        bool, typer.Option("--until-approval", help="Also stop where a person has to decide.")
    ] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Watch an incident until it is over; `--json` prints one event a line.

    Exits with 1 where it ended in people's hands (escalated or failed).
    """
    voice = Voice.JSON if as_json else Voice.SCREEN
    enough = waits_or_is_over if until_approval else is_over
    with Api(connection(folder)) as api:
        incident = follow(Follower(api, incident_id), timeout, enough, voice)
    if incident.status in {Status.ESCALATED, Status.FAILED}:
        raise typer.Exit(FAILED)


@app.command()
def ack(incident_id: IncidentId, folder: Folder = None, as_json: AsJson = False) -> None:
    """Take an incident on: nobody is paged about it any more."""
    with Api(connection(folder)) as api:
        body = api.post(f"/incidents/{incident_id}/acknowledge", {})
    if as_json:
        print_json(body)
    else:
        say(f"{incident_id}: {body['acknowledgement']['acknowledged_by']} has it", "bold green")


@app.command()
def resolve(
    incident_id: IncidentId, reason: Reason = "", folder: Folder = None, as_json: AsJson = False
) -> None:
    """Resolve an incident by hand; the agents then leave it alone."""
    with Api(connection(folder)) as api:
        body = api.post(f"/incidents/{incident_id}/resolve", {"resolution": reason})
    if as_json:
        print_json(body)
    else:
        say(f"{incident_id} is {body['status']}", "bold green")
        # More than what was said where something was done and its effect was never measured.
        if body.get("resolution") not in {None, reason}:
            say(tame(body["resolution"]), "yellow")
