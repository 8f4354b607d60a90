"""Understands a question or a goal by code: names, time, intent, and every word accounted for.

Nothing is guessed. A word that is neither a name of the catalog, a time, an intent nor one that
says nothing by itself makes the question unread, and the answer then tells which word it was.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.question import Deliverable, Intent, Reading, Unread
from itops_core.reasoning.offline.chat_names import looks_like_a_name, names_in, near
from itops_core.reasoning.offline.chat_time import (
    TimeRefusedError,
    TimeSpan,
    hours_before,
    time_in,
    usual,
)
from itops_core.reasoning.offline.chat_words import (
    CONDITION,
    DELIVERABLES,
    EVERYTHING,
    FILLERS,
    INTENTS,
    NAMED_ERRORS,
    TOPICS,
)

_TREND_HOURS = 168
_WORDS = re.compile(r"[A-Za-z0-9][\w.-]*")
_MOST_TOLD = 5


@dataclass(frozen=True)
class Asked:
    """A question with what is known beside its words."""

    text: str
    now: datetime
    pipeline_name: str | None = None
    hours_back: float | None = None
    before: Reading | None = None
    """How the question before it was understood: what is left out is meant again."""


@dataclass
class _Words:
    """A text that is used up piece by piece."""

    rest: str

    def take(self, pattern: re.Pattern[str]) -> bool:
        """Take every place of `pattern` out of the text; tell whether there was one."""
        self.rest, found = pattern.subn(" ", self.rest)
        return found > 0


def understood(asked: Asked, entries: Sequence[CatalogEntry]) -> Reading | Unread:
    """Return what a question asks for, or what of it could not be understood."""
    try:
        reading, rest, says_something = _read(asked, entries)
    except TimeRefusedError as error:
        return Unread(why=f"{error}.", is_refused=True)
    unused = _unused(rest)
    if unused:
        return _unread(unused, entries)
    if not says_something:
        return Unread(why="The question names no pipeline, no service and nothing to look for.")
    return reading


def deliverable_in(text: str) -> tuple[Deliverable, bool]:
    """Return what a goal wants made, and whether only if it is needed."""
    return _deliverable(_Words(text))


def overview(asked: Asked, entries: Sequence[CatalogEntry]) -> Reading | Unread:
    """Return what is to be told of a pipeline that was named, whatever else the question says."""
    try:
        reading, rest, _ = _read(asked, entries)
    except TimeRefusedError as error:
        return Unread(why=f"{error}.", is_refused=True)
    return reading.model_copy(update={"unused": _unused(rest)[:_MOST_TOLD]})


def _read(asked: Asked, entries: Sequence[CatalogEntry]) -> tuple[Reading, str, bool]:
    """Return the reading, the words that are left, and whether there was anything to read."""
    # A named error is told by its capitals, so it is looked for before everything else.
    errors = tuple(dict.fromkeys(NAMED_ERRORS.findall(asked.text)))
    words = _Words(NAMED_ERRORS.sub(" ", asked.text))
    span, words.rest = _span(words.rest, asked)
    named = names_in(words.rest, entries)
    words.rest = named.rest
    deliverable, is_conditional = _deliverable(words)
    intent = _intent(words)
    topics = (*errors, *(topic for topic, pattern in TOPICS if words.take(pattern)))
    if intent is None and topics:
        intent = Intent.ERRORS
    reading = _reading(asked, intent, span, _subjects(named.subjects, asked))
    says_something = bool(
        intent or topics or named.subjects or asked.pipeline_name or (span and asked.before)
    )
    found = {"topics": topics, "deliverable": deliverable, "is_conditional": is_conditional}
    return reading.model_copy(update=found), words.rest, says_something


def _reading(
    asked: Asked, intent: Intent | None, span: TimeSpan | None, subjects: tuple[str, ...]
) -> Reading:
    before = asked.before
    meant = intent or (before.intent if before else None)
    if meant is None:
        meant = Intent.WHY if subjects else Intent.ERRORS
    if span is None and meant is Intent.TREND:
        span = hours_before(_TREND_HOURS, asked.now)
    if span is None and before is not None:
        span = TimeSpan(since=before.since, until=before.until, words=before.window)
    chosen = span or usual(asked.now)
    return Reading(
        intent=meant,
        subjects=subjects,
        since=chosen.since,
        until=chosen.until,
        window=chosen.words,
    )


def _span(text: str, asked: Asked) -> tuple[TimeSpan | None, str]:
    if asked.hours_back is None:
        return time_in(text, asked.now)
    given = hours_before(asked.hours_back, asked.now)
    try:
        _, rest = time_in(text, asked.now)
    except TimeRefusedError:
        rest = text
    return given, rest


def _subjects(named: tuple[str, ...], asked: Asked) -> tuple[str, ...]:
    if asked.pipeline_name is not None:
        return (asked.pipeline_name,)
    if named or asked.before is None or EVERYTHING.search(asked.text):
        return named
    return asked.before.subjects


def _deliverable(words: _Words) -> tuple[Deliverable, bool]:
    is_conditional = words.take(CONDITION)
    wanted = [kind for kind, pattern in DELIVERABLES if words.take(pattern)]
    return (wanted[0] if wanted else Deliverable.ANSWER), is_conditional


def _intent(words: _Words) -> Intent | None:
    found = [intent for intent, pattern in INTENTS if words.take(pattern)]
    return found[0] if found else None


def _unused(rest: str) -> tuple[str, ...]:
    """Return the words that were not used and do not say nothing."""
    left = (word.strip(".-_'") for word in _WORDS.findall(rest))
    return tuple(dict.fromkeys(word for word in left if word and word.lower() not in FILLERS))


def _unread(unknown: tuple[str, ...], entries: Sequence[CatalogEntry]) -> Unread:
    """Return why a question with words that nobody knows cannot be answered by code."""
    shown = unknown[:_MOST_TOLD]
    named = next((word for word in unknown if looks_like_a_name(word)), None)
    named = named or next((word for word in unknown if near(word, entries)), None)
    if named is None:
        told = ", ".join(repr(word[:40]) for word in shown)
        return Unread(why=f"Without a model I do not know {told}.", unknown=shown)
    close = near(named, entries)
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    told = f"There is no pipeline or service {named[:80]!r} in the catalog{hint}"
    return Unread(why=told, unknown=shown, near=close)
