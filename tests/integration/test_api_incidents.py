"""Incidents over the API, on real tables and a real state machine."""

import json
from datetime import timedelta

import pytest

from itops_core.domain.incident import Status
from itops_core.domain.values import sha256_of, utc_now
from itops_core.domain.verdict import Severity
from itops_core.wiring import stores
from tests.support.accounts import Account
from tests.support.calls import call
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

NEW = {
    "title": "Payments fail",
    "description": "customers call",
    "affected_services": ["payment-service", "checkout"],
    "detected_by": "a test",
}
UNKNOWN = "INC-00000000"


def opened(**changes: object) -> str:
    return call("POST", "/incidents", {**NEW, **changes}).json["incident_id"]


def test_an_incident_that_is_opened_is_stored_told_and_worked_on(process: Account) -> None:
    answer = call("POST", "/incidents", {**NEW, "severity": "high"})

    incident = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"/incidents/{incident['incident_id']}"
    assert (incident["service"], incident["severity"]) == ("payment-service", "high")
    assert stores.incidents().get(incident["incident_id"]).status is Status.OPEN
    assert process.executions() == {incident["incident_id"]: "RUNNING"}
    timeline = call("GET", f"/incidents/{incident['incident_id']}/timeline").json["items"]
    assert [event["kind"] for event in timeline] == ["opened"]


def test_a_title_and_a_detector_are_one_line_that_steers_no_screen() -> None:
    odd = "Payments\u202e fail\x1b[2J\nall is\u2028well\u2066\x00"

    answer = call("POST", "/incidents", {**NEW, "title": odd, "detected_by": f"{odd} bot"})
    amended = call("PATCH", answer.headers["Location"], {"title": f"{odd}\nagain"})
    empty = call("POST", "/incidents", {**NEW, "title": "\u202e\n\u2066"})

    plain = "Payments fail[2J all is well"
    assert (answer.json["title"], answer.json["detected_by"]) == (plain, f"{plain} bot")
    assert amended.json["title"] == f"{plain} again"
    assert empty.status == 422


@pytest.mark.parametrize(
    ("raw", "status", "word"),
    [
        ("", 400, "JSON"),
        ("{", 400, "JSON"),
        ("[" * 50_000, 400, "JSON"),
        ('{"title": "\\ud800"}', 400, "JSON"),
        ("[]", 422, "object"),
        ("null", 422, "object"),
        ('{"title": "x"}', 422, "affected_services"),
        ('{"title": " ", "affected_services": ["a"]}', 422, "title"),
        ('{"title": 1, "affected_services": ["a"]}', 422, "title"),
        ('{"title": "x", "affected_services": []}', 422, "affected_services"),
        ('{"title": "x", "affected_services": ["a b"]}', 422, "affected_services"),
        ('{"title": "x", "affected_services": "a"}', 422, "affected_services"),
        ('{"title": "x", "affected_services": ["a"], "severity": "huge"}', 422, "severity"),
        ('{"title": "x", "affected_services": ["a"], "status": "closed"}', 422, "status"),
        ('{"title": "%s", "affected_services": ["a"]}' % ("x" * 301), 413, "title"),
        (
            '{"title": "x", "affected_services": ["a"], "description": "%s"}' % ("x" * 10_001),
            413,
            "description",
        ),
        ('{"title": "%s"}' % ("x" * 300_000), 413, "bytes"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_with_advice_and_nothing_is_written(
    process: Account, raw: str, status: int, word: str
) -> None:
    answer = call("POST", "/incidents", raw=raw)

    assert answer.status == status
    assert word in answer.detail + str(answer.json["errors"])
    assert stores.incidents().list().items == ()
    assert process.executions() == {}


def test_a_body_of_another_type_is_refused() -> None:
    answer = call("POST", "/incidents", NEW, headers={"content-type": "text/plain"})

    assert answer.status == 415
    assert "application/json" in answer.detail


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/incidents/{UNKNOWN}"),
        ("GET", "/incidents/nonsense"),
        ("GET", f"/incidents/{'x' * 3000}"),
        ("GET", f"/incidents/{UNKNOWN}/timeline"),
        ("GET", f"/incidents/{UNKNOWN}/steps"),
        ("GET", f"/incidents/{UNKNOWN}/evidence"),
        ("GET", f"/incidents/{UNKNOWN}/evidence/EV-00000000"),
        ("GET", f"/incidents/{UNKNOWN}/report"),
        ("GET", f"/incidents/{UNKNOWN}/execution"),
        ("GET", "/approvals/APR-00000000"),
        ("GET", "/incidents/\x84"),
        ("GET", "/nothing/here"),
    ],
)
def test_what_does_not_exist_is_not_found(method: str, path: str) -> None:
    answer = call(method, path)

    assert answer.status == 404
    assert answer.detail


def test_changes_to_an_unknown_incident_are_not_found() -> None:
    assert call("PATCH", f"/incidents/{UNKNOWN}", {"note": "x"}).status == 404
    assert call("POST", f"/incidents/{UNKNOWN}/resolve", {"resolution": "x"}).status == 404


def test_a_method_that_a_path_does_not_have_is_told_which_it_has() -> None:
    answer = call("DELETE", "/incidents")

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_an_incident_is_shown_with_its_phases_and_its_approval_without_the_token() -> None:
    incident_id = opened()
    approval = an_approval(utc_now(), incident_id)
    stores.approvals().create(approval.model_copy(update={"task_token": "secret-token"}))
    stores.incidents().update(
        incident_id,
        lambda known: known.moved_to(
            Status.TRIAGING,
            known.opened_at + timedelta(seconds=2),
            approval_id=approval.approval_id,
        ),
    )

    answer = call("GET", f"/incidents/{incident_id}")

    assert answer.json["phase_seconds"] == {"detect": 2.0}
    assert answer.json["approval"]["approval_id"] == approval.approval_id
    assert "secret-token" not in answer.text
    assert "task_token" not in answer.text


def test_a_list_pages_with_its_cursor_and_narrows_to_a_status() -> None:
    ids = [opened(title=f"number {number}") for number in range(3)]

    first = call("GET", "/incidents", query={"limit": 2}).json
    rest = call("GET", "/incidents", query={"limit": 2, "cursor": first["cursor"]}).json

    found = [item["incident_id"] for item in (*first["items"], *rest["items"])]
    assert found == ids[::-1]
    assert rest["cursor"] is None
    assert call("GET", "/incidents", query={"status": "resolved"}).json["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"status": "unknown"},
        {"cursor": "nonsense"},
        {"cursor": "x" * 3000},
        {"colour": "red"},
    ],
)
def test_a_query_that_cannot_be_used_is_refused(query: dict[str, object]) -> None:
    answer = call("GET", "/incidents", query=query)

    assert answer.status == 422
    assert answer.detail


