"""Approvals: what waits for a person, and their word on it."""

from incident_api.bodies import ApprovalQuery, Word
from incident_api.operations import Call, Resource
from incident_api.views import ApprovalPage, ApprovalView, view_of
from itops_core.domain.people import Role
from itops_core.wiring import stores
from itops_core.wiring.workflow import decider

resource = Resource("approvals")


@resource.operation("GET /approvals", role=Role.VIEWER, answer=ApprovalPage)
def list_approvals(call: Call[None, ApprovalQuery]) -> ApprovalPage:
    """List what waits for a decision, or was decided, newest first."""
    asked = call.query
    page = stores.approvals().list(asked.status, asked.limit, asked.cursor)
    return ApprovalPage(items=tuple(view_of(item) for item in page.items), cursor=page.cursor)


@resource.operation("GET /approvals/<approval_id>", role=Role.VIEWER, answer=ApprovalView)
def get_approval(call: Call[None, None]) -> ApprovalView:
    """Show what is asked: the actions, their effect and their risk."""
    return view_of(stores.approvals().get(call.path["approval_id"]))


@resource.operation(
    "POST /approvals/<approval_id>/decision",
    role=Role.APPROVER,
    answer=ApprovalView,
    idempotent=True,
)
def decide_approval(call: Call[Word, None]) -> ApprovalView:
    """Approve or deny what is asked, exactly as it was shown."""
    word = call.body
    approval_id = call.path["approval_id"]
    decided = decider().decide(approval_id, call.caller, word.reason, approved=word.approved)
    return view_of(decided)
