"""The frame of a round of watching: no incident is looked into, but the agents work on one."""

from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.incident import Incident, TimelineEvent, open_incident
from itops_core.domain.values import derived_id, sha256_of

EVERYTHING = "everything"
"""What a round is about that no device was named for."""

_WATCHER = "watchdog"


def round_of(run_id: str, at: datetime, device: str = "") -> Incident:
    """Return what the agent is given to work on: the round that `run_id` names."""
    about = device or EVERYTHING
    told = f"device {device} alone" if device else "all devices, alarms, queues and pipelines"
    return open_incident(
        f"A round of watching over {told}",
        about,
        at,
        fingerprint=sha256_of(["round", run_id])[:32],
        description="Nothing is reported. Look, and say what is wrong or about to be.",
        detected_by=_WATCHER,
    ).model_copy(update={"incident_id": derived_id("INC", "round", run_id)})


def device_of(incident: Incident) -> str:
    """Return the device that a round is about; empty where it is about everything."""
    is_round = incident.detected_by == _WATCHER and incident.service != EVERYTHING
    return incident.service if is_round else ""


@dataclass(frozen=True)
class RoundFrame:
    """Stands where the incidents do: of a round no incident is on record."""

    incident: Incident

    def get(self, incident_id: str) -> Incident:
        """Return the round."""
        del incident_id
        return self.incident

    def add_event(self, event: TimelineEvent) -> TimelineEvent:
        """A round has no timeline; its journal tells what happened."""
        return event
