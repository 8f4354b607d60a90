"""`itops link`: a fresh link that signs in to the console, once."""

from typing import Annotated, Any

import boto3
import typer

from itops_cli.embedded import address_of
from itops_cli.failures import aws_errors_told
from itops_cli.links import LOCAL_NAME, link, local_link
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import print_json, say
from itops_core.domain.people import Role
from itops_core.errors import InvalidInputError
from itops_core.stores.sign_in_codes import GOOD_FOR, SESSION_LASTS, SignInCodes

app = typer.Typer(add_completion=False)

_LONGEST_NAME = 100
OnAws = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Of this stack in AWS, as whom you are signed in, not of the local cloud.",
    ),
]
Name = Annotated[str, typer.Option("--name", help="Who signs in: the audit log says so.")]
As = Annotated[Role, typer.Option("--role", help="What they may do.")]
To = Annotated[str, typer.Option("--to", metavar="PAGE", help="Where it leads, as /approvals.")]


@app.command()
def make(  # noqa: PLR0913, PLR0917 - one for each option
    name: Name = LOCAL_NAME,
    role: As = Role.ADMIN,
    to: To = "",
    stack: OnAws = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Print a link that signs in to the console: it works once, within the hour."""
    tidy = name.strip()
    if not tidy or len(tidy) > _LONGEST_NAME or not tidy.isprintable():
        raise InvalidInputError("a name is 1 to 100 printable characters: who signs in?")
    if to and not to.startswith("/"):
        raise InvalidInputError(f"--to is a page of the console, such as /approvals, not {to!r}")
    with aws_errors_told():
        made = _on_aws(stack, tidy, role, to) if stack else _here(folder, tidy, role, to)
    if as_json:
        minutes, hours = GOOD_FOR.total_seconds() / 60, SESSION_LASTS.total_seconds() / 3600
        told: dict[str, Any] = {"link": made, "name": tidy, "role": role.value}
        print_json({**told, "good_for_minutes": minutes, "session_hours": hours})
    else:
        say(made)


def _here(folder: Folder, name: str, role: Role, to: str) -> str:
    return local_link(address_of(folder), name, role, to)


def _on_aws(stack: str, name: str, role: Role, to: str) -> str:
    told = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {
        item.get("OutputKey"): item.get("OutputValue", "") for item in told.get("Outputs", [])
    }
    if not outputs.get("UiUrl"):
        raise InvalidInputError(f"the stack {stack} has no web page")
    codes = SignInCodes(boto3.resource("dynamodb").Table(outputs["RuntimeTable"]))
    return link(outputs["UiUrl"], codes.create(name, role), to)
