"""Whether an incident was there before: remembered when work begins, and looked at as such.

What decided the earlier one is asked at once, before anything else. Where the answers lead to a
verdict, how bad it is follows from the same answers and takes no step of its own. Where they do
not, the incident is triaged and looked into as any other, with those answers at hand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent, Case, Step, Turn
from itops_core.domain.past import Past
from itops_core.domain.verdict import TriageVerdict
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.reasoning.offline.recurrence import decisive_questions
from itops_core.reasoning.offline.triage import as_triage_sees
from itops_core.settings import Config
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.events import timeline_event
from itops_core.workflow.recollection import (
    Recollection,
    earlier_of,
    is_worked_on,
    taken_down,
)


class _Rating(OfflineReasoner):
    """Rates an incident by what triage would have looked at."""

    def next_turn(self, case: Case) -> Turn:
        """Return how bad it is."""
        return super().next_turn(as_triage_sees(case))


@dataclass(frozen=True)
class Recogniser:
    """Remembers what is known from before, once, and looks whether it is so again."""

    recollection: Recollection
    incidents: IncidentStore
    cause: Callable[[], StepEngine]
    """The engine of the root cause agent."""
    config: Config
    clock: Callable[[], datetime]

    def recognised(self, incident: Incident) -> TriageVerdict | None:
        """Return how bad a known incident is, or `None` where it has to be found out."""
        incident = self._remembering(incident)
        past = incident.past
        if past is None or not past.probes or incident.round > 1 or incident.triage is not None:
            return None
        engine = self.cause()
        taken = engine.agent_state.steps(incident.incident_id)
        if taken and not _is_decided(taken):
            return None
        if engine.take_step(incident.incident_id, Agent.ROOT_CAUSE).verdict is None:
            return None
        rated = engine.concluded(incident.incident_id, Agent.TRIAGE, _Rating(self.config))
        return rated if isinstance(rated, TriageVerdict) else None

    def _remembering(self, incident: Incident) -> Incident:
        """Return the incident with what is remembered; what was taken down first stands."""
        if incident.past is not None or incident.round > 1:
            return incident
        past = self._past(incident)

        def with_past(one: Incident) -> Incident:
            if one.past is not None or one.is_over:
                return one
            return one.changed(self.clock(), past=past)

        kept = self.incidents.update(incident.incident_id, with_past)
        if kept.past == past and (past.earlier or past.hints):
            self._tell(kept, past)
        return kept

    def _past(self, incident: Incident) -> Past:
        others = self.recollection.others(incident)
        earlier = earlier_of(incident, others)
        past = Past(
            taken_at=self.clock(),
            hints=self.recollection.hints(incident, others),
            earlier=tuple(map(taken_down, earlier)),
        )
        if not earlier or is_worked_on(incident, others):
            return past
        rules = self.config.reasoning
        steps = self.cause().agent_state.steps(earlier[0].incident_id)
        probes, then = decisive_questions(
            earlier[0], steps, incident, Bar(rules.found_at, rules.lead)
        )
        return past.model_copy(update={"probes": probes, "probes_then": then})

    def _tell(self, incident: Incident, past: Past) -> None:
        like = ", ".join(dict.fromkeys(one.source_id for one in past.hints))
        same = f"the same alarm opened {past.earlier[0].incident_id}; " if past.earlier else ""
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                "note",
                f"{same}hints from {like or 'nothing else'}: they say where to look, no more",
                past.taken_at,
                actor="triage_agent",
                key="past",
                hints=[one.source_id for one in past.hints],
            )
        )


def _is_decided(steps: Sequence[Step]) -> bool:
    """Whether the cause was found without any triage: a repeat of what comes before this."""
    agents = {step.agent for step in steps}
    return Agent.TRIAGE not in agents and any(step.turn.verdict for step in steps)
