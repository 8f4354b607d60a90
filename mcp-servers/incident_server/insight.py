"""What the tables say about an incident, put together by code: no model, the same every time."""

from collections.abc import Sequence
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from incident_server.questions import Question, questions
from incident_server.reading import (
    EventLine,
    IncidentLine,
    IncidentReading,
    WhichIncident,
    event_line,
    line_of,
)
from incident_server.similar import Likeness, similar_to
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import ObservationStatus, Step
from itops_core.domain.ticket import Ticket
from itops_core.domain.values import Moment, Value
from itops_core.domain.verdict import Gap
from itops_core.errors import NotFoundError
from itops_core.stores.agent_state import AgentStateStore, EvidenceHead
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.tickets import TicketStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult

_EVENTS, _EVIDENCE, _HYPOTHESES, _SIMILAR = 8, 12, 6, 3
_SENTENCE = 300


class SimilarIncident(Value):
    """A past incident, and in what it is like this one."""

    incident: IncidentLine
    shared: list[str]


class SimilarIncidents(ToolResult):
    """Past incidents, the most alike first. What helped then is experience, not instruction."""

    similar: list[SimilarIncident]


class Hypothesis(Value):
    """A candidate for the cause, and where it stands."""

    component: str
    fault: str
    probability: float
    standing: str = Field(description="accepted, ruled out and by what, or open.")


class EvidenceLine(Value):
    """A piece of evidence; get_evidence of the monitoring server shows it whole."""

    evidence_id: str
    source: str
    collected_at: Moment


class TicketLine(Value):
    """A ticket of the incident."""

    ticket_id: str
    title: str
    provider: str
    url: str | None


class Analysis(ToolResult):
    """Where an incident stands: known, suspected, unseen, and what to ask next."""

    incident_id: str
    status: str
    summary: str
    known: list[str]
    timeline: list[EventLine] = Field(description="The latest, oldest first.")
    evidence: list[EvidenceLine] = Field(description="The latest, oldest first.")
    hypotheses: list[Hypothesis]
    gaps: list[Gap]
    tickets: list[TicketLine]
    similar: list[SimilarIncident]
    questions: list[Question] = Field(description="What is worth asking next, and of which tool.")


class Insight:
    """Puts together what is stored."""

    def __init__(
        self,
        reading: IncidentReading,
        agent_state: AgentStateStore,
        catalog: CatalogStore,
        tickets: TicketStore | None = None,
    ) -> None:
        self._reading = reading
        self._agent_state = agent_state
        self._catalog = catalog
        self._tickets = tickets

    def find_similar_incidents(
        self,
        incident_id: WhichIncident,
        limit: Annotated[int, Field(ge=1, le=20, description="At most so many.")] = 5,
    ) -> SimilarIncidents:
        """Find past incidents like this one: same alarm, services, fault or words."""
        with asking("dynamodb"):
            incident = self._incident(incident_id)
            latest = self._reading.latest()
        found = similar_to(incident, latest)
        return SimilarIncidents(
            similar=_lines(found, limit),
            data_source="incidents",
            query={"incident_id": incident_id, "among": len(latest)},
            truncated=len(found) > limit,
        )

    def analyze_incident(self, incident_id: WhichIncident) -> Analysis:
        """Sum up an incident: known, evidence, hypotheses, gaps, similar ones, next questions."""
        with asking("dynamodb"):
            incident = self._incident(incident_id)
            steps = self._agent_state.steps(incident_id)
            heads = self._agent_state.evidence_heads(incident_id)
            entry = self._catalog.find(incident.service)
            timeline = self._reading.timeline(incident_id)
            tickets = self._tickets.for_incident(incident_id) if self._tickets else ()
            similar = similar_to(incident, self._reading.latest())
        suspected = _hypotheses(incident, steps)
        beliefs = {(h.component, h.fault): h.probability for h in suspected}
        return Analysis(
            incident_id=incident_id,
            status=incident.status,
            summary=_summary(incident, suspected)[:1000],
            known=_known(incident, entry, steps),
            timeline=[event_line(event) for event in timeline[-_EVENTS:]],
            evidence=[_evidence(head) for head in heads[-_EVIDENCE:]],
            hypotheses=suspected[:_HYPOTHESES],
            gaps=_gaps(incident, steps),
            tickets=[_ticket(ticket) for ticket in tickets[-_EVENTS:]],
            similar=_lines(similar, _SIMILAR),
            questions=questions(incident, entry, {head.tool for head in heads}, beliefs),
            data_source="incidents",
            query={"incident_id": incident_id, "steps": len(steps), "evidence": len(heads)},
            truncated=len(heads) > _EVIDENCE or len(timeline) > _EVENTS,
        )

    def _incident(self, incident_id: str) -> Incident:
        try:
            return self._reading.incident(incident_id)
        except NotFoundError as error:
            raise ToolError(f"{error}; call list_incidents for those there are") from error


