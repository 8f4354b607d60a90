"""The compact view of an answer: patterns and extremes rather than raw rows.

Whatever is shown stands to the letter in the whole answer, so that a quote taken from the view
resolves against the evidence: strings are cut, never rewritten, and lists only lose elements.
What was left out is told under `compacted`.
"""

import re
from collections.abc import Sequence
from typing import Any

from itops_core.domain.values import canonical_json

NOTES = "compacted"

_LEVELS = ((60, 1000), (30, 600), (16, 400), (10, 240), (6, 160), (4, 100), (2, 60))
"""Elements of a list and characters of a text that are kept, from generous to strict."""

_TEXT_FIELDS = ("message", "what", "reason", "detail", "title")
_VARIABLE = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|[0-9a-f]{8}-[0-9a-f-]{27}|\d+", re.IGNORECASE)
_PATTERNS_TOLD = 8


def compact(content: dict[str, Any], characters: int) -> dict[str, Any]:
    """Return `content` in at most `characters` of JSON, with notes on what was left out."""
    if len(canonical_json(content)) <= characters:
        return content
    for elements, letters in _LEVELS:
        view = _View(elements, letters)
        shown = view.of(content, "")
        shown[NOTES] = view.notes
        if len(canonical_json(shown)) <= characters:
            return shown
    return _barest(content, characters)


class _View:
    """One pass over an answer at one level of strictness."""

    def __init__(self, elements: int, letters: int) -> None:
        self._elements = elements
        self._letters = letters
        self.notes: list[str] = []

    def of(self, value: Any, place: str) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, dict):
            return {
                key: self.of(item, f"{place}.{key}" if place else str(key))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return self._list(value, place)
        return value

    def _text(self, text: str, place: str) -> str:
        if len(text) <= self._letters:
            return text
        self._note(f"{place}: the first {self._letters} of {len(text)} characters")
        return text[: self._letters]

    def _list(self, items: list[Any], place: str) -> list[Any]:
        if len(items) <= self._elements:
            return [self.of(item, f"{place}[]") for item in items]
        patterns = _patterns(items)
        told = "".join(f"; {count} like {example!r}" for example, count in patterns)
        self._note(f"{place}: {self._elements} of {len(items)} shown{told}")
        return [self.of(items[at], f"{place}[]") for at in _telling(items, self._elements)]

    def _note(self, note: str) -> None:
        if note not in self.notes and len(self.notes) < 20:
            self.notes.append(note[: self._letters * 2])


def _telling(items: Sequence[Any], count: int) -> list[int]:
    """Return the places of the elements that tell most, in order."""
    numbers = [_number(item) for item in items]
    places: dict[int, None] = dict.fromkeys((0, len(items) - 1))
    known = [(number, at) for at, number in enumerate(numbers) if number is not None]
    if known:
        places |= dict.fromkeys((max(known)[1], min(known)[1]))
    else:
        places |= dict.fromkeys(_first_of_each_pattern(items))
    step = len(items) / count
    places |= dict.fromkeys(round(index * step) for index in range(count))
    inside = [at for at in places if at < len(items)]
    return sorted(inside[:count])


def _number(item: Any) -> float | None:  # noqa: ANN401
    """Return the value of a data point: a number, or the last of a pair such as [time, 3]."""
    last: object = item[-1] if isinstance(item, list) and item else item
    if isinstance(last, bool) or not isinstance(last, int | float):
        return None
    return float(last)


def _first_of_each_pattern(items: Sequence[Any]) -> list[int]:
    """Return where each kind of line appears first, the rarest kind first."""
    first: dict[str, int] = {}
    counts: dict[str, int] = {}
    for at, item in enumerate(items):
        kind = _VARIABLE.sub("#", _words(item))
        first.setdefault(kind, at)
        counts[kind] = counts.get(kind, 0) + 1
    return [first[kind] for kind in sorted(first, key=lambda kind: (counts[kind], first[kind]))]


def _patterns(items: Sequence[Any]) -> list[tuple[str, int]]:
    """Return an example of each kind of line and how many there are, the commonest first."""
    examples: dict[str, str] = {}
    counts: dict[str, int] = {}
    for item in items:
        words = _words(item)
        kind = _VARIABLE.sub("#", words)
        if kind:
            examples.setdefault(kind, words[:120])
            counts[kind] = counts.get(kind, 0) + 1
    most = sorted(counts, key=lambda kind: -counts[kind])[:_PATTERNS_TOLD]
    return [(examples[kind], counts[kind]) for kind in most if counts[kind] > 1]


def _words(item: Any) -> str:  # noqa: ANN401
    if isinstance(item, str):
        return item[:300]
    if isinstance(item, dict):
        for name in _TEXT_FIELDS:
            if isinstance(item.get(name), str):
                return item[name][:300]
    return ""


def _barest(content: dict[str, Any], characters: int) -> dict[str, Any]:
    """Return the fields that fit, in their order: the last resort for a broad answer."""
    shown: dict[str, Any] = {NOTES: ["most fields are left out; page through the evidence"]}
    left = characters - len(canonical_json(shown))
    for key, value in content.items():
        size = len(canonical_json({key: value}))
        if key != NOTES and size <= left:
            shown[key] = value
            left -= size
    return shown
