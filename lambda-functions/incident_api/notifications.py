"""What people were told: every notification, and what became of it on each channel."""

from incident_api.bodies import NotificationQuery
from incident_api.operations import Call, Resource
from incident_api.views import NotificationPage
from itops_core.domain.people import Role
from itops_core.wiring import stores

resource = Resource("notifications")


@resource.operation("GET /notifications", role=Role.VIEWER, answer=NotificationPage)
def list_notifications(call: Call[None, NotificationQuery]) -> NotificationPage:
    """List what people were told, newest first; of one incident everything, oldest first."""
    asked = call.query
    if asked.incident_id is not None:
        return NotificationPage(items=stores.notifications().for_incident(asked.incident_id))
    page = stores.notifications().list(asked.limit, asked.cursor)
    return NotificationPage(items=page.items, cursor=page.cursor)
