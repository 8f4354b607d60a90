"""One incident at a time may act on a resource, and for a while after only that one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.incident import Incident
from itops_core.errors import NotFoundError
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore

_SETTLES = timedelta(seconds=60)
"""So long after its incident is over may a claim still hold others off."""

_TRIES = 5


@dataclass(frozen=True)
class Claims:
    """Who acted on what, and when. A claim ends by itself when the cool-down is over."""

    runtime: RuntimeStore
    incidents: IncidentStore
    cooldown_seconds: float
    clock: Callable[[], datetime]

    def fault_in_taking(self, resource: str, incident_id: str) -> str | None:
        """Claim `resource` for the incident; return why not, where another one holds it.

        The incident that holds it takes it anew with each of its actions, also to undo them.
        """
        key = f"acting#{resource}"
        mine = {"incident_id": incident_id, "at": self.clock().isoformat()}
        for _ in range(_TRIES):
            if self.runtime.begin(key, self.cooldown_seconds, mine):
                return None
            held = self.runtime.read(key)
            if held is None:
                continue
            if held["incident_id"] != incident_id and not self._has_settled(held):
                return (
                    f"{held['incident_id']} acted on {resource} at {held['at']}: no other incident"
                    f" does within {self.cooldown_seconds:g} seconds"
                )
            if self.runtime.replace(key, held, mine, self.cooldown_seconds):
                return None
        return f"others are at {resource} at the same time"

    def _has_settled(self, held: dict[str, Any]) -> bool:
        """Whether the holder's incident has been over for long enough."""
        try:
            incident: Incident = self.incidents.get(held["incident_id"])
        except NotFoundError:
            return True
        ended = incident.closed_at or incident.updated_at
        return incident.is_over and self.clock() - ended >= _SETTLES
