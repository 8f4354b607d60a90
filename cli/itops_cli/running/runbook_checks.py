"""Checks a runbook against what there is: faults, symptoms, tools and actions by their names."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from itops_core.domain.runbook import Runbook, RunbookStep
from itops_core.reasoning.offline.library import library
from itops_core.remediation.catalogue import catalogue
from itops_core.stores.runbooks import Flaw, FlawedRunbookError, Place, RunbookFile
from itops_core.wiring.tools import allowed_tools

_ANY_FAULT = "unknown"
Named = tuple[Place, str, str]
"""Where a name stands, what it should be the name of, and the name."""


def flaws_in(path: Path) -> tuple[Flaw, ...]:
    """Return everything that is wrong with one file."""
    try:
        file = RunbookFile(path)
        book = file.runbook()
    except FlawedRunbookError as error:
        return error.flaws
    found = [
        file.flaw(place, f"there is no {what} {name!r}")
        for place, what, name in _names(book)
        if name not in _known()[what]
    ]
    if book.id != path.stem:
        found.append(file.flaw(("id",), f"the file of {book.id} is called {book.id}.yaml"))
    return tuple(found)


def _names(book: Runbook) -> Iterator[Named]:
    for at, fault in enumerate(book.applies_to.faults):
        yield ("applies_to", "faults", at), "fault", fault
    for at, one in enumerate(book.hypotheses):
        yield ("hypotheses", at, "fault"), "fault", one.fault
    for at, rule in enumerate(book.confidence):
        for name in ("seen", "not_seen"):
            if (symptom := getattr(rule, name)) is not None:
                yield ("confidence", at, name), "symptom", symptom
        if rule.unreachable is not None:
            yield ("confidence", at, "unreachable"), "tool", rule.unreachable
    for part in ("steps", "fix", "verify"):
        yield from _of_steps(part, getattr(book, part))


def _of_steps(part: str, steps: Iterable[RunbookStep]) -> Iterator[Named]:
    for at, step in enumerate(steps):
        for place, tool in enumerate(step.tools):
            yield (part, at, "tools", place), "tool", tool
        if step.action is not None:
            yield (part, at, "action"), "action", step.action
        if step.if_seen is not None:
            yield (part, at, "if_seen"), "symptom", step.if_seen


@lru_cache
def _known() -> dict[str, frozenset[str]]:
    faults = frozenset(fault.id for fault in library().faults)
    tools = (names for servers in allowed_tools().values() for names in servers.values())
    return {
        "fault": faults | {_ANY_FAULT},
        "symptom": frozenset(library().symptoms),
        "tool": frozenset(tool for names in tools for tool in names),
        "action": frozenset(catalogue().actions),
    }
