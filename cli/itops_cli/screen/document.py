"""An incident as one document for scripts: cause, evidence, actions, phases, cost."""

from collections.abc import Sequence
from typing import Any

from itops_core.domain.cost import cost_of
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Step
from itops_core.domain.remediation import Approval
from itops_core.domain.verdict import Claim


def cited_ids(incident: Incident) -> tuple[str, ...]:
    """Return the ids of all evidence that the incident's claims rest on, each once."""
    claims: list[Claim] = []
    for verdict in (incident.triage, incident.verdict):
        claims += verdict.claims if verdict else ()
    cited = (citation.evidence_id for claim in claims for citation in claim.citations)
    return tuple(dict.fromkeys(cited))


def collected_ids(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the ids of all evidence that the steps collected, oldest first."""
    found = (seen.evidence_id for step in steps for seen in step.observations if seen.evidence_id)
    return tuple(dict.fromkeys(found))


def document(
    incident: Incident, steps: Sequence[Step], evidence: Sequence[dict[str, Any]],
    approvals: Sequence[Approval] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return all that `incidents show --json` prints."""
    verdict = incident.verdict
    return {
        "incident_id": incident.incident_id,
        "title": incident.title,
        "service": incident.service,
        "affected_services": list(incident.affected_services),
        "severity": incident.severity,
        "status": incident.status,
        "opened_at": incident.opened_at.isoformat(),
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
        "cause": verdict.root_cause.model_dump(mode="json")
        if verdict and verdict.root_cause
        else None,
        "verdict": verdict.model_dump(mode="json") if verdict else None,
        "evidence_ids": list(cited_ids(incident)),
        "evidence": list(evidence),
        "gate": incident.decision.model_dump(mode="json") if incident.decision else None,
        "actions": [record.model_dump(mode="json") for record in incident.actions],
        "approvals": [approval.public() for approval in approvals],
        "verification": incident.verification.model_dump(mode="json")
        if incident.verification
        else None,
        "escalation": incident.escalation.model_dump(mode="json") if incident.escalation else None,
        "resolution": incident.resolution,
        "phase_seconds": incident.phase_seconds(),
        "cost": cost_of(steps).model_dump(),
        "incident": incident.model_dump(mode="json"),
        "steps": [step.model_dump(mode="json") for step in steps],
    }
