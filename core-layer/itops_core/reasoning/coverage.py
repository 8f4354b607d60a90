"""How much a round of watching has looked at, counted from the answers by code."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itops_core.domain.incident import TERMINAL
from itops_core.domain.investigation import Observation, ObservationStatus
from itops_core.domain.reports import Checked
from itops_core.tools.compaction import NOTES

_NAMED = 12
_SOURCES = (
    ("devices", "list_fleet_devices", "devices", "device_id"),
    ("alarms", "list_alarms", "alarms", "name"),
    ("queues", "get_dlq_depth", "queues", "name"),
    ("incidents", "list_incidents", "incidents", "incident_id"),
)


def checked_in(observations: Iterable[Observation]) -> tuple[Checked, ...]:
    """Return what was looked at, by kind; a kind that nobody could see is left out."""
    seen = [one for one in observations if one.status is ObservationStatus.OK]
    return (*_listed(seen), *_pipelines(seen))


def _listed(seen: list[Observation]) -> Iterator[Checked]:
    for kind, tool, field, key in _SOURCES:
        answers = [one for one in seen if one.call.tool == tool]
        if not answers:
            continue
        rows = {
            str(row[key]): row
            for one in answers
            for row in one.content.get(field) or ()
            if isinstance(row, dict) and key in row
        }
        quiet = [name for name, row in rows.items() if _is_quiet(kind, row)]
        looked_at, still = len(rows), len(quiet)
        counts = answers[-1].content.get("counts")
        if kind == "devices" and isinstance(counts, dict):
            looked_at, still = sum(counts.values()), int(counts.get("in_range", still))
        yield Checked(
            kind=kind,
            looked_at=looked_at,
            quiet=min(still, looked_at),
            names=tuple(sorted(quiet)[:_NAMED]),
            is_complete=_is_complete(answers),
        )


def _is_quiet(kind: str, row: Mapping[str, Any]) -> bool:
    if kind == "devices":
        return row.get("condition") == "in_range"
    if kind == "alarms":
        return row.get("state") != "ALARM"
    if kind == "queues":
        return not row.get("depth")
    return row.get("status") in {str(one) for one in TERMINAL}


def _is_complete(answers: list[Observation]) -> bool:
    """Whether every page was turned and none was cut."""
    turned = {one.call.arguments.get("cursor") for one in answers}
    open_ends = [one.content.get("cursor") for one in answers if one.content.get("cursor")]
    is_cut = any(NOTES in one.content for one in answers)
    return not is_cut and all(cursor in turned for cursor in open_ends)


def _pipelines(seen: list[Observation]) -> Iterator[Checked]:
    answers = [one for one in seen if one.call.tool == "list_failed_executions"]
    if not answers:
        return
    machines = max(int(one.content.get("state_machines") or 0) for one in answers)
    failing = {
        str(row.get("state_machine"))
        for one in answers
        for row in one.content.get("families") or ()
        if isinstance(row, dict)
    }
    yield Checked(
        kind="pipelines",
        looked_at=machines,
        quiet=max(0, machines - len(failing)),
        is_complete=_is_complete(answers),
    )
