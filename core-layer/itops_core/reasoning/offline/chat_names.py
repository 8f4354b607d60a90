"""Which services and pipelines a question names: to the letter, and near misses told as such."""

import difflib
import re
from collections.abc import Sequence

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Value

_NEAR = 0.7
_VERY_NEAR = 0.86
_MOST_NEAR = 3
_MOST_NAMED = 5
_SEPARATORS = re.compile(r"[-_ ]+")


class Named(Value):
    """What was found in a text, and what is left of it."""

    subjects: tuple[str, ...]
    rest: str


def names_in(text: str, entries: Sequence[CatalogEntry]) -> Named:
    """Return the entries that `text` names, in its order, and the text without their names."""
    spoken = sorted(
        ((name, entry.entry_id) for entry in entries for name in _spoken(entry)),
        key=lambda pair: -len(pair[0]),
    )
    found: list[tuple[int, str]] = []
    for name, entry_id in spoken:
        pattern = r"[-_ ]".join(map(re.escape, _SEPARATORS.split(name)))
        match = re.search(rf"(?<![\w.-]){pattern}(?![\w-]|\.\w)", text, re.IGNORECASE)
        if match is not None:
            found.append((match.start(), entry_id))
            text = f"{text[: match.start()]}{' ' * len(match[0])}{text[match.end() :]}"
    ordered = dict.fromkeys(entry_id for _, entry_id in sorted(found))
    return Named(subjects=tuple(ordered)[:_MOST_NAMED], rest=text)


def near(name: str, entries: Sequence[CatalogEntry]) -> tuple[str, ...]:
    """Return the entries whose names are nearly `name`, the nearest first.

    A plain word has to be nearer than one that has the form of a name: it may mean anything.
    """
    spoken = {said.lower(): entry.entry_id for entry in entries for said in _spoken(entry)}
    least = _NEAR if looks_like_a_name(name) else _VERY_NEAR
    close = difflib.get_close_matches(name.lower()[:200], spoken, _MOST_NEAR, least)
    return tuple(dict.fromkeys(spoken[said] for said in close))


def looks_like_a_name(word: str) -> bool:
    """Whether a word has the form in which services and pipelines are called."""
    return bool(re.fullmatch(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+", word))


def _spoken(entry: CatalogEntry) -> tuple[str, ...]:
    machine = (entry.state_machine_arn or "").rsplit(":", 1)[-1]
    names = (entry.entry_id, entry.ecs_service or "", entry.resource or "", machine)
    return tuple(dict.fromkeys(name for name in names if len(name) >= 3))
