"""An alarm joins an incident: what the incident learns from it, and which others end in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.alarm import AlarmMessage
from itops_core.domain.incident import Incident, Status
from itops_core.domain.values import utc_now
from itops_core.errors import NotFoundError
from itops_core.observability import logger
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.links import LinkStore
from itops_core.workflow.alarms import symptom_started_at, title_of
from itops_core.workflow.correlation import Outage, Relation
from itops_core.workflow.events import timeline_event
from itops_core.workflow.outages import UNTOUCHED, Settled

_log = logger("workflow")
_MOST_SERVICES = 50
_WIDENED = UNTOUCHED | {Status.INVESTIGATING}
"""Later, a plan rests on what is affected: what joins then is linked and told, no more."""


@dataclass(frozen=True)
class Folding:
    """Keeps incidents in step with their outages."""

    incidents: IncidentStore
    links: LinkStore
    now: Callable[[], datetime] = utc_now

    def fold(self, settled: Settled, message: AlarmMessage, service: str) -> Incident:
        """Return the incident with what the alarm of `service` adds to it."""
        placement, outage = settled.placement, settled.placement.outage
        if outage is None or placement.relation in (None, Relation.SAME):
            return settled.incident
        for absorbed in placement.absorbed:
            self._end_in(absorbed, settled.incident)
        at = self.now()
        leads = placement.relation is Relation.DEPENDENCY

        def widened(incident: Incident) -> Incident:
            if incident.status not in _WIDENED:
                return incident
            changes: dict[str, Any] = {}
            services = _services(incident, outage)
            if incident.status in UNTOUCHED and leads and incident.service != service:
                changes |= _led_by(incident, message, service)
                services = tuple(dict.fromkeys((service, *services)))
            if services[:_MOST_SERVICES] != incident.affected_services:
                changes["affected_services"] = services[:_MOST_SERVICES]
            return incident.changed(at, **changes) if changes else incident

        before = settled.incident
        incident = self.incidents.update(before.incident_id, widened)
        self._tell(before, incident, service, leads=leads)
        return incident

    def _end_in(self, outage: Outage, target: Incident) -> None:
        """Make an outage's incident a repeat of `target`, unless somebody has begun on it."""
        at = self.now()

        def ended(incident: Incident) -> Incident:
            if incident.status not in UNTOUCHED or incident.incident_id == target.incident_id:
                return incident
            return incident.moved_to(
                Status.DUPLICATE,
                at,
                duplicate_of=target.incident_id,
                resolution=f"One outage with {target.incident_id}: {outage.lead} leans on what "
                "ails there. Its alarms stay listed here.",
            )

        try:
            incident = self.incidents.update(outage.incident_id, ended)
        except NotFoundError:
            return
        ended_here = incident.duplicate_of == target.incident_id
        if ended_here:
            self.links.adopt(incident.incident_id, target.incident_id)
        words = "is one outage with" if ended_here else "has to do with"
        for one, other in ((incident, target), (target, incident)):
            self._note(
                one,
                f"{incident.incident_id} ({outage.lead}) {words} {target.incident_id}",
                ("folded", other.incident_id),
                linked_to=other.incident_id,
            )
        _log.info("incidents folded", incident_id=target.incident_id, folded=outage.incident_id)

    def _tell(self, before: Incident, after: Incident, service: str, *, leads: bool) -> None:
        if after.service != before.service:
            told = f"{service} ails too and lies deeper than {before.service}: it leads now"
        elif service in after.affected_services:
            why = f"{before.service} leans on it" if leads else f"it leans on {before.service}"
            told = f"{service} ails too ({why}): one outage"
        else:
            told = (
                f"{service} ails too and belongs to this outage; what is affected stays as it "
                f"is, for the incident is {after.status.value}"
            )
        self._note(after, told, ("joined", service), service=service)

    def _note(self, incident: Incident, text: str, key: object, **fields: Any) -> None:  # noqa: ANN401
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                "linked",
                text,
                self.now(),
                actor="incident_intake",
                key=key,
                **fields,
            )
        )


def _services(incident: Incident, outage: Outage) -> tuple[str, ...]:
    """Return what is affected: what was known, then what ails too, in the order it was heard."""
    heard = sorted(outage.ailing, key=lambda name: outage.ailing[name])
    return tuple(dict.fromkeys((*incident.affected_services, *heard)))


def _led_by(incident: Incident, message: AlarmMessage, service: str) -> dict[str, Any]:
    began = incident.symptom_started_at or incident.opened_at
    return {
        "service": service,
        "alarm": message.alarm,
        "title": title_of(message.alarm),
        "symptom_started_at": min(began, symptom_started_at(message.alarm, began)),
    }
