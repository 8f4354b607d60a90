"""Incidents whose alarms went away: closed where nobody has begun, told where somebody has."""

from collections.abc import Callable
from dataclasses import dataclass

from itops_core.domain.audit_events import incident_ended
from itops_core.domain.incident import Incident, Status
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.stores.audit import AuditLog
from itops_core.stores.endings import EndingStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.links import LinkStore, Quiet
from itops_core.workflow.events import timeline_event
from itops_core.workflow.outages import UNTOUCHED, is_untouched

_log = logger("workflow")
_ACTOR = "incident_intake"


@dataclass(frozen=True)
class Clearing:
    """Looks whether anything of an incident still rings."""

    incidents: IncidentStore
    links: LinkStore
    audit: AuditLog
    endings: EndingStore
    tell: Callable[[Incident], object]
    """Tells people of an incident that was closed."""

    def look(self, incident_id: str) -> bool:
        """Return whether the incident was closed, now that some of its alarms are over."""
        incident = self.incidents.get(incident_id)
        counted = self.links.count(incident_id)
        last = None if incident.is_over else self.links.last_quiet(incident_id)
        if last is None:
            return False
        if is_untouched(incident) and not last.lost_work:
            # Whoever told of another alarm meanwhile looks again himself.
            if not self.links.seal(incident_id, counted):
                return False
            if self.links.last_quiet(incident_id) is None:
                # Links were put off meanwhile: whoever writes them looks again.
                self.links.unseal(incident_id)
                return False
            if self._closed(incident_id, _resolution(last)):
                return True
            self.links.unseal(incident_id)
            incident = self.incidents.get(incident_id)
        if not incident.is_over:
            self._note(incident, last)
        return False

    def _closed(self, incident_id: str, resolution: str) -> bool:
        """Close an incident unless somebody has begun to look for its cause meanwhile."""
        at = utc_now()

        def closed(incident: Incident) -> Incident:
            if incident.status not in UNTOUCHED:
                return incident
            return incident.moved_to(Status.CLOSED, at, resolution=resolution)

        # Should this die halfway, the next minute finds the note and says what is left to say.
        self.endings.begin(incident_id, at)
        incident = self.incidents.update(incident_id, closed)
        if (incident.status, incident.closed_at) != (Status.CLOSED, at):
            # Somebody has begun, or has closed it himself and told why.
            if not incident.is_over:
                self.endings.cross_off(incident_id)
            return False
        self.incidents.add_event(
            timeline_event(incident_id, "closed", resolution, at, actor=_ACTOR, key=Status.CLOSED)
        )
        self.audit.append(incident_ended(incident))
        self.audit.seal(incident_id, incident.closed_at or at)
        self.tell(incident)
        self.endings.cross_off(incident_id)
        _log.info("incident cleared by itself", incident_id=incident_id)
        return True

    def _note(self, incident: Incident, last: Quiet) -> None:
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                "note",
                f"none of its alarms rings any more ({last.alarm} was the last); "
                f"{_goes_on(incident)}",
                utc_now(),
                actor=_ACTOR,
                key=("quiet", last.alarm, last.changed_at.isoformat()),
            )
        )


def _goes_on(incident: Incident) -> str:
    if incident.status in UNTOUCHED:
        return "what failed has failed for good, so its cause is looked for all the same"
    return f"the work that has begun ({incident.status.value}) goes on"


def _resolution(last: Quiet) -> str:
    return (
        f"Cleared by itself: {last.alarm} went back to OK at "
        f"{last.changed_at:%Y-%m-%d %H:%M:%S} UTC, before anybody looked for a cause. "
        "Nothing was investigated and nothing was changed."
    )
