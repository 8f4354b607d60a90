"""Hands an incident to a deployment's workflow, whose gate decides and acts, and follows it."""

import time

from itops_cli.running.session import Document, Session
from itops_cli.running.watching import opened_by
from itops_core.domain.incident import Incident, Status
from itops_core.domain.reports import Finding, WatchReport

_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 1.0
_STATUSES = {
    Status.RESOLVED: "remediated",
    Status.CLOSED: "healthy",
    Status.AWAITING_APPROVAL: "needs_approval",
    Status.DUPLICATE: "known",
}


def handed_to_the_workflow(session: Session, finding: Finding) -> Document:
    """Open an incident where the workflow works on it, unless one is open; tell how it ends."""
    report = WatchReport(summary="", findings=(finding,), reasoner="")
    (fate,) = opened_by(session)(report)
    incident_id = fate.incident_id
    if incident_id is None:
        session.escalated("", "failure", fate.reason)
        return {"status": "escalated", "kind": "failure", "reason": fate.reason, "messages": []}
    session.journal.went(f"{fate.outcome}:{incident_id}")
    ended = _followed(session, incident_id)
    reason = ended.resolution or (ended.escalation.reason if ended.escalation else "")
    if ended.escalation is not None:
        session.escalated(incident_id, str(ended.escalation.kind), reason)
    return {
        "status": _STATUSES.get(ended.status, "escalated" if ended.is_over else "under_way"),
        "incident_id": incident_id,
        "reason": reason or f"the incident is {ended.status.value.replace('_', ' ')}",
        "messages": [],
    }


def _followed(session: Session, incident_id: str) -> Incident:
    incidents = session.stage.stores.incidents
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        incident = incidents.get(incident_id)
        waits = incident.status is Status.AWAITING_APPROVAL
        if incident.is_over or waits or time.monotonic() > deadline:
            return incident
        time.sleep(_LOOK_SECONDS)
