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

_REMEMBERED_SECONDS = 7 * 24 * 3600
"""Who acted last is known for longer than anybody's yes counts."""

_TRIES = 5


@dataclass(frozen=True)
class Claims:
    """Who acted on what, and when. A claim holds others off until the cool-down is over."""

    runtime: RuntimeStore
    incidents: IncidentStore
    cooldown_seconds: float
    clock: Callable[[], datetime]

    def fault_in_taking(self, resource: str, incident_id: str, action: str) -> str | None:
        """Claim `resource` for the incident; return why not, where another one holds it.

        The incident that holds it takes it anew with each of its actions, also to undo them.
        """
        key, seconds = _key(resource), max(self.cooldown_seconds, _REMEMBERED_SECONDS)
        mine = {"incident_id": incident_id, "action": action, "at": self.clock().isoformat()}
        for _ in range(_TRIES):
            if self.runtime.begin(key, seconds, mine):
                return None
            held = self.runtime.read(key)
            if held is None:
                continue
            if held["incident_id"] != incident_id and self._holds(held):
                return (
                    f"{held['incident_id']} acted on {resource} at {held['at']}: no other incident"
                    f" does within {self.cooldown_seconds:g} seconds"
                )
            if self.runtime.replace(key, held, mine, seconds):
                return None
        return f"others are at {resource} at the same time"

    def taken_since(self, resource: str, incident_id: str, since: datetime) -> str | None:
        """Return what another incident has begun to do to `resource` since then, and when."""
        held = self.runtime.read(_key(resource))
        if held is None or held["incident_id"] == incident_id or _at(held) < since:
            return None
        what, at = held.get("action", "something"), f"{_at(held):%Y-%m-%d %H:%M:%S} UTC"
        return f"{held['incident_id']} began {what} there at {at}"

    def _holds(self, held: dict[str, Any]) -> bool:
        is_recent = self.clock() - _at(held) < timedelta(seconds=self.cooldown_seconds)
        return is_recent and not self._has_settled(held)

    def _has_settled(self, held: dict[str, Any]) -> bool:
        """Whether the holder's incident has been over for long enough."""
        try:
            incident: Incident = self.incidents.get(held["incident_id"])
        except NotFoundError:
            return True
        ended = incident.closed_at or incident.updated_at
        return incident.is_over and self.clock() - ended >= _SETTLES


def _key(resource: str) -> str:
    return f"acting#{resource}"


def _at(held: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(held["at"])
