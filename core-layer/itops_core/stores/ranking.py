"""Which of some documents say most about a question: BM25 over weighted fields (BM25F).

Typing errors are read as the nearest word that the documents use. Everything is computed from the
documents that are handed in; a few hundred of them take milliseconds.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from itops_core.stores.words import is_concept, words_of

_SATURATION = 1.4
"""k1: how soon another occurrence of a word adds nothing."""

_LENGTH_WEIGHT = 0.6
"""b: how much a long field is held against its words."""

_COVERAGE = 0.6
"""How much of a score depends on the share of the question that a document speaks of."""

_CONCEPT_WEIGHT = 0.8
"""A concept says less than the word itself, which is counted as well."""

_GUESS_WEIGHT = 0.7
_GUESSED_WORDS = 20
_QUESTION_WORDS = 200


@dataclass(frozen=True)
class Field:
    """One part of a document, and how much a word in it weighs."""

    text: str
    weight: float


Document = Sequence[Field]


class Ranking:
    """Some documents, counted once, and scored for any question."""

    def __init__(self, documents: Sequence[Document]) -> None:
        fields = [[(words_of(field.text), field.weight) for field in doc] for doc in documents]
        width = max((len(doc) for doc in fields), default=0)
        means = [
            sum(len(doc[at][0]) for doc in fields if at < len(doc)) / max(len(fields), 1) or 1.0
            for at in range(width)
        ]
        self._weights = [_weighed(doc, means) for doc in fields]
        holding = Counter(word for weights in self._weights for word in weights)
        self._rarity = {
            word: math.log(1 + (len(fields) - count + 0.5) / (count + 0.5))
            for word, count in holding.items()
        }
        self._by_letter: dict[str, list[str]] = {}
        for word in self._rarity:
            self._by_letter.setdefault(word[0], []).append(word)

    def scores(self, question: str) -> list[float]:
        """Return what each document scores; 0 where it says nothing about the question."""
        asked = self._asked(question)
        total = sum(asked.values())
        scores: list[float] = []
        for weights in self._weights:
            said = spoken_of = 0.0
            for word, value in asked.items():
                weight = weights.get(word)
                if weight:
                    spoken_of += value
                    said += value * weight * (_SATURATION + 1) / (weight + _SATURATION)
            share = spoken_of / total if total else 0.0
            scores.append(said * (1 - _COVERAGE + _COVERAGE * share))
        return scores

    def _asked(self, question: str) -> dict[str, float]:
        """Return the words to look for, and how much each of them tells."""
        words = words_of(question)[:_QUESTION_WORDS]
        asked: dict[str, float] = {}
        unknown: list[str] = []
        for word in dict.fromkeys([*words, *_joined(words)]):
            if word in self._rarity:
                worth = _CONCEPT_WEIGHT if is_concept(word) else 1.0
                asked[word] = self._rarity[word] * worth
            elif len(word) > 4 and not is_concept(word):
                unknown.append(word)
        for word in unknown[:_GUESSED_WORDS]:
            for guess in self._guesses(word):
                worth = self._rarity[guess] * _GUESS_WEIGHT
                asked[guess] = max(asked.get(guess, 0.0), worth)
        return asked

    def _guesses(self, word: str) -> Iterable[str]:
        for at in range(3, len(word) - 2):
            if word[:at] in self._rarity and word[at:] in self._rarity:
                return (word[:at], word[at:])
        most = 1 if len(word) < 8 else 2
        near = [
            (distance, known)
            for known in self._by_letter.get(word[0], ())
            if len(known) > 3 and abs(len(known) - len(word)) <= most
            if (distance := _distance(word, known, most)) <= most
        ]
        return (min(near)[1],) if near else ()


def _weighed(
    document: Sequence[tuple[list[str], float]], means: Sequence[float]
) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for (words, weight), mean in zip(document, means, strict=False):
        length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * len(words) / mean
        for word, count in Counter(words).items():
            weights[word] = weights.get(word, 0.0) + weight * count / length
    return weights


def _joined(words: Sequence[str]) -> Iterable[str]:
    """`time out` may stand as `timeout` in what is searched."""
    plain = [word for word in words if not is_concept(word)]
    return (first + second for first, second in pairwise(plain))


def _distance(first: str, second: str, most: int) -> int:
    """Return how many letters were added, left out, changed or swapped; `most` + 1 if more."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for at, letter in enumerate(first, start=1):
        earlier, before, row = before, row, [at]
        for to, other in enumerate(second, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other))
            if earlier and to > 1 and letter == second[to - 2] and first[at - 2] == other:
                cost = min(cost, earlier[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
