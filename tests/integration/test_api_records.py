"""What incidents leave behind, knowledge, catalog, roles and the API itself."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_api.openapi import document
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Citation, Claim, Evidence
from itops_core.domain.incident import Status, open_incident
from itops_core.domain.investigation import (
    Agent,
    Observation,
    ObservationStatus,
    Step,
    ToolCall,
    Turn,
)
from itops_core.domain.values import sha256_of
from itops_core.domain.verdict import Gap, RootCause, Verdict, VerdictOutcome
from itops_core.wiring import stores
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import call
from tests.support.eventually import eventually

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEEN = Citation(evidence_id="EV-0000000A", quote="OOM")


@pytest.fixture
def incident_id() -> str:
    """An investigated incident with three steps and one piece of evidence."""
    incident = open_incident("Payments fail <b>", "payment", NOON, fingerprint="f")
    verdict = Verdict(
        outcome=VerdictOutcome.FOUND,
        root_cause=RootCause(component="payment", fault="out_of_memory", mechanism="it leaks"),
        confidence=0.9,
        summary="payment runs out of memory",
        claims=(Claim(text="killed", citations=(SEEN,)),),
        gaps=(Gap(source="monitoring.logs", reason="the server is down"),),
        reasoner="offline",
    )  # fmt: skip
    stores.incidents().create(incident.changed(NOON, verdict=verdict))
    content = {"reason": "OOM"}
    stores.agent_state().put_evidence(
        Evidence(
            evidence_id="EV-0000000A",
            incident_id=incident.incident_id,
            server="monitoring",
            tool="describe_ecs_service",
            arguments={"service": "payment"},
            data_source="ecs",
            content=content,
            sha256=sha256_of(content),
            collected_at=NOON,
        )
    )
    for number in (1, 2, 3):
        stores.agent_state().put_step(a_step(incident.incident_id, number))
    return incident.incident_id


def a_step(incident_id: str, number: int) -> Step:
    asked = ToolCall(server="monitoring", tool="describe_ecs_service")
    return Step(
        incident_id=incident_id,
        number=number,
        agent=Agent.ROOT_CAUSE,
        round=1,
        turn=Turn(thought=f"thought {number}", calls=(asked,), reasoner="offline"),
        observations=(Observation(call=asked, status=ObservationStatus.OK),),
        started_at=NOON,
        duration_ms=10,
    )


def test_steps_come_in_pages_and_from_a_number_on(incident_id: str) -> None:
    path = f"/incidents/{incident_id}/steps"

    first = call("GET", path, query={"limit": 2}).json
    rest = call("GET", path, query={"limit": 2, "cursor": first["cursor"]}).json

    assert [step["number"] for step in (*first["items"], *rest["items"])] == [1, 2, 3]
    assert rest["cursor"] is None
    assert [step["number"] for step in call("GET", path, query={"after": 2}).json["items"]] == [3]
    assert call("GET", path, query={"cursor": "step-x"}).status == 422


def test_evidence_is_listed_without_and_shown_with_its_content(incident_id: str) -> None:
    (head,) = call("GET", f"/incidents/{incident_id}/evidence").json["items"]

    whole = call("GET", f"/incidents/{incident_id}/evidence/{head['evidence_id']}").json

    assert "content" not in head
    assert whole["content"] == {"reason": "OOM"}
    assert whole["sha256"] == head["sha256"] == sha256_of(whole["content"])


def test_the_states_of_a_workflow_are_told_with_what_went_in(incident_id: str) -> None:
    never_begun = call("GET", f"/incidents/{incident_id}/execution/states").json["items"]
    opened = call("POST", "/incidents", {"title": "Slow", "affected_services": ["payment"]}).json

    path = f"/incidents/{opened['incident_id']}/execution/states"
    # It is begun beside the answer.
    eventually(lambda: len(call("GET", path).json["items"]) > 1)
    first, last = call("GET", path).json["items"]

    assert never_begun == []
    assert first["input"] == last["input"] == first["output"]
    assert first["input"] == {"incident_id": opened["incident_id"]}
    assert (last["number"], last["exited_at"], last["output"]) == (2, None, None)
    assert call("GET", "/incidents/INC-00000000/execution/states").status == 404


def test_a_session_tells_who_calls_and_whether_actions_are_on(
    process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.client("ssm").put_parameter(Name="/switch", Value="on", Type="String")
    off = call("GET", "/session", role="viewer", name="ann").json

    monkeypatch.setenv("KILL_SWITCH_PARAMETER", "/switch")
    forget_wiring()
    on = call("GET", "/session", role="approver", name="bob").json

    assert (off["name"], off["role"], off["actions"]["is_on"]) == ("ann", "viewer", False)
    assert (on["name"], on["role"], on["actions"]["is_on"]) == ("bob", "approver", True)


def test_a_report_holds_cause_citations_gaps_and_cost(incident_id: str) -> None:
    report = call("GET", f"/incidents/{incident_id}/report").json

    assert report["cause"]["fault"] == "out_of_memory"
    cited = report["cause"]["claims"][0]["citations"][0]["evidence_id"]
    assert cited in {source["evidence_id"] for source in report["evidence"]}
    assert report["gaps"] == [{"source": "monitoring.logs", "reason": "the server is down"}]
    assert (report["cost"]["steps"], report["cost"]["tool_calls"]) == (3, 3)


def test_a_report_in_markdown_shows_outside_text_as_text(incident_id: str) -> None:
    answer = call("GET", f"/incidents/{incident_id}/report", query={"format": "markdown"})

    assert answer.headers["Content-Type"].startswith("text/markdown")
    assert "Payments fail \\<b\\>" in answer.text
    assert "out\\_of\\_memory" in answer.text


def test_knowledge_is_added_listed_and_found() -> None:
    body = {"title": "Memory leak", "services": ["payment"], "symptoms": "OutOfMemoryError"}

    added = call("POST", "/knowledge", body)

    assert added.status == 201
    found = call("GET", "/knowledge", query={"query": "OutOfMemoryError tasks"}).json["items"]
    assert [item["article_id"] for item in found] == [added.json["article_id"]]
    assert found[0]["score"] > 0
    assert call("GET", "/knowledge", query={"service": "other"}).json["items"] == []
    assert call("POST", "/knowledge", {"title": ""}).status == 422


def test_the_catalog_and_the_counts_are_told(incident_id: str) -> None:
    stores.catalog().put(CatalogEntry(entry_id="payment", kind="ecs_service"))

    assert call("GET", "/pipelines").json["items"][0]["entry_id"] == "payment"
    stats = call("GET", "/stats").json
    assert (stats["total"], stats["by_status"], stats["is_complete"]) == (
        1,
        {Status.OPEN: 1},
        True,
    )


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/incidents", "viewer"),
        ("GET", "/approvals", "viewer"),
        ("POST", "/incidents", "responder"),
        ("PATCH", "/incidents/INC-00000000", "responder"),
        ("POST", "/incidents/INC-00000000/resolve", "responder"),
        ("POST", "/knowledge", "responder"),
        ("POST", "/pipelines", "approver"),
        ("POST", "/pipelines/discover", "responder"),
        ("POST", "/approvals/APR-00000000/decision", "approver"),
    ],
)
def test_each_role_may_do_what_is_its_and_no_more(method: str, path: str, needed: str) -> None:
    roles = ["viewer", "responder", "approver", "admin"]
    body = {} if method != "GET" else None

    answers = [call(method, path, body, role=role).status for role in roles]

    refused = roles.index(needed)
    assert answers[:refused] == [403] * refused
    assert 403 not in answers[refused:]


def test_a_request_that_did_not_pass_the_authorizer_is_refused() -> None:
    assert call("GET", "/incidents", role=None).status == 403
    assert call("GET", "/incidents", role="emperor").status == 403


def test_health_and_the_document_are_open_to_all() -> None:
    assert call("GET", "/health", role=None).json["status"] == "ok"
    assert call("GET", "/openapi.json", role=None).json == json.loads(json.dumps(document()))


def test_a_preflight_is_answered_with_what_a_browser_needs() -> None:
    answer = call("OPTIONS", "/incidents", role=None, headers={"Origin": "https://x.example"})

    allowed = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == 204
    assert allowed["access-control-allow-origin"] == "*"
    assert "Idempotency-Key" in allowed["access-control-allow-headers"]


def test_the_document_in_the_repository_is_that_of_the_code() -> None:
    written = json.loads(Path("docs/openapi.json").read_text(encoding="utf-8"))

    assert written == json.loads(json.dumps(document())), (
        "run: python -m incident_api.openapi docs/openapi.json"
    )


def test_past_incidents_like_one_are_listed_as_hints(incident_id: str) -> None:
    past = open_incident("Payments fail <b>", "payment", NOON, fingerprint="f")
    verdict = stores.incidents().get(incident_id).verdict
    over = past.changed(NOON, verdict=verdict).moved_to(Status.RESOLVED, NOON)
    stores.incidents().create(over)

    answer = call("GET", f"/incidents/{incident_id}/similar")
    (similar,) = [one for one in answer.json["items"] if one["incident_id"] == over.incident_id]

    assert answer.status == 200
    assert similar["label"] == "hint"
    assert (similar["title"], similar["status"]) == ("Payments fail <b>", "resolved")
    assert (similar["component"], similar["fault"]) == ("payment", "out_of_memory")
    assert similar["cause"] == "it leaks"
    assert similar["score"] > 3
    assert incident_id not in {one["incident_id"] for one in answer.json["items"]}
    assert call("GET", "/incidents/INC-FFFFFFFF/similar").status == 404


def test_a_mark_of_right_on_a_verdict_without_a_cause_is_refused_until_the_cause_is_named(
    incident_id: str,
) -> None:
    none = {"outcome": VerdictOutcome.UNRESOLVED, "root_cause": None, "confidence": 0.0}
    verdict = stores.incidents().get(incident_id).verdict
    assert verdict is not None
    stores.incidents().update(
        incident_id,
        lambda one: one.changed(NOON, verdict=verdict.model_copy(update=none)).moved_to(
            Status.ESCALATED, NOON
        ),
    )
    path = f"/incidents/{incident_id}/grade"

    refused = call("POST", path, {"cause": "right"}, role="responder")
    taken = call("POST", path, {"cause": "right", "cause_was": "a leak"}, role="responder")

    assert (refused.status, "names no cause" in refused.detail) == (409, True)
    assert (taken.status, taken.json["grade"]["percent"]) == (200, 100)
