"""The system itself: whether it answers, what it offers, and how much there is."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from incident_api.operations import Call, Resource
from incident_api.views import Health
from itops_core.domain.cost import cost_of
from itops_core.domain.incident import Incident
from itops_core.domain.people import Role
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.statistics import Stats, stats_of
from itops_core.domain.values import canonical_json
from itops_core.settings import places
from itops_core.wiring import stores

resource = Resource("system")
_MOST_COUNTED = 1000
_PAGE = 200
_MOST_PRICED = 25
"""Incidents whose steps are read; each takes a query of its own."""


@resource.operation("GET /health", role=None, answer=Health)
def get_health(call: Call[None, None]) -> Health:  # noqa: ARG001
    """Tell that the API answers."""
    return Health(environment=places().get("ITOPS_ENVIRONMENT", "unknown"))


@resource.operation("GET /openapi.json", role=None, answer=None)
def get_openapi(call: Call[None, None]) -> Response[str]:  # noqa: ARG001
    """Return the OpenAPI document of this API."""
    from incident_api.openapi import document  # noqa: PLC0415 - needed by this one call only

    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/json",
        body=canonical_json(document()),
    )


@resource.operation("GET /stats", role=Role.VIEWER, answer=Stats)
def get_stats(call: Call[None, None]) -> Stats:  # noqa: ARG001
    """Tell how the newest incidents went: how fast, how right, at what cost, how often in vain."""
    incidents, is_complete = _newest_incidents()
    approvals: list[Approval] = []
    for status in ApprovalStatus:
        approvals += stores.approvals().list(status, limit=_PAGE).items
    state = stores.agent_state()
    investigated = [one for one in incidents if one.verdict is not None][:_MOST_PRICED]
    costs = [cost_of(state.steps(one.incident_id)) for one in investigated]
    return stats_of(incidents, approvals, costs, is_complete=is_complete)


def _newest_incidents() -> tuple[list[Incident], bool]:
    found: list[Incident] = []
    cursor: str | None = None
    while True:
        page = stores.incidents().list(limit=_PAGE, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None or len(found) >= _MOST_COUNTED:
            return found, cursor is None
