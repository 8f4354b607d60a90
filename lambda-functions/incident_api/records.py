"""What an incident left behind: timeline, steps, evidence, report and execution."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from incident_api.bodies import PageQuery, ReportQuery, StepQuery
from incident_api.operations import Call, Resource
from incident_api.views import (
    EvidencePage,
    EvidenceView,
    ExecutionView,
    StepPage,
    TimelinePage,
    VisitPage,
)
from itops_core.domain.people import Role
from itops_core.domain.report import Report
from itops_core.domain.values import canonical_json
from itops_core.errors import InvalidInputError
from itops_core.wiring import stores
from itops_core.wiring.workflow import executions, reporter
from itops_core.workflow.rendering import html, markdown, plain, slack

resource = Resource("incidents")
_MARKDOWN = ("text/markdown; charset=utf-8", markdown)
_RENDERINGS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "markdown": _MARKDOWN,
    "md": _MARKDOWN,
    "html": ("text/html; charset=utf-8", html),
    "text": ("text/plain; charset=utf-8", plain),
    "slack": ("application/json", lambda report: canonical_json(slack(report))),
}


@resource.operation("GET /incidents/<incident_id>/timeline", role=Role.VIEWER, answer=TimelinePage)
def list_timeline(call: Call[None, PageQuery]) -> TimelinePage:
    """List what happened to an incident, oldest first."""
    incident_id = _known(call.path)
    page = stores.incidents().timeline(incident_id, call.query.cursor, call.query.limit)
    return TimelinePage(items=page.items, cursor=page.cursor)


@resource.operation("GET /incidents/<incident_id>/steps", role=Role.VIEWER, answer=StepPage)
def list_steps(call: Call[None, StepQuery]) -> StepPage:
    """List what the agents thought and asked, oldest first."""
    incident_id = _known(call.path)
    asked = call.query
    after = _step_number(asked.cursor) if asked.cursor else asked.after
    steps = stores.agent_state().steps(incident_id, after, asked.limit + 1)
    shown = steps[: asked.limit]
    more = len(steps) > len(shown)
    return StepPage(items=shown, cursor=f"step-{shown[-1].number}" if more else None)


@resource.operation("GET /incidents/<incident_id>/evidence", role=Role.VIEWER, answer=EvidencePage)
def list_evidence(call: Call[None, None]) -> EvidencePage:
    """List what evidence there is, without its content."""
    return EvidencePage(items=stores.agent_state().evidence_heads(_known(call.path)))


@resource.operation(
    "GET /incidents/<incident_id>/evidence/<evidence_id>", role=Role.VIEWER, answer=EvidenceView
)
def get_evidence(call: Call[None, None]) -> EvidenceView:
    """Show one tool's whole answer, and the text in whose bytes citations point."""
    path = call.path
    found = stores.agent_state().get_evidence(path["incident_id"], path["evidence_id"])
    return EvidenceView.model_validate({**dict(found), "canonical": found.text})


@resource.operation("GET /incidents/<incident_id>/report", role=Role.VIEWER, answer=Report)
def get_report(call: Call[None, ReportQuery]) -> Report | Response[str]:
    """Tell everything about an incident in one document: JSON, Markdown, HTML, text or Slack."""
    report = reporter().report(call.path["incident_id"], charts=True)
    if call.query.format == "json":
        return report
    content_type, render = _RENDERINGS[call.query.format]
    return Response(
        status_code=HTTPStatus.OK,
        content_type=content_type,
        body=render(report),
        headers={"X-Content-Type-Options": "nosniff"},
    )


@resource.operation(
    "GET /incidents/<incident_id>/execution", role=Role.VIEWER, answer=ExecutionView
)
def get_execution(call: Call[None, None]) -> ExecutionView:
    """Show how the workflow of an incident stands."""
    incident = stores.incidents().get(call.path["incident_id"])
    arn = incident.execution_arn
    return ExecutionView(
        incident_id=incident.incident_id,
        execution=executions().find(arn) if arn else None,
        resumes=incident.resumes,
    )


@resource.operation(
    "GET /incidents/<incident_id>/execution/states", role=Role.VIEWER, answer=VisitPage
)
def list_states(call: Call[None, None]) -> VisitPage:
    """List the states the workflow went through, with what each was given and gave."""
    incident = stores.incidents().get(call.path["incident_id"])
    arn = incident.execution_arn
    return VisitPage(items=executions().visits(arn) if arn else ())


def _known(path: Mapping[str, str]) -> str:
    """Return the id in the path, or raise `NotFoundError` where there is no such incident."""
    return stores.incidents().get(path["incident_id"]).incident_id


def _step_number(cursor: str) -> int:
    found = re.fullmatch(r"step-(\d{1,6})", cursor, re.ASCII)
    if found is None:
        raise InvalidInputError(
            "the cursor is not one that this list gave; leave it out to start from the beginning"
        )
    return int(found.group(1))
