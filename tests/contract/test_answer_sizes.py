"""A default answer of the servers that keep tables, when those are full of long stories."""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from itops_core.domain.catalog import Article, CatalogEntry
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.values import utc_now
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from scripts.tools_page import server_names
from tests.support.accounts import Account, Tables
from tests.support.shop_estate import open_shop
from tests.support.tool_servers import answered

pytest_plugins = ("tests.emulator",)

MOST_CHARACTERS = 8000
"""Some 2,000 tokens."""
LONG = "memory was full, and everybody told everybody else about it at great length; " * 30
MANY = 30
INCIDENT = "INC-00000001"
SERVICE = {"cluster": "shop", "service": "payments"}

QUESTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "incident": {
        "get_incident": {"incident_id": INCIDENT},
        "list_incidents": {},
        "search_incidents": {"query": "memory"},
        "find_similar_incidents": {"incident_id": INCIDENT},
        "analyze_incident": {"incident_id": INCIDENT},
        "search_knowledge_base": {"query": "memory"},
        "get_runbook": {"runbook_id": "RB-0"},
        "list_runbooks": {},
        "get_catalog_entry": {"name": "service-0"},
    },
    "operations": {
        "list_actions": {},
        "preview_action": {"name": "restart_ecs_service", "parameters": SERVICE},
    },
}
"""A question without anything optional, for each tool that looks."""
ALL = [(server, tool) for server, asked in QUESTIONS.items() for tool in asked]


@pytest.fixture
def crowded(process: Account, tables: Tables) -> Account:
    open_shop(process, tables)
    now = utc_now()
    incidents, knowledge = IncidentStore(tables.incidents), KnowledgeStore(tables.knowledge)
    for number in range(1, MANY + 1):
        incident_id = f"INC-{number:08X}"
        incidents.create(
            Incident(
                incident_id=incident_id,
                title=LONG[:300],
                description=LONG,
                service=f"service-{number}",
                opened_at=now,
                updated_at=now,
                fingerprint=incident_id,
                correlation_key=incident_id,
            )
        )
        incidents.add_event(
            TimelineEvent(
                incident_id=INCIDENT,
                event_id=f"EVT-{number}",
                at=now,
                kind="note",
                actor="a",
                message=LONG,
            )
        )
        knowledge.put(_article(f"KB-{number}", "article"))
        knowledge.put(_article(f"RB-{number - 1}", "runbook"))
        CatalogStore(tables.catalog).put(
            CatalogEntry(
                entry_id=f"service-{number - 1}",
                kind="ecs_service",
                description=LONG,
                log_groups=tuple(f"/ecs/{one}" for one in range(MANY)),
                depends_on=("service-0",),
            )
        )
    return process


def _article(article_id: str, kind: Any) -> Article:  # noqa: ANN401
    return Article(
        article_id=article_id, kind=kind, title=LONG, symptoms=LONG, cause=LONG, fix=LONG, body=LONG
    )


def gateway_to(server: str) -> ToolGateway:
    return InMemoryToolGateway(import_module(f"{server}_server.composition").server())


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """The servers of a process are kept; here each test has other tables."""
    yield
    for server in QUESTIONS:
        import_module(f"{server}_server.composition").server.cache_clear()


def test_every_tool_that_looks_is_asked_something(crowded: Account) -> None:
    # The other two are asked over a recording, in modules of their own.
    assert {"monitoring", "fleet", *QUESTIONS} == set(server_names())
    for server, asked in QUESTIONS.items():
        looking = {tool.name for tool in gateway_to(server).list_tools() if tool.read_only}
        assert looking == set(asked)


@pytest.mark.parametrize(("server", "tool"), ALL)
def test_a_default_answer_costs_a_model_at_most_two_thousand_tokens(
    server: str, tool: str, crowded: Account
) -> None:
    answer = answered(gateway_to(server), tool, **QUESTIONS[server][tool])

    assert len(json.dumps(answer)) < MOST_CHARACTERS
    assert answer["data_source"]
    assert answer["query"] is not None
