"""The next questions: those that are expected to separate the hypotheses most for their cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from itops_core.reasoning.offline.beliefs import UNKNOWN, Ranking, chance, ranked, supposing
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
    """What is believed, and why: enough to think about what else to look at."""

    library: Library
    faults: tuple[Fault, ...]
    seen: Sightings
    ranking: Ranking
    bar: Bar

    def gain(self, symptom: str) -> float:
        """Return the expected fall of uncertainty about the fault from looking for `symptom`."""
        by_id: dict[str, Fault] = {fault.id: fault for fault in self.faults}
        beliefs = [
            (one.probability, chance(by_id.get(one.fault), symptom, self.library))
            for one in self.ranking.hypotheses
        ]
        there = sum(weight * seen for weight, seen in beliefs)
        return _entropy(there) - sum(weight * _entropy(seen) for weight, seen in beliefs)

    def expected(self, symptom: str) -> float:
        """Return how likely `symptom` is to be there, by what is believed."""
        by_id: dict[str, Fault] = {fault.id: fault for fault in self.faults}
        return sum(
            one.probability * chance(by_id.get(one.fault), symptom, self.library)
            for one in self.ranking.hypotheses
        )

    @property
    def firm(self) -> frozenset[str]:
        """What was seen so clearly that looking again would tell nothing."""
        return frozenset(name for name, one in self.seen.items() if one.strength >= _FIRM)

    def could_change(self, symptoms: Sequence[str]) -> bool:
        """Whether some plausible outcome for one of `symptoms` would overturn the verdict."""
        return any(self._overturns(symptom) for symptom in symptoms if symptom not in self.firm)

    def hidden_doubt(self, symptoms: Sequence[str]) -> float:
        """Return how likely it is that the truth is a rival which one of `symptoms` would show."""
        by_id: dict[str, Fault] = {fault.id: fault for fault in self.faults}
        unseen = [name for name in symptoms if name not in self.firm]
        leader = by_id.get(self.ranking.leader.fault)
        return sum(
            one.probability
            for one in self.ranking.hypotheses[1:]
            if any(self._tells_apart(by_id.get(one.fault), leader, name) for name in unseen)
        )

    def _tells_apart(self, rival: Fault | None, leader: Fault | None, symptom: str) -> bool:
        if rival is None:
            return False
        shown = chance(rival, symptom, self.library)
        return shown >= _TELLING * chance(leader, symptom, self.library)

    def _overturns(self, symptom: str) -> bool:
        there = self.expected(symptom)
        for present, likely in ((True, there), (False, 1 - there)):
            if likely < _PLAUSIBLE:
                continue
            supposed = supposing(self.seen, symptom, present=present)
            ranking = ranked(self.faults, supposed, self.library)
            if ranking.leader.fault != self.ranking.leader.fault or not self.bar.is_cleared(
                ranking
            ):
                return True
        return False


def next_questions(mind: Mind, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Return up to four of `questions`, each the best beside those before it.

    Nothing is asked that is not expected to tell anything; and once a verdict stands, only what
    could still overturn it.
    """
    decided = mind.bar.is_cleared(mind.ranking)
    covered: set[str] = set(mind.firm)
    left = [
        question for question in questions if not decided or mind.could_change(question.reveals)
    ]
    chosen: list[Question] = []
    while left and len(chosen) < _AT_ONCE:
        worth = [(_worth(mind, question, covered), question) for question in left]
        best, question = max(worth, key=lambda pair: pair[0])
        if best < _LEAST_GAIN:
            break
        chosen.append(question)
        left.remove(question)
        covered |= set(question.reveals)
    return tuple(chosen)


def _worth(mind: Mind, question: Question, covered: set[str]) -> float:
    """Return the expected gain per cost; symptoms of one group count once."""
    best: dict[str, float] = {}
    for symptom in question.reveals:
        if symptom not in covered:
            group = mind.library.symptoms[symptom].group
            best[group] = max(best.get(group, 0.0), mind.gain(symptom))
    return sum(best.values()) / question.cost


def _entropy(probability: float) -> float:
    if probability <= 0 or probability >= 1:
        return 0.0
    rest = 1 - probability
    return -probability * math.log(probability) - rest * math.log(rest)
