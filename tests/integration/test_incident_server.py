"""The incident server's tools over real tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_server.reading import IncidentReading
from itops_core.domain.catalog import Article, CatalogEntry
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.values import canonical_json
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.workflow.stuck import StuckFinder
from tests.support.accounts import Account, Tables
from tests.support.tool_servers import Writable, answered, incident_server, outage, refused

pytest_plugins = ("tests.emulator",)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "the-same-question"


@pytest.fixture
def server(account: Account, tables: Tables) -> ToolGateway:
    machine = account.create_waiting_machine("Work")
    return InMemoryToolGateway(incident_server(account, Writable(machine=machine)))


@pytest.fixture
def incidents(tables: Tables) -> IncidentStore:
    return IncidentStore(tables.incidents)


def stored(
    incidents: IncidentStore,
    title: str,
    at: datetime = NOON,
    **details: Any,  # noqa: ANN401
) -> Incident:
    service = details.pop("service", "payment-service")
    return incidents.create(open_incident(title, service, at, fingerprint=title, **details))


def created(server: ToolGateway, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    defaults = {"title": "Payments fail", "service": "payment-service", "key": KEY}
    return answered(server, "create_incident", **{**defaults, **arguments})


# --- reading


def test_an_incident_is_shown_with_the_end_of_its_timeline(
    server: ToolGateway, incidents: IncidentStore
) -> None:
    incident = stored(incidents, "Payments fail", description="since noon")
    for number in range(12):
        note = {"incident_id": incident.incident_id, "message": f"note {number}"}
        answered(server, "add_timeline_event", **note)

    shown = answered(server, "get_incident", incident_id=incident.incident_id, events=3)

    assert shown["incident"]["title"] == "Payments fail"
    assert shown["incident"]["status"] == "open"
    assert [event["message"] for event in shown["timeline"]] == ["note 9", "note 10", "note 11"]
    assert shown["truncated"]


def test_a_huge_incident_is_cut_to_what_can_be_read(
    server: ToolGateway, incidents: IncidentStore
) -> None:
    incident = stored(incidents, "Payments fail", description="x" * 10_000)

    shown = answered(server, "get_incident", incident_id=incident.incident_id)

    assert len(canonical_json(shown)) < 8000
    assert shown["truncated"]


def test_incidents_are_listed_newest_first_by_status_and_page(
    server: ToolGateway, incidents: IncidentStore
) -> None:
    for number in range(7):
        stored(incidents, f"incident {number}", NOON + timedelta(minutes=number))
    over = stored(incidents, "over", NOON - timedelta(days=1))
    incidents.save(over.moved_to(Status.RESOLVED, NOON))

    first = answered(server, "list_incidents", status="open", limit=4)
    second = answered(server, "list_incidents", status="open", limit=4, cursor=first["cursor"])

    titles = [line["title"] for line in (*first["incidents"], *second["incidents"])]
    assert titles == [f"incident {number}" for number in range(6, -1, -1)]
    assert "cursor" in refused(server, "list_incidents", cursor="nonsense")
    assert "list_incidents" in refused(server, "get_incident", incident_id="INC-00000000")
    assert "incident_id" in refused(server, "get_incident", incident_id="42")


def test_incidents_in_which_nothing_moves_are_listed_with_the_reason(
    incidents: IncidentStore, tables: Tables
) -> None:
    left = stored(incidents, "left behind", NOON)
    incidents.save(left.moved_to(Status.TRIAGING, NOON + timedelta(minutes=1)))
    stored(incidents, "just begun", NOON + timedelta(minutes=50))
    finder = StuckFinder(incidents, ApprovalStore(tables.approvals), minutes=30)
    reading = IncidentReading(incidents, lambda: finder.find(NOON + timedelta(hours=1)))
    found = reading.list_incidents(stuck=True).incidents

    assert [(one.title, one.stuck_since) for one in found] == [
        ("left behind", NOON + timedelta(minutes=1))
    ]
    assert found[0].stuck_because == ("nothing was written about it since, in the status triaging")
    assert reading.list_incidents(Status.OPEN, stuck=True).incidents == []


def test_past_incidents_are_found_by_words(server: ToolGateway, incidents: IncidentStore) -> None:
    stored(incidents, "Checkout is slow", service="checkout-service")
    stored(incidents, "Payments fail", description="tasks killed for memory")
    stored(incidents, "Search is empty", service="search-service")

    found = answered(server, "search_incidents", query="memory of payment-service tasks")

    assert found["incidents"][0]["title"] == "Payments fail"
    assert "Search is empty" in [
        line["title"] for line in answered(server, "search_incidents", query="search")["incidents"]
    ]
    assert answered(server, "search_incidents", query="zebra")["incidents"] == []


# --- writing


def test_the_same_key_opens_one_incident_only(
    server: ToolGateway, incidents: IncidentStore, account: Account
) -> None:
    first, second = created(server, severity="high"), created(server, severity="high")

    assert first["incident_id"] == second["incident_id"]
    assert (first["changed"], second["changed"]) == (True, False)
    assert len(incidents.list().items) == 1
    assert incidents.get(first["incident_id"]).affected_services == ("payment-service",)
    assert [event.kind for event in incidents.timeline(first["incident_id"]).items] == ["opened"]
    assert account.executions() == {first["incident_id"]: "RUNNING"}
    assert "another key" in refused(
        server, "create_incident", title="Something else", service="search", key=KEY
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"title": ""},
        {"title": "x" * 301},
        {"severity": "terrible"},
        {"key": "short"},
        {"affected_services": ["x" * 201]},
        {"status": "resolved"},
    ],
)
def test_an_incident_that_makes_no_sense_is_not_opened(
    server: ToolGateway, incidents: IncidentStore, arguments: dict[str, Any]
) -> None:
    valid = {"title": "Payments fail", "service": "payment-service", "key": KEY}

    message = refused(server, "create_incident", **{**valid, **arguments})

    assert next(iter(arguments)) in message
    assert incidents.list().items == ()


def test_a_tool_may_raise_a_severity_and_not_lower_it(
    server: ToolGateway, incidents: IncidentStore
) -> None:
    incident_id = created(server)["incident_id"]
    answered(server, "update_incident", incident_id=incident_id, severity="critical")

    message = refused(server, "update_incident", incident_id=incident_id, severity="low")

    assert "a person lowers it" in message
    assert incidents.get(incident_id).severity == "critical"


def test_what_people_are_asked_about_stays_as_they_were_asked(
    server: ToolGateway, incidents: IncidentStore
) -> None:
    incident_id = created(server)["incident_id"]
    asked = {"status": Status.AWAITING_APPROVAL, "approval_id": "APR-0000000A"}
    incidents.update(incident_id, lambda one: one.model_copy(update=asked))

    message = refused(server, "update_incident", incident_id=incident_id, severity="critical")

    assert "APR-0000000A" in message
    assert incidents.get(incident_id).severity != "critical"


def test_a_description_may_be_bettered_but_a_status_cannot_be_set(
    server: ToolGateway, incidents: IncidentStore
) -> None:
    incident_id = created(server)["incident_id"]
    better = {"incident_id": incident_id, "severity": "critical", "title": "All payments fail"}

    first, second = (answered(server, "update_incident", **better) for _ in range(2))

    incident = incidents.get(incident_id)
    assert (incident.severity, incident.title) == ("critical", "All payments fail")
    assert incident.status is Status.OPEN
    assert (first["changed"], second["changed"]) == (True, False)
    assert "does not take status" in refused(
        server, "update_incident", incident_id=incident_id, status="resolved"
    )
    assert "nothing to change" in refused(server, "update_incident", incident_id=incident_id)
    assert "list_incidents" in refused(
        server, "update_incident", incident_id="INC-00000000", title="x"
    )


def test_a_repeated_note_stands_once(server: ToolGateway, incidents: IncidentStore) -> None:
    incident_id = created(server)["incident_id"]
    note = {"incident_id": incident_id, "message": "called the owner", "actor": "mira"}

    first, second = (answered(server, "add_timeline_event", **note) for _ in range(2))
    answered(server, "add_timeline_event", **note, key="again")

    assert first == second
    notes = [line for line in incidents.timeline(incident_id).items if line.kind == "note"]
    assert [(line.actor, line.message) for line in notes] == [("tool:mira", "called the owner")] * 2
    assert "list_incidents" in refused(
        server, "add_timeline_event", incident_id="INC-00000000", message="x"
    )


# --- knowing


@pytest.fixture
def known(tables: Tables) -> Tables:
    knowledge, catalog = KnowledgeStore(tables.knowledge), CatalogStore(tables.catalog)
    knowledge.put(
        Article(
            article_id="runbook#ecs-memory",
            kind="runbook",
            title="Tasks killed for memory",
            services=("payment-service",),
            symptoms="OutOfMemoryError in stopped tasks",
            body="Look at MemoryUtilization. " * 400,
        )
    )
    knowledge.put(
        Article(
            article_id="pool-exhausted", title="Connection pool exhausted", cause="pool too small"
        )
    )
    catalog.put(
        CatalogEntry(
            entry_id="payments",
            kind="ecs_service",
            cluster="shop",
            ecs_service="payment-service",
            log_groups=("/ecs/payment-service",),
            metric_namespace="Shop",
            metric_dimensions={"Service": "payment-service"},
            runbook="ecs-memory",
        )
    )
    catalog.put(CatalogEntry(entry_id="checkout", kind="ecs_service", depends_on=("payments",)))
    return tables


def test_what_helped_before_is_found_by_words(server: ToolGateway, known: Tables) -> None:
    found = answered(server, "search_knowledge_base", query="OutOfMemoryError stopped tasks")

    assert found["articles"][0]["article_id"] == "runbook#ecs-memory"
    assert found["articles"][0]["score"] > 0
    assert answered(server, "search_knowledge_base", query="zebra")["articles"] == []


@pytest.mark.parametrize("name", ["ecs-memory", "runbook#ecs-memory"])
def test_a_runbook_is_read_a_page_at_a_time(server: ToolGateway, known: Tables, name: str) -> None:
    first = answered(server, "get_runbook", runbook_id=name)
    rest = first
    body = first["body"]
    while rest["cursor"]:
        rest = answered(server, "get_runbook", runbook_id=name, cursor=rest["cursor"])
        body += rest["body"]

    assert body.startswith("Symptoms: OutOfMemoryError in stopped tasks")
    assert body.count("MemoryUtilization") == 400
    assert first["truncated"]


def test_runbooks_are_listed_by_service(server: ToolGateway, known: Tables) -> None:
    listed = answered(server, "list_runbooks", service="payment-service")["runbooks"]

    assert [line["runbook_id"] for line in listed] == ["ecs-memory"]
    assert answered(server, "list_runbooks", service="search")["runbooks"] == []
    assert "list_runbooks" in refused(server, "get_runbook", runbook_id="nope")
    assert "list_runbooks" in refused(server, "get_runbook", runbook_id="pool-exhausted")


def test_a_runbook_may_be_stored_under_its_bare_id(server: ToolGateway, known: Tables) -> None:
    KnowledgeStore(known.knowledge).put(
        Article(article_id="RB-bare", kind="runbook", title="Bare", body="Look first.")
    )

    listed = answered(server, "list_runbooks")["runbooks"]

    assert [line["runbook_id"] for line in listed] == ["RB-bare", "ecs-memory"]
    assert answered(server, "get_runbook", runbook_id="RB-bare")["body"] == "Look first."


@pytest.mark.parametrize("name", ["payments", "payment-service"])
def test_the_catalog_tells_where_a_services_things_are(
    server: ToolGateway, known: Tables, name: str
) -> None:
    answer = answered(server, "get_catalog_entry", name=name)

    assert answer["entry"]["cluster"] == "shop"
    assert answer["entry"]["log_groups"] == ["/ecs/payment-service"]
    assert answer["dependants"] == ["checkout"]
    assert "payments" in refused(server, "get_catalog_entry", name="nobody")


def test_tables_that_cannot_be_reached_are_an_outage() -> None:
    nowhere = Account("http://127.0.0.1:1", "000000000000")

    reason = outage(InMemoryToolGateway(incident_server(nowhere)), "list_incidents")

    assert "dynamodb is out of reach" in reason
