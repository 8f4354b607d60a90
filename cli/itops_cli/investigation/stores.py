"""The stores of one investigation: the real ones, on tables in memory."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from itops_cli.investigation.memory_table import KeySchema, MemoryTable, TableSchema
from itops_core.domain.catalog import Article, CatalogEntry
from itops_core.settings import bundled
from itops_core.stores.agent_state import AgentStateStore, EvidenceBucket
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.conversations import ConversationStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.runs import RunStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.seeding import articles, runbooks

_BY_MOMENT = "opened_at"

SCHEMAS: dict[str, TableSchema] = {
    "Incidents": TableSchema(
        KeySchema("incident_id", "item_key"),
        {
            "by_time": KeySchema("kind", _BY_MOMENT),
            "by_status": KeySchema("status", _BY_MOMENT),
            "by_correlation": KeySchema("correlation_key", _BY_MOMENT),
            "by_fingerprint": KeySchema("fingerprint", _BY_MOMENT),
        },
    ),
    "AgentState": TableSchema(KeySchema("incident_id", "item_key")),
    "KnowledgeBase": TableSchema(KeySchema("article_id")),
    "Approvals": TableSchema(
        KeySchema("approval_id"),
        {
            "by_status": KeySchema("status", "created_at"),
            "by_incident": KeySchema("incident_id", "created_at"),
        },
    ),
    "Catalog": TableSchema(KeySchema("entry_id")),
    "Conversations": TableSchema(KeySchema("conversation_id", "turn")),
    "Runs": TableSchema(
        KeySchema("run_id", "item_key"),
        {
            "by_time": KeySchema("kind", "created_at"),
            "by_status": KeySchema("status", "created_at"),
        },
    ),
    "Runtime": TableSchema(KeySchema("key")),
}
"""The tables of the template, by the end of their names; a test holds them against it."""


@dataclass(frozen=True)
class Stores:
    """Everything that is kept of an investigation, for as long as it lasts."""

    incidents: IncidentStore
    agent_state: AgentStateStore
    knowledge: KnowledgeStore
    catalog: CatalogStore
    approvals: ApprovalStore
    runtime: RuntimeStore
    conversations: ConversationStore
    runs: RunStore


def memory_stores(
    entries: Iterable[CatalogEntry], knowledge: Iterable[Article] | None = None
) -> Stores:
    """Return empty stores that know `entries`, and the articles of the project or those given."""
    stores = Stores(
        incidents=IncidentStore(_table("Incidents")),
        agent_state=AgentStateStore(_table("AgentState"), EvidenceBucket(_bucket(), "memory")),
        knowledge=KnowledgeStore(_table("KnowledgeBase")),
        catalog=CatalogStore(_table("Catalog")),
        approvals=ApprovalStore(_table("Approvals")),
        runtime=RuntimeStore(_table("Runtime")),
        conversations=ConversationStore(_table("Conversations")),
        runs=RunStore(_table("Runs")),
    )
    for entry in entries:
        stores.catalog.put(entry)
    for article in known_articles() if knowledge is None else knowledge:
        stores.knowledge.put(article)
    return stores


@lru_cache
def known_articles() -> tuple[Article, ...]:
    """Return the articles and runbooks that come with the project."""
    return (*articles(bundled("knowledge-base")), *runbooks(bundled("runbooks")))


class MemoryBucket:
    """Keeps what is too large for an item; stands where boto3's S3 client does."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put_object(self, Key: str, Body: bytes, **_options: object) -> dict[str, Any]:  # noqa: N803
        """Keep an object."""
        self._kept[Key] = Body
        return {}

    def get_object(self, Key: str, **_options: object) -> dict[str, Any]:  # noqa: N803
        """Return it."""
        return {"Body": io.BytesIO(self._kept[Key])}


def _bucket() -> Any:  # noqa: ANN401 - it stands for boto3's client
    return MemoryBucket()


def _table(name: str) -> Any:  # noqa: ANN401 - it stands for boto3's table
    return MemoryTable(SCHEMAS[name])
