"""The report on an incident, gathered from what the tables hold of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.cost import cost_of
from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.domain.investigation import Step
from itops_core.domain.past import Hint, is_same
from itops_core.domain.remediation import ActionRecord, ActionStatus, Approval
from itops_core.domain.report import (
    Budget,
    Cause,
    Chart,
    Deed,
    Impact,
    Line,
    Question,
    Report,
    Source,
    UsedHint,
    chart_of,
    link_to,
)
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.settings import config
from itops_core.stores.agent_state import AgentStateStore, EvidenceHead
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.loose_ends import loose_ends

_TIMELINE_LINES = 1000
_CHARTS = 6
METRICS = "get_metrics"
"""The tool whose answers can be drawn."""


@dataclass(frozen=True)
class Story:
    """All that a report is made of."""

    incident: Incident
    steps: Sequence[Step]
    evidence: Sequence[EvidenceHead]
    timeline: Sequence[TimelineEvent]
    approvals: Sequence[Approval] = ()
    charts: Sequence[Chart] = ()


@dataclass(frozen=True)
class Reporter:
    """Gathers what the tables hold of one incident."""

    incidents: IncidentStore
    agent_state: AgentStateStore
    approvals: ApprovalStore

    def report(self, incident_id: str, *, charts: bool = False) -> Report:
        """Return the report as it stands now, or raise `NotFoundError`.

        Only `charts` need the evidence itself, which not everyone who reports may read.
        """
        incident = self.incidents.get(incident_id)
        heads = self.agent_state.evidence_heads(incident_id)
        return report_of(
            Story(
                incident=incident,
                steps=self.agent_state.steps(incident_id),
                evidence=heads,
                timeline=self.incidents.timeline(incident_id, limit=_TIMELINE_LINES).items,
                approvals=self.approvals.for_incident(incident_id),
                charts=self._charts(incident, heads) if charts else (),
            )
        )

    def _charts(self, incident: Incident, heads: Sequence[EvidenceHead]) -> tuple[Chart, ...]:
        shown = {head.evidence_id for head in heads if head.tool == METRICS}
        cited = [one for one in cited_in(incident) if one in shown][:_CHARTS]
        get = self.agent_state.get_evidence
        charts = (chart_of(get(incident.incident_id, one)) for one in cited)
        return tuple(chart for chart in charts if chart)


def cited_in(incident: Incident) -> tuple[str, ...]:
    """Return the ids of the evidence that an incident's verdict rests on, each once."""
    claims = incident.verdict.claims if incident.verdict else ()
    cited = (citation.evidence_id for claim in claims for citation in claim.citations)
    return tuple(dict.fromkeys(cited))


def report_of(story: Story) -> Report:
    """Return the report on all that is known."""
    incident, verdict = story.incident, story.incident.verdict
    return Report(
        **_heading(incident),
        summary=_summary(incident),
        impact=_impact(incident),
        cause=_cause(incident),
        recurrence=incident.recurrence,
        hints=tuple(_used(hint, verdict) for hint in incident.past.hints) if incident.past else (),
        gaps=verdict.gaps if verdict else (),
        plan=incident.plan,
        approvals=tuple(_question(approval) for approval in story.approvals),
        actions=tuple(_deed(record) for record in incident.actions),
        verification=incident.verification,
        resolution=incident.resolution,
        escalation=incident.escalation,
        follow_ups=_follow_ups(incident),
        phase_seconds=incident.phase_seconds(),
        cost=cost_of(story.steps),
        budget=Budget(**config().budget.model_dump()),
        charts=tuple(story.charts),
        evidence=tuple(_source(head) for head in story.evidence),
        timeline=tuple(
            Line(**event.model_dump(exclude={"incident_id", "event_id"}))
            for event in story.timeline
        ),
    )


def _heading(incident: Incident) -> dict[str, Any]:
    names = {
        "incident_id", "title", "service", "affected_services", "severity", "status",
        "detected_by", "round", "duplicate_of", "symptom_started_at", "opened_at", "closed_at",
    }  # fmt: skip
    return {
        **incident.model_dump(include=names),
        "seconds": _between(incident.opened_at, incident.closed_at),
        "link": link_to(incident.incident_id),
    }


def _impact(incident: Incident) -> Impact:
    verdict = incident.verdict
    reached = verdict.blast_radius if verdict else ()
    services = (incident.service, *incident.affected_services, *reached)
    known = verdict.began_at if verdict else None
    began = known or incident.symptom_started_at or incident.opened_at
    over = incident.status in (Status.RESOLVED, Status.CLOSED)
    ended = incident.closed_at if over else None
    return Impact(
        services=tuple(dict.fromkeys(services)),
        began_at=began,
        ended_at=ended,
        seconds=_between(began, ended),
    )


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


def _cause(incident: Incident) -> Cause | None:
    verdict = incident.verdict
    if verdict is None:
        return None
    cause = verdict.root_cause
    return Cause(
        component=cause.component if cause else None,
        fault=cause.fault if cause else None,
        mechanism=cause.mechanism if cause else None,
        **{name: getattr(verdict, name) for name in Cause.model_fields if hasattr(verdict, name)},
    )


def _used(hint: Hint, verdict: Verdict | None) -> UsedHint:
    """Return a hint with what became of it; one that names no fault says nothing that can be so."""
    found = verdict is not None and verdict.outcome is not VerdictOutcome.UNRESOLVED
    said = "not decided"
    if verdict is not None and found and hint.fault:
        said = "same cause" if is_same(hint, verdict) else "not the same"
    link = link_to(hint.source_id) if hint.kind == "incident" else ""
    return UsedHint.model_validate({**dict(hint), "said": said, "link": link})


def _question(approval: Approval) -> Question:
    kept = {"approval_id", "status", "summary", "decisions", "created_at", "ended_at"}
    return Question(
        **{name: getattr(approval, name) for name in kept}, reasons=approval.decision.reasons
    )


def _deed(record: ActionRecord) -> Deed:
    return Deed(**dict(record), seconds=_between(record.started_at, record.ended_at))


def _follow_ups(incident: Incident) -> tuple[str, ...]:
    """Return what is left for people to do: what was handed over, and what could not be seen."""
    left: list[str] = []
    if incident.escalation is not None:
        left += incident.escalation.hand_off.do_first
    if incident.verdict is not None:
        left += [f"make {gap.source} visible: {gap.reason}" for gap in incident.verdict.gaps]
        cause = incident.verdict.root_cause
        if cause is not None and incident.status is Status.RESOLVED:
            left.append(f"keep {cause.component} from {cause.fault.replace('_', ' ')} again")
    if incident.is_over:
        left += loose_ends(incident)
    undone = [one for one in incident.actions if one.status is ActionStatus.UNDONE]
    left += [f"see why {one.action.name} on {one.resource} did not help" for one in undone]
    return tuple(dict.fromkeys(left))


def _source(head: EvidenceHead) -> Source:
    link = link_to(head.incident_id, head.evidence_id)
    return Source(**head.model_dump(exclude={"incident_id"}), link=link)


def _between(start: datetime, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if end else None
