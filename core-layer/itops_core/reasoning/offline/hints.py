"""What hints from before do to the choice of questions, and to nothing else.

A cause that was found before, in something like this, is asked about sooner: its odds are raised
by at most threefold, times the trust in it. Verdicts and the moment to stop go by what was seen
in this incident alone, so that a hint can be wrong, or planted, without deciding anything.
"""

from collections.abc import Sequence
from dataclasses import replace

from itops_core.domain.past import Hint
from itops_core.reasoning.offline.beliefs import Hypothesis, Ranking

_MOST_TIMES = 3.0


def leaning(ranking: Ranking, hints: Sequence[Hint]) -> Ranking | None:
    """Return what is believed with `hints` beside it, or `None` where they change nothing."""
    raised = {
        (one.component, one.fault): 1 + (_MOST_TIMES - 1) * one.trust_percent / 100
        for one in sorted(hints, key=lambda one: one.trust_percent)
        if one.fault
    }
    if not any(_key(one) in raised for one in ranking.hypotheses):
        return None
    odds = [one.probability * raised.get(_key(one), 1.0) for one in ranking.hypotheses]
    total = sum(odds)
    moved = [
        one.model_copy(update={"probability": odd / total})
        for one, odd in zip(ranking.hypotheses, odds, strict=True)
    ]
    moved.sort(key=lambda one: (-one.probability, one.fault, one.component))
    return replace(ranking, hypotheses=tuple(moved))


def _key(one: Hypothesis) -> tuple[str, str]:
    return one.component, one.fault
