"""What stands around a failed execution, on the terminal: the way down to it, logs, owners."""

from typing import Any

from itops_cli.screen.console import say, tame
from monitoring_server.telemetry.execution_insight import Insight

_LINES = 10


def show_way_down(found: Insight) -> None:
    """Print which executions lead from the one asked about to the one that failed first."""
    if len(found.chain) < 2:
        return
    for depth, level in enumerate(found.chain):
        where = f" at {tame(level.state)} ({tame(level.error)})" if level.state else ""
        arrow = "└ " if depth else ""
        say(f"{'  ' * depth}{arrow}{tame(level.state_machine)}: {level.status}{where}", "dim")
    if found.map_run is not None:
        items = found.map_run.items
        say(
            f"  its Map Run: {items.failed} of {items.total} items failed, {items.succeeded} went "
            f"through, {items.pending} were not begun; tolerated: {found.map_run.tolerated}",
            "dim",
        )
    say()


def show_around(found: Insight) -> None:
    """Print the lines of the very call, who owns it, and what is up- and downstream."""
    if found.lines:
        say()
        say(f"logs of the call ({tame(found.lines[0].log_group)})", "bold")
        for line in found.lines[-_LINES:]:
            say(f"  {line.at:%H:%M:%S}  {tame(line.message, 200)}", "dim")
    known = found.surroundings
    say()
    if known is None:
        say("the catalog does not know this state machine", "dim")
    else:
        say(
            f"owner       {tame(known.owner) or 'nobody'} ({tame(known.entry_id)}, tier "
            f"{known.tier}{f', runbook {tame(known.runbook)}' if known.runbook else ''})"
        )
        say(f"upstream    {', '.join(known.leans_on) or 'nothing'}")
        say(f"downstream  {', '.join(known.leaned_on_by) or 'nothing'}")
    for one in found.involved:
        entry = f", {tame(one.entry_id)} of {tame(one.owner) or 'nobody'}" if one.entry_id else ""
        named = "" if one.by == "failure" else ", leaned on by what failed"
        say(f"involved    {one.kind} {tame(one.name)}{entry}{named}", "dim")
    if found.top.described.trace_id:
        say(f"trace       {tame(found.top.described.trace_id)} (get_traces, X-Ray)", "dim")


def around_of(found: Insight) -> dict[str, Any]:
    """Return the same for a script."""
    return {
        "chain": [one.model_dump(mode="json") for one in found.chain],
        "map_run": found.map_run.model_dump(mode="json") if found.map_run else None,
        "logs": [one.model_dump(mode="json") for one in found.lines],
        "involved": [one.model_dump(mode="json") for one in found.involved],
        "catalog": found.surroundings.model_dump(mode="json") if found.surroundings else None,
        "trace_id": found.top.described.trace_id,
        "gaps": found.gaps,
    }
