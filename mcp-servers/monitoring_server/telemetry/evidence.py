"""Evidence of an incident, whole, a page at a time."""

from typing import Annotated, Protocol

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.evidence import Evidence
from itops_core.domain.values import EvidenceId, IncidentId, Moment
from itops_core.errors import NotFoundError
from itops_core.tools.aws_errors import asking
from itops_core.tools.paging import Cursor, page_of
from itops_core.tools.tool_server import ToolResult

_PAGE_CHARACTERS = 5000


class EvidencePage(ToolResult):
    """A part of the canonical JSON of one tool's answer; quotes are taken from it."""

    evidence_id: str
    tool: str
    collected_at: Moment
    sha256: str
    characters: int = Field(description="Of the whole.")
    text: str


class EvidenceStore(Protocol):
    """Where the agents' evidence is kept."""

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        """Return it, or raise `NotFoundError`."""
        ...


class EvidencePages:
    """Reads what the agents saw before."""

    def __init__(self, kept: EvidenceStore) -> None:
        self._kept = kept

    def get_evidence(
        self,
        incident_id: Annotated[IncidentId, Field(description="The incident, as INC-0A1B2C3D.")],
        evidence_id: Annotated[EvidenceId, Field(description="The evidence, as EV-0A1B2C3D.")],
        cursor: Cursor = None,
    ) -> EvidencePage:
        """Return the whole of an earlier tool answer, 5,000 characters at a time."""
        try:
            with asking("dynamodb"):
                evidence = self._kept.get_evidence(incident_id, evidence_id)
        except NotFoundError as error:
            raise ToolError(f"{error}; observations name the evidence of this incident") from error
        page = page_of(evidence.text, cursor, _PAGE_CHARACTERS)
        return EvidencePage(
            evidence_id=evidence_id,
            tool=f"{evidence.server}.{evidence.tool}",
            collected_at=evidence.collected_at,
            sha256=evidence.sha256,
            characters=len(evidence.text),
            text=page.text,
            data_source=evidence.data_source,
            query={"incident_id": incident_id, "evidence_id": evidence_id, "from": page.begin},
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )
