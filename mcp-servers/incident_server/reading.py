"""Incidents, read."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.domain.values import IncidentId, Moment, Value
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.likeness import searchable
from itops_core.stores.ranking import Ranking
from itops_core.tools.aws_errors import asking
from itops_core.tools.compaction import NOTES, compact
from itops_core.tools.tool_server import ToolResult
from itops_core.workflow.stuck import Stuck

_INCIDENT_CHARACTERS = 6000
_EVENTS_READ = 200
_SEARCHED = 200
_A_PAGE = 50

WhichIncident = Annotated[IncidentId, Field(description="The incident, as INC-0A1B2C3D.")]


class IncidentLine(Value):
    """One incident in a list."""

    incident_id: str
    title: str
    service: str
    severity: str | None
    status: str
    opened_at: Moment
    alarm: str | None
    root_cause: str | None
    resolution: str | None
    score: float | None = None
    stuck_since: Moment | None = None
    stuck_because: str | None = None


class IncidentList(ToolResult):
    """Incidents."""

    incidents: list[IncidentLine]


class EventLine(Value):
    """One line of a timeline."""

    at: Moment
    kind: str
    actor: str
    message: str


class IncidentDetails(ToolResult):
    """One incident and the end of its timeline, oldest event first."""

    incident: dict[str, Any] = Field(description="Everything known; long parts are cut.")
    timeline: list[EventLine]


class IncidentReading:
    """Answers questions about incidents."""

    def __init__(
        self, incidents: IncidentStore, stuck: Callable[[], Sequence[Stuck]] = tuple
    ) -> None:
        self._incidents = incidents
        self._stuck = stuck

    def get_incident(
        self,
        incident_id: WhichIncident,
        events: Annotated[
            int, Field(ge=0, le=50, description="Latest timeline events shown.")
        ] = 10,
    ) -> IncidentDetails:
        """Return one incident: alarm, severity, status, verdict, plan, actions and timeline."""
        try:
            with asking("dynamodb"):
                incident = self._incidents.get(incident_id)
                timeline = self.timeline(incident_id)
        except NotFoundError as error:
            raise ToolError(f"{error}; call list_incidents for those there are") from error
        whole = incident.model_dump(mode="json", exclude_none=True)
        shown = compact(whole, _INCIDENT_CHARACTERS)
        lines = [event_line(event) for event in timeline]
        return IncidentDetails(
            incident=shown,
            timeline=lines[len(lines) - events :] if events < len(lines) else lines,
            data_source="incidents",
            query={"incident_id": incident_id},
            truncated=NOTES in shown or events < len(lines),
        )

    def list_incidents(
        self,
        status: Annotated[Status | None, Field(description="Only incidents in it.")] = None,
        limit: Annotated[int, Field(ge=1, le=_A_PAGE, description="At most so many.")] = 15,
        cursor: Annotated[
            str | None, Field(max_length=2048, description="From the answer before.")
        ] = None,
        stuck: Annotated[
            bool, Field(description="Only unfinished ones in which nothing moves, with the reason.")
        ] = False,
    ) -> IncidentList:
        """List incidents, newest first."""
        if stuck:
            return self._in_which_nothing_moves(status, limit)
        try:
            with asking("dynamodb"):
                page = self._incidents.list(status, limit, cursor)
        except InvalidInputError as error:
            raise ToolError(str(error)) from error
        return IncidentList(
            incidents=[line_of(incident) for incident in page.items],
            data_source="incidents",
            query={"status": status, "limit": limit},
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def _in_which_nothing_moves(self, status: Status | None, limit: int) -> IncidentList:
        with asking("dynamodb"):
            found = [one for one in self._stuck() if status in (None, one.status)]
            by_age = sorted(found, key=lambda one: one.since)[:limit]
            lines = [
                line_of(self._incidents.get(one.incident_id)).model_copy(
                    update={"stuck_since": one.since, "stuck_because": one.why}
                )
                for one in by_age
            ]
        return IncidentList(
            incidents=lines,
            data_source="incidents",
            query={"status": status, "limit": limit, "stuck": True},
            truncated=len(found) > limit,
        )

    def search_incidents(
        self,
        query: Annotated[
            str, Field(min_length=2, max_length=500, description="Words: symptom, service, cause.")
        ],
        limit: Annotated[int, Field(ge=1, le=20, description="At most so many.")] = 5,
    ) -> IncidentList:
        """Find past incidents by words, the most alike first, among the latest 200."""
        with asking("dynamodb"):
            latest = self.latest()
        scores = Ranking([searchable(incident) for incident in latest]).scores(query)
        ranked = sorted(zip(latest, scores, strict=True), key=lambda pair: -pair[1])
        return IncidentList(
            incidents=[
                line_of(incident).model_copy(update={"score": round(score, 3)})
                for incident, score in ranked[:limit]
                if score > 0
            ],
            data_source="incidents",
            query={"words": query, "among": len(latest)},
        )

    def incident(self, incident_id: str) -> Incident:
        """Return one incident, or raise `NotFoundError`."""
        return self._incidents.get(incident_id)

    def timeline(self, incident_id: str) -> list[TimelineEvent]:
        """Return a whole timeline, oldest event first."""
        found: list[TimelineEvent] = []
        cursor: str | None = None
        while True:
            page = self._incidents.timeline(incident_id, cursor, limit=_EVENTS_READ)
            found.extend(page.items)
            cursor = page.cursor
            if cursor is None:
                return found

    def latest(self) -> list[Incident]:
        """Return the latest incidents, as many as are searched."""
        found: list[Incident] = []
        cursor: str | None = None
        while len(found) < _SEARCHED:
            page = self._incidents.list(limit=_A_PAGE, cursor=cursor)
            found.extend(page.items)
            cursor = page.cursor
            if cursor is None:
                break
        return found


def event_line(event: TimelineEvent) -> EventLine:
    """Return an event as lists show it."""
    return EventLine(at=event.at, kind=event.kind, actor=event.actor, message=event.message[:300])


def line_of(incident: Incident) -> IncidentLine:
    """Return an incident as lists show it."""
    cause = incident.verdict.root_cause if incident.verdict else None
    return IncidentLine(
        incident_id=incident.incident_id,
        title=incident.title[:200],
        service=incident.service,
        severity=incident.severity,
        status=incident.status,
        opened_at=incident.opened_at,
        alarm=incident.alarm.name if incident.alarm else None,
        root_cause=f"{cause.component}: {cause.fault}" if cause else None,
        resolution=incident.resolution[:200] if incident.resolution else None,
    )
