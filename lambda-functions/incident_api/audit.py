"""The audit log, as it is: whoever reads it can check it without trusting this API."""

from incident_api.bodies import AuditQuery, PageQuery
from incident_api.operations import Call, Resource
from incident_api.views import AuditHeadPage, AuditPage
from itops_core.domain.people import Role
from itops_core.wiring import stores

resource = Resource("audit")


@resource.operation("GET /audit", role=Role.VIEWER, answer=AuditPage)
def list_audit(call: Call[None, AuditQuery]) -> AuditPage:
    """List what was decided and done, each entry bound to the one before it."""
    asked = call.query
    if asked.chain is not None:
        return AuditPage(items=stores.audit().entries(asked.chain))
    page = stores.audit().all_entries(asked.limit, asked.cursor)
    return AuditPage(items=page.items, cursor=page.cursor)


@resource.operation("GET /audit/heads", role=Role.VIEWER, answer=AuditHeadPage)
def list_audit_heads(call: Call[None, PageQuery]) -> AuditHeadPage:
    """List how far each chain of the audit log has come."""
    page = stores.audit().heads(call.query.limit, call.query.cursor)
    return AuditHeadPage(items=page.items, cursor=page.cursor)
