"""`itops token`: who may use the API, and as what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

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
from itops_core.domain.audit_events import token_changed
from itops_core.domain.people import Role
from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.stores.audit import AuditLog
from itops_core.stores.tokens import TokenRecord, TokenStore

app = typer.Typer(
    help="Create, list and revoke API tokens.", no_args_is_help=True, add_completion=False
)

_LONGEST_NAME = 100
_BY = "the command line"


def _name(text: str) -> str:
    tidy = text.strip()
    if not tidy or len(tidy) > _LONGEST_NAME or not tidy.isprintable():
        raise InvalidInputError("a name is 1 to 100 printable characters: who is this token for?")
    return tidy


Name = Annotated[str, typer.Argument(help="Whose it is.", parser=_name)]
NameOrId = Annotated[str, typer.Argument(help="Whose, or the id that `list` shows.", parser=_name)]
OnAws = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Work on this stack in AWS, as whom you are signed in, not on the local cloud.",
    ),
]


@app.command()
def create(  # noqa: PLR0913, PLR0917 - one for each option
    name: Name,
    role: Annotated[Role, typer.Option("--role", help="What it may do.")],
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=366, help="For so long; else until revoked.")
    ] = None,
    stack: OnAws = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once."""
    ends_at = utc_now() + timedelta(days=days) if days else None
    with aws_errors_told():
        place = _place(stack, folder)
        plain = place.tokens.create(name, role, by=_BY, ends_at=ends_at)
        made = place.tokens.record_of(plain)
        if made is not None:
            place.put_on_record(made, "made")
    if as_json:
        until = ends_at.isoformat() if ends_at else None
        print_json({"name": name, "role": role.value, "token": plain, "ends_at": until})
    else:
        say(plain)


@app.command("list")
def list_(stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """List tokens and sessions by name and role; the secrets themselves are kept nowhere."""
    with aws_errors_told():
        records = _place(stack, folder).tokens.list()
    if as_json:
        print_json({"items": [record.model_dump(mode="json") for record in records]})
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("name", "role", "kind", "created", "good until", "id"):
        table.add_column(heading, overflow="fold")
    for record in records:
        table.add_row(
            Text(tame(record.name)),
            record.role.value,
            record.kind.value.removeprefix("api_"),
            clock(record.created_at),
            clock(record.ends_at) if record.ends_at else "it is revoked",
            record.token_id,
        )
    console().print(table)


@app.command()
def revoke(
    name: NameOrId, stack: OnAws = None, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Make one token useless, or every one of a name, sessions too."""
    with aws_errors_told():
        place = _place(stack, folder)
        named = [one for one in place.tokens.list() if name in (one.token_id, one.name)]
        for one in named:
            place.tokens.revoke(one.token_id)
            place.put_on_record(one, "revoked")
    if not named:
        raise NotFoundError(f"there is no token named {name!r}")
    if as_json:
        print_json({"name": name, "revoked": len(named)})
    else:
        say(f"{len(named)} revoked", "bold green")


@dataclass(frozen=True)
class _Place:
    """The tokens of one stack, and the log that remembers who made and revoked them."""

    here: Any
    outputs: Mapping[str, str]

    @property
    def tokens(self) -> TokenStore:
        return TokenStore(self.here.resource("dynamodb").Table(self.outputs["RuntimeTable"]))

    def put_on_record(self, record: TokenRecord, done: str) -> None:
        name = self.outputs.get("AuditTable")
        if name is None:
            # A stack older than the audit log; its tokens have to work all the same.
            return
        by = str(self.here.client("sts").get_caller_identity()["Arn"])
        told = token_changed(record.token_id, record.name, record.role, done, by, utc_now())
        AuditLog(self.here.resource("dynamodb").Table(name)).append(told)


def _place(stack: str | None, folder: Folder) -> _Place:
    if stack is None:
        address = address_of(folder)
        return _Place(address, address.outputs)
    told = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {
        item.get("OutputKey", ""): item.get("OutputValue", "") for item in told.get("Outputs", [])
    }
    return _Place(boto3, outputs)
