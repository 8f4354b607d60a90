"""Which alarms belong to an incident that is over: those that tell nothing new."""

from datetime import datetime, timedelta

from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import ActionStatus


def absorbs(incident: Incident, rang_at: datetime, cooldown_seconds: float) -> bool:
    """Whether an alarm that went off then belongs to `incident`, also if it is over.

    A resolved incident takes what rang before its remedy was done; that a symptom is back
    afterwards is news. One that people were handed, or in which nothing was found, takes what
    rings within the cool-down. One that nobody looked into takes nothing.
    """
    if not incident.is_over:
        return True
    if incident.closed_at is None:
        return False
    if incident.status is Status.RESOLVED:
        done = [
            record.ended_at
            for record in incident.actions
            if record.status is ActionStatus.DONE and record.ended_at is not None
        ]
        return bool(done) and rang_at <= max(done)
    was_looked_into = any(phase.name == "diagnose" for phase in incident.phases)
    if incident.status is Status.CLOSED and not was_looked_into:
        return False
    return rang_at - incident.closed_at < timedelta(seconds=cooldown_seconds)
