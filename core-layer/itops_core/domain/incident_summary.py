"""An incident as a list shows it: what tells it from others at a glance, and nothing heavy."""

from pydantic import Field

from itops_core.domain.incident import Incident, Status
from itops_core.domain.values import IncidentId, Moment, Value
from itops_core.domain.verdict import Severity


class IncidentSummary(Value):
    """What a list tells of one incident."""

    incident_id: IncidentId
    title: str
    service: str
    detected_by: str = ""
    severity: Severity | None = None
    status: Status
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None = None
    cause: str = Field(default="", description="`component: fault`, where it is known.")
    owner: str = Field(default="", description="Who took it on.")
    recurs: IncidentId | None = Field(
        default=None, description="The newest earlier incident of the same cause."
    )
    version: int = 0


def told_of(incident: Incident) -> dict[str, str]:
    """Return what a list tells of an incident and its own scalars do not; the empty is left out."""
    cause = incident.verdict.root_cause if incident.verdict else None
    found = {
        "cause": f"{cause.component}: {cause.fault}" if cause else "",
        "owner": incident.acknowledgement.acknowledged_by if incident.acknowledgement else "",
        "recurs": incident.recurrence.incident_ids[0] if incident.recurrence else "",
    }
    return {name: text for name, text in found.items() if text}


def sought_in(incident: Incident) -> str:
    """Return the text that a search looks through, in lower case."""
    told = (
        incident.incident_id,
        incident.title,
        incident.service,
        *incident.affected_services,
        incident.detected_by,
        told_of(incident).get("cause", "").replace("_", " "),
    )
    return "\n".join(told).lower()


def terms_of(text: str) -> tuple[str, ...]:
    """Return the words that all have to be in what is found."""
    return tuple(dict.fromkeys(text.lower().replace("_", " ").split()))
