"""The next questions: those that are expected to separate the hypotheses most for their cost."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from itops_core.reasoning.offline.beliefs import (
    UNKNOWN,
    Hypothesis,
    Ranking,
    chance,
    innocent_chance,
)
from itops_core.reasoning.offline.library import Fault, Library
from itops_core.reasoning.offline.questions import Question
from itops_core.reasoning.offline.sightings import Sightings

_AT_ONCE = 4
_LEAST_GAIN = 0.004
_FIRM = 0.65
_TELLING = 4.0
"""A symptom that is this many times as usual with one fault tells it from the other."""
_PLAUSIBLE = 0.03
"""Below this probability an outcome of a question is not worth asking for."""


@dataclass(frozen=True)
class Bar:
    """When a hypothesis counts as a verdict."""

    found_at: float
    lead: float

    def is_cleared(self, ranking: Ranking) -> bool:
        """Whether the leader stands high enough, and far enough above the next."""
        return (
            ranking.leader.probability >= self.found_at
            and ranking.lead >= self.lead
            and ranking.leader.fault != UNKNOWN
        )


@dataclass(frozen=True)
class Mind:
    """What is believed, and why: enough to think about what else to look at.

    It looks from the side of one component, `about`; `seen` is what was seen of that one, and
    `sights` what was seen of each.
    """

    library: Library
    faults: tuple[Fault, ...]
    seen: Sightings
    ranking: Ranking
    bar: Bar
    about: str = ""
    sights: Mapping[str, Sightings] = field(default_factory=dict[str, Sightings])
    leaning: Ranking | None = None
    """What is believed with hints beside it: it says what to ask first, and decides nothing."""

    def looking_at(self, component: str) -> "Mind":
        """Return the same beliefs from the side of another component."""
        if component == self.about or component not in self.sights:
            return self
        return replace(self, about=component, seen=self.sights[component])

    def gain(self, symptom: str) -> float:
        """Return the expected fall of uncertainty about the fault from looking for `symptom`."""
        chances = self._chances(symptom, self.leaning)
        there = sum(likely * shown for likely, shown in chances)
        spread = _entropy(there) - sum(likely * _entropy(shown) for likely, shown in chances)
        return spread * (self._discount(symptom) if self.sights else 1.0)

    def expected(self, symptom: str) -> float:
        """Return how likely `symptom` is to be there, by what is believed."""
        return sum(likely * shown for likely, shown in self._chances(symptom))

    @property
    def firm(self) -> frozenset[str]:
        """What was seen so clearly that looking again would tell nothing."""
        return frozenset(name for name, one in self.seen.items() if one.strength >= _FIRM)

    def could_change(self, symptoms: Sequence[str]) -> bool:
        """Whether some plausible outcome for one of `symptoms` would overturn the verdict."""
        return any(self._overturns(symptom) for symptom in symptoms if symptom not in self.firm)

    def hidden_doubt(self, symptoms: Sequence[str]) -> float:
        """Return how likely it is that the truth is a rival which one of `symptoms` would show."""
        unseen = [name for name in symptoms if name not in self.firm]
        leader = self.ranking.leader
        return sum(
            one.probability
            for one in self.ranking.hypotheses[1:]
            if one.fault != UNKNOWN
            and any(
                self._chance(one, name) >= _TELLING * self._chance(leader, name) for name in unseen
            )
        )

    def _chances(self, symptom: str, leaning: Ranking | None = None) -> list[tuple[float, float]]:
        believed = (leaning or self.ranking).plausible
        return [(one.probability, self._chance(one, symptom)) for one in believed]

    def _chance(self, hypothesis: Hypothesis, symptom: str) -> float:
        """Return how often this component shows `symptom` where `hypothesis` is true."""
        for component, fault in self.ranking.trail(hypothesis):
            if component == self.about:
                return chance(fault, symptom, self.library)
        return innocent_chance(symptom, self.library)

    def _overturns(self, symptom: str) -> bool:
        chances = self._chances(symptom)
        expected = sum(likely * shown for likely, shown in chances)
        weight = self._discount(symptom)
        for present, likely in ((True, expected), (False, 1 - expected)):
            if likely < _PLAUSIBLE:
                continue
            odds = [
                probability * ((shown if present else 1 - shown) / likely) ** weight
                for probability, shown in chances
            ]
            ordered = sorted(odds, reverse=True)
            total = sum(odds)
            second = ordered[1] if len(ordered) > 1 else 0.0
            stands = (
                odds[0] == ordered[0]
                and odds[0] / total >= self.bar.found_at
                and (odds[0] - second) / total >= self.bar.lead
            )
            if not stands:
                return True
        return False

    def _discount(self, symptom: str) -> float:
        """Return how much of a symptom counts beside what was seen of its group already."""
        group = self.library.symptoms[symptom].group
        known = any(
            self.library.symptoms[name].group == group and name != symptom for name in self.firm
        )
        return self.library.calibration.discount if known else 1.0


def next_questions(mind: Mind, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Return up to four of `questions`, each the best beside those before it.

    Nothing is asked that is not expected to tell anything; and once a verdict stands, only what
    could still overturn it.
    """
    decided = mind.bar.is_cleared(mind.ranking)
    covered = {(name, key) for name, seen in mind.sights.items() for key in _firm(seen)}
    covered |= {("", key) for key in mind.firm}
    left = [
        question
        for question in questions
        if not decided or mind.looking_at(question.about).could_change(question.reveals)
    ]
    chosen: list[Question] = []
    while left and len(chosen) < _AT_ONCE:
        worth = [(_worth(mind, question, covered), question) for question in left]
        best, question = max(worth, key=lambda pair: pair[0])
        if best < _LEAST_GAIN:
            break
        chosen.append(question)
        left.remove(question)
        covered |= {(question.about, name) for name in question.reveals}
    return tuple(chosen)


def _worth(mind: Mind, question: Question, covered: set[tuple[str, str]]) -> float:
    """Return the expected gain per cost; symptoms of one group count once."""
    view = mind.looking_at(question.about)
    best: dict[str, float] = {}
    for symptom in question.reveals:
        if (question.about, symptom) not in covered:
            group = mind.library.symptoms[symptom].group
            best[group] = max(best.get(group, 0.0), view.gain(symptom))
    return sum(best.values()) / question.cost


def _firm(seen: Sightings) -> Iterator[str]:
    return (name for name, one in seen.items() if one.strength >= _FIRM)


def _entropy(probability: float) -> float:
    if probability <= 0 or probability >= 1:
        return 0.0
    rest = 1 - probability
    return -probability * math.log(probability) - rest * math.log(rest)
