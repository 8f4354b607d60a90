"""Slack's buttons: only what Slack has signed just now is a word, and only of people known here."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest

from approval_gate.slack import SlackReply
from itops_core.domain.incident import Status, open_incident
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.values import utc_now
from itops_core.stores.approvals import ApprovalStore
from itops_core.wiring import stores
from itops_core.workflow.channels.port import DeliveryFailedError
from tests.support.accounts import Account, Tables, forget_wiring
from tests.support.calls import Answer, call
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
USERS = {
    "U0ANN": {"name": "ann", "role": "approver"},
    "U0BOB": {"name": "bob", "role": "admin"},
    "U0EVE": {"name": "eve", "role": "responder"},
}


@pytest.fixture
def slack(process: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set Slack up: its secret, who is who, and a gate that nobody runs."""
    made = process.client("secretsmanager").create_secret(Name="slack", SecretString=SECRET)
    monkeypatch.setenv("SLACK_SIGNING_SECRET_ARN", made["ARN"])
    monkeypatch.setenv("ITOPS__SLACK__USERS", json.dumps(USERS))
    monkeypatch.setenv("APPROVAL_GATE_FUNCTION", "ITOps-ApprovalGate")
    forget_wiring()


def asked(approvers_needed: int = 1) -> Approval:
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    approval = an_approval(at, incident.incident_id, approvers_needed)
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.AWAITING_APPROVAL):
        incident = incident.moved_to(status, at, approval_id=approval.approval_id)
    stores.incidents().create(incident)
    return stores.approvals().create(approval)


def body_of(approval_id: str, user: str = "U0ANN", action_id: str = "itops_approve") -> str:
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "someone", "team_id": "T1"},
        "actions": [{"action_id": action_id, "value": approval_id, "type": "button"}],
        "response_url": "https://hooks.slack.com/actions/T1/1/abc",
        "token": "deprecated",
    }
    return urlencode({"payload": json.dumps(payload)})


def clicked(
    body: str, *, at: float | None = None, secret: str = SECRET, signed: str | None = None
) -> Answer:
    stamp = str(int(time.time() if at is None else at))
    base = f"v0:{stamp}:{body if signed is None else signed}".encode()
    signature = f"v0={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
    }
    return call("POST", "/slack/interactions", role=None, raw=body, headers=headers)


def now(approval: Approval) -> Approval:
    return stores.approvals().get(approval.approval_id)


@pytest.mark.usefixtures("slack")
@pytest.mark.parametrize(
    ("action_id", "status"),
    [("itops_approve", ApprovalStatus.APPROVED), ("itops_deny", ApprovalStatus.DENIED)],
)
def test_a_signed_click_is_the_word_of_the_person_that_the_slack_user_is(
    action_id: str, status: ApprovalStatus
) -> None:
    approval = asked()

    answer = clicked(body_of(approval.approval_id, action_id=action_id))

    (word,) = now(approval).decisions
    assert answer.status == 200
    assert now(approval).status is status
    assert (word.decided_by, word.role) == ("ann", "approver")


@pytest.mark.usefixtures("slack")
def test_one_person_is_one_person_on_every_way_in() -> None:
    approval = asked(approvers_needed=2)
    clicked(body_of(approval.approval_id))

    word = {"approved": True, "reason": "again"}
    again = call(
        "POST", f"/approvals/{approval.approval_id}/decision", word, name="ann", role="approver"
    )
    other = clicked(body_of(approval.approval_id, user="U0BOB"))

    assert again.status == 409
    assert "approved by ann and bob" in other.json["told"]
    assert now(approval).status is ApprovalStatus.APPROVED


@pytest.mark.usefixtures("slack")
@pytest.mark.parametrize(
    ("user", "why"), [("U0NOBODY", "is not known to ITOps"), ("U0EVE", "eve is a responder")]
)
def test_who_is_not_known_or_may_not_decide_is_told_so_and_decides_nothing(
    user: str, why: str
) -> None:
    approval = asked()

    answer = clicked(body_of(approval.approval_id, user=user))

    assert (answer.status, why in answer.json["told"]) == (200, True)
    assert now(approval) == approval


@pytest.mark.usefixtures("slack")
def test_a_click_sent_again_counts_once() -> None:
    approval = asked(approvers_needed=2)
    at = time.time()
    body = body_of(approval.approval_id)

    first, replayed = clicked(body, at=at), clicked(body, at=at)

    assert "one of two" in first.json["told"]
    assert replayed.json["told"] == "this click was handled before"
    assert len(now(approval).decisions) == 1


