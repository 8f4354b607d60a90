"""Fits the one temperature of the beliefs: by how surprising the truth is to them."""

import math
from collections.abc import Iterable, Sequence

from itops_cli.evals.running import CaseResult

_GRID = [round(0.5 + 0.05 * step, 2) for step in range(51)]
_LEAST = 1e-3
"""How likely at least the truth is taken to stand: it may be in no library."""

Beliefs = Sequence[tuple[float, bool]]


def fitted(results: Iterable[CaseResult], standing: float) -> tuple[float, float, float]:
    """Return the best temperature, and the mean surprise at it and at the standing one."""
    told = [one.beliefs for one in results if one.beliefs]
    surprises = {at: surprise(told, standing / at) for at in {*_GRID, standing}}
    best = min(surprises, key=lambda at: (surprises[at], abs(at - standing)))
    return best, surprises[best], surprises[standing]


def surprise(told: Sequence[Beliefs], power: float) -> float:
    """Return the mean of -ln of how likely the truth stands, probabilities raised to a power."""
    if not told:
        return 0.0
    return math.fsum(-math.log(max(_LEAST, _of_truth(one, power))) for one in told) / len(told)


def _of_truth(beliefs: Beliefs, power: float) -> float:
    raised = [(probability**power, is_so) for probability, is_so in beliefs if probability > 0]
    total = math.fsum(one for one, _ in raised)
    return math.fsum(one for one, is_so in raised if is_so) / total if total else 0.0
