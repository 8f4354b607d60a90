"""Incidents that are on record from before the one that a scenario opens."""

import hashlib
from datetime import UTC, datetime, timedelta

from pydantic import Field

from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.values import Value
from itops_core.domain.verdict import RootCause, Severity, Verdict, VerdictOutcome

_TOOK = timedelta(minutes=9)


class PastIncident(Value):
    """An incident of days ago, and how it ended."""

    days_ago: float = Field(gt=0, le=60)
    service: str
    fault: str
    mechanism: str
    action: str | None = Field(default=None, description="What resolved it.")


def incident_of(past: PastIncident, now: float) -> Incident:
    """Return it as it stands in the records."""
    opened = datetime.fromtimestamp(now, UTC) - timedelta(days=past.days_ago)
    digest = hashlib.sha256(f"{past.service}:{past.fault}:{past.days_ago}".encode()).hexdigest()
    cause = RootCause(component=past.service, fault=past.fault, mechanism=past.mechanism)
    verdict = Verdict(
        outcome=VerdictOutcome.FOUND,
        root_cause=cause,
        confidence=0.9,
        summary=past.mechanism,
        reasoner="offline",
    )
    incident = open_incident(
        f"{past.service}: {past.fault.replace('_', ' ')}",
        past.service,
        opened,
        fingerprint=digest[:16],
        severity=Severity.HIGH,
        verdict=verdict,
    ).model_copy(update={"incident_id": f"INC-{digest[:8].upper()}"})
    done = f"{past.action} helped" if past.action else "mended by hand"
    return incident.moved_to(Status.RESOLVED, opened + _TOOK, resolution=done)
