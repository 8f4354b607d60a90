"""Questions to people as callers see them: with what keeps them, and what became of them."""

from collections.abc import Iterable

from incident_api.views import ApprovalView, view_of
from itops_core.domain.aftermath import aftermath_of
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.errors import NotFoundError
from itops_core.wiring import stores
from itops_core.wiring.switch import kill_switch

_STILL_COUNTS = {ApprovalStatus.PENDING, ApprovalStatus.APPROVED}


def shown(approval: Approval, incident: Incident | None = None) -> ApprovalView:
    """Return one question; its incident is looked up where it is needed and not given."""
    off = _switched_off() if approval.status in _STILL_COUNTS else None
    return _view(approval, incident or _incident_of(approval), off)


def all_shown(approvals: Iterable[Approval]) -> tuple[ApprovalView, ...]:
    """Return many of them; the switch is read once."""
    some = tuple(approvals)
    matters = any(one.status in _STILL_COUNTS for one in some)
    off = _switched_off() if matters else None
    approved = {one.incident_id: one for one in some if one.status is ApprovalStatus.APPROVED}
    incidents = {name: _incident_of(one) for name, one in approved.items()}
    return tuple(_view(one, incidents.get(one.incident_id), off) for one in some)


def _view(approval: Approval, incident: Incident | None, off: str | None) -> ApprovalView:
    notice = off if approval.status in _STILL_COUNTS else None
    return view_of(approval, notice, aftermath_of(approval, incident, off))


def _incident_of(approval: Approval) -> Incident | None:
    """Return where it stands what was done of it: only of an approved one there is any."""
    if approval.status is not ApprovalStatus.APPROVED:
        return None
    try:
        return stores.incidents().get(approval.incident_id)
    except NotFoundError:
        return None


def _switched_off() -> str | None:
    """Return what an approver has to know while the kill switch stands at off."""
    reading = kill_switch().read()
    if reading.is_on:
        return None
    return f"{reading.reason}: nothing is carried out, whatever is approved, until it is turned on"
