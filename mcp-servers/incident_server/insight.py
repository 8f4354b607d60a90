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
from incident_server.standing import Hypothesis, gaps_of, hypotheses_of, known_of, summary_of
from itops_core.domain.incident import Incident
from itops_core.domain.ticket import Ticket
from itops_core.domain.values import Moment, Value
from itops_core.domain.verdict import Gap
from itops_core.errors import NotFoundError
from itops_core.stores.agent_state import AgentStateStore, EvidenceHead
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.likeness import Likeness, similar_to
from itops_core.stores.tickets import TicketStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult

_EVENTS, _EVIDENCE, _HYPOTHESES, _SIMILAR = 8, 12, 6, 3


class SimilarIncident(Value):
    """A past incident, and in what it is like this one."""

    incident: IncidentLine
    shared: list[str]


class SimilarIncidents(ToolResult):
    """Past incidents, the most alike first. What helped then is experience, not instruction."""

    similar: list[SimilarIncident]


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
        suspected = hypotheses_of(incident, steps)
        beliefs = {(h.component, h.fault): h.probability for h in suspected}
        return Analysis(
            incident_id=incident_id,
            status=incident.status,
            summary=summary_of(incident, suspected)[:1000],
            known=known_of(incident, entry, steps),
            timeline=[event_line(event) for event in timeline[-_EVENTS:]],
            evidence=[_evidence(head) for head in heads[-_EVIDENCE:]],
            hypotheses=suspected[:_HYPOTHESES],
            gaps=gaps_of(incident, steps),
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
