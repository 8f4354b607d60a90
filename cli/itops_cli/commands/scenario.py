"""`itops scenario`: rehearse a fault in the local sandbox, and put it right again."""

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.embedded import address_of, sandbox_errors_told
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import command, console, print_json, say, tame
from local_cloud import sandbox
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.scenario import load

app = typer.Typer(
    help="Rehearse a fault in the local sandbox.", no_args_is_help=True, add_completion=False
)
_OF_ONES_OWN = "Injected from a folder, or under a name of its own"


@app.command("list")
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the faults that can be rehearsed, and which are active now."""
    with sandbox_errors_told():
        active = {run.name for run in sandbox.list_active(address_of(folder))}
        known = [_described(slug, active) for slug in sandbox.list_scenarios()]
        strangers = active - {scenario["slug"] for scenario in known}
    own = {"title": _OF_ONES_OWN, "alarm": "", "active": True}
    known += [{"slug": name, **own} for name in strangers]
    if as_json:
        print_json({"items": known})
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("scenario", "active", "what happens"):
        table.add_column(name, overflow="fold")
    for scenario in known:
        mark = Text("active", style="bold yellow") if scenario["active"] else Text("")
        table.add_row(Text(scenario["slug"]), mark, Text(tame(scenario["title"])))
    console().print(table)


@app.command()
def inject(
    scenario: Annotated[str, typer.Argument(help="A name from `list`, or a scenario's folder.")],
    suffix: Annotated[
        str | None,
        typer.Option("--suffix", help="Give its services and alarm names of their own."),
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make a fault happen; its alarm opens an incident by itself."""
    with sandbox_errors_told():
        address = address_of(folder)
        before = {one.name for one in sandbox.list_active(address)}
        run = sandbox.inject(address, scenario, suffix=suffix)
        # A service can be ill in one way at a time: what struck the same ones was put right.
        ended = sorted(before - {one.name for one in sandbox.list_active(address)})
    told = {
        "name": run.name,
        "alarm": run.alarm_name,
        "services": sorted(run.scenario.struck),
        "ended": ended,
    }
    if as_json:
        print_json(told)
        return
    say(f"{run.name} is active: {tame(run.scenario.title)}", "bold")
    for name in ended:
        say(f"{name} is over: it had struck the same", "yellow")
    say(f"see what it leads to: {command('incidents list')}", "dim")
    say(f"put it right by hand: {command('scenario clear ' + run.name)}", "dim")


@app.command()
def clear(
    name: Annotated[str, typer.Argument(help="An active scenario.")],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Put the world right again."""
    with sandbox_errors_told():
        sandbox.clear(address_of(folder), name)
    if as_json:
        print_json({"name": name, "active": False})
    else:
        say(f"{name} is over", "bold green")


def _described(slug: str, active: set[str]) -> dict[str, Any]:
    scenario = load(slug, library())
    return {
        "slug": slug,
        "title": scenario.title,
        "alarm": scenario.alarm.name,
        "active": slug in active,
    }
