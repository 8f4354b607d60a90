"""A case that is no incident of the table: a question, or a run towards a goal."""

from itops_core.domain.incident import Incident, TimelineEvent


class SingleCase:
    """Stands where the incidents do, for an engine that works on one case alone."""

    def __init__(self, incident: Incident) -> None:
        self._incident = incident

    def get(self, incident_id: str) -> Incident:
        """Return the case, whatever its id: there is no other."""
        del incident_id
        return self._incident

    def add_event(self, event: TimelineEvent) -> None:
        """Say nothing: it has no timeline."""
        del event
