"""Plain sentences about what was seen and believed."""

from collections.abc import Iterable

from itops_core.domain.evidence import Claim
from itops_core.reasoning.offline.beliefs import UNKNOWN, Hypothesis
from itops_core.reasoning.offline.library import Library
from itops_core.reasoning.offline.sightings import Sighting, Sightings


def sentence(library: Library, sighting: Sighting, component: str) -> str:
    """Return what a sighting says, with its figures."""
    told = plainly(library, sighting, component)
    return f"{told} ({sighting.detail})" if sighting.detail else told


def plainly(library: Library, sighting: Sighting, component: str) -> str:
    """Return what a sighting says, without its figures."""
    symptom = library.symptoms[sighting.symptom]
    says = symptom.says if sighting.present else symptom.says_not
    if sighting.present and not sighting.is_new:
        says = symptom.says_alone or says
    return (sighting.wording or says or f"Not seen: {symptom.says}").format(component=component)


def claims(
    library: Library, seen: Sightings, symptoms: Iterable[str], component: str
) -> tuple[Claim, ...]:
    """Return one claim for each of `symptoms` that was seen and can be cited."""
    return tuple(
        Claim(text=sentence(library, seen[name], component), citations=seen[name].citations)
        for name in dict.fromkeys(symptoms)
        if name in seen and seen[name].citations
    )


def title(library: Library, fault_id: str) -> str:
    """Return the fault's name as people call it."""
    fault = library.fault(fault_id)
    return fault.title if fault else "Something that is in no library"


def ruled_out_by(library: Library, hypothesis: Hypothesis, component: str, otherwise: str) -> str:
    """Return what speaks against a hypothesis, or `otherwise` where nothing does."""
    reasons: list[str] = []
    # What was looked for and is not there refutes; what is there makes it only less likely.
    for weight in sorted(hypothesis.against, key=lambda one: one.present)[:2]:
        name = weight.component or component
        says = library.symptoms[weight.symptom].says.format(component=name).rstrip(".")
        reasons.append(
            f"less likely, as this is seldom seen with it: {says}"
            if weight.present
            else f"not seen: {says}"
        )
    nothing = (
        "what was seen is explained better by what is known"
        if hypothesis.fault == UNKNOWN
        else otherwise
    )
    return "; ".join(reasons) or nothing


def percent(probability: float) -> str:
    """Return a probability as people read it."""
    return f"{probability * 100:.0f} %"
