"""How likely each fault is, given what was seen: log-odds, and probabilities of them.

The weight of a sighting is ln(shows / usual) where the symptom was there and
ln((1 - shows) / (1 - usual)) where its source was looked at and it was not; a source that was
not seen weighs nothing. Symptoms of one group say much the same: the strongest counts in full,
the others at a discount. Beside the faults of the library stands `unknown`, which explains
everything as well as chance does: a fault has to do better than that.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from itops_core.domain.values import Value
from itops_core.reasoning.offline.library import Fault, Library
from itops_core.reasoning.offline.sightings import Sighting, Sightings

UNKNOWN = "unknown"
_EDGE = 0.0005
_NEGLIGIBLE = 0.0003

Trail = tuple[tuple[str, Fault | None], ...]
"""Who shows what by a hypothesis: from the component of the incident down to the one at fault."""
Scored = tuple[float, "Hypothesis", Trail]


class Weight(Value):
    """How much one sighting speaks for or against one fault."""

    symptom: str
    present: bool
    value: float
    component: str = ""


class Hypothesis(Value):
    """One fault and how likely it stands; `fault` is `unknown` for what is in no library."""

    fault: str
    probability: float
    weights: tuple[Weight, ...] = ()
    component: str = ""

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
    trails: Mapping[tuple[str, str], Trail] = field(default_factory=dict[tuple[str, str], Trail])

    @property
    def leader(self) -> Hypothesis:
        """The likeliest."""
        return self.hypotheses[0]

    @cached_property
    def plausible(self) -> tuple[Hypothesis, ...]:
        """Those that are worth a thought; the others together hold next to nothing."""
        return tuple(one for one in self.hypotheses if one.probability >= _NEGLIGIBLE)

    @property
    def lead(self) -> float:
        """How far it stands above the next."""
        return self.hypotheses[0].probability - self.hypotheses[1].probability

    def probability(self, fault: str) -> float:
        """Return how likely one fault stands."""
        return next((one.probability for one in self.hypotheses if one.fault == fault), 0.0)

    def of_component(self, name: str) -> float:
        """Return how likely a component is to be the one at fault."""
        return sum(one.probability for one in self.hypotheses if one.component == name)

    def trail(self, hypothesis: Hypothesis) -> Trail:
        """Return who shows what by a hypothesis."""
        return self.trails.get((hypothesis.component, hypothesis.fault), ())


def chance(fault: Fault | None, symptom: str, library: Library) -> float:
    """Return how often `symptom` is seen with `fault`; `None` is the unknown fault."""
    usual = library.symptoms[symptom].usual
    shown = fault.shows.get(symptom) if fault else None
    return min(1 - _EDGE, max(_EDGE, shown.seen if shown else usual))


def innocent_chance(symptom: str, library: Library) -> float:
    """Return how often `symptom` is seen in a component that is not at fault."""
    calibration = library.calibration
    usual = library.symptoms[symptom].usual
    shown = library.calm.get(symptom, usual * calibration.elsewhere)
    return min(1 - _EDGE, max(_EDGE, calibration.calm * shown + (1 - calibration.calm) * usual))


def innocence(seen: Sightings, library: Library) -> float:
    """Return the log-odds of what was seen, for a component that is not at fault."""
    calibration = library.calibration
    weights = [
        _weight(one, library.calm.get(name, usual * calibration.elsewhere), usual)
        for name, one in seen.items()
        for usual in (library.symptoms[name].usual,)
    ]
    well = calibration.calm * math.exp(_total(weights, library))
    return math.log(well + 1 - calibration.calm)


def ranked(faults: Iterable[Fault], seen: Sightings, library: Library) -> Ranking:
    """Return all of `faults` and the unknown one, ranked by what was `seen` of one component."""
    return ranking_of(scored("", faults, seen, library), library)


def scored(
    component: str, faults: Iterable[Fault], seen: Sightings, library: Library
) -> Iterable[Scored]:
    """Yield the log-odds of each fault of a component, and of the unknown one."""
    unknown = Hypothesis(fault=UNKNOWN, probability=0, component=component)
    yield math.log(library.calibration.unknown_prior), unknown, ((component, None),)
    for fault in faults:
        score, weights = weighed(component, fault, seen, library)
        hypothesis = Hypothesis(fault=fault.id, probability=0, weights=weights, component=component)
        yield math.log(fault.prior) + score, hypothesis, ((component, fault),)


def weighed(
    component: str, fault: Fault, seen: Sightings, library: Library
) -> tuple[float, tuple[Weight, ...]]:
    """Return how much what was seen speaks for a fault, prior aside, and each part of it."""
    weights = tuple(
        one.model_copy(update={"component": component}) for one in _weights(fault, seen, library)
    )
    return _total(weights, library), weights


def ranking_of(entries: Iterable[Scored], library: Library) -> Ranking:
    """Return hypotheses as probabilities; the same one reached by two ways counts once."""
    found: dict[tuple[str, str], Scored] = {}
    temperature = library.calibration.temperature
    for score, hypothesis, trail in entries:
        key = (hypothesis.component, hypothesis.fault)
        known = found.get(key)
        if known is None:
            found[key] = (score, hypothesis, trail)
            continue
        stronger = max(known, (score, hypothesis, trail), key=lambda one: one[0])
        both = max(known[0], score) + math.log1p(math.exp(-abs(known[0] - score)))
        found[key] = (both, stronger[1], stronger[2])
    highest = max(score for score, _, _ in found.values())
    odds = {key: math.exp((one[0] - highest) / temperature) for key, one in found.items()}
    total = sum(odds.values())
    ordered = sorted(
        (
            replaced(one[1], odds[key] / total, library.calibration.highest)
            for key, one in found.items()
        ),
        key=lambda one: (-one.probability, one.fault, one.component),
    )
    return Ranking(tuple(ordered), {key: one[2] for key, one in found.items()})


def replaced(hypothesis: Hypothesis, probability: float, highest: float) -> Hypothesis:
    """Return the hypothesis with another probability; certainty is not to be had."""
    return hypothesis.model_copy(update={"probability": min(highest, probability)})


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
        yield _weight(sighting, chance(fault, symptom, library), library.symptoms[symptom].usual)


def _weight(sighting: Sighting, likely: float, usual: float) -> Weight:
    ratio = likely / usual if sighting.present else (1 - likely) / (1 - usual)
    value = math.log(ratio) * sighting.strength
    return Weight(symptom=sighting.symptom, present=sighting.present, value=round(value, 4))


def _any_present(seen: Mapping[str, Sighting], symptoms: Iterable[str]) -> bool:
    return any(symptom in seen and seen[symptom].present for symptom in symptoms)


def _total(weights: Iterable[Weight], library: Library) -> float:
    groups: dict[str, list[float]] = {}
    for weight in weights:
        groups.setdefault(library.symptoms[weight.symptom].group, []).append(weight.value)
    return sum(_of_group(values, library.calibration.discount) for values in groups.values())


def _of_group(values: list[float], discount: float) -> float:
    """Return what symptoms that say much the same weigh together.

    Beside one that is there, it is no wonder that others of its sort are not.
    """
    there = sorted((value for value in values if value > 0), reverse=True)
    absent = sorted(value for value in values if value < 0)
    total = there[0] + discount * sum(there[1:]) if there else 0.0
    if absent:
        total += (discount if there else 1.0) * absent[0] + discount**2 * sum(absent[1:])
    return total
