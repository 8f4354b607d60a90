"""What the incident server puts together: analysis, likeness, reports, and articles it keeps."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.investigation import (
    Agent,
    Belief,
    Observation,
    ObservationStatus,
    Step,
    ToolCall,
    Turn,
)
from itops_core.domain.values import canonical_json, sha256_of
from itops_core.domain.verdict import Gap, Rival, RootCause, Verdict, VerdictOutcome
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.tool_servers import (
    Writable,
    answered,
    incident_server,
    monitoring_server,
    refused,
)

pytest_plugins = ("tests.emulator",)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "the-same-lesson"
Stored = Callable[..., Incident]


@pytest.fixture
def server(account: Account, tables: Tables) -> ToolGateway:
    return InMemoryToolGateway(incident_server(account, Writable()))


@pytest.fixture
def stored(tables: Tables) -> Stored:
    def store(title: str, service: str = "payment-service", **details: Any) -> Incident:  # noqa: ANN401
        at = details.pop("at", NOON)
        opened = open_incident(title, service, at, fingerprint=title)
        return IncidentStore(tables.incidents).create(opened.model_copy(update=details))

    return store


def alarm(name: str = "payment-memory") -> Alarm:
    return Alarm(
        name=name,
        namespace="AWS/ECS",
        metric="MemoryUtilization",
        dimensions={"ServiceName": "payment-service"},
        reason="97 > 90",
        changed_at=NOON,
    )


def verdict(**changes: Any) -> Verdict:  # noqa: ANN401
    known: dict[str, Any] = {
        "outcome": VerdictOutcome.FOUND,
        "root_cause": RootCause(
            component="payment-service", fault="memory_exhausted", mechanism="tasks are killed"
        ),
        "confidence": 0.9,
        "summary": "payment-service runs out of memory.",
        "rivals": (
            Rival(
                component="orders",
                fault="slow",
                confidence=0.1,
                ruled_out_by="no delay",
                refuted=True,
            ),
            Rival(component="orders", fault="full", confidence=0.1, ruled_out_by="explains less"),
        ),
        "gaps": (Gap(source="monitoring.get_traces", reason="no traces are sent"),),
        "reasoner": "offline",
    }
    return Verdict(**{**known, **changes})


def looked(tables: Tables, incident: Incident) -> None:
    """One step that saw logs, could not see traces, and believes two things."""
    content = {"lines": ["OutOfMemoryError"]}
    evidence = Evidence(
        evidence_id="EV-0A1B2C3D",
        incident_id=incident.incident_id,
        server="monitoring",
        tool="find_log_patterns",
        arguments={},
        data_source="logs",
        content=content,
        sha256=sha256_of(content),
        collected_at=NOON,
    )
    call = ToolCall(server="monitoring", tool="get_service_map")
    blind = Observation(
        call=call, status=ObservationStatus.UNAVAILABLE, message="the circuit is open"
    )
    turn = Turn(
        thought="logs first",
        beliefs=(
            Belief(component="payment-service", fault="memory_exhausted", probability=0.7),
            Belief(component="orders-table", fault="throttled", probability=0.2),
        ),
        reasoner="offline",
    )
    state = AgentStateStore(tables.agent_state)
    state.put_evidence(evidence)
    state.put_step(
        Step(
            incident_id=incident.incident_id,
            number=1,
            agent=Agent.ROOT_CAUSE,
            round=1,
            turn=turn,
            observations=(blind,),
            started_at=NOON,
            duration_ms=5,
        )
    )


@pytest.fixture
def known_services(tables: Tables) -> None:
    CatalogStore(tables.catalog).put(
        CatalogEntry(
            entry_id="payment-service",
            kind="ecs_service",
            tier=1,
            owner="payments-team",
            cluster="shop",
            ecs_service="payment-service",
            log_groups=("/ecs/payment-service",),
            runbook="RB-ecs-memory",
            depends_on=("orders-table",),
        )
    )


# --- analysis


@pytest.mark.usefixtures("known_services")
def test_an_analysis_tells_where_an_open_incident_stands_and_what_to_ask_next(
    server: ToolGateway, stored: Stored, tables: Tables
) -> None:
    incident = stored("Payments fail", alarm=alarm(), status=Status.INVESTIGATING)
    looked(tables, incident)

    first = answered(server, "analyze_incident", incident_id=incident.incident_id)
    again = answered(server, "analyze_incident", incident_id=incident.incident_id)

    assert first == again, "the same every time"
    assert "Most likely so far: memory_exhausted of payment-service (70%)" in first["summary"]
    assert [one["standing"] for one in first["hypotheses"]] == ["open", "open"]
    assert first["evidence"][0]["source"] == "monitoring.find_log_patterns"
    assert [gap["source"] for gap in first["gaps"]] == ["monitoring.get_service_map"]
    assert "payment-service is a tier 1 ecs_service, owned by payments-team" in first["known"]
    asked = [question["tool"] for question in first["questions"]]
    assert "find_log_patterns" not in asked, "that was asked already"
    assert {"get_alarm_history", "list_recent_changes", "describe_ecs_service"} <= set(asked)
    assert {"name": "orders-table"} in [question["arguments"] for question in first["questions"]]
    assert len(canonical_json(first)) < 12_000


def test_an_analysis_of_a_finished_incident_tells_what_was_found_and_ruled_out(
    server: ToolGateway, stored: Stored
) -> None:
    incident = stored("Payments fail", verdict=verdict(), status=Status.RESOLVED)

    told = answered(server, "analyze_incident", incident_id=incident.incident_id)

    assert "payment-service runs out of memory." in told["summary"]
    assert [one["standing"] for one in told["hypotheses"]] == [
        "accepted",
        "ruled out: no delay",
        "open: explains less",
    ]
    assert [gap["source"] for gap in told["gaps"]] == ["monitoring.get_traces"]
    assert "the catalog does not know payment-service" in told["known"]
    assert told["questions"][0]["tool"] == "get_traces"


@pytest.mark.usefixtures("known_services")
def test_the_questions_of_an_analysis_can_be_asked_as_they_stand(
    account: Account, server: ToolGateway, stored: Stored
) -> None:
    incident = stored("Payments fail", alarm=alarm())
    tools = {
        tool.name: tool.input_schema
        for gateway in (server, InMemoryToolGateway(monitoring_server(account)))
        for tool in gateway.list_tools()
    }

    told = answered(server, "analyze_incident", incident_id=incident.incident_id)

    for question in told["questions"]:
        schema = tools[question["tool"]]
        assert set(question["arguments"]) <= set(schema["properties"]), question
        assert set(schema.get("required", ())) <= set(question["arguments"]), question
    assert len(told["questions"]) >= 5


# --- likeness


def test_incidents_are_like_each_other_by_alarm_service_fault_and_words(
    server: ToolGateway, stored: Stored
) -> None:
    this = stored("Payments fail: memory", alarm=alarm(), verdict=verdict())
    twin = stored("Payment errors", alarm=alarm(), verdict=verdict(), at=NOON - timedelta(days=3))
    cousin = stored("Payments are slow", alarm=alarm("payment-cpu"), at=NOON - timedelta(days=2))
    stored("Trucks are silent", service="fleet", at=NOON - timedelta(days=1))

    answer = answered(server, "find_similar_incidents", incident_id=this.incident_id)
    first = answered(server, "find_similar_incidents", incident_id=this.incident_id, limit=1)

    found = [(one["incident"]["incident_id"], one["shared"]) for one in answer["similar"]]
    assert [incident_id for incident_id, _ in found] == [twin.incident_id, cousin.incident_id]
    assert "the same alarm payment-memory" in found[0][1]
    assert "the same fault memory_exhausted" in found[0][1]
    assert "an alarm on MemoryUtilization, too" in found[1][1]
    assert (len(first["similar"]), first["truncated"]) == (1, True)
    assert "list_incidents" in refused(server, "find_similar_incidents", incident_id="INC-00000000")


# --- reports


def test_a_report_is_made_once_of_each_state_and_noted(
    server: ToolGateway, stored: Stored, tables: Tables
) -> None:
    incident = stored("Payments *fail*", verdict=verdict(), resolution="token=abcdef0123456789")
    asked = {"incident_id": incident.incident_id}

    first, again = (answered(server, "generate_report", **asked) for _ in range(2))
    answered(server, "add_timeline_event", **asked, message="called the owner")
    later = answered(server, "generate_report", **asked, format="json")

    assert first == again
    assert first["content"].startswith(f"# {incident.incident_id}: Payments \\*fail\\*")
    assert "abcdef0123456789" not in first["content"] + later["content"]
    assert json.loads(later["content"])["cause"]["fault"] == "memory_exhausted"
    assert later["sha256"] != first["sha256"]
    noted = IncidentStore(tables.incidents).timeline(incident.incident_id).items
    assert [event.kind for event in noted] == ["report", "note", "report"]
    assert "list_incidents" in refused(server, "generate_report", incident_id="INC-00000000")


# --- articles

LESSON = {
    "title": "Payments die of memory",
    "symptoms": "tasks stop",
    "cause": "a cache without bounds",
    "fix": "restart, then bound the cache",
    "services": ["payment-service"],
    "key": KEY,
}


def test_an_article_starts_with_little_trust_and_is_kept_once(
    server: ToolGateway, tables: Tables
) -> None:
    first, again = (answered(server, "save_knowledge_article", **LESSON) for _ in range(2))

    (kept,) = KnowledgeStore(tables.knowledge).list()
    assert first["article_id"] == again["article_id"] == kept.article_id
    assert (first["changed"], again["changed"]) == (True, False)
    assert (kept.trust_percent, kept.source_incident) == (10, None)
    other = {**LESSON, "fix": "delete everything"}
    assert "another key" in refused(server, "save_knowledge_article", **other)
    found = answered(server, "search_knowledge_base", query="payments memory cache")
    assert found["articles"][0]["trust_percent"] == 10


def test_only_a_resolved_incident_with_a_cause_lends_an_article_trust(
    server: ToolGateway, stored: Stored
) -> None:
    mended = stored("a", verdict=verdict(), status=Status.RESOLVED)
    unclear = stored("b", verdict=None, status=Status.RESOLVED)
    at_work = stored("c", verdict=verdict(), status=Status.INVESTIGATING)

    def trust(incident: Incident) -> int:
        about = {"source_incident": incident.incident_id, "key": f"lesson {incident.title} of it"}
        return answered(server, "save_knowledge_article", **{**LESSON, **about})["trust_percent"]

    assert [trust(incident) for incident in (mended, unclear, at_work)] == [30, 10, 10]
    assert "leave source_incident out" in refused(
        server, "save_knowledge_article", **{**LESSON, "source_incident": "INC-00000000"}
    )


def test_trust_that_people_gave_survives_a_repeat(server: ToolGateway, tables: Tables) -> None:
    answered(server, "save_knowledge_article", **LESSON)
    store = KnowledgeStore(tables.knowledge)
    (kept,) = store.list()
    store.put(kept.model_copy(update={"trust_percent": 80}))

    again = answered(server, "save_knowledge_article", **LESSON)

    assert (again["trust_percent"], again["changed"]) == (80, False)
