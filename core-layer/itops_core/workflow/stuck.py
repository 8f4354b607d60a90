"""Finds incidents in which nothing moves any more, though the agents still have them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.values import Value
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore


class Stuck(Value):
    """An incident that does not move, since when, and what it hangs on."""

    incident_id: str
    status: Status
    since: datetime
    why: str


@dataclass(frozen=True)
class StuckFinder:
    """Looks at every unfinished incident once."""

    incidents: IncidentStore
    approvals: ApprovalStore
    minutes: float

    def find(self, at: datetime) -> tuple[Stuck, ...]:
        """Return what is stuck at that moment."""
        patience = timedelta(minutes=self.minutes)
        found = [self._look(one, at - patience) for one in self.incidents.unfinished()]
        return tuple(one for one in found if one is not None)

    def _look(self, seen: Incident, before: datetime) -> Stuck | None:
        if seen.updated_at > before:
            return None
        # The index may lag behind, and a step leaves a line on the timeline alone.
        incident = self.incidents.get(seen.incident_id)
        latest = self.incidents.latest_event_at(incident.incident_id) or incident.updated_at
        since = max(incident.updated_at, latest)
        if incident.is_over or since > before:
            return None
        question = self._question_of(incident)
        if question is not None and question.status is ApprovalStatus.PENDING:
            if question.expires_at > before:
                return None
            why = f"{question.approval_id} expired long ago and nothing came of it"
        else:
            why = f"nothing was written about it since, in the status {incident.status.value}"
        return Stuck(incident_id=incident.incident_id, status=incident.status, since=since, why=why)

    def _question_of(self, incident: Incident) -> Approval | None:
        if incident.status is not Status.AWAITING_APPROVAL:
            return None
        asked = self.approvals.for_incident(incident.incident_id)
        return next((one for one in asked if one.approval_id == incident.approval_id), None)
