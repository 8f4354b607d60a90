"""Where no fault stands out, but one change does: what was changed tells more than what fails.

How a fault is called may stay open (its symptoms fit several) while the change that brings all of
them does not. It is believed for what is in it: the more it stands above chance and above every
other change, and the less the leading faults are of a kind that no change brings.
"""

from dataclasses import dataclass

from itops_core.reasoning.offline.beliefs import chance
from itops_core.reasoning.offline.change_judgement import Judgement, culprit
from itops_core.reasoning.offline.diagnosis import Diagnosis
from itops_core.reasoning.offline.extract_changes import Change, judgements

FAULT = "faulty_change"
_SYMPTOM = "change_explains"
_ODDS_AGAINST = 3.0
"""So many times chance does a change have to stand above to be as likely as not."""
_HIGHEST = 0.93


@dataclass(frozen=True)
class Standing:
    """The change that stands out, where, and how sure that is."""

    component: str
    change: Change
    judgement: Judgement
    confidence: float


def standing_change(diagnosis: Diagnosis) -> Standing | None:
    """Return the change that would do what is seen of some component, if one stands out."""
    best: Standing | None = None
    for name, scene in diagnosis.scenes.items():
        judged = judgements(scene, diagnosis.sights[name])
        top = culprit(one for _, one in judged)
        if top is None:
            continue
        change = next(change for change, one in judged if one is top)
        sure = _confidence(diagnosis, top.likelihood_ratio)
        if best is None or sure > best.confidence:
            best = Standing(name, change, top, sure)
    if best is None or best.confidence < diagnosis.bar.found_at:
        return None
    return best


def _confidence(diagnosis: Diagnosis, ratio: float) -> float:
    """Return how likely the change did it: that one stands out by chance is as rare as it is."""
    library = diagnosis.scene.library
    usual = library.symptoms[_SYMPTOM].usual
    against = 0.0
    for hypothesis in diagnosis.ranking.hypotheses:
        fault = diagnosis.fault_of(hypothesis)
        if fault is not None and (fault.is_healthy or chance(fault, _SYMPTOM, library) < usual):
            against += hypothesis.probability
    rare = against / ratio
    apart = rare / (1 - against + rare) if against < 1 else 1.0
    return round(min(_HIGHEST, (1 - apart) * ratio / (ratio + _ODDS_AGAINST)), 4)
