"""The report on an incident: one JSON structure; everything else is a rendering of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from itops_core.domain.cost import cost_of
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.remediation import ActionRecord, Approval
from itops_core.settings import config
from itops_core.stores.agent_state import AgentStateStore, EvidenceHead
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore

Json = dict[str, Any]
_TIMELINE_LINES = 1000


@dataclass(frozen=True)
class Reporter:
    """Gathers what the tables hold of one incident."""

    incidents: IncidentStore
    agent_state: AgentStateStore
    approvals: ApprovalStore

    def report(self, incident_id: str) -> Json:
        """Return the report as it stands now, or raise `NotFoundError`."""
        incident = self.incidents.get(incident_id)
        events = self.incidents.timeline(incident_id, limit=_TIMELINE_LINES).items
        steps = self.agent_state.steps(incident_id)
        approvals = self.approvals.for_incident(incident_id)
        return {
            **_heading(incident),
            "summary": _summary(incident),
            "cause": _cause(incident),
            "gaps": _dumped(incident.verdict.gaps if incident.verdict else ()),
            "plan": incident.plan.model_dump(mode="json") if incident.plan else None,
            "approvals": [_asked(approval) for approval in approvals],
            "actions": [_deed(record) for record in incident.actions],
            "verification": incident.verification and incident.verification.model_dump(mode="json"),
            "resolution": incident.resolution,
            "escalation": incident.escalation and incident.escalation.model_dump(mode="json"),
            "phase_seconds": incident.phase_seconds(),
            "cost": cost_of(steps).model_dump(),
            "budget": config().budget.model_dump(),
            "evidence": [_source(head) for head in self.agent_state.evidence_heads(incident_id)],
            "timeline": [_line(event) for event in events],
        }


def _heading(incident: Incident) -> Json:
    names = ("incident_id", "title", "service", "severity", "status", "detected_by", "round")
    moments = ("symptom_started_at", "opened_at", "closed_at")
    dumped = incident.model_dump(mode="json", include={*names, *moments, "affected_services"})
    ended = incident.closed_at
    seconds = round((ended - incident.opened_at).total_seconds(), 3) if ended else None
    return {**dumped, "duplicate_of": incident.duplicate_of, "seconds": seconds}


def _summary(incident: Incident) -> str:
    verdict = incident.verdict
    parts = [f"{incident.title} on {incident.service}, {incident.status.value}."]
    if verdict is not None:
        parts.append(verdict.summary)
    if incident.resolution:
        parts.append(incident.resolution)
    elif incident.escalation:
        parts.append(f"Handed to people: {incident.escalation.reason}")
    return " ".join(parts)


def _cause(incident: Incident) -> Json | None:
    verdict = incident.verdict
    if verdict is None:
        return None
    cause = verdict.root_cause
    return {
        "outcome": verdict.outcome.value,
        "component": cause.component if cause else None,
        "fault": cause.fault if cause else None,
        "mechanism": cause.mechanism if cause else None,
        "confidence": verdict.confidence,
        "reasoner": verdict.reasoner,
        "claims": _dumped(verdict.claims),
        "rivals": _dumped(verdict.rivals),
        "blast_radius": list(verdict.blast_radius),
        "change_id": verdict.change_id,
        "second_opinion": verdict.second_opinion and verdict.second_opinion.model_dump(mode="json"),
    }


def _asked(approval: Approval) -> Json:
    return {
        "approval_id": approval.approval_id,
        "status": approval.status.value,
        "summary": approval.summary,
        "reasons": list(approval.decision.reasons),
        "decisions": _dumped(approval.decisions),
        "created_at": approval.created_at.isoformat(),
        "ended_at": approval.ended_at.isoformat() if approval.ended_at else None,
    }


def _deed(record: ActionRecord) -> Json:
    ended = record.ended_at
    seconds = round((ended - record.started_at).total_seconds(), 3) if ended else None
    return {**record.model_dump(mode="json"), "seconds": seconds}


def _source(head: EvidenceHead) -> Json:
    return head.model_dump(mode="json", exclude={"incident_id"})


def _line(event: TimelineEvent) -> Json:
    return event.model_dump(mode="json", exclude={"incident_id", "event_id"})


def _dumped(values: Sequence[Any]) -> list[Json]:
    return [value.model_dump(mode="json") for value in values]
