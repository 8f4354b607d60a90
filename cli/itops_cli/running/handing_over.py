"""`itops run --mode briefing`: what the next person on call has to know."""

from datetime import timedelta

from itops_cli.running.session import Document, Session
from itops_cli.running.watching import opened_by, watched
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ApprovalStatus
from itops_core.workflow.briefing import Shift, briefing_lines, briefing_of

_SHIFT = timedelta(hours=8)
_READ = 200


def brief(session: Session) -> Document:
    """Return the document of a hand-over; nothing is written for it."""
    stage = session.stage
    # A briefing may open nothing; asking tells which findings somebody works on.
    record = watched(session, opened_by(session))
    at = stage.now()
    shift = Shift(
        at=at,
        since=at - _SHIFT,
        incidents=_incidents(session),
        approvals=stage.stores.approvals.list(ApprovalStatus.PENDING, limit=_READ).items,
        watched=record,
    )
    briefing = briefing_of(shift)
    session.journal.went("briefed")
    return {
        "status": "briefed",
        "briefing": briefing.model_dump(mode="json"),
        "text": list(briefing_lines(briefing)),
    }


def _incidents(session: Session) -> list[Incident]:
    """Return what is not over, and the newest of the others, each once."""
    incidents = session.stage.stores.incidents
    found = {one.incident_id: one for one in incidents.list(limit=_READ).items}
    found |= {one.incident_id: one for one in incidents.unfinished()}
    return list(found.values())
