"""What was there before, on a screen: always labelled a hint."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from itops_cli.screen.console import tame
from itops_core.domain.incident import Incident
from itops_core.domain.past import is_same
from itops_core.domain.verdict import VerdictOutcome

_NOTHING = "no past incident looks like it"


def looked_like(incident: Incident) -> Iterator[RenderableType]:
    """Yield a line for each hint that was used, with whether it was the same."""
    again, verdict = incident.recurrence, incident.verdict
    if again is not None:
        named = ", ".join(again.incident_ids)
        since = f"{again.since:%Y-%m-%d}"
        yield Text(f"it recurs: {again.count} before since {since} ({named})", style="bold")
    for one in incident.past.hints if incident.past else ():
        known = f", {one.component}: {one.fault}" if one.fault else ""
        said = "not decided"
        if verdict is not None and verdict.outcome is not VerdictOutcome.UNRESOLVED and one.fault:
            said = "same cause" if is_same(one, verdict) else "not the same"
        line = f"{one.source_id}{known}: {said} ({one.label}, trusted {one.trust_percent} %)"
        yield Text(tame(line, 240))


def similar_table(items: Sequence[dict[str, Any]]) -> RenderableType:
    """Return past incidents as a table."""
    if not items:
        return Text(_NOTHING, style="dim")
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("label", "incident", "score", "trust", "status", "cause", "alike in"):
        table.add_column(name, overflow="fold", no_wrap=name == "incident")
    for one in items:
        cause = f"{one['component']}: {one['fault']}" if one["fault"] else one["cause"]
        cells = (
            one["label"],
            one["incident_id"],
            f"{one['score']:.1f}",
            f"{one['trust_percent']} %",
            one["status"],
            cause,
            "; ".join(one["shared"]),
        )
        table.add_row(*(Text(tame(str(cell), 160)) for cell in cells))
    return table
