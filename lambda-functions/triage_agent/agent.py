"""From an open incident to a triaged one: one ReAct step at a time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Agent
from itops_core.domain.verdict import Severity, TriageVerdict, worse_of
from itops_core.errors import NotFoundError
from itops_core.reasoning.engine import StepEngine
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.events import timeline_event
from triage_agent.recognising import Recogniser

_ACTOR = "triage_agent"


@dataclass(frozen=True)
class TriageAgent:
    """Has the severity judged, and links an incident to the one that it repeats."""

    engine: StepEngine
    incidents: IncidentStore
    clock: Callable[[], datetime]
    recogniser: Recogniser | None = None

    def triage(self, incident_id: str) -> dict[str, Any]:
        """Return `continue`, `investigate` (with the severity), `duplicate` or `stopped`."""
        incident = self.incidents.update(incident_id, self._begun)
        if self.recogniser is not None and not incident.is_over:
            known = self.recogniser.recognised(incident)
            if known is not None:
                return self._triaged(incident_id, known)
        step = self.engine.take_step(incident_id, Agent.TRIAGE)
        if step.stopped:
            return _answer(incident_id, "stopped")
        if step.triage is None:
            return _answer(incident_id, "continue")
        verdict = step.triage
        original = self._original(step.incident, verdict)
        if original is not None:
            return self._linked(incident_id, verdict, original)
        return self._triaged(incident_id, verdict)

    def _begun(self, incident: Incident) -> Incident:
        if incident.status is not Status.OPEN:
            return incident
        return incident.moved_to(Status.TRIAGING, self.clock())

    def _triaged(self, incident_id: str, verdict: TriageVerdict) -> dict[str, Any]:
        def with_verdict(incident: Incident) -> Incident:
            known = _on_its_own(verdict)
            severity = _severity(incident, verdict.severity)
            if incident.is_over or (incident.triage, incident.severity) == (known, severity):
                return incident
            return incident.changed(self.clock(), triage=known, severity=severity)

        incident = self.incidents.update(incident_id, with_verdict)
        if incident.is_over or incident.severity is None:
            return _answer(incident_id, "stopped")
        return {**_answer(incident_id, "investigate"), "severity": incident.severity.value}

    def _original(self, incident: Incident, verdict: TriageVerdict) -> Incident | None:
        """Return the incident that this one repeats, if it is older and still worked on.

        Who thinks only says so; whether it can be so is decided here.
        """
        if verdict.duplicate_of in (None, incident.incident_id):
            return None
        try:
            other = self.incidents.get(str(verdict.duplicate_of))
            if other.duplicate_of is not None:
                other = self.incidents.get(other.duplicate_of)
        except NotFoundError:
            return None
        is_older = (other.opened_at, other.incident_id) < (incident.opened_at, incident.incident_id)
        is_near = incident.service in (other.service, *other.affected_services)
        return other if is_older and is_near and not other.is_over else None

    def _linked(
        self, incident_id: str, verdict: TriageVerdict, original: Incident
    ) -> dict[str, Any]:
        at = self.clock()

        def linked(incident: Incident) -> Incident:
            if incident.is_over or incident.status is not Status.TRIAGING:
                return incident
            return incident.moved_to(
                Status.DUPLICATE,
                at,
                triage=verdict,
                severity=_severity(incident, verdict.severity),
                duplicate_of=original.incident_id,
                resolution=f"Repeats {original.incident_id}, which is being worked on.",
            )

        incident = self.incidents.update(incident_id, linked)
        if incident.status is not Status.DUPLICATE:
            return _answer(incident_id, "stopped")
        for one, other in ((incident, original), (original, incident)):
            words = "repeats" if one is incident else "is repeated by"
            self.incidents.add_event(
                timeline_event(
                    one.incident_id,
                    "linked",
                    f"{one.incident_id} {words} {other.incident_id}",
                    at,
                    actor=_ACTOR,
                    key=other.incident_id,
                    linked_to=other.incident_id,
                )
            )
        return _answer(incident_id, "duplicate")


def _on_its_own(verdict: TriageVerdict) -> TriageVerdict:
    """Return the verdict without the word that it repeats another, which turned out not to be."""
    if verdict.duplicate_of is None:
        return verdict
    kept = [
        sentence
        for sentence in re.split(r"(?<=[.!?])\s+", verdict.summary)
        if verdict.duplicate_of not in sentence
    ]
    note = (
        f"It is treated by itself: {verdict.duplicate_of} is not older, near and being worked on."
    )
    return verdict.model_copy(update={"duplicate_of": None, "summary": " ".join((*kept, note))})


def _severity(incident: Incident, judged: Severity) -> Severity:
    """Return a person's severity where one is given; only with an alarm may it be judged worse."""
    reported = incident.severity
    if reported is None or incident.alarm is None:
        return reported or judged
    return worse_of(reported, judged)


def _answer(incident_id: str, outcome: str) -> dict[str, Any]:
    return {"incident_id": incident_id, "outcome": outcome}
