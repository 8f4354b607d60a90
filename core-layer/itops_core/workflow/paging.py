"""Pages people about a critical incident until somebody takes it on, or often enough."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.incident import Acknowledgement, Incident, Status
from itops_core.domain.notification import Occasion
from itops_core.domain.people import Caller
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import ConflictError
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.events import timeline_event
from itops_core.workflow.notifications import Notifications

_WITH_PEOPLE = (Status.ESCALATED, Status.FAILED)
"""Over for the agents, and still wrong."""

_DONE = (Status.RESOLVED, Status.CLOSED, Status.DUPLICATE)


@dataclass(frozen=True)
class Pager:
    """Pages; asked again for the same moment, it pages nobody twice."""

    incidents: IncidentStore
    notifications: Notifications
    every_minutes: float
    at_most: int
    now: Callable[[], datetime] = utc_now

    def page(self, incident: Incident) -> bool:
        """Page people where an incident is critical, the moment that is known."""
        if incident.severity is not Severity.CRITICAL or incident.is_over:
            return False
        return self.notifications.tell(incident, Occasion.CRITICAL)

    def page_again(self) -> int:
        """Page anew about what nobody has acknowledged; return about how many."""
        return sum(self._paged_again(one) for one in self._unattended())

    def acknowledge(self, incident_id: str, caller: Caller) -> Incident:
        """Take an incident on: it is not paged any more. The first one to do so stands."""
        at = self.now()

        def acknowledged(incident: Incident) -> Incident:
            if incident.status in _DONE:
                raise ConflictError(f"{incident_id} is {incident.status}: nobody is paged any more")
            if incident.acknowledgement is not None:
                return incident
            word = Acknowledgement(acknowledged_by=caller.name, acknowledged_at=at)
            return incident.changed(at, acknowledgement=word)

        incident = self.incidents.update(incident_id, acknowledged)
        self.incidents.add_event(
            timeline_event(
                incident_id,
                "acknowledged",
                f"{caller.name} has taken it on",
                at,
                actor=caller.name,
                key=caller.name,
            )
        )
        return incident

    def _unattended(self) -> Iterator[Incident]:
        longest = timedelta(minutes=self.every_minutes * (self.at_most + 1))
        since = self.now() - longest
        for incident in self.incidents.unfinished():
            if _is_unattended(incident):
                yield incident
        for status in _WITH_PEOPLE:
            for incident in self.incidents.opened_since(status, since):
                if _is_unattended(incident):
                    yield incident

    def _paged_again(self, incident: Incident) -> bool:
        # The first page goes out as soon as the severity is known; counted from the opening,
        # so that every look at the same moment comes to the same number.
        minutes = (self.now() - incident.opened_at).total_seconds() / 60
        number = int(minutes // self.every_minutes)
        if not 1 <= number <= self.at_most:
            return False
        detail = f"page {number + 1} of {self.at_most + 1}; itops incidents ack stops them"
        return self.notifications.tell(incident, Occasion.PAGE_AGAIN, detail, f"{number}")


def _is_unattended(incident: Incident) -> bool:
    return incident.severity is Severity.CRITICAL and incident.acknowledgement is None
