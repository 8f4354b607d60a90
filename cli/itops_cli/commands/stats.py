"""`itops stats`: how the agents do over many incidents."""

from collections.abc import Mapping

import typer
from rich import box
from rich.table import Table

from itops_cli.api import Api
from itops_cli.connection import connection
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import console, counted, print_json, say
from itops_cli.screen.follow import read
from itops_core.domain.statistics import Spread, Stats

app = typer.Typer(add_completion=False)


@app.command()
def stats(folder: Folder = None, as_json: AsJson = False) -> None:
    """Print how fast, how right, at what cost, and how often in vain."""
    with Api(connection(folder)) as api:
        body = api.get("/stats")
    if as_json:
        print_json(body)
        return
    found = read(Stats, body)
    more = "" if found.is_complete else " (the newest; there are more)"
    say(f"{counted(found.total, 'incident')}{more}: {_counted(found.by_status)}", "bold")
    console().print(_times(found))
    right = found.accuracy
    sure = "nobody graded one" if right.mean_percent is None else f"{right.mean_percent:.0f} %"
    say(f"right about the cause: {sure} of {right.graded} graded ({_counted(right.by_mark)})")
    noise, repeats = found.noise, found.repeats
    say(
        f"noise: {_share(noise.share)}; {noise.duplicates} were part of another incident, "
        f"{noise.healthy} had nothing wrong"
    )
    say(
        f"the same fault again: {_share(repeats.share)}; "
        f"{repeats.repeated} of {counted(repeats.with_cause, 'cause')}"
    )
    asked = found.approvals
    took = _number(asked.seconds_to_decide.median)
    said = {"approved": asked.approved, "denied": asked.denied}
    void = f", {asked.void_after_yes} void after a yes" if asked.void_after_yes else ""
    say(
        f"approvals: {asked.asked} asked, people decided {_counted(said)} in {took} s{void}; "
        f"they stand at {_counted(asked.by_status)}"
    )
    say(f"actions: {_counted(found.actions_by_status)}")
    cost = found.cost
    say(
        f"an incident takes {_number(cost.steps.mean)} steps, {_number(cost.tool_calls.mean)} "
        f"tool calls, {_number(cost.tokens.mean)} tokens, {_number(cost.dollars.mean)} dollars "
        f"(mean of the newest {cost.incidents})"
    )


def _times(found: Stats) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("seconds")
    for name in ("median", "mean", "of"):
        table.add_column(name, justify="right")
    rows: dict[str, Spread] = {
        "from symptom to incident": found.seconds_to_detect,
        **{f"phase {name.replace('_', ' ')}": one for name, one in found.phase_seconds.items()},
        "from incident to end": found.seconds_to_resolve,
    }
    for name, taken in rows.items():
        table.add_row(name, _number(taken.median), _number(taken.mean), str(taken.count))
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or "-"
