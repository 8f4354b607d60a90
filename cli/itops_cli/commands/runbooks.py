"""`itops runbooks`: which there are, what one says, and whether they can be used."""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.options import AsJson
from itops_cli.running.runbook_checks import flaws_in
from itops_cli.screen.console import console, counted, print_json, say, tame
from itops_core.domain.runbook import RunbookStep
from itops_core.errors import InvalidInputError
from itops_core.settings import bundled
from itops_core.stores.runbooks import known_runbooks, runbook_files, runbook_named

app = typer.Typer(help="List, show and check runbooks.", no_args_is_help=True, add_completion=False)


@app.callback()
def runbooks() -> None:
    """List, show and check runbooks."""


@app.command("list")
def list_runbooks(as_json: AsJson = False) -> None:
    """List the runbooks of the project."""
    books = tuple(known_runbooks().values())
    if as_json:
        print_json([{"id": one.id, "title": one.title, "steps": len(one.steps)} for one in books])
        return
    table = Table("runbook", "steps", "for", "title", box=box.SIMPLE)
    for one in books:
        kinds = ", ".join(one.applies_to.kinds) or "anything"
        table.add_row(one.id, str(len(one.steps)), kinds, Text(tame(one.title)))
    console().print(table)


@app.command("show")
def show_runbook(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `itops runbooks list` has it.")],
    as_json: AsJson = False,
) -> None:
    """Show one runbook: steps, hypotheses, and what moves the confidence."""
    book = runbook_named(name)
    if as_json:
        print_json(book.model_dump(mode="json"))
        return
    say(f"{book.id}: {tame(book.title)}", "bold")
    say(f"  for {', '.join(book.applies_to.faults)}", "dim")
    for title, steps in (("Steps", book.steps), ("Fix", book.fix), ("Verify", book.verify)):
        say(title, "bold cyan")
        for number, step in enumerate(steps, start=1):
            say(f"  {number}. {tame(step.say)}{_with(step)}")
    say("Hypotheses", "bold cyan")
    for one in book.hypotheses:
        say(f"  {one.fault} x {one.times:g}: {tame(one.because)}")
    say("Confidence", "bold cyan")
    for rule in book.confidence:
        condition = next(
            f"{name} {told}"
            for name, told in (
                ("seen", rule.seen),
                ("not seen", rule.not_seen),
                ("unreachable", rule.unreachable),
            )
            if told
        )
        say(f"  {rule.by:+.2f} {condition}: {tame(rule.because)}")
    for sentence in book.never:
        say(f"Never: {tame(sentence)}", "yellow")
    say(f"Escalate: {tame(book.escalate)}")


@app.command("check")
def check_runbooks(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE OR FOLDER]...", help="Those of the project, if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check runbooks: schema, faults, symptoms, tools and actions; each flaw with its line."""
    files = [file for path in paths or [bundled("runbooks")] for file in _files(path)]
    flaws = [flaw for file in files for flaw in flaws_in(file)]
    if as_json:
        told = [flaw.model_dump(mode="json") for flaw in flaws]
        print_json({"checked": len(files), "flaws": told})
    else:
        for flaw in flaws:
            say(tame(flaw, 500), "red")
        say(f"{counted(len(files), 'runbook')} checked, {counted(len(flaws), 'flaw')}")
    if flaws:
        raise typer.Exit(2)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = list(runbook_files(path))
        if not found:
            raise InvalidInputError(f"{path} holds no runbook: no file in it ends with .yaml")
        return found
    if not path.is_file():
        raise InvalidInputError(f"there is no file {path}")
    return [path]


def _with(step: RunbookStep) -> str:
    named = [*step.tools, *([step.action] if step.action else [])]
    return f" ({', '.join(named)})" if named else ""
