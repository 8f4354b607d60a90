"""`itops token`: who may use the API, and as what."""

from typing import Annotated

import boto3
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.embedded import address_of
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import console, print_json, say, tame
from itops_cli.screen.page import clock
from itops_core.domain.people import Role
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.stores.tokens import TokenStore

app = typer.Typer(
    help="Create, list and revoke API tokens.", no_args_is_help=True, add_completion=False
)

_LONGEST_NAME = 100


def _name(text: str) -> str:
    tidy = text.strip()
    if not tidy or len(tidy) > _LONGEST_NAME or not tidy.isprintable():
        raise InvalidInputError("a name is 1 to 100 printable characters: who is this token for?")
    return tidy


Name = Annotated[str, typer.Argument(help="Whose it is.", parser=_name)]
OnAws = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Work on this stack in AWS, as whom you are signed in, not on the local cloud.",
    ),
]


@app.command()
def create(
    name: Name,
    role: Annotated[Role, typer.Option("--role", help="What it may do.")],
    stack: OnAws = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once."""
    with aws_errors_told():
        plain = _store(stack, folder).create(name, role)
    if as_json:
        print_json({"name": name, "role": role.value, "token": plain})
    else:
        say(plain)


@app.command("list")
def list_(stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """List the tokens by name and role; the tokens themselves are kept nowhere."""
    with aws_errors_told():
        records = _store(stack, folder).list()
    if as_json:
        print_json({"items": [record.model_dump(mode="json") for record in records]})
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("name", "role", "created"):
        table.add_column(heading, overflow="fold")
    for record in records:
        table.add_row(Text(tame(record.name)), record.role.value, clock(record.created_at))
    console().print(table)


@app.command()
def revoke(name: Name, stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Make every token of that name useless."""
    with aws_errors_told():
        count = _store(stack, folder).revoke(name)
    if not count:
        raise NotFoundError(f"there is no token named {name!r}")
    if as_json:
        print_json({"name": name, "revoked": count})
    else:
        say(f"{count} revoked", "bold green")


def _store(stack: str | None, folder: Folder) -> TokenStore:
    if stack is None:
        address = address_of(folder)
        return TokenStore(address.resource("dynamodb").Table(address.outputs["RuntimeTable"]))
    told = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {
        item.get("OutputKey"): item.get("OutputValue", "") for item in told.get("Outputs", [])
    }
    return TokenStore(boto3.resource("dynamodb").Table(outputs["RuntimeTable"]))
