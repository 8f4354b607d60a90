"""The hand-over for whoever is on call next."""

from datetime import timedelta

from pydantic import Field

from incident_api.operations import Call, Resource
from itops_core.domain.briefing import Briefing
from itops_core.domain.incident import Incident
from itops_core.domain.people import Role
from itops_core.domain.remediation import ApprovalStatus
from itops_core.domain.values import Value, utc_now
from itops_core.stores.watching import WatchStore
from itops_core.wiring import stores
from itops_core.workflow.briefing import Shift, briefing_lines, briefing_of

resource = Resource("watching")
_READ = 200


class NewBriefing(Value):
    """How far back a hand-over tells what happened."""

    hours_back: int = Field(default=8, ge=1, le=168, description="Since the last shift.")


class BriefingView(Value):
    """A hand-over, and the same as text."""

    briefing: Briefing
    text: str


@resource.operation("POST /briefing", role=Role.VIEWER, answer=BriefingView)
def brief(call: Call[NewBriefing, None]) -> BriefingView:
    """Compose a hand-over: what is open, what happened, what waits, what to watch."""
    at = utc_now()
    shift = Shift(
        at=at,
        since=at - timedelta(hours=call.body.hours_back),
        incidents=_incidents(),
        approvals=stores.approvals().list(ApprovalStatus.PENDING, limit=_READ).items,
        watched=WatchStore(stores.runtime()).latest(),
    )
    briefing = briefing_of(shift)
    return BriefingView(briefing=briefing, text="\n".join(briefing_lines(briefing)))


def _incidents() -> list[Incident]:
    newest = stores.incidents().list(limit=_READ).items
    found = {one.incident_id: one for one in newest}
    found |= {one.incident_id: one for one in stores.incidents().unfinished()}
    return list(found.values())
