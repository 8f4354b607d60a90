"""Which changes bear on a question: of what it is about, what that leans on, and shared things."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.chat_fact import Fact, cited, clock
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.reading import records, shortened, text_of
from itops_core.reasoning.offline.targets import telling_parts

_MOST_CHANGES = 5
_NOT_CHANGES = {"alarm_state"}
_OF_ONE = {"deployment", "function_version", "function_configuration"}
"""Kinds of change that are of one thing alone: what names another one shares nothing."""
Record = Mapping[str, Any]


def changes_seen(seen: Observation, scope: Scope) -> Iterator[Fact]:
    """Yield the newest changes that bear on the question, and how many there were of others."""
    changes = [
        one for one in records(seen.content, "changes") if text_of(one, "kind") not in _NOT_CHANGES
    ]
    near = [one for one in changes if bears_on(one, scope)]
    of = f" around {seen.call.arguments['service']}" if "service" in seen.call.arguments else ""
    if not near:
        nothing = not records(seen.content, "changes")
        quote = '"changes":[]' if nothing else '"changes":['
        yield Fact(f"Nothing is known to have changed{of} in that time.", cited(seen, quote))
    for one in near[:_MOST_CHANGES]:
        what = text_of(one, "what")
        told = f"{clock(one.get('at'))}: {shortened(what, 220)}"
        yield Fact(told, cited(seen, what.split("…")[0]), trouble=0.1, is_change=True)
    others = len(changes) - len(near)
    if others:
        told = "1 change" if others == 1 else f"{others} changes"
        yield Fact(f"{told} more in that time: of other things.", cited(seen, '"changes":['))


def bears_on(change: Record, scope: Scope) -> bool:
    """Whether a change is of what was asked about or what that leans on, or of nobody's alone."""
    if not scope.chosen:
        return True
    near = {one.entry_id for one in scope.near}
    told = f"{text_of(change, 'what')} {text_of(change, 'change_id')}".lower()
    # The longest name counts: a change of checkout-eu is none of checkout.
    named = [
        (len(name), entry.entry_id in near)
        for entry in scope.entries
        for name in _names(entry)
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![a-z0-9])", told)
    ]
    if named:
        return max(named)[1]
    if text_of(change, "kind") in _OF_ONE:
        return False
    spelled = set(re.split(r"[^a-z0-9]+", told))
    loosely = {one.entry_id in near for one in scope.entries if _parts(one) & spelled}
    return not loosely or True in loosely


def _names(entry: CatalogEntry) -> set[str]:
    """Return the names of an entry as changes tell them: the last part of an ARN."""
    given = (entry.entry_id, entry.ecs_service, entry.resource, entry.state_machine_arn)
    return {re.split(r"[:/]", name)[-1].lower() for name in given if name}


def _parts(entry: CatalogEntry) -> set[str]:
    """Return the words of a name that the path of a setting may hold: /customer/pool."""
    return {part.lower() for name in _names(entry) for part in telling_parts(name)}
