"""Log template mining: the patterns behind the lines, and what changed between two windows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from monitoring_server.analysis.lines import readable
from monitoring_server.analysis.log_headers import message_of
from monitoring_server.analysis.log_merging import Pattern, merge
from monitoring_server.analysis.log_tokens import SEPARATORS, VARIABLE, tokens_of

_MOST_PATTERNS = 6000
"""So many are kept before they are merged in between."""
_COARSE = 6
"""Where merging does not help, a line is told by its first words: it is no log, or all junk."""
_LONGEST_LINE = 4000
_LONGEST_EXAMPLE = 500
_MOST_CHANGES = 50
_MANY_TIMES = 3.0
_SURELY = 3.0
_VANISHED = 5.0
"""A pattern has vanished only where at least so many lines were to be expected."""


@dataclass(frozen=True)
class Mined:
    """The pattern of every line, and the text of every pattern."""

    groups: tuple[int, ...]
    templates: dict[int, str]


@dataclass(frozen=True)
class LogLine:
    """One raw line, with where and when it was written if that is known."""

    message: str
    at: datetime | None = None
    stream: str | None = None


@dataclass(frozen=True)
class Change:
    """One pattern whose frequency changed. `expected` is what the baseline led to expect."""

    template: str
    count: int
    baseline_count: int
    expected: float
    first_at: datetime | None
    last_at: datetime | None
    example: LogLine


@dataclass(frozen=True)
class Comparison:
    """What a window shows that its baseline did not, and the other way round."""

    new: tuple[Change, ...]
    vanished: tuple[Change, ...]
    exploding: tuple[Change, ...]
    patterns: int
    truncated: bool


def mine(lines: Iterable[str]) -> Mined:
    """Return one group for every line, and the template of each group.

    Groups are numbered in the order of their first line. A line is read up to a bound, and the
    number of patterns is bounded: memory does not grow with what the lines hold.
    """
    patterns = _Patterns()
    numbers = [patterns.add(tokens_of(message_of(line[:_LONGEST_LINE]))) for line in lines]
    final = patterns.finished()
    groups: dict[Pattern, int] = {}
    group_of = [groups.setdefault(pattern, len(groups)) for pattern in final]
    return Mined(
        tuple(group_of[number] for number in numbers),
        {group: _text(pattern) for pattern, group in groups.items()},
    )


class _Patterns:
    """The patterns seen so far, numbered; merged whenever they become too many to keep."""

    def __init__(self) -> None:
        self._numbers: dict[Pattern, int] = {}
        self._counts: list[int] = []
        self._merged_into: list[int] = []
        self._coarse = False

    def add(self, pattern: Pattern) -> int:
        """Count one line of `pattern`, and return the pattern's number."""
        if pattern not in self._numbers and len(self._numbers) >= _MOST_PATTERNS:
            pattern = self._fitted(pattern)
        number = self._numbers.get(pattern)
        if number is None:
            number = self._numbers[pattern] = len(self._counts)
            self._counts.append(0)
            self._merged_into.append(number)
        self._counts[number] += 1
        return number

    def finished(self) -> list[Pattern]:
        """Return the final pattern of every number."""
        self._merge()
        patterns = {number: _tidied(pattern) for pattern, number in self._numbers.items()}
        for number in range(len(self._merged_into)):
            last = number
            while last not in patterns:
                last = self._merged_into[last]
            patterns[number] = patterns[last]
        return [patterns[number] for number in range(len(self._merged_into))]

    def _fitted(self, pattern: Pattern) -> Pattern:
        if not self._coarse:
            self._merge()
            self._coarse = len(self._numbers) > _MOST_PATTERNS // 2
            return pattern
        first = (*pattern[:_COARSE], VARIABLE)
        room = first in self._numbers or len(self._numbers) < 2 * _MOST_PATTERNS
        return first if room else (VARIABLE,)

    def _merge(self) -> None:
        kept: dict[Pattern, int] = {}
        counted = {pattern: self._counts[number] for pattern, number in self._numbers.items()}
        for pattern, general in merge(counted).items():
            number = self._numbers[pattern]
            into = kept.setdefault(general, number)
            if into != number:
                self._merged_into[number] = into
                self._counts[into] += self._counts[number]
        self._numbers = kept


def compare(
    window: Sequence[LogLine], baseline: Sequence[LogLine], scale: float = 1.0
) -> Comparison:
    """Return the patterns that are new, have vanished or come far more often than before.

    `scale` is how much longer the window is than the baseline: what the baseline shows is
    multiplied by it. Both are mined as one, so that a pattern is the same on both sides.
    """
    mined = mine(line.message for part in (baseline, window) for line in part)
    before = Counter(mined.groups[: len(baseline)])
    members: dict[int, list[LogLine]] = defaultdict(list)
    for group, line in zip(mined.groups, (*baseline, *window), strict=True):
        members[group].append(line)
    new: list[Change] = []
    vanished: list[Change] = []
    exploding: list[Change] = []
    for group, lines in members.items():
        old = before[group]
        count = len(lines) - old
        expected = old * scale
        change = _change(mined.templates[group], lines[old:] or lines, (count, old), expected)
        if old == 0:
            new.append(change)
        elif count == 0 and expected >= _VANISHED:
            vanished.append(change)
        elif count > max(_MANY_TIMES * expected, expected + _SURELY * sqrt(expected) + _SURELY):
            exploding.append(change)
    kinds = (new, vanished, exploding)
    for kind in kinds:
        kind.sort(key=lambda change: (-change.count, -change.baseline_count, change.template))
    return Comparison(
        *(tuple(kind[:_MOST_CHANGES]) for kind in kinds),
        patterns=len(members),
        truncated=any(len(kind) > _MOST_CHANGES for kind in kinds),
    )


def _change(
    template: str, lines: Sequence[LogLine], counts: tuple[int, int], expected: float
) -> Change:
    times = sorted(line.at for line in lines if line.at is not None)
    shown = lines[0]
    example = LogLine(readable(shown.message, _LONGEST_EXAMPLE), shown.at, shown.stream)
    first, last = (times[0], times[-1]) if times else (None, None)
    return Change(template, *counts, expected, first, last, example)


def _tidied(pattern: Pattern) -> Pattern:
    """Return the pattern with neighbouring variables as one."""
    return tuple(
        token
        for place, token in enumerate(pattern)
        if token != VARIABLE or place == 0 or pattern[place - 1] != VARIABLE
    )


def _text(pattern: Pattern) -> str:
    text = ""
    for token in pattern:
        glued = not text or token in SEPARATORS - {"(", "[", "{", "<"} or text[-1] in "([{=<"
        text += token if glued else f" {token}"
    return readable(text, _LONGEST_EXAMPLE)
