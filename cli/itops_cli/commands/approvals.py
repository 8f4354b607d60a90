"""`itops approvals`: what waits for a person, and their word on it."""

import re
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.options import ApprovalId, AsJson, Folder, LateReason, Limit, why
from itops_cli.screen.approval import approval_page
from itops_cli.screen.beats import action_line
from itops_cli.screen.console import command, console, print_json, say, tame
from itops_cli.screen.follow import read
from itops_cli.screen.listing import show_list
from itops_cli.screen.page import clock, severity_text
from itops_core.domain.aftermath import Aftermath
from itops_core.domain.approval_card import ending_of, state_of
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.errors import ConflictError, InvalidInputError

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
    for name in ("approval", "incident", "severity", "what", "state", "expires"):
        table.add_column(name, overflow="fold", no_wrap=name in {"approval", "incident"})
    for item, approval in zip(body["items"], approvals, strict=True):
        actions = [planned.action for planned in approval.plan.actions]
        what = "; ".join(action_line(action.name, action.parameters) for action in actions)
        table.add_row(
            approval.approval_id,
            approval.incident_id,
            severity_text(approval.severity.value),
            Text(tame(what, 160)),
            Text(tame(_state_in(item, approval), 80)),
            Text(clock(approval.expires_at), style="dim"),
        )
    show_list(table)
    notices = dict.fromkeys(item["notice"] for item in body["items"] if item.get("notice"))
    for notice in notices:
        say(tame(notice), "bold red")


@app.command()
def show(approval_id: ApprovalId, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show what is asked: the actions, their effect and their risk."""
    with Api(connection(folder)) as api:
        body = api.get(f"/approvals/{approval_id}")
    if as_json:
        print_json(body)
    else:
        told = body.get("notice"), _aftermath_in(body)
        console().print(approval_page(read(Approval, body), *told))


Kept = Annotated[
    list[int] | None,
    typer.Option("--keep", metavar="NUMBER", help="Only this action of the plan; may repeat."),
]
Smaller = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="[NUMBER:]NAME=VALUE",
        help="A number nearer to what it is now, as in desired_count=4; may repeat.",
    ),
]


@app.command()
def approve(  # noqa: PLR0913, PLR0917 - one parameter for each option
    approval_id: ApprovalId,
    reason: LateReason = "",
    keep: Kept = None,
    smaller: Smaller = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Let the actions happen, exactly as they were shown or less of them."""
    with Api(connection(folder)) as api:
        word: dict[str, Any] = {"approved": True, "reason": _why(api, approval_id, reason)}
        if keep or smaller:
            known = read(Approval, api.get(f"/approvals/{approval_id}"))
            word["edit"] = _edit(len(known.plan.actions), keep or [], smaller or [])
        body = api.post(f"/approvals/{approval_id}/decision", word)
    _tell(body, as_json=as_json)


@app.command()
def deny(
    approval_id: ApprovalId, reason: LateReason = "", folder: Folder = None, as_json: AsJson = False
) -> None:
    """Refuse the actions; the incident goes to people."""
    with Api(connection(folder)) as api:
        word = {"approved": False, "reason": _why(api, approval_id, reason)}
        body = api.post(f"/approvals/{approval_id}/decision", word)
    _tell(body, as_json=as_json)


def _why(api: Api, approval_id: str, given: str) -> str:
    """Return the reason; nobody is asked for one where nothing is left to decide."""
    if not given.strip():
        known = read(Approval, api.get(f"/approvals/{approval_id}"))
        if known.status is not ApprovalStatus.PENDING:
            raise ConflictError(ending_of(known))
    return why(given)


def _aftermath_in(body: dict[str, Any]) -> Aftermath | None:
    """Return what became of it, `None` where it waits still."""
    found = body.get("aftermath")
    return read(Aftermath, found) if found else None


def _state_in(body: dict[str, Any], approval: Approval) -> str:
    """Return how it stands; of an approved one, what came of it."""
    aftermath = _aftermath_in(body) if approval.status is ApprovalStatus.APPROVED else None
    return aftermath.title if aftermath else state_of(approval)


def _edit(actions: int, keep: list[int], smaller: list[str]) -> dict[str, Any]:
    """Return the edit that these options ask for; whether it may be, the API says."""
    parameters: dict[int, dict[str, int]] = {}
    for told in smaller:
        found = re.fullmatch(r"(?:(\d{1,3}):)?(\w{1,64})=(-?\d{1,9})", told)
        if found is None:
            raise InvalidInputError(
                f"{told!r}: only a count can be set, to a whole number between what it is now and "
                "what was asked, as in desired_count=4 or 2:desired_count=4; for anything else "
                "deny it and say what would do"
            )
        if found[1] is None and actions > 1:
            raise InvalidInputError(
                f"{told!r}: the plan has {actions} actions, say which: 1:{told}"
            )
        parameters.setdefault(int(found[1] or 1), {})[found[2]] = int(found[3])
    kept = sorted(set(keep)) or list(range(1, actions + 1))
    left_out = sorted(set(parameters) - set(kept))
    if left_out:
        raise InvalidInputError(f"action {left_out[0]} is not kept, so nothing of it can be set")
    edits = [{"number": one, "parameters": parameters.get(one, {})} for one in kept]
    return {"actions": edits}


def _tell(body: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(body)
        return
    approval = read(Approval, body)
    style = "bold red" if approval.status is ApprovalStatus.DENIED else "bold green"
    say(f"{approval.approval_id}: {state_of(approval)}", style)
    for one in approval.narrowings:
        for line in one.told:
            say(f"  {tame(line)}", "yellow")
    if body.get("notice"):
        say(tame(body["notice"]), "bold red")
    say(f"watch it: {command('incidents watch ' + approval.incident_id)}", "dim")
