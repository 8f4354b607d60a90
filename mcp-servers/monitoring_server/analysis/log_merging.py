"""Which words of log patterns are variables: told from the patterns that differ in nothing else.

Two patterns of one length that differ in a single position may be one pattern with a variable
there. Shape alone does not tell a user name from a verb, so the evidence is counted: how many
different words stand in the position, how often each comes back, and whether they look like
names. Few words that return all the time are states, and stay.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import log2
from statistics import median_low

from monitoring_server.analysis.log_tokens import SEPARATORS, VARIABLE

Pattern = tuple[str, ...]

_ROUNDS = 6
_NAMES = 3
"""So many different words make a variable if they look like names of things."""
_WORDS = 4
"""So many do at the least if they are plain words."""
_WORDS_OF_PAIR = 5
_LONGEST_PAIRED = 20
_LIKE_A_NAME = re.compile(r"[._@$/\\#-]|[a-z][A-Z]")
_LIKE_A_STATE = re.compile(r"^[A-Z][A-Z_]+$")
_Slot = tuple[int, int]


def merge(lines: Mapping[Pattern, int]) -> dict[Pattern, Pattern]:
    """Return for each pattern, counted in lines, the more general one that it belongs to."""
    by_length: dict[int, list[Pattern]] = defaultdict(list)
    for pattern in lines:
        by_length[len(pattern)].append(pattern)
    merged: dict[Pattern, Pattern] = {}
    for patterns in by_length.values():
        merged |= _merged({pattern: lines[pattern] for pattern in patterns})
    return merged


def _merged(lines: Mapping[Pattern, int]) -> dict[Pattern, Pattern]:
    now = {pattern: pattern for pattern in lines}
    for _ in range(_ROUNDS):
        counted: Counter[Pattern] = Counter()
        for pattern, general in now.items():
            counted[general] += lines[pattern]
        step = _one_slot(counted)
        if all(pattern == general for pattern, general in step.items()):
            step = _two_slots(counted)
        if all(pattern == general for pattern, general in step.items()):
            break
        now = {pattern: step[general] for pattern, general in now.items()}
    return now


def _one_slot(lines: Mapping[Pattern, int]) -> dict[Pattern, Pattern]:
    """Return each pattern with those positions made variable that the others speak for."""
    keys = {pattern: _keys(pattern) for pattern in lines}
    shared = Counter(key for row in keys.values() for _, key in row)
    words: dict[_Slot, Counter[str]] = defaultdict(Counter)
    for pattern, row in keys.items():
        for place, key in row:
            if shared[key] > 1:
                words[key][pattern[place]] += lines[pattern]
    before = {key: pattern[key[0] - 1] for pattern, row in keys.items() for _, key in row if key[0]}
    variable = {
        key for key, seen in words.items() if _is_variable(seen, key[0], before.get(key, ""))
    }
    general: dict[Pattern, Pattern] = {}
    for pattern, row in keys.items():
        places = {place for place, key in row if key in variable}
        # Without a constant word there would be nothing left to tell the pattern by.
        lasting = [place for place in _word_places(pattern) if place not in places]
        general[pattern] = _opened(pattern, places) if lasting else pattern
    return general


def _two_slots(lines: Mapping[Pattern, int]) -> dict[Pattern, Pattern]:
    """Return the patterns with two variables that always change together."""
    general = {pattern: pattern for pattern in lines}
    groups: dict[tuple[int, int, int], list[Pattern]] = defaultdict(list)
    for pattern in lines:
        places = _word_places(pattern)
        if len(pattern) > _LONGEST_PAIRED or len(places) < 4:
            continue
        whole = sum(hash((place, token)) for place, token in enumerate(pattern))
        hashes = {place: hash((place, pattern[place])) for place in places}
        for left in places[1:]:
            for right in places:
                if right > left:
                    groups[left, right, whole - hashes[left] - hashes[right]].append(pattern)
    for (left, right, _), members in groups.items():
        if len(members) >= _WORDS_OF_PAIR and all(
            len({member[place] for member in members}) * 2 > len(members)
            and _is_variable(Counter(member[place] for member in members), place, "")
            for place in (left, right)
        ):
            for member in members:
                general[member] = _opened(general[member], {left, right})
    return general


def _is_variable(seen: Mapping[str, int], place: int, before: str) -> bool:
    if VARIABLE in seen:
        return len(seen) > 1
    if len(seen) < _NAMES:
        return False
    if before == "=" or _mostly(_LIKE_A_NAME, seen):
        return True
    returns = log2(median_low(seen.values()))
    wanted = max(_WORDS, _WORDS / 2 + returns)
    if place == 0 or _mostly(_LIKE_A_STATE, seen):
        wanted *= 2
    return len(seen) >= wanted


def _mostly(shape: re.Pattern[str], words: Iterable[str]) -> bool:
    fits = [bool(shape.search(word)) for word in words]
    return sum(fits) * 2 > len(fits)


def _keys(pattern: Pattern) -> list[tuple[int, _Slot]]:
    """Return for each word of a pattern a key of all the rest, which others may share."""
    if len(_word_places(pattern)) < 2:
        return []
    hashes = [hash((place, token)) for place, token in enumerate(pattern)]
    whole = sum(hashes)
    return [
        (place, (place, whole - hashes[place]))
        for place, token in enumerate(pattern)
        if token not in SEPARATORS
    ]


def _word_places(pattern: Pattern) -> list[int]:
    return [
        place
        for place, token in enumerate(pattern)
        if token != VARIABLE and token not in SEPARATORS
    ]


def _opened(pattern: Pattern, places: Iterable[int]) -> Pattern:
    opened = set(places)
    return tuple(VARIABLE if place in opened else token for place, token in enumerate(pattern))
