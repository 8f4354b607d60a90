"""The stores of this process, on the tables that the environment names."""

from functools import lru_cache

from itops_core.settings import places
from itops_core.stores.agent_state import AgentStateStore, EvidenceBucket
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.audit import AuditLog
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.conversations import ConversationStore
from itops_core.stores.endings import EndingStore
from itops_core.stores.incident_list import IncidentList
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.runs import RunStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.sign_in_codes import SignInCodes
from itops_core.stores.tokens import TokenStore
from itops_core.wiring.clients import client, table


@lru_cache
def incidents() -> IncidentStore:
    """Return the incidents and their timelines."""
    return IncidentStore(table(places()["INCIDENTS_TABLE"]))


@lru_cache
def incident_list() -> IncidentList:
    """Return the incidents as lists show them."""
    return IncidentList(table(places()["INCIDENTS_TABLE"]))


@lru_cache
def endings() -> EndingStore:
    """Return the incidents whose last word is being said."""
    return EndingStore(table(places()["INCIDENTS_TABLE"]))


@lru_cache
def agent_state() -> AgentStateStore:
    """Return the steps and the evidence."""
    bucket = places().get("EVIDENCE_BUCKET")
    return AgentStateStore(
        table(places()["AGENT_STATE_TABLE"]),
        EvidenceBucket(client("s3"), bucket) if bucket else None,
    )


@lru_cache
def notifications() -> NotificationStore:
    """Return what people were told, and are to be told."""
    return NotificationStore(table(places()["INCIDENTS_TABLE"]))


@lru_cache
def knowledge() -> KnowledgeStore:
    """Return the articles and runbooks."""
    return KnowledgeStore(table(places()["KNOWLEDGE_TABLE"]))


@lru_cache
def catalog() -> CatalogStore:
    """Return the catalog of services and pipelines."""
    return CatalogStore(table(places()["CATALOG_TABLE"]))


@lru_cache
def conversations() -> ConversationStore:
    """Return the conversations."""
    return ConversationStore(table(places()["CONVERSATIONS_TABLE"]))


@lru_cache
def runs() -> RunStore:
    """Return the runs towards goals."""
    return RunStore(table(places()["RUNS_TABLE"]))


@lru_cache
def approvals() -> ApprovalStore:
    """Return the questions put to people."""
    return ApprovalStore(table(places()["APPROVALS_TABLE"]))


@lru_cache
def audit() -> AuditLog:
    """Return the audit log."""
    return AuditLog(table(places()["AUDIT_TABLE"]))


@lru_cache
def runtime() -> RuntimeStore:
    """Return the short-lived records."""
    return RuntimeStore(table(places()["RUNTIME_TABLE"]))


@lru_cache
def tokens() -> TokenStore:
    """Return the API tokens."""
    return TokenStore(table(places()["RUNTIME_TABLE"]))


@lru_cache
def sign_in_codes() -> SignInCodes:
    """Return the links that sign in once."""
    return SignInCodes(table(places()["RUNTIME_TABLE"]))
