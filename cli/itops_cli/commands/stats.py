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
    stand = f": {_counted(found.by_status)}" if found.by_status else ""
    say(f"{counted(found.total, 'incident')}{more}{stand}", "bold")
    console().print(_times(found))
    for line in (_right(found), _noise(found), _again(found), _asked(found)):
        say(line)
    say(f"actions: {_counted(found.actions_by_status)}")
    say(_cost(found))


def _right(found: Stats) -> str:
    right = found.accuracy
    if right.mean_percent is None:
        return "right about the cause: nobody graded one yet"
    marks = _counted(right.by_mark)
    return f"right about the cause: {right.mean_percent:.0f} % of {right.graded} graded ({marks})"


def _noise(found: Stats) -> str:
    noise = found.noise
    if noise.share is None:
        return "noise: no incident has come to an end yet"
    return (
        f"noise: {noise.share:.0%}; {noise.duplicates} were part of another incident, "
        f"{noise.healthy} had nothing wrong"
    )


def _again(found: Stats) -> str:
    repeats = found.repeats
    if repeats.share is None:
        return "the same fault again: no cause is known yet"
    causes = counted(repeats.with_cause, "cause")
    return f"the same fault again: {repeats.share:.0%}; {repeats.repeated} of {causes}"


def _asked(found: Stats) -> str:
    asked = found.approvals
    if not asked.asked:
        return "approvals: nobody was asked yet"
    said = {"approved": asked.approved, "denied": asked.denied}
    took = asked.seconds_to_decide.median
    void = f", {asked.void_after_yes} void after a yes" if asked.void_after_yes else ""
    decided = "nobody has decided yet"
    if any(said.values()):
        within = "" if took is None else f" in {_number(took)} s"
        decided = f"people decided {_counted(said)}{within}{void}"
    stand = _counted(asked.by_status)
    return f"approvals: {asked.asked} asked, {decided}; they stand at {stand}"


def _cost(found: Stats) -> str:
    cost = found.cost
    if not cost.incidents:
        return "what an incident takes: none has been counted yet"
    return (
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


def _counted(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or "none"
    )
