"""What the catalog knows around a failed execution: owner, neighbours, and what it failed on."""

from collections.abc import Iterable, Iterator, Sequence

from itops_core.domain.catalog import CatalogEntry
from monitoring_server.analysis.executions.causes import Family
from monitoring_server.analysis.executions.explanation import Explanation
from monitoring_server.analysis.executions.involved import Resource, hosts_in, involved
from monitoring_server.telemetry.execution_answers import Involved, Surroundings

_NEIGHBOURS = 10
_INVOLVED = 8
_ELSEWHERE = {Family.THROTTLED, Family.UNREACHABLE, Family.TIMED_OUT, Family.LAMBDA_TIMEOUT}
"""Families whose cause may lie in what a function leans on, though the error does not name it."""
_KINDS = {
    "lambda": "function",
    "table": "table",
    "queue": "queue",
    "pipeline": "state_machine",
    "api": "host",
    "external": "host",
}


def surroundings(entries: Sequence[CatalogEntry], machine: str) -> Surroundings | None:
    """Return who owns a state machine and what stands around it, `None` for an unknown one."""
    entry = entry_of(entries, machine)
    if entry is None:
        return None
    return Surroundings(
        entry_id=entry.entry_id,
        owner=entry.owner,
        tier=entry.tier,
        runbook=entry.runbook,
        leans_on=list(entry.depends_on)[:_NEIGHBOURS],
        leaned_on_by=[one.entry_id for one in entries if entry.entry_id in one.depends_on][
            :_NEIGHBOURS
        ],
    )


def repeatable_in(entries: Iterable[CatalogEntry]) -> frozenset[str]:
    """Return functions and state machines whose owners say that a repeat does nothing twice."""
    named = (one for one in entries if one.repeatable)
    return frozenset(
        one.state_machine_arn.rsplit(":", 1)[-1]
        if one.state_machine_arn
        else one.resource or one.entry_id
        for one in named
    )


def entry_of(entries: Iterable[CatalogEntry], machine: str) -> CatalogEntry | None:
    """Return the entry of a state machine; one that names no ARN counts by its name."""
    known = tuple(entries)
    name = machine.rsplit(":", 1)[-1]
    by_arn = next((one for one in known if one.state_machine_arn == machine), None)
    return by_arn or next(
        (
            one
            for one in known
            if one.kind == "pipeline"
            and not one.state_machine_arn
            and name in {one.entry_id, one.resource}
        ),
        None,
    )


def involved_in(
    told: Explanation, lines: Iterable[str], entries: Sequence[CatalogEntry], machine: str
) -> list[Involved]:
    """Return what a failure is about: by its call, its error, its log, and by the catalog."""
    found = [_known(one, entries) for one in involved(told)]
    if told.error is not None and told.error.family in _ELSEWHERE:
        hosts = dict.fromkeys(host for line in lines for host in hosts_in(line))
        others = [_known(one, entries) for one in hosts]
        others += _leaned_on([*found, *others], entries, machine)
        for one in others:
            if not any(_is_same(one, known) for known in found):
                found.append(one)
    return found[:_INVOLVED]


def _is_same(one: Involved, other: Involved) -> bool:
    return bool(one.entry_id and one.entry_id == other.entry_id) or (
        (one.kind, one.name) == (other.kind, other.name)
    )


def _known(resource: Resource, entries: Iterable[CatalogEntry]) -> Involved:
    entry = next((one for one in entries if _is_of(resource, one)), None)
    return Involved(
        kind=resource.kind,
        name=resource.name,
        entry_id=entry.entry_id if entry else "",
        owner=entry.owner if entry else "",
    )


def _is_of(resource: Resource, entry: CatalogEntry) -> bool:
    if resource.kind == "state_machine" and entry.state_machine_arn:
        return entry.state_machine_arn.rsplit(":", 1)[-1] == resource.name
    if resource.name in {entry.entry_id, entry.resource}:
        return True
    if resource.kind != "host":
        return False
    place = (entry.resource or "").removeprefix("https://").removeprefix("http://").split("/")[0]
    return resource.name.split(".")[0] == entry.entry_id or bool(place and place in resource.name)


def _leaned_on(
    found: Iterable[Involved], entries: Sequence[CatalogEntry], machine: str
) -> Iterator[Involved]:
    """Yield what the function at work leans on; what the pipeline does where it is not known."""
    by_id = {one.entry_id: one for one in entries}
    workers = [by_id[one.entry_id] for one in found if one.entry_id in by_id]
    pipeline = entry_of(entries, machine)
    owners = [one for one in workers if one.kind == "lambda"] or ([pipeline] if pipeline else [])
    for owner in owners:
        for name in owner.depends_on:
            entry = by_id.get(name)
            if entry is not None and entry.kind != "lambda":
                yield Involved(
                    kind=_KINDS.get(entry.kind, "other"),
                    name=entry.resource or entry.entry_id,
                    entry_id=entry.entry_id,
                    owner=entry.owner,
                    by="catalog",
                )
