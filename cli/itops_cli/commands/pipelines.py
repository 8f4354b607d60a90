"""`itops pipelines`: what there is, what failed, how it develops, what several share."""

from typing import Annotated, Any

import boto3
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import print_json, say, tame
from itops_cli.screen.listing import show_list
from itops_core.settings import places

app = typer.Typer(
    help="What there is, what failed, how it develops, what several share.",
    no_args_is_help=True,
    add_completion=False,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name in the catalog.")]
Hours = Annotated[int, typer.Option("--hours", min=1, max=336, help="How far back.")]


@app.command("list")
def list_(
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only these; all, if left out.")
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List the services and pipelines of the catalog."""
    with Api(connection(folder)) as api:
        body = api.get("/pipelines", kind=kind)
    if as_json:
        print_json(body)
        return
    _table(body["items"], ("entry_id", "kind", "tier", "owner", "depends_on"))


@app.command()
def show(name: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show one service or pipeline as the catalog has it."""
    with Api(connection(folder)) as api:
        body = api.get(f"/pipelines/{_path(name)}")
    if as_json:
        print_json(body)
        return
    for field, value in body.items():
        if value not in (None, "", [], {}, False):
            told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            say(f"{field:18} {tame(told)}")


@app.command()
def add(  # noqa: PLR0913 - a command's options
    name: Name,
    *,
    arn: Annotated[str, typer.Option("--arn", help="Of its state machine.")],
    owner: Annotated[str, typer.Option("--owner", help="Who is asked about it.")] = "",
    tier: Annotated[int, typer.Option("--tier", min=1, max=4, help="1 is noticed at once.")] = 2,
    description: Annotated[str, typer.Option("--description", "-d")] = "",
    depends_on: Annotated[
        list[str] | None, typer.Option("--depends-on", help="What it leans on; may repeat.")
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Register a pipeline; one of this name that differs is left as it is."""
    body = {
        "entry_id": name,
        "state_machine_arn": arn,
        "owner": owner,
        "tier": tier,
        "description": description,
        "depends_on": depends_on or [],
    }
    with Api(connection(folder)) as api:
        added = api.post("/pipelines", body)
    if as_json:
        print_json(added)
    else:
        say(f"{added['entry_id']} is in the catalog", "bold green")


@app.command()
def failures(name: Name, hours: Hours = 24, folder: Folder = None, as_json: AsJson = False) -> None:
    """List what failed of a pipeline, grouped by state, error and cause."""
    with Api(connection(folder)) as api:
        body = api.get(f"/pipelines/{_path(name)}/failures", hours_back=hours)
    if as_json:
        print_json(body)
        return
    say(f"{body['failed']} executions failed in {hours} h")
    _table(body["families"], ("state", "error", "count", "last_at", "template"))


@app.command()
def trend(
    name: Name,
    days: Annotated[int, typer.Option("--days", min=2, max=14, help="How many.")] = 7,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether failures of a pipeline become more, or that there are too few to tell."""
    with Api(connection(folder)) as api:
        body = api.get(f"/pipelines/{_path(name)}/trend", days=days)
    if as_json:
        print_json(body)
        return
    most = max([one["failed"] for one in body["days"]] or [0]) or 1
    for one in body["days"]:
        bar = "█" * round(20 * one["failed"] / most)
        say(
            f"{one['until'][:10]}  {one['failed']:4} of {one['failed'] + one['succeeded']:<5} {bar}"
        )
    say(body["trend"]["sentence"], "bold")


@app.command()
def shared(hours: Hours = 24, folder: Folder = None, as_json: AsJson = False) -> None:
    """Find what explains several failing pipelines, apart from what they merely share."""
    with Api(connection(folder)) as api:
        body = api.get("/shared-causes", hours_back=hours)
    if as_json:
        print_json(body)
        return
    for one in body["causes"]:
        say(f"{one['component']} ({one['confidence']:.0%})", "bold")
        say(f"  {tame(one['why'])}")
    for one in body["overlaps"]:
        told = f"not a cause: {one['why']} (chance {one['chance']:.0%})"
        say(f"{one['component']}: {tame(told)}", "dim")
    if body["note"]:
        say(tame(body["note"]))


@app.command()
def discover(
    apply: Annotated[
        bool, typer.Option("--apply", help="Write what is new; without it, only tell.")
    ] = False,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask AWS with your own credentials, not the local cloud.")
    ] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Find pipelines by resource tags and in CloudFormation stacks; a person's entries stay."""
    from itops_core.stores.catalog import CatalogStore  # noqa: PLC0415
    from itops_core.workflow.discovery import discovered, judged  # noqa: PLC0415 - slow to import

    with aws_errors_told():
        client, resource = _aws(aws, folder)
        store = CatalogStore(resource("dynamodb").Table(places().get("CATALOG_TABLE", _TABLE)))
        told = judged(
            discovered(client, places().get("ITOPS_ENVIRONMENT", "sandbox")), store.list()
        )
        written = [
            one.entry.entry_id
            for one in told
            if apply and one.fate in ("new", "updated") and store.replace_discovered(one.entry)
        ]
    if as_json:
        found = [one.model_dump(mode="json") for one in told]
        print_json({"found": found, "written": written})
        return
    for one in told:
        say(f"{one.fate:10} {one.entry.kind:9} {one.entry.entry_id}  {tame(one.why)}".rstrip())
    say(_outcome(len(told), len(written), apply), "bold")


_TABLE = "ITOps-Catalog"


def _outcome(found: int, written: int, apply: bool) -> str:
    if apply:
        return f"{found} found, {written} written"
    return f"{found} found; nothing is written without --apply"


def _aws(aws: bool, folder: Any) -> tuple[Any, Any]:  # noqa: ANN401 - boto3's factories
    if aws:
        return boto3.client, boto3.resource
    from itops_cli.embedded import address_of  # noqa: PLC0415 - loads the local cloud

    address = address_of(folder)
    return address.client, address.resource


def _path(name: str) -> str:
    return "".join(mark for mark in name.strip() if mark.isalnum() or mark in "._-")[:200] or "-"


def _table(items: list[dict[str, Any]], fields: tuple[str, ...]) -> None:
    if not items:
        say("none")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in fields:
        table.add_column(name.removesuffix("_id").replace("_", " "), overflow="fold")
    for item in items:
        cells = (item.get(name) for name in fields)
        shown = (", ".join(cell) if isinstance(cell, list) else cell for cell in cells)
        table.add_row(*(Text(tame("" if cell is None else cell, 140)) for cell in shown))
    show_list(table)