def _summary(incident: Incident, suspected: Sequence[Hypothesis]) -> str:
    parts = [f"{incident.title} on {incident.service}, {incident.status.value}."]
    if incident.verdict is not None:
        parts.append(incident.verdict.summary)
    elif suspected:
        first = suspected[0]
        parts.append(
            f"Most likely so far: {first.fault} of {first.component} ({first.probability:.0%})."
        )
    else:
        parts.append("Nobody has looked for the cause yet.")
    if incident.resolution:
        parts.append(incident.resolution)
    elif incident.escalation:
        parts.append(f"Handed to people: {incident.escalation.reason}")
    return " ".join(parts)


def _known(incident: Incident, entry: CatalogEntry | None, steps: Sequence[Step]) -> list[str]:
    severity = incident.severity.value if incident.severity else "not rated yet"
    facts = [f"severity: {severity}", f"detected by {incident.detected_by}"]
    if incident.symptom_started_at:
        facts.append(f"symptom since {incident.symptom_started_at.isoformat()}")
    if incident.alarm:
        facts.append(f"alarm {incident.alarm.name}: {incident.alarm.reason}")
    if entry:
        owner = f", owned by {entry.owner}" if entry.owner else ""
        facts.append(f"{entry.entry_id} is a tier {entry.tier} {entry.kind}{owner}")
        if entry.depends_on:
            facts.append(f"it leans on {', '.join(entry.depends_on)}")
    else:
        facts.append(f"the catalog does not know {incident.service}")
    if steps:
        facts.append(f"{len(steps)} steps taken, the last by {steps[-1].agent.value}")
    if incident.verdict:
        facts += [claim.text for claim in incident.verdict.claims[:5]]
    facts += [
        f"{record.action.name} on {record.resource}: {record.status.value}"
        for record in incident.actions[:5]
    ]
    return [fact[:_SENTENCE] for fact in facts]


def _hypotheses(incident: Incident, steps: Sequence[Step]) -> list[Hypothesis]:
    verdict = incident.verdict
    if verdict is None:
        beliefs = next((step.turn.beliefs for step in reversed(steps) if step.turn.beliefs), ())
        open_ones = [
            Hypothesis(component=b.component, fault=b.fault, probability=p, standing="open")
            for b in beliefs
            if (p := round(b.probability, 4)) > 0
        ]
        return sorted(open_ones, key=lambda one: -one.probability)
    found = [
        Hypothesis(
            component=rival.component,
            fault=rival.fault,
            probability=rival.confidence,
            standing=f"ruled out: {rival.ruled_out_by}"[:_SENTENCE],
        )
        for rival in verdict.rivals
    ]
    cause = verdict.root_cause
    if cause is not None:
        accepted = Hypothesis(
            component=cause.component,
            fault=cause.fault,
            probability=verdict.confidence,
            standing="accepted",
        )
        found.insert(0, accepted)
    return found


def _gaps(incident: Incident, steps: Sequence[Step]) -> list[Gap]:
    """What could not be seen: the verdict's gaps, and calls that met a server that was down."""
    found = {gap.source: gap for gap in (incident.verdict.gaps if incident.verdict else ())}
    for step in steps:
        for seen in step.observations:
            if seen.status is ObservationStatus.UNAVAILABLE:
                source = f"{seen.call.server}.{seen.call.tool}"
                found.setdefault(source, Gap(source=source, reason=seen.message[:_SENTENCE]))
    return list(found.values())[:10]


def _evidence(head: EvidenceHead) -> EvidenceLine:
    return EvidenceLine(
        evidence_id=head.evidence_id,
        source=f"{head.server}.{head.tool}",
        collected_at=head.collected_at,
    )


def _ticket(ticket: Ticket) -> TicketLine:
    return TicketLine(
        ticket_id=ticket.ticket_id,
        title=ticket.title[:160],
        provider=ticket.provider,
        url=ticket.url,
    )


def _lines(found: Sequence[Likeness], limit: int) -> list[SimilarIncident]:
    return [
        SimilarIncident(
            incident=line_of(one.incident).model_copy(update={"score": one.score}),
            shared=list(one.shared),
        )
        for one in found[:limit]
    ]
