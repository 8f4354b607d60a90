"""Incidents: open, list, look at, amend and resolve."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from incident_api.bodies import (
    IncidentAmendment,
    IncidentQuery,
    Marking,
    NewIncident,
    Resolution,
    SummaryQuery,
)
from incident_api.operations import Call, Resource
from incident_api.questions import shown
from incident_api.views import ApprovalView, IncidentPage, IncidentView, SummaryPage, incident_view
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.people import Role
from itops_core.domain.values import Value, derived_id, sha256_of, utc_now
from itops_core.errors import NotFoundError
from itops_core.stores.incident_list import Wanted
from itops_core.wiring import stores
from itops_core.wiring.workflow import grader, interventions, opener, pager

resource = Resource("incidents")


@resource.operation(
    "POST /incidents",
    role=Role.RESPONDER,
    answer=IncidentView,
    status=HTTPStatus.CREATED,
    idempotent=True,
)
def create_incident(call: Call[NewIncident, None]) -> Response[str]:
    """Open an incident; the agents start on it at once."""
    new = call.body
    service = new.affected_services[0]
    incident = open_incident(
        new.title,
        service,
        utc_now(),
        fingerprint=sha256_of([call.key or "", service, new.title])[:32],
        description=new.description,
        severity=new.severity,
        affected_services=new.affected_services,
        detected_by=new.detected_by,
    )
    if call.key is not None:
        same_id = derived_id("INC", call.key)
        incident = incident.model_copy(update={"incident_id": same_id})
    opened = opener().open(incident)
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        body=incident_view(opened).model_dump_json(),
        headers={"Location": f"/incidents/{opened.incident_id}"},
    )


@resource.operation("GET /incidents", role=Role.VIEWER, answer=IncidentPage)
def list_incidents(call: Call[None, IncidentQuery]) -> IncidentPage:
    """List incidents, newest first."""
    asked = call.query
    page = stores.incidents().list(asked.status, asked.limit, asked.cursor)
    return IncidentPage(items=page.items, cursor=page.cursor)


@resource.operation("GET /incident-summaries", role=Role.VIEWER, answer=SummaryPage)
def list_summaries(call: Call[None, SummaryQuery]) -> SummaryPage:
    """List incidents with what a list shows of them, searched and filtered, newest first."""
    asked = call.query
    wanted = Wanted.model_validate(asked.model_dump(exclude={"limit", "cursor"}))
    page = stores.incident_list().page(wanted, asked.limit, asked.cursor)
    return SummaryPage(items=page.items, cursor=page.cursor)


@resource.operation("GET /incidents/<incident_id>", role=Role.VIEWER, answer=IncidentView)
def get_incident(call: Call[None, None]) -> Value:
    """Show one incident: cause, actions, timings, and what was asked of people last."""
    return _shown(stores.incidents().get(call.path["incident_id"]))


@resource.operation("PATCH /incidents/<incident_id>", role=Role.RESPONDER, answer=IncidentView)
def amend_incident(call: Call[IncidentAmendment, None]) -> Value:
    """Correct what is known of an incident, close it, or add a note.

    Only an approver lowers a severity: whether actions wait for a person depends on it.
    """
    changes = call.body.model_dump(exclude_none=True, exclude={"note"})
    incident = interventions().amend(call.path["incident_id"], call.caller, changes, call.body.note)
    return _shown(incident)


@resource.operation(
    "POST /incidents/<incident_id>/resolve",
    role=Role.RESPONDER,
    answer=IncidentView,
    idempotent=True,
)
def resolve_incident(call: Call[Resolution, None]) -> Value:
    """Resolve an incident by hand; the agents then leave it alone."""
    incident_id = call.path["incident_id"]
    return _shown(interventions().resolve(incident_id, call.caller, call.body.resolution))


@resource.operation(
    "POST /incidents/<incident_id>/acknowledge",
    role=Role.RESPONDER,
    answer=IncidentView,
    also=(HTTPStatus.CONFLICT,),
)
def acknowledge_incident(call: Call[None, None]) -> Value:
    """Take an incident on: nobody is paged about it any more. The first one to do so stands."""
    return _shown(pager().acknowledge(call.path["incident_id"], call.caller))


@resource.operation(
    "POST /incidents/<incident_id>/grade",
    role=Role.RESPONDER,
    answer=IncidentView,
    idempotent=True,
)
def grade_incident(call: Call[Marking, None]) -> Value:
    """Say how right the verdict was; what was learned is trusted accordingly."""
    given = call.body
    marked = grader().grade(call.path["incident_id"], call.caller, given.cause, given.cause_was)
    return _shown(marked)


def _shown(incident: Incident) -> Value:
    return incident_view(incident, _approval_of(incident))


def _approval_of(incident: Incident) -> ApprovalView | None:
    if incident.approval_id is None:
        return None
    try:
        return shown(stores.approvals().get(incident.approval_id), incident)
    except NotFoundError:
        return None