def test_a_person_amends_what_is_known_and_the_timeline_says_so() -> None:
    incident_id = opened()

    answer = call(
        "PATCH", f"/incidents/{incident_id}", {"severity": "critical", "note": "VIP affected"}
    )

    assert answer.json["severity"] == "critical"
    assert stores.incidents().get(incident_id).severity is Severity.CRITICAL
    events = stores.incidents().timeline(incident_id).items
    assert [(event.kind, event.actor) for event in events[1:]] == [
        ("amended", "ann"),
        ("note", "ann"),
    ]


@pytest.mark.parametrize(("told", "before"), [("high", "nothing"), ("low", "critical")])
def test_a_severity_is_lowered_or_said_beforehand_by_approvers_alone(
    told: str, before: str
) -> None:
    incident_id = opened()
    if before != "nothing":
        call("PATCH", f"/incidents/{incident_id}", {"severity": before})
    path, body = f"/incidents/{incident_id}", {"severity": told}
    was = stores.incidents().get(incident_id).severity

    refused = call("PATCH", path, body, role="responder")
    raised = call("PATCH", path, {"severity": "critical"}, role="responder")
    allowed = call("PATCH", path, body, role="approver")

    assert (refused.status, raised.status, allowed.status) == (403, 200, 200)
    assert "only an approver lowers a severity" in refused.json["detail"]
    assert (was.value if was else "nothing") == before
    words = [one.message for one in stores.incidents().timeline(incident_id).items]
    assert words[-1] == f"ann changed severity from critical to {told}"


@pytest.mark.parametrize("body", [{}, {"title": None}, {"status": "open"}, {"colour": "red"}])
def test_an_amendment_that_changes_nothing_or_too_much_is_refused(
    body: dict[str, object],
) -> None:
    assert call("PATCH", f"/incidents/{opened()}", body).status == 422


def test_a_person_resolves_an_incident_once() -> None:
    incident_id = opened()
    path = f"/incidents/{incident_id}/resolve"

    answer = call("POST", path, {"resolution": "restarted by hand"})
    again = call("POST", path, {"resolution": "restarted by hand"})

    assert (answer.status, answer.json["status"]) == (200, "resolved")
    assert answer.json["resolution"] == "restarted by hand"
    assert (again.status, "resolved already" in again.detail) == (409, True)


def test_a_closed_incident_stays_as_it_is() -> None:
    incident_id = opened()
    call("PATCH", f"/incidents/{incident_id}", {"status": "closed"})

    answer = call("PATCH", f"/incidents/{incident_id}", {"title": "Something else"})

    assert answer.status == 409
    assert stores.incidents().get(incident_id).title == NEW["title"]


