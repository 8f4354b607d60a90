"""What was there before and looks like an incident: hints, which prove nothing."""

from typing import Literal

from pydantic import Field

from incident_api.operations import Call, Resource
from itops_core.domain.incident import Status
from itops_core.domain.people import Role
from itops_core.domain.values import IncidentId, Moment, Value
from itops_core.stores.likeness import Likeness
from itops_core.wiring import stores
from itops_core.workflow.recollection import Recollection, hint_of, similar_past

resource = Resource("incidents")
_SHOWN = 10


class SimilarIncident(Value):
    """A past incident, how like it is, and what it came to."""

    label: Literal["hint"] = "hint"
    incident_id: IncidentId
    title: str
    status: Status
    opened_at: Moment
    component: str = Field(description="Who was at fault, where that was established.")
    fault: str
    cause: str
    fix: str = Field(description="What helped then.")
    score: float = Field(description="How like it is; larger is more.")
    shared: tuple[str, ...] = Field(description="In what it is like this one.")
    trust_percent: int = Field(description="How far what it came to is trusted by now.")


class SimilarPage(Value):
    """Past incidents, the most alike first."""

    items: tuple[SimilarIncident, ...]
    cursor: str | None = None


@resource.operation("GET /incidents/<incident_id>/similar", role=Role.VIEWER, answer=SimilarPage)
def list_similar(call: Call[None, None]) -> SimilarPage:
    """List past incidents like this one: same alarm, service, fault or words."""
    incident = stores.incidents().get(call.path["incident_id"])
    memory = Recollection(stores.incidents(), stores.knowledge())
    found = similar_past(incident, memory.others(incident))[:_SHOWN]
    return SimilarPage(items=tuple(map(_shown, found)))


def _shown(alike: Likeness) -> SimilarIncident:
    one, hint = alike.incident, hint_of(alike)
    kept = ("title", "component", "fault", "cause", "fix", "score", "shared", "trust_percent")
    return SimilarIncident(
        incident_id=one.incident_id,
        status=one.status,
        opened_at=one.opened_at,
        **{name: getattr(hint, name) for name in kept},
    )
