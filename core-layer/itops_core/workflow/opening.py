"""Opening incidents: once for each thing that is wrong, however often it is reported."""

from collections.abc import Callable
from dataclasses import dataclass

from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.errors import ConflictError
from itops_core.observability import logger
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.events import timeline_event
from itops_core.workflow.executions import Executions

_log = logger("workflow")


@dataclass(frozen=True)
class Opened:
    """What became of a report: a new incident, or one that knows of it already."""

    incident: Incident
    is_new: bool


@dataclass(frozen=True)
class Opener:
    """Creates incidents and starts the work on them."""

    incidents: IncidentStore
    executions: Executions
    page: Callable[[Incident], object]
    """Told of what is new; where it is known to be critical, people are paged before triage."""

    def open(self, incident: Incident) -> Incident:
        """Store an incident and start work on it; the same id again changes nothing."""
        return self.open_once(incident).incident

    def open_once(self, incident: Incident) -> Opened:
        """Do what `open` does, and tell whether it was this call that stored the incident."""
        arn = self.executions.arn_of(incident.incident_id)
        is_new = True
        try:
            known = self.incidents.create(incident.model_copy(update={"execution_arn": arn}))
        except ConflictError:
            is_new = False
            known = self.incidents.get(incident.incident_id)
            if known.fingerprint != incident.fingerprint:
                raise
        self.incidents.add_event(_opened(known))
        if known.status is Status.OPEN and not known.resumes:
            self.executions.start(known.incident_id)
        self.page(known)
        _log.info("incident opened", incident_id=known.incident_id, affected=known.service)
        return Opened(known, is_new)


def _opened(incident: Incident) -> TimelineEvent:
    return timeline_event(
        incident.incident_id,
        "opened",
        f"{incident.title} ({incident.service}), detected by {incident.detected_by}",
        incident.opened_at,
        actor=incident.detected_by,
        service=incident.service,
    )
