"""Which past incidents are like this one, and in what: alarm, services, fault, words."""

from collections.abc import Sequence

from itops_core.domain.incident import Incident
from itops_core.domain.values import Value
from itops_core.stores.ranking import Field, Ranking

_SAME_ALARM = 3.0
_SAME_METRIC = 1.0
_SAME_SERVICE = 2.0
_SHARED_SERVICE = 1.0
_SAME_FAULT = 3.0
_WORDS = 4.0
"""What the words weigh where they are as like as words can be."""

_LEAST = 1.0
"""Less than this is chance: a word or two that any two incidents share."""

_TEXT_CHARACTERS = 2000


class Likeness(Value):
    """How like another incident is, and in what."""

    incident: Incident
    score: float
    shared: tuple[str, ...]


def similar_to(incident: Incident, others: Sequence[Incident]) -> list[Likeness]:
    """Return the incidents that are like `incident`, the most alike first, newer before older."""
    candidates = [other for other in others if other.incident_id != incident.incident_id]
    asked = " ".join(part.text for part in searchable(incident))[:_TEXT_CHARACTERS]
    # The incident itself is scored as well: nothing can be more like it in words.
    documents = [searchable(other) for other in (incident, *candidates)]
    itself, *scores = Ranking(documents).scores(asked)
    found = [
        _likeness(incident, other, score / itself if itself else 0.0)
        for other, score in zip(candidates, scores, strict=True)
    ]
    alike = [one for one in found if one.score >= _LEAST]
    return sorted(alike, key=lambda one: (-one.score, -one.incident.opened_at.timestamp()))


def _likeness(incident: Incident, other: Incident, words: float) -> Likeness:
    shared: list[str] = []
    score = min(words, 1.0) * _WORDS
    if incident.alarm and other.alarm:
        if incident.alarm.fingerprint == other.alarm.fingerprint:
            score += _SAME_ALARM
            shared.append(f"the same alarm {other.alarm.name}")
        elif incident.alarm.metric and incident.alarm.metric == other.alarm.metric:
            score += _SAME_METRIC
            shared.append(f"an alarm on {other.alarm.metric}, too")
    ours = {incident.service, *incident.affected_services}
    theirs = {other.service, *other.affected_services}
    if incident.service == other.service:
        score += _SAME_SERVICE
        shared.append(f"the same service {other.service}")
    elif ours & theirs:
        score += _SHARED_SERVICE
        shared.append(f"also affects {', '.join(sorted(ours & theirs)[:3])}")
    fault = _fault_of(incident)
    if fault is not None and fault == _fault_of(other):
        score += _SAME_FAULT
        shared.append(f"the same fault {fault}")
    if words >= 0.3:
        shared.append("much the same words")
    return Likeness(incident=other, score=round(score, 3), shared=tuple(shared))


def _fault_of(incident: Incident) -> str | None:
    cause = incident.verdict.root_cause if incident.verdict else None
    return None if cause is None or cause.fault == "unknown" else cause.fault


def searchable(incident: Incident) -> tuple[Field, ...]:
    """Return an incident as the ranking sees it."""
    verdict, alarm = incident.verdict, incident.alarm
    cause = verdict.root_cause if verdict else None
    found = f"{verdict.summary} {cause.fault if cause else ''}" if verdict else ""
    return (
        Field(incident.title, 3),
        Field(" ".join((incident.service, *incident.affected_services)), 2),
        Field(f"{alarm.name} {alarm.metric} {alarm.reason}" if alarm else "", 2),
        Field(found.replace("_", " "), 2),
        Field(incident.description[:2000], 1),
        Field(incident.resolution or "", 1),
    )
