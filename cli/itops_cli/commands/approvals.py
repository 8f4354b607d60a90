"""`itops approvals`: what waits for a person, and their word on it."""

from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.options import ApprovalId, AsJson, Folder, Limit, Reason
from itops_cli.screen.approval import approval_page
from itops_cli.screen.beats import action_line
from itops_cli.screen.console import command, console, print_json, say, tame
from itops_cli.screen.follow import read
from itops_cli.screen.page import clock, severity_text
from itops_core.domain.remediation import Approval, ApprovalStatus

app = typer.Typer(
    help="See what waits for a person, and decide it.", no_args_is_help=True, add_completion=False
)


@app.command("list")
def list_(
    status: Annotated[ApprovalStatus, typer.Option("--status")] = ApprovalStatus.PENDING,
    limit: Limit = 50,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a decision, or was decided."""
    with Api(connection(folder)) as api:
        body = api.get("/approvals", status=status.value, limit=limit)
    if as_json:
        print_json(body)
        return
    approvals = [read(Approval, item) for item in body["items"]]
    if not approvals:
        say(f"no {status.value} approvals")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("approval", "incident", "severity", "what", "expires"):
        table.add_column(name, overflow="fold", no_wrap=name in {"approval", "incident"})
    for approval in approvals:
        actions = [planned.action for planned in approval.plan.actions]
        what = "; ".join(action_line(action.name, action.parameters) for action in actions)
        table.add_row(
            approval.approval_id,
            approval.incident_id,
            severity_text(approval.severity.value),
            Text(tame(what, 160)),
            Text(clock(approval.expires_at), style="dim"),
        )
    console().print(table)


@app.command()
def show(approval_id: ApprovalId, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show what is asked: the actions, their effect and their risk."""
    with Api(connection(folder)) as api:
        body = api.get(f"/approvals/{approval_id}")
    if as_json:
        print_json(body)
    else:
        console().print(approval_page(read(Approval, body)))


@app.command()
def approve(
    approval_id: ApprovalId,
    reason: Reason = "approved at the command line",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Let the actions happen, exactly as they were shown."""
    _decide(approval_id, {"approved": True, "reason": reason}, folder, as_json=as_json)


@app.command()
def deny(
    approval_id: ApprovalId, reason: Reason, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Refuse the actions; the incident goes to people."""
    _decide(approval_id, {"approved": False, "reason": reason}, folder, as_json=as_json)


def _decide(approval_id: str, word: dict[str, object], folder: Folder, *, as_json: bool) -> None:
    with Api(connection(folder)) as api:
        body = api.post(f"/approvals/{approval_id}/decision", word)
    if as_json:
        print_json(body)
        return
    approval = read(Approval, body)
    say(f"{approval_id} is {approval.status.value}", "bold green")
    if approval.status is ApprovalStatus.PENDING:
        given = sum(decision.approved for decision in approval.decisions)
        say(f"{given} of {approval.decision.approvers_needed} people agreed so far", "yellow")
    say(f"watch it: {command('incidents watch ' + approval.incident_id)}", "dim")
