"""How likely each fault is, given what was seen: log-odds, and probabilities of them.

The weight of a sighting is ln(shows / usual) where the symptom was there and
ln((1 - shows) / (1 - usual)) where its source was looked at and it was not; a source that was
not seen weighs nothing. Symptoms of one group say much the same: the strongest counts in full,
the others at a discount. Beside the faults of the library stands `unknown`, which explains
everything as well as chance does: a fault has to do better than that.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itops_core.domain.values import Value
from itops_core.reasoning.offline.library import Fault, Library
from itops_core.reasoning.offline.sightings import Sighting, Sightings

UNKNOWN = "unknown"
_UNKNOWN_PRIOR = 0.12
_DISCOUNT = 0.3
_EDGE = 0.0005
_HIGHEST = 0.97


class Weight(Value):
    """How much one sighting speaks for or against one fault."""

    symptom: str
    present: bool
    value: float


class Hypothesis(Value):
    """One fault and how likely it stands; `fault` is `unknown` for what is in no library."""

    fault: str
    probability: float
    weights: tuple[Weight, ...] = ()

    @property
    def against(self) -> tuple[Weight, ...]:
        """What speaks against it, strongest first."""
        return tuple(
            sorted((one for one in self.weights if one.value < -0.2), key=lambda one: one.value)
        )

    @property
    def favour(self) -> tuple[Weight, ...]:
        """What speaks for it, strongest first."""
        return tuple(
            sorted((one for one in self.weights if one.value > 0.2), key=lambda one: -one.value)
        )


@dataclass(frozen=True)
class Ranking:
    """All hypotheses, the likeliest first."""

    hypotheses: tuple[Hypothesis, ...]

    @property
    def leader(self) -> Hypothesis:
        """The likeliest."""
        return self.hypotheses[0]

    @property
    def lead(self) -> float:
        """How far it stands above the next."""
        return self.hypotheses[0].probability - self.hypotheses[1].probability

    def probability(self, fault: str) -> float:
        """Return how likely one fault stands."""
        return next((one.probability for one in self.hypotheses if one.fault == fault), 0.0)


def chance(fault: Fault | None, symptom: str, library: Library) -> float:
    """Return how often `symptom` is seen with `fault`; `None` is the unknown fault."""
    usual = library.symptoms[symptom].usual
    shown = fault.shows.get(symptom) if fault else None
    return min(1 - _EDGE, max(_EDGE, shown.seen if shown else usual))


def ranked(faults: Iterable[Fault], seen: Sightings, library: Library) -> Ranking:
    """Return all of `faults` and the unknown one, ranked by what was `seen`."""
    scored: list[tuple[float, Hypothesis]] = [
        (math.log(_UNKNOWN_PRIOR), Hypothesis(fault=UNKNOWN, probability=0))
    ]
    for fault in faults:
        weights = tuple(_weights(fault, seen, library))
        score = math.log(fault.prior) + _total(weights, library)
        scored.append((score, Hypothesis(fault=fault.id, probability=0, weights=weights)))
    highest = max(score for score, _ in scored)
    odds = [math.exp(score - highest) for score, _ in scored]
    total = sum(odds)
    ordered = sorted(
        (
            replaced(hypothesis, odd / total)
            for odd, (_, hypothesis) in zip(odds, scored, strict=True)
        ),
        key=lambda one: (-one.probability, one.fault),
    )
    return Ranking(tuple(ordered))


def replaced(hypothesis: Hypothesis, probability: float) -> Hypothesis:
    """Return the hypothesis with another probability; certainty is not to be had."""
    return hypothesis.model_copy(update={"probability": min(_HIGHEST, probability)})


def supposing(seen: Sightings, symptom: str, *, present: bool) -> dict[str, Sighting]:
    """Return `seen` as it would be if `symptom` were looked for, and found or not."""
    return {**seen, symptom: Sighting(symptom=symptom, present=present)}


def _weights(fault: Fault, seen: Sightings, library: Library) -> Iterable[Weight]:
    for symptom, shown in fault.shows.items():
        sighting = seen.get(symptom)
        if sighting is None:
            continue
        if sighting.present and shown.only_with and not _any_present(seen, shown.only_with):
            continue
        likely, usual = chance(fault, symptom, library), library.symptoms[symptom].usual
        ratio = likely / usual if sighting.present else (1 - likely) / (1 - usual)
        value = math.log(ratio) * sighting.strength
        yield Weight(symptom=symptom, present=sighting.present, value=round(value, 4))


def _any_present(seen: Mapping[str, Sighting], symptoms: Iterable[str]) -> bool:
    return any(symptom in seen and seen[symptom].present for symptom in symptoms)


def _total(weights: Iterable[Weight], library: Library) -> float:
    groups: dict[str, list[float]] = {}
    for weight in weights:
        groups.setdefault(library.symptoms[weight.symptom].group, []).append(weight.value)
    return sum(_of_group(values) for values in groups.values())


def _of_group(values: list[float]) -> float:
    total = 0.0
    for side in (
        sorted((value for value in values if value > 0), reverse=True),
        sorted(value for value in values if value < 0),
    ):
        if side:
            total += side[0] + _DISCOUNT * sum(side[1:])
    return total
