"""Incidents, written: opened, described better, commented; what happens to them is not."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from incident_server.reading import WhichIncident
from incident_server.wording import line, words
from itops_core.domain.incident import Incident, Status, TimelineEvent, open_incident
from itops_core.domain.values import Moment, derived_id, sha256_of
from itops_core.domain.verdict import Severity
from itops_core.errors import ConflictError, NotFoundError
from itops_core.remediation.writing import WriteGate
from itops_core.stores.incidents import IncidentStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.redaction import plain_text
from itops_core.tools.tool_server import ToolResult
from itops_core.workflow.events import timeline_event
from itops_core.workflow.opening import Opened

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


_WORST_FIRST = tuple(Severity)

Opening = Callable[[Incident], Opened]
"""Stores an incident and starts the work on it, as the API does."""


class IncidentWriting:
    """Writes incidents; every call may be repeated.

    Without a gate and an opening (over a recording, say) every write is refused.
    """

    def __init__(
        self,
        incidents: IncidentStore,
        now: Callable[[], datetime],
        opening: Opening | None = None,
        gate: WriteGate | None = None,
    ) -> None:
        self._incidents = incidents
        self._now = now
        self._opening = opening
        self._gate = gate

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
        """Open an incident and start the work on it, once for each key."""
        check_allowed(self._gate, "create_incident")
        if self._opening is None:
            raise ToolError("no incident can be opened here: nothing would work on it")
        incident = open_incident(
            line(title, "title"),
            line(service, "service"),
            self._now(),
            fingerprint=sha256_of([key, service, title])[:32],
            description=plain_text(description),
            severity=severity,
            affected_services=_names(affected_services) or (line(service, "service"),),
            detected_by="tool",
        ).model_copy(update={"incident_id": derived_id("INC", key)})
        try:
            with asking("dynamodb"):
                opened = self._opening(incident)
        except ConflictError as error:
            raise ToolError(
                f"this key opened {incident.incident_id} with other words before; "
                "use another key for another incident"
            ) from error
        return _written(opened.incident, changed=opened.is_new)

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
        check_allowed(self._gate, "update_incident")
        wanted = {
            "title": None if title is None else line(title, "title"),
            "description": None if description is None else plain_text(description),
            "severity": severity,
            "affected_services": _names(affected_services) or None,
        }
        changes = {name: value for name, value in wanted.items() if value is not None}
        if not changes:
            raise ToolError(f"nothing to change; give one of {', '.join(wanted)}")
        now = self._now()

        def changed(incident: Incident) -> Incident:
            differing = {
                name: value for name, value in changes.items() if getattr(incident, name) != value
            }
            _check_weakens_nothing(incident, differing)
            return incident.changed(now, **changes) if differing else incident

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
        check_allowed(self._gate, "add_timeline_event")
        said = words(message, "message")
        try:
            with asking("dynamodb"):
                incident = self._incidents.get(incident_id)
                kept = self._add(incident, "note", said, key=key or said, actor=f"tool:{actor}")
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


def _check_weakens_nothing(incident: Incident, differing: dict[str, Any]) -> None:
    """Refuse what would let more happen without a person: the gate goes by these."""
    wanted = differing.get("severity")
    if (
        wanted
        and incident.severity
        and _WORST_FIRST.index(wanted) > _WORST_FIRST.index(incident.severity)
    ):
        raise ToolError(
            f"{incident.incident_id} is {incident.severity}; a tool may raise a severity, a person "
            "lowers it: itops incidents, or the API"
        )
    asked_with = sorted({"severity", "affected_services"} & set(differing))
    if asked_with and incident.status is Status.AWAITING_APPROVAL:
        raise ToolError(
            f"{incident.approval_id} is being decided with {' and '.join(asked_with)} as they are; "
            "it has to be decided first"
        )


def check_allowed(gate: WriteGate | None, tool: str) -> None:
    """Refuse a record that this process may not write."""
    if gate is None:
        raise ToolError(f"{tool} is refused: no write gate is set up here")
    decision = gate.about_record(tool)
    if not decision.allowed:
        raise ToolError(f"{tool} is refused: {decision.reason} ({', '.join(decision.rules)})")


def _names(services: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line(name, "affected_services") for name in services or ()))


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
