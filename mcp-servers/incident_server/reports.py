"""The report on an incident, made of what the tables hold: JSON once, Markdown as a rendering."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from incident_server.reading import WhichIncident
from incident_server.writing import check_allowed
from itops_core.domain.report import Report as WholeReport
from itops_core.domain.values import canonical_json, sha256_of
from itops_core.errors import NotFoundError, UncitedClaimError
from itops_core.remediation.writing import WriteGate
from itops_core.stores.incidents import IncidentStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.paging import Cursor, page_of
from itops_core.tools.redaction import redacted
from itops_core.tools.tool_server import ToolResult
from itops_core.workflow.events import timeline_event
from itops_core.workflow.rendering import markdown
from itops_core.workflow.reporting import Reporter

_PAGE_CHARACTERS = 5000
_MADE = "report"


class Report(ToolResult):
    """One report, or a page of it."""

    incident_id: str
    format: Literal["markdown", "json"]
    sha256: str = Field(description="Of the whole report, without the notes on reports.")
    content: str


class Reports:
    """Makes reports, and notes on the timeline that one was made."""

    def __init__(
        self,
        reporter: Reporter,
        incidents: IncidentStore,
        gate: WriteGate,
        now: Callable[[], datetime],
    ) -> None:
        self._reporter = reporter
        self._incidents = incidents
        self._gate = gate
        self._now = now

    def generate_report(
        self,
        incident_id: WhichIncident,
        format: Annotated[
            Literal["markdown", "json"], Field(description="For people, or for programs.")
        ] = "markdown",
        cursor: Cursor = None,
    ) -> Report:
        """Return an incident's report: cause, gaps, actions, timeline; noted once a state."""
        check_allowed(self._gate, "generate_report")
        try:
            with asking("dynamodb"):
                whole = self._reporter.report(incident_id).model_dump(mode="json")
                report = redacted(whole)
                report["timeline"] = [e for e in report["timeline"] if e["kind"] != _MADE]
                digest = sha256_of(report)
                text = _rendered(report) if format == "markdown" else canonical_json(report)
                page = page_of(text, cursor, _PAGE_CHARACTERS)
                self._note(incident_id, digest)
        except NotFoundError as error:
            raise ToolError(f"{error}; call list_incidents for those there are") from error
        except UncitedClaimError as error:
            raise ToolError(f"{error}; ask for the format json, which says it as it is") from error
        return Report(
            incident_id=incident_id,
            format=format,
            sha256=digest,
            content=page.text,
            data_source="incidents",
            query={"incident_id": incident_id, "format": format},
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def _note(self, incident_id: str, digest: str) -> None:
        self._incidents.add_event(
            timeline_event(
                incident_id,
                _MADE,
                f"a report was made, sha256 {digest}",
                self._now(),
                actor="tool",
                key=digest,
            )
        )


def _rendered(report: dict[str, Any]) -> str:
    return markdown(WholeReport.model_validate(report))
