"""The system itself: whether it answers, what it offers, and how much there is."""

from collections import Counter
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from incident_api.operations import Call, Resource
from incident_api.views import Health, Stats
from itops_core.domain.people import Role
from itops_core.domain.remediation import ApprovalStatus
from itops_core.domain.values import canonical_json
from itops_core.settings import places
from itops_core.wiring import stores

resource = Resource("system")
_MOST_COUNTED = 1000
_PAGE = 200


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
    """Count the newest incidents by status and severity."""
    statuses: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page = stores.incidents().list(limit=_PAGE, cursor=cursor)
        statuses.update(incident.status.value for incident in page.items)
        severities.update(
            incident.severity.value if incident.severity else "unknown" for incident in page.items
        )
        cursor = page.cursor
        if cursor is None or statuses.total() >= _MOST_COUNTED:
            break
    pending = stores.approvals().list(ApprovalStatus.PENDING, limit=_PAGE).items
    return Stats(
        total=statuses.total(),
        by_status=dict(statuses),
        by_severity=dict(severities),
        pending_approvals=len(pending),
        is_complete=cursor is None,
    )
