"""Who may act alone by now: the record of each class of actions, held against the bar.

The gate asks before every decision, in the agent and again in the operations server. What was
measured after an action, and what people thought of the verdict, is weighed here once it is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from pydantic import Field

from itops_core.domain.audit_events import Witness, autonomy_changed
from itops_core.domain.autonomy import Bar, Seed, Standing, Trial, standing_of, trials_of
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.values import Value
from itops_core.settings import Autonomy, bundled
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.track_record import TrackRecordStore

Trials = Callable[[str], tuple[Trial, ...]]
Tell = Callable[[Incident, Standing], object]
"""Tells people that a class of actions may act alone from now on, or no longer may."""


class Seeds(Value):
    """What the evals measured, and by which command."""

    label: str
    measured_by: str
    measured_at: str
    reasoner: str
    cases: int
    actions: dict[str, Seed] = Field(default_factory=dict)


@lru_cache
def seeds() -> Seeds:
    """Return the seeds of this process, `config/autonomy.yaml`."""
    raw: dict[str, Any] = yaml.safe_load(
        (bundled("config") / "autonomy.yaml").read_text(encoding="utf-8")
    )
    return Seeds.model_validate(raw)


@dataclass(frozen=True)
class TrackRecords:
    """The records of all classes of actions, held against the bar."""

    trials: Trials
    seeds: Seeds
    rules: Autonomy

    def standing(self, action: str) -> Standing:
        """Return how a class of actions stands now."""
        return self.judged(action, self.trials(action))

    def judged(self, action: str, trials: tuple[Trial, ...]) -> Standing:
        """Return how it stands by these trials."""
        bar = Bar(precision=self.rules.precision_bar, seed_weight=self.rules.seed_weight)
        return standing_of(action, trials, self.seeds.actions.get(action), bar)


def of_seeds_alone(_action: str) -> tuple[Trial, ...]:
    """Return no trials: where nothing was ever carried out, the seeds are all there is."""
    return ()


@dataclass(frozen=True)
class Earner:
    """Keeps the records. Safe to run twice: a trial is known by its incident and round."""

    store: TrackRecordStore
    records: TrackRecords
    incidents: IncidentStore
    witness: Witness
    tell: Tell

    def weigh(self, incident: Incident) -> None:
        """Put on record what is known of the incident's actions, and say where that turns it."""
        for action, trial in trials_of(incident).items():
            earlier, known = self.store.record(action, trial)
            standing = self.records.judged(action, known)
            if self.records.judged(action, earlier).earned is not standing.earned:
                self._turned(incident, trial, standing)

    def _turned(self, incident: Incident, trial: Trial, standing: Standing) -> None:
        said = turn_of(standing)
        self.witness(autonomy_changed(incident, trial, standing, said))
        self.incidents.add_event(
            TimelineEvent(
                incident_id=incident.incident_id,
                event_id=f"autonomy-{standing.action}-{trial.round}-{trial.outcome}",
                at=trial.at,
                kind="autonomy",
                actor="gate",
                message=said,
                fields=standing.model_dump(mode="json"),
            )
        )
        self.tell(incident, standing)


def turn_of(standing: Standing) -> str:
    """Return what people are told when a class of actions may act alone again, or no longer."""
    now = (
        "happens by itself again where nothing else asks for a person"
        if standing.earned
        else "no longer happens by itself: a person is asked"
    )
    return f"{standing.action} {now}. {standing.told}."
