"""From symptoms to a verdict on their cause: one ReAct step at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Agent
from itops_core.domain.past import Recurrence, recurrence_of
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.reasoning.engine import StepEngine
from itops_core.stores.incidents import IncidentStore

_LONGEST_SUMMARY = 2000
_ON_THE_WAY = {Status.OPEN: Status.TRIAGING, Status.TRIAGING: Status.INVESTIGATING}


@dataclass(frozen=True)
class RootCauseAgent:
    """Has the cause looked for, and keeps the verdict with the incident."""

    engine: StepEngine
    incidents: IncidentStore
    clock: Callable[[], datetime]

    def investigate(self, incident_id: str) -> dict[str, Any]:
        """Return `continue`, the verdict's outcome (`found` …), or `stopped`."""
        self.incidents.update(incident_id, self._begun)
        step = self.engine.take_step(incident_id, Agent.ROOT_CAUSE)
        if step.stopped:
            return _answer(incident_id, "stopped")
        if step.verdict is None:
            return _answer(incident_id, "continue")
        verdict = _left_to_people(step.incident, step.verdict)
        again = recurrence_of(step.incident.past, verdict)
        verdict = _said_to_recur(verdict, again)
        incident = self.incidents.update(incident_id, lambda one: self._judged(one, verdict, again))
        return _answer(incident_id, "stopped" if incident.is_over else verdict.outcome.value)

    def _begun(self, incident: Incident) -> Incident:
        while incident.status in _ON_THE_WAY:
            incident = incident.moved_to(_ON_THE_WAY[incident.status], self.clock())
        return incident

    def _judged(self, incident: Incident, verdict: Verdict, again: Recurrence | None) -> Incident:
        if incident.is_over or (incident.verdict, incident.recurrence) == (verdict, again):
            return incident
        return incident.changed(self.clock(), verdict=verdict, recurrence=again)


def _said_to_recur(verdict: Verdict, again: Recurrence | None) -> Verdict:
    """Return the verdict, saying which incidents before it had the same cause."""
    if again is None:
        return verdict
    named = ", ".join(again.incident_ids)
    times = "once" if again.count == 1 else f"{again.count} times"
    told = f"It recurs: found {times} before since {again.since:%Y-%m-%d} ({named})."
    kept = verdict.summary[: _LONGEST_SUMMARY - len(told) - 1]
    return verdict.model_copy(update={"summary": f"{kept} {told}"})


def _left_to_people(incident: Incident, verdict: Verdict) -> Verdict:
    """Return the verdict; what a person reported is not closed because nothing is seen of it."""
    if incident.alarm is not None or verdict.outcome is not VerdictOutcome.HEALTHY:
        return verdict
    summary = f"Nothing is visibly wrong now; here is what was looked at. {verdict.summary}"
    return verdict.model_copy(
        update={"outcome": VerdictOutcome.UNRESOLVED, "summary": summary[:_LONGEST_SUMMARY]}
    )


def _answer(incident_id: str, outcome: str) -> dict[str, Any]:
    return {"incident_id": incident_id, "outcome": outcome}