def test_the_same_key_and_body_open_one_incident(process: Account) -> None:
    key = {"Idempotency-Key": "key-1"}

    first = call("POST", "/incidents", NEW, headers=key)
    again = call("POST", "/incidents", NEW, headers=key)

    assert again.status == 201
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert process.executions() == {first.json["incident_id"]: "RUNNING"}


def test_the_same_key_with_another_body_is_refused() -> None:
    key = {"Idempotency-Key": "key-1"}
    call("POST", "/incidents", NEW, headers=key)

    answer = call("POST", "/incidents", {**NEW, "title": "Another"}, headers=key)

    assert (answer.status, "another request" in answer.detail) == (422, True)
    assert len(stores.incidents().list().items) == 1


def test_a_key_belongs_to_its_caller_and_to_requests_that_were_done() -> None:
    key = {"Idempotency-Key": "key-1"}
    refused = call("POST", "/incidents", {}, headers=key)

    ann = call("POST", "/incidents", NEW, headers=key)
    bob = call("POST", "/incidents", NEW, headers=key, name="bob")

    assert (refused.status, ann.status, bob.status) == (422, 201, 201)
    assert ann.json["incident_id"] != bob.json["incident_id"]


def test_a_request_that_was_refused_may_be_sent_again_with_its_key() -> None:
    path, done = "/incidents/INC-00000000/resolve", {"resolution": "It is over."}

    answers = [call("POST", path, done, headers={"Idempotency-Key": "key-2"}) for _ in range(2)]

    assert [one.status for one in answers] == [404, 404]


def test_a_key_belongs_to_its_path_as_well() -> None:
    key, done = {"Idempotency-Key": "key-3"}, {"resolution": "It is over."}
    opened = [call("POST", "/incidents", NEW).json["incident_id"] for _ in range(2)]

    answers = [call("POST", f"/incidents/{one}/resolve", done, headers=key) for one in opened]

    assert [one.json["incident_id"] for one in answers] == opened


def test_a_request_that_is_being_answered_is_not_begun_again() -> None:
    identity = sha256_of(["ann", "POST", "/incidents", "key-4"])
    request = {"request": sha256_of(json.dumps(NEW))}
    stores.runtime().begin(f"idempotency#{identity}", 35, request)

    answer = call("POST", "/incidents", NEW, headers={"Idempotency-Key": "key-4"})

    assert answer.status == 409
    assert "being answered right now" in answer.detail
    assert stores.incidents().list().items == ()


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "ä"])
def test_a_key_that_cannot_be_one_is_malformed(key: str) -> None:
    answer = call("POST", "/incidents", NEW, headers={"Idempotency-Key": key})

    assert (answer.status, "Idempotency-Key" in answer.detail) == (400, True)


def test_the_workflow_of_an_incident_is_shown() -> None:
    incident_id = opened()

    answer = call("GET", f"/incidents/{incident_id}/execution").json

    assert answer["execution"]["status"] == "RUNNING"
    assert answer["execution"]["execution_arn"].endswith(f":{incident_id}")


def listed(**query: object) -> list[str]:
    items = call("GET", "/incident-summaries", query=query).json["items"]
    return [item["title"] for item in items]


def test_a_list_is_searched_and_filtered_where_the_incidents_lie() -> None:
    opened(title="Payments fail for one in ten", severity="critical")
    opened(title="Disk of the ledger is full", severity="low", affected_services=["ledger_db"])
    stores.incidents().update(
        opened(title="Payments were slow"),
        lambda known: known.moved_to(Status.RESOLVED, utc_now()),
    )

    assert listed(text="PAYMENTS") == ["Payments were slow", "Payments fail for one in ten"]
    assert listed(text="payments ten") == ["Payments fail for one in ten"]
    assert listed(text="ledger db disk") == ["Disk of the ledger is full"]
    assert listed(severity="low") == ["Disk of the ledger is full"]
    assert listed(over="true") == ["Payments were slow"]
    assert listed(over="false", text="payments") == ["Payments fail for one in ten"]
    assert listed(status="resolved", text="disk") == []


def test_a_search_through_many_pages_gives_each_incident_once() -> None:
    for number in range(5):
        opened(title=f"{'wanted' if number % 2 else 'other'} {number}")
    first = call("GET", "/incident-summaries", query={"limit": 1, "text": "wanted"}).json

    query = {"limit": 5, "text": "wanted", "cursor": first["cursor"]}
    rest = call("GET", "/incident-summaries", query=query).json

    titles = [item["title"] for item in (*first["items"], *rest["items"])]
    assert titles == ["wanted 3", "wanted 1"]
    assert rest["cursor"] is None
    assert call("GET", "/incident-summaries", query={**query, "status": "open"}).status == 422
