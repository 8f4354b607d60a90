"""Approvals: what waits for a person, and their word on it."""

from incident_api.bodies import ApprovalQuery, Word
from incident_api.operations import Call, Resource
from incident_api.views import ApprovalPage, ApprovalView, view_of
from itops_core.domain.people import Role
from itops_core.domain.remediation import ApprovalStatus
from itops_core.wiring import stores
from itops_core.wiring.switch import kill_switch
from itops_core.wiring.workflow import decider
from itops_core.workflow.deciding import Word as SpokenWord

resource = Resource("approvals")
_STILL_COUNTS = {ApprovalStatus.PENDING, ApprovalStatus.APPROVED}


@resource.operation("GET /approvals", role=Role.VIEWER, answer=ApprovalPage)
def list_approvals(call: Call[None, ApprovalQuery]) -> ApprovalPage:
    """List what waits for a decision, or was decided, newest first."""
    asked = call.query
    page = stores.approvals().list(asked.status, asked.limit, asked.cursor)
    matters = any(one.status in _STILL_COUNTS for one in page.items)
    notice = switched_off() if matters else None
    items = tuple(
        view_of(item, notice if item.status in _STILL_COUNTS else None) for item in page.items
    )
    return ApprovalPage(items=items, cursor=page.cursor)


@resource.operation("GET /approvals/<approval_id>", role=Role.VIEWER, answer=ApprovalView)
def get_approval(call: Call[None, None]) -> ApprovalView:
    """Show what is asked: the actions, their effect and their risk."""
    approval = stores.approvals().get(call.path["approval_id"])
    return view_of(approval, switched_off() if approval.status in _STILL_COUNTS else None)


@resource.operation(
    "POST /approvals/<approval_id>/decision",
    role=Role.APPROVER,
    answer=ApprovalView,
    idempotent=True,
)
def decide_approval(call: Call[Word, None]) -> ApprovalView:
    """Approve or deny what is asked, exactly as it was shown or less of it."""
    said = call.body
    word = SpokenWord(approved=said.approved, reason=said.reason, edit=said.edit)
    decided = decider().decide(call.path["approval_id"], call.caller, word)
    return view_of(decided, switched_off() if said.approved else None)


def switched_off() -> str | None:
    """Return what an approver has to know while the kill switch stands at off."""
    reading = kill_switch().read()
    if reading.is_on:
        return None
    return f"{reading.reason}: nothing is carried out, whatever is approved, until it is turned on"