FORGERIES: list[Callable[[str], Answer]] = [
    lambda body: clicked(body, secret="another"),
    lambda body: clicked(body, signed=body.replace("U0ANN", "U0BOB")),
    lambda body: clicked(body, at=time.time() - 301),
    lambda body: clicked(body, at=time.time() + 600),
    lambda body: call("POST", "/slack/interactions", role=None, raw=body),
    lambda body: call(
        "POST",
        "/slack/interactions",
        role=None,
        raw=body,
        headers={"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=é"},
    ),
]


@pytest.mark.usefixtures("slack")
@pytest.mark.parametrize("forge", FORGERIES)
def test_what_slack_has_not_signed_just_now_is_refused(forge: Callable[[str], Answer]) -> None:
    approval = asked()

    answer = forge(body_of(approval.approval_id))

    assert answer.status == 403
    assert answer.detail
    assert now(approval) == approval


@pytest.mark.usefixtures("slack")
@pytest.mark.parametrize(
    "body",
    ["", "payload=", "payload=%7B%7D", "payload=[]", urlencode({"payload": '{"user": 1}'}), "%ff"],
)
def test_a_signed_body_that_is_no_click_is_refused(body: str) -> None:
    assert clicked(body).status == 400


@pytest.mark.usefixtures("slack")
@pytest.mark.parametrize("value", ["APR-00000000", "'; drop table", ""])
def test_a_click_on_what_there_is_not_is_answered_in_words(value: str) -> None:
    answer = clicked(body_of(value))

    assert (answer.status, answer.json["told"].startswith("Not counted: no approval")) == (
        200,
        True,
    )


@pytest.mark.usefixtures("slack")
def test_another_button_decides_nothing() -> None:
    approval = asked()

    assert clicked(body_of(approval.approval_id, action_id="open_report")).status == 200
    assert now(approval) == approval


@pytest.mark.usefixtures("process")
def test_where_slack_is_not_set_up_nothing_is_taken_from_it() -> None:
    answer = clicked(body_of("APR-0000000A"))

    assert (answer.status, "SlackSigningSecretArn" in answer.detail) == (404, True)


@pytest.fixture
def hooks() -> Generator[tuple[str, list[dict[str, Any]]]]:
    """Run a server that stands where Slack takes answers, each of its moods at its own address."""
    taken: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            answers = {"moved": 302, "gone": 404, "busy": 429, "broken": 503}
            status = answers.get(self.path.rsplit("/", 1)[-1], 200)
            if status == 200:
                taken.append(json.loads(sent))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/actions/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/actions/", taken
    server.shutdown()
    server.server_close()
    thread.join()


def test_slack_is_shown_the_card_as_it_stands_and_nobody_else_is_told(
    tables: Tables, hooks: tuple[str, list[dict[str, Any]]]
) -> None:
    address, taken = hooks
    store = ApprovalStore(tables.approvals)
    approval = store.create(an_approval(utc_now(), approvers_needed=2))
    reply = SlackReply(store, address, lambda: "actions are switched off")

    drawn = reply.tell(f"{address}1", approval.approval_id, "")
    told = reply.tell(f"{address}2", "", "Not counted: you are not known")
    elsewhere = reply.tell("http://169.254.169.254/latest", approval.approval_id, "")
    moved = reply.tell(f"{address}moved", approval.approval_id, "")
    gone = reply.tell(f"{address}gone", approval.approval_id, "")

    card, note = taken
    blocks = json.dumps(card["blocks"])
    assert [one["outcome"] for one in (drawn, told, elsewhere, moved, gone)] == [
        "told", "told", "not_told", "not_told", "not_told",
    ]  # fmt: skip
    assert card["replace_original"] is True
    assert "waits for two different people" in blocks
    assert "actions are switched off" in blocks
    assert "itops_approve" in blocks
    assert note["response_type"] == "ephemeral"
    assert "not known" in note["text"]


def test_what_slack_may_take_later_is_given_back_to_be_tried_again(
    tables: Tables, hooks: tuple[str, list[dict[str, Any]]]
) -> None:
    address, taken = hooks
    store = ApprovalStore(tables.approvals)
    approval = store.create(an_approval(utc_now()))
    reply = SlackReply(store, address, str)
    nobody = "http://127.0.0.1:9/actions/"

    for url in (f"{address}busy", f"{address}broken"):
        with pytest.raises(DeliveryFailedError):
            reply.tell(url, approval.approval_id, "")
    with pytest.raises(DeliveryFailedError):
        SlackReply(store, nobody, str).tell(f"{nobody}1", approval.approval_id, "")

    assert taken == []
