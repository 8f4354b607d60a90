"""Approvals: what waits for a person, and their word on it."""

from incident_api.bodies import ApprovalQuery, Word
from incident_api.operations import Call, Resource
from incident_api.questions import all_shown, shown
from incident_api.views import ApprovalPage, ApprovalView
from itops_core.domain.people import Role
from itops_core.wiring import stores
from itops_core.wiring.workflow import decider
from itops_core.workflow.deciding import Word as SpokenWord

resource = Resource("approvals")


@resource.operation("GET /approvals", role=Role.VIEWER, answer=ApprovalPage)
def list_approvals(call: Call[None, ApprovalQuery]) -> ApprovalPage:
    """List what waits for a decision, or was decided, newest first."""
    asked = call.query
    page = stores.approvals().list(asked.status, asked.limit, asked.cursor)
    return ApprovalPage(items=all_shown(page.items), cursor=page.cursor)


@resource.operation("GET /approvals/<approval_id>", role=Role.VIEWER, answer=ApprovalView)
def get_approval(call: Call[None, None]) -> ApprovalView:
    """Show what is asked: the actions, their effect and their risk; later, what became of it."""
    return shown(stores.approvals().get(call.path["approval_id"]))


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
    return shown(decider().decide(call.path["approval_id"], call.caller, word))
