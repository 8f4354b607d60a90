"""Where an incident stands, from what is stored of it: facts, hypotheses, gaps."""

from collections.abc import Sequence

from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import ObservationStatus, Step
from itops_core.domain.values import Value
from itops_core.domain.verdict import Gap

_SENTENCE = 300


class Hypothesis(Value):
    """A candidate for the cause, and where it stands."""

    component: str
    fault: str
    probability: float
    standing: str = Field(description="accepted, ruled out and by what, or open.")


def summary_of(incident: Incident, suspected: Sequence[Hypothesis]) -> str:
    """Return where it stands, in a few sentences."""
    parts = [f"{incident.title} on {incident.service}, {incident.status.value}."]
    if incident.verdict is not None:
        parts.append(incident.verdict.summary)
    elif suspected:
        first = suspected[0]
        parts.append(
            f"Most likely so far: {first.fault} of {first.component} ({first.probability:.0%})."
        )
    else:
        parts.append("Nobody has looked for the cause yet.")
    if incident.resolution:
        parts.append(incident.resolution)
    elif incident.escalation:
        parts.append(f"Handed to people: {incident.escalation.reason}")
    return " ".join(parts)


def known_of(incident: Incident, entry: CatalogEntry | None, steps: Sequence[Step]) -> list[str]:
    """Return the facts, each in one sentence."""
    severity = incident.severity.value if incident.severity else "not rated yet"
    facts = [f"severity: {severity}", f"detected by {incident.detected_by}"]
    if incident.symptom_started_at:
        facts.append(f"symptom since {incident.symptom_started_at.isoformat()}")
    if incident.alarm:
        facts.append(f"alarm {incident.alarm.name}: {incident.alarm.reason}")
    if entry:
        owner = f", owned by {entry.owner}" if entry.owner else ""
        facts.append(f"{entry.entry_id} is a tier {entry.tier} {entry.kind}{owner}")
        if entry.depends_on:
            facts.append(f"it leans on {', '.join(entry.depends_on)}")
    else:
        facts.append(f"the catalog does not know {incident.service}")
    if steps:
        facts.append(f"{len(steps)} steps taken, the last by {steps[-1].agent.value}")
    if incident.verdict:
        facts += [claim.text for claim in incident.verdict.claims[:5]]
    facts += [
        f"{record.action.name} on {record.resource}: {record.status.value}"
        for record in incident.actions[:5]
    ]
    return [fact[:_SENTENCE] for fact in facts]


def hypotheses_of(incident: Incident, steps: Sequence[Step]) -> list[Hypothesis]:
    """Return the candidates for the cause: the verdict's, else what was believed last."""
    verdict = incident.verdict
    if verdict is None:
        beliefs = next((step.turn.beliefs for step in reversed(steps) if step.turn.beliefs), ())
        open_ones = [
            Hypothesis(component=b.component, fault=b.fault, probability=p, standing="open")
            for b in beliefs
            if (p := round(b.probability, 4)) > 0
        ]
        return sorted(open_ones, key=lambda one: -one.probability)
    found = [
        Hypothesis(
            component=rival.component,
            fault=rival.fault,
            probability=rival.confidence,
            standing=f"{'ruled out' if rival.refuted else 'open'}: {rival.ruled_out_by}"[
                :_SENTENCE
            ],
        )
        for rival in verdict.rivals
    ]
    cause = verdict.root_cause
    if cause is not None:
        accepted = Hypothesis(
            component=cause.component,
            fault=cause.fault,
            probability=verdict.confidence,
            standing="accepted",
        )
        found.insert(0, accepted)
    return found


def gaps_of(incident: Incident, steps: Sequence[Step]) -> list[Gap]:
    """Return what could not be seen: the verdict's gaps, and calls that met no server."""
    found = {gap.source: gap for gap in (incident.verdict.gaps if incident.verdict else ())}
    for step in steps:
        for seen in step.observations:
            if seen.status is ObservationStatus.UNAVAILABLE:
                source = f"{seen.call.server}.{seen.call.tool}"
                found.setdefault(source, Gap(source=source, reason=seen.message[:_SENTENCE]))
    return list(found.values())[:10]
