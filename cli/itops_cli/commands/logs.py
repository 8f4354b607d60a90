"""`itops logs`: the patterns behind the lines of a log file, and the log of a run."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.options import AsJson
from itops_cli.running.log_reading import Reading, events_of
from itops_cli.screen.console import console, print_json, print_json_line, tame
from itops_cli.screen.run_log import show_log
from itops_core.errors import InvalidInputError
from monitoring_server.analysis.log_templates import mine

app = typer.Typer(
    help="Find the patterns in a log file; show the log of a run.",
    no_args_is_help=True,
    add_completion=False,
)

_LONGEST_LINE = 64 * 1024


@app.callback()
def logs() -> None:
    """Find the patterns in a log file; show the log of a run."""


@app.command("show")
def show_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Show the log that `itops run` wrote, as far as it goes.

    A log that was cut off is shown up to its last whole line; with --json every event is a line.
    """
    reading = Reading()
    events = events_of(file, reading)
    if not as_json:
        show_log(events, reading)
        return
    for event in events:
        print_json_line(event)


@app.command("mine")
def mine_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Sort the lines of a log file by pattern: one group for every line."""
    try:
        mined = mine(_lines(file))
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}") from error
    if as_json:
        print_json({"groups": mined.groups, "templates": mined.templates})
        return
    table = Table("group", "lines", "pattern", box=box.SIMPLE)
    for group, count in Counter(mined.groups).most_common():
        table.add_row(str(group), str(count), Text(tame(mined.templates[group])))
    console().print(table)


def _lines(file: Path) -> Iterator[str]:
    """Yield the beginning of every line; what is longer is passed over, never held."""
    with file.open("rb") as stream:
        while start := stream.readline(_LONGEST_LINE):
            rest = start
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(_LONGEST_LINE)
            yield start.decode("utf-8", errors="replace").rstrip("\r\n")
