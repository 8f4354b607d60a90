"""Knowledge, written by tools: it starts with little trust, and people give it more."""

from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from incident_server.knowing import ServiceName
from incident_server.wording import line, words
from incident_server.writing import Key, check_allowed
from itops_core.domain.catalog import Article
from itops_core.domain.incident import Incident, Status
from itops_core.domain.values import IncidentId, derived_id
from itops_core.errors import NotFoundError
from itops_core.remediation.writing import WriteGate
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult

HEARSAY_TRUST_PERCENT = 10
"""Nothing stands behind it but the words of whoever wrote it."""

EXPERIENCE_TRUST_PERCENT = 30
"""An incident with a cause that was found and mended stands behind it; below what closing an
incident writes itself, and far below what people reviewed."""

Part = Annotated[str, Field(max_length=4000)]


class SavedArticle(ToolResult):
    """An article as it stands."""

    article_id: str
    title: str
    trust_percent: int = Field(description="What it weighs in a search; people may raise it.")
    trust_reason: str
    changed: bool = Field(description="False where a repeat found it saved.")


class Articles:
    """Keeps articles, each once, and never changes one that is there."""

    def __init__(
        self, knowledge: KnowledgeStore, incidents: IncidentStore, gate: WriteGate
    ) -> None:
        self._knowledge = knowledge
        self._incidents = incidents
        self._gate = gate

    def save_knowledge_article(  # noqa: PLR0913 - a tool's parameters are its schema
        self,
        title: Annotated[
            str, Field(min_length=1, max_length=300, description="The lesson, in one line.")
        ],
        symptoms: Annotated[Part, Field(min_length=1, description="What was noticed.")],
        cause: Annotated[Part, Field(min_length=1, description="Why it happened.")],
        fix: Annotated[Part, Field(min_length=1, description="What helped.")],
        key: Key,
        *,
        services: Annotated[
            list[ServiceName] | None, Field(max_length=20, description="Services it is about.")
        ] = None,
        source_incident: Annotated[
            IncidentId | None, Field(description="The incident it was learned from.")
        ] = None,
    ) -> SavedArticle:
        """Save what was learned; it starts with little trust, which people may raise."""
        check_allowed(self._gate, "save_knowledge_article")
        with asking("dynamodb"):
            incident = self._incident(source_incident)
            trust, why = _trust_in(incident)
            article = Article(
                article_id=derived_id("KB", key),
                title=line(title, "title"),
                services=tuple(dict.fromkeys(line(name, "services") for name in services or ())),
                symptoms=words(symptoms, "symptoms"),
                cause=words(cause, "cause"),
                fix=words(fix, "fix"),
                body="Written by a tool; nobody has reviewed it.",
                trust_percent=trust,
                source_incident=source_incident,
            )
            kept = self._knowledge.add(article)
        same = {"trust_percent": kept.trust_percent}
        if kept.model_copy(update=same) != article.model_copy(update=same):
            raise ToolError("this key saved another article before; use another key for this")
        return SavedArticle(
            article_id=kept.article_id,
            title=kept.title,
            trust_percent=kept.trust_percent,
            trust_reason=why,
            changed=kept is article,
            data_source="knowledge_base",
            query={"article_id": kept.article_id},
        )

    def _incident(self, incident_id: str | None) -> Incident | None:
        if incident_id is None:
            return None
        try:
            return self._incidents.get(incident_id)
        except NotFoundError as error:
            raise ToolError(f"{error}; leave source_incident out, or name one there is") from error


def _trust_in(incident: Incident | None) -> tuple[int, str]:
    if incident is None:
        return HEARSAY_TRUST_PERCENT, "no incident stands behind it"
    found = incident.verdict is not None and incident.verdict.root_cause is not None
    if incident.status is Status.RESOLVED and found:
        return EXPERIENCE_TRUST_PERCENT, f"{incident.incident_id} was resolved, its cause found"
    return HEARSAY_TRUST_PERCENT, f"{incident.incident_id} is {incident.status}, not resolved"
