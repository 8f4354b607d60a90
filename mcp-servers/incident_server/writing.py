"""Incidents, written: opened, described better, commented; what happens to them is not."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from incident_server.reading import WhichIncident
from itops_core.domain.incident import Incident, TimelineEvent, open_incident
from itops_core.domain.values import Moment, derived_id, sha256_of
from itops_core.domain.verdict import Severity
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.incidents import IncidentStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult
from itops_core.workflow.events import timeline_event

Title = Annotated[
    str, Field(min_length=1, max_length=300, description="What is wrong, in one line.")
]
Description = Annotated[str, Field(max_length=10_000, description="What is known so far.")]
ServiceName = Annotated[str, Field(min_length=1, max_length=200)]
Affected = Annotated[
    list[ServiceName], Field(max_length=50, description="Services that feel it, by name.")
]
Weight = Annotated[Severity | None, Field(description="How bad it is, if that is known.")]
Actor = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.@-]+$", max_length=100, description="Who says so.")
]
Key = Annotated[
    str,
    Field(
        min_length=8,
        max_length=200,
        description="Idempotency key: a repeat with the same key changes nothing more.",
    ),
]


class WrittenIncident(ToolResult):
    """An incident after a write."""

    incident_id: str
    title: str
    status: str
    severity: str | None
    changed: bool = Field(description="False where a repeat found everything done.")


class WrittenEvent(ToolResult):
    """A timeline line as it stands."""

    incident_id: str
    event_id: str
    at: Moment
    message: str


class IncidentWriting:
    """Writes incidents; every call may be repeated."""

    def __init__(self, incidents: IncidentStore, now: Callable[[], datetime]) -> None:
        self._incidents = incidents
        self._now = now

    def create_incident(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        title: Title,
        service: Annotated[ServiceName, Field(description="Where the symptom shows.")],
        key: Key,
        *,
        description: Description = "",
        severity: Weight = None,
        affected_services: Affected | None = None,
    ) -> WrittenIncident:
        """Open an incident, once for each key; the reconciler starts the work on it."""
        incident = open_incident(
            title,
            service,
            self._now(),
            fingerprint=sha256_of([key, service, title])[:32],
            description=description,
            severity=severity,
            affected_services=tuple(affected_services or (service,)),
            detected_by="tool",
        ).model_copy(update={"incident_id": derived_id("INC", key)})
        with asking("dynamodb"):
            known, is_new = self._created(incident)
            told = f"{known.title} ({known.service})"
            self._add(known, "opened", told, at=known.opened_at)
        return _written(known, changed=is_new)

    def update_incident(
        self,
        incident_id: WhichIncident,
        *,
        title: Title | None = None,
        description: Description | None = None,
        severity: Weight = None,
        affected_services: Affected | None = None,
    ) -> WrittenIncident:
        """Describe an incident better; its status, verdict and actions are not for changing."""
        wanted = {
            "title": title,
            "description": description,
            "severity": severity,
            "affected_services": tuple(affected_services) if affected_services else None,
        }
        changes = {name: value for name, value in wanted.items() if value is not None}
        if not changes:
            raise ToolError(f"nothing to change; give one of {', '.join(wanted)}")
        now = self._now()

        def changed(incident: Incident) -> Incident:
            same = all(getattr(incident, name) == value for name, value in changes.items())
            return incident if same else incident.changed(now, **changes)

        try:
            with asking("dynamodb"):
                before = self._incidents.get(incident_id)
                after = self._incidents.update(incident_id, changed)
                if after != before:
                    told = f"{', '.join(changes)} changed"
                    self._add(after, "edited", told, key=after.version)
        except NotFoundError as error:
            raise ToolError(f"{error}; call list_incidents for those there are") from error
        except ConflictError as error:
            raise ToolError(f"{error}; read it again and repeat the change") from error
        return _written(after, changed=after != before)

    def add_timeline_event(
        self,
        incident_id: WhichIncident,
        message: Annotated[
            str, Field(min_length=1, max_length=2000, description="What happened or was noticed.")
        ],
        actor: Actor = "tool",
        key: Annotated[
            str | None, Field(max_length=200, description="Tells equal messages apart.")
        ] = None,
    ) -> WrittenEvent:
        """Add a note to an incident's timeline; the same note again changes nothing."""
        try:
            with asking("dynamodb"):
                incident = self._incidents.get(incident_id)
                kept = self._add(incident, "note", message, key=key or message, actor=actor)
        except NotFoundError as error:
            raise ToolError(f"{error}; call list_incidents for those there are") from error
        return WrittenEvent(
            incident_id=incident_id,
            event_id=kept.event_id,
            at=kept.at,
            message=kept.message,
            data_source="incidents",
            query={"incident_id": incident_id},
        )

    def _add(self, incident: Incident, kind: str, message: str, **details: Any) -> TimelineEvent:  # noqa: ANN401
        at = details.pop("at", None) or self._now()
        details.setdefault("actor", "tool")
        event = timeline_event(incident.incident_id, kind, message, at, **details)
        return self._incidents.add_event(event)

    def _created(self, incident: Incident) -> tuple[Incident, bool]:
        try:
            return self._incidents.create(incident), True
        except ConflictError as error:
            known = self._incidents.get(incident.incident_id)
            if known.fingerprint == incident.fingerprint:
                return known, False
            raise ToolError(
                f"this key opened {known.incident_id} ({known.title!r}) before; "
                "use another key for another incident"
            ) from error


def _written(incident: Incident, *, changed: bool) -> WrittenIncident:
    return WrittenIncident(
        incident_id=incident.incident_id,
        title=incident.title,
        status=incident.status,
        severity=incident.severity,
        changed=changed,
        data_source="incidents",
        query={"incident_id": incident.incident_id},
    )
