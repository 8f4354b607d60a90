"""Ways in through the API: signed alarms, maintenance windows, dead letters."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from incident_intake.handler import handler
from itops_core.domain.alarm import Alarm, AlarmMessage, AlarmState
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Status
from itops_core.domain.intake import LinkCount, Outcome
from itops_core.domain.maintenance import Weekday
from itops_core.domain.values import utc_now
from itops_core.wiring import stores
from itops_core.wiring.intake import dead_letters, intake, maintenance
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import Answer, Context, call

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

SECRET = "a secret of forty-eight characters, or somewhat so"
PLAIN = {"service": "ledger", "metric": "Errors", "value": 9, "threshold": 1}
GENERIC = {
    "title": "Ledger answers slowly",
    "service": "ledger",
    "severity": "high",
    "status": "firing",
    "labels": {"team": "books", "region": "eu"},
    "starts_at": "2026-11-20T03:00:00Z",
    "dedup_key": "ledger-slow",
}
HOUR = timedelta(hours=1)
WEEKLY = {"days": ["mon"], "at": "02:00", "minutes": 60}
ALWAYS = {"days": list(Weekday), "at": "00:00", "minutes": 24 * 60}


@pytest.fixture(autouse=True)
def secret(process: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made = process.client("secretsmanager").create_secret(Name="webhook", SecretString=SECRET)
    monkeypatch.setenv("WEBHOOK_SECRET_ARN", made["ARN"])
    forget_wiring()
    yield


def signed(
    body: object, at: float | None = None, secret: str = SECRET, raw: str | None = None
) -> Answer:
    text = raw if raw is not None else json.dumps(body)
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{stamp}.{text}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-ITOps-Signature": f"t={stamp},v1={digest}"}
    return call("POST", "/webhooks/alarms", raw=text, role=None, headers=headers)


def ringing(service: str, seconds_ago: float = 1, **changes: object) -> AlarmMessage:
    at = utc_now() - timedelta(seconds=seconds_ago)
    fields: dict[str, Any] = {"name": f"{service}-errors", "changed_at": at, **changes}
    return AlarmMessage(
        message_id=f"{service}-{seconds_ago}-{changes}",
        state=AlarmState.ALARM,
        alarm=Alarm(**fields),
        named_service=service,
    )


def a_window(**changes: object) -> dict[str, Any]:
    now = utc_now()
    return {
        "services": ["ledger*"],
        "starts_at": (now - HOUR).isoformat(),
        "ends_at": (now + HOUR).isoformat(),
        "reason": "the ledger moves to another table",
        **changes,
    }


@pytest.mark.parametrize("body", [PLAIN, GENERIC])
def test_a_signed_alarm_opens_an_incident_and_is_told_which(body: dict[str, Any]) -> None:
    answer = signed(body)

    fate = answer.json["fate"]
    assert (answer.status, fate["outcome"], answer.json["repeated"]) == (202, "opened", False)
    incident = stores.incidents().get(fate["incident_id"])
    assert (incident.service, incident.detected_by) == ("ledger", "webhook")


def test_the_severity_and_the_end_that_a_sender_tells_count() -> None:
    opened = signed(GENERIC).json["fate"]["incident_id"]
    assert stores.incidents().get(opened).severity == "high"

    over = signed({**GENERIC, "status": "resolved"}).json["fate"]

    assert (over["outcome"], over["incident_id"]) == ("cleared", opened)
    assert stores.incidents().get(opened).status is Status.CLOSED


def test_a_replay_is_answered_with_the_first_fate_and_changes_nothing() -> None:
    at = time.time() - 20
    first = signed(PLAIN, at)

    again = signed(PLAIN, at)

    assert again.json == {**first.json, "repeated": True}
    assert intake().links.count(first.json["fate"]["incident_id"]).alarms == 1


def test_an_alarm_whose_incident_is_being_closed_is_queued_and_taken_in_from_there(
    process: Account,
) -> None:
    opened = signed(PLAIN, time.time() - 20).json["fate"]["incident_id"]
    links = intake().links
    assert links.seal(opened, links.count(opened))

    answer = signed({**PLAIN, "metric": "Latency"})

    fate = answer.json["fate"]
    assert (answer.status, fate["outcome"], fate["service"]) == (202, "queued", "ledger")
    assert links.count(opened) == LinkCount(alarms=1)
    stores.incidents().update(opened, lambda known: known.moved_to(Status.CLOSED, utc_now()))
    handler({"Records": _queued(process)}, Context())  # type: ignore[arg-type]
    taken = links.fates([fate["message_id"]])[fate["message_id"]]
    assert taken.is_new
    assert taken.incident_id is not None
    assert stores.incidents().get(taken.incident_id).detected_by == "webhook"


def _queued(process: Account) -> list[dict[str, Any]]:
    """Return what lies in the queue of alarms, as a function is told of it."""
    found: Any = process.client("sqs").receive_message(
        QueueUrl=dead_letters().back_to_url, MessageAttributeNames=["All"]
    )
    return [
        {
            "messageId": one["MessageId"],
            "body": one["Body"],
            "messageAttributes": {
                name: {"stringValue": told["StringValue"]}
                for name, told in one["MessageAttributes"].items()
            },
        }
        for one in found["Messages"]
    ]


def test_what_steers_a_screen_is_kept_and_shown_as_its_code_point() -> None:
    name = "Ledger\u202e fails\x1b[2J\nall is\u2028well\u2066"

    fate = signed({**GENERIC, "title": name, "service": "ledger\u202e\nx"}).json["fate"]

    incident = stores.incidents().get(fate["incident_id"])
    (link,) = intake().links.page(incident.incident_id).items
    told = "".join(one.message for one in stores.incidents().timeline(incident.incident_id).items)
    assert incident.title == "Ledger fails[2J all is well"
    assert incident.service == fate["service"] == "ledger x"
    assert incident.alarm is not None
    assert incident.alarm.name == name
    assert json.loads(f'"{link.alarm}"') == json.loads(f'"{fate["alarm"]}"') == name
    assert told.isprintable()


def test_what_is_not_signed_or_cannot_be_read_is_refused_and_says_why() -> None:
    cases: tuple[tuple[dict[str, Any], int], ...] = (
        ({"secret": "another"}, 403),
        ({"at": time.time() - 3600}, 403),
        ({"at": time.time() + 3600}, 403),
        ({"raw": "{"}, 400),
        ({"raw": "[]"}, 422),
        ({"body": {"service": "ledger"}}, 422),
        ({"body": {**GENERIC, "severity": "apocalyptic"}}, 422),
        ({"body": {**PLAIN, "value": "many"}}, 422),
        ({"body": {**GENERIC, "starts_at": "2126-11-20T03:00:00Z"}}, 422),
        ({"body": {**GENERIC, "starts_at": "9999-12-31T23:00:00-10:00"}}, 422),
        ({"body": {**GENERIC, "title": "half a letter \ud800"}}, 422),
        ({"body": {**GENERIC, "labels": {"team": "\udc00"}}}, 422),
        ({"body": {**PLAIN, "metric": "\ud800"}}, 422),
        ({"raw": json.dumps({**PLAIN, "metric": "x" * 70_000})}, 413),
    )

    for changes, status in cases:
        sent: dict[str, Any] = {"body": PLAIN, **changes}
        answer = signed(**sent)
        assert (answer.status, bool(answer.detail)) == (status, True), str(changes)[:80]

    assert stores.incidents().list().items == ()


def test_a_signed_body_that_is_no_text_is_refused_as_such() -> None:
    body = json.dumps(PLAIN).encode().replace(b"ledger", b"l\xe9dger")
    stamp = int(time.time())
    digest = hmac.new(SECRET.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    headers = {"X-ITOps-Signature": f"t={stamp},v1={digest}"}

    # API Gateway puts a mark in the place of bytes that are no text.
    answer = call(
        "POST", "/webhooks/alarms", raw=body.decode(errors="replace"), role=None, headers=headers
    )

    assert (answer.status, answer.detail) == (400, "the body is not text in UTF-8")


def test_a_webhook_without_a_signature_is_refused() -> None:
    answer = call("POST", "/webhooks/alarms", PLAIN, role=None)

    assert answer.status == 403
    assert "X-ITOps-Signature" in answer.detail


def test_an_alarm_in_maintenance_is_held_and_opens_an_incident_when_it_is_over() -> None:
    window = call("POST", "/maintenance", a_window(), role="responder").json
    message = ringing("ledger")

    held = intake().take_in([message])[message.message_id]
    details = call("GET", f"/maintenance/{window['window_id']}", role="viewer").json
    assert intake().release() == []
    removed = call("DELETE", f"/maintenance/{window['window_id']}", role="responder")
    (released,) = intake().release()

    assert held.outcome is Outcome.HELD  # type: ignore[union-attr]
    assert [one["alarm"] for one in details["held"]] == ["ledger-errors"]
    assert removed.json["removed_by"] == "ann"
    assert released.outcome is Outcome.OPENED  # type: ignore[union-attr]
    assert intake().release() == []
    (incident,) = stores.incidents().list().items
    assert incident.service == "ledger"


def test_an_alarm_that_went_quiet_in_maintenance_opens_nothing() -> None:
    window = call("POST", "/maintenance", a_window(), role="responder").json
    rang = ringing("ledger", 30)
    quiet = ringing("ledger", 10).model_copy(update={"state": AlarmState.OK})
    intake().take_in([rang])
    intake().take_in([quiet])

    call("DELETE", f"/maintenance/{window['window_id']}", role="responder")

    assert intake().release() == []
    assert stores.incidents().list().items == ()


def test_services_outside_of_the_window_are_not_held() -> None:
    call("POST", "/maintenance", a_window(services=["ledger"]), role="responder")
    message = ringing("ledger-export")

    fate = intake().take_in([message])[message.message_id]

    assert fate.outcome is Outcome.OPENED  # type: ignore[union-attr]


def test_windows_are_listed_and_every_change_is_on_record() -> None:
    begun = utc_now()
    window = call("POST", "/maintenance", a_window(), role="responder").json
    call("DELETE", f"/maintenance/{window['window_id']}", role="responder")

    (listed,) = call("GET", "/maintenance", role="viewer").json["items"]
    days = sorted({f"DAY-{at:%Y-%m-%d}" for at in (begun, utc_now())})
    entries = [entry for day in days for entry in stores.audit().entries(day)]

    assert (listed["is_open"], listed["is_over"], listed["created_by"]) == (False, True, "ann")
    assert [entry.kind.value for entry in entries] == ["maintenance", "maintenance"]
    assert len(maintenance().listed()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": (utc_now() - 2 * HOUR).isoformat()},
        {"ends_at": None},
        {"ends_at": (utc_now() + 1000 * HOUR).isoformat()},
        {
            "starts_at": (utc_now() - 3 * HOUR).isoformat(),
            "ends_at": (utc_now() - HOUR).isoformat(),
        },
        {"starts_at": "2026-11-20T03:00:00"},
        {"services": []},
        {"services": ["ledger; drop"]},
        {"reason": "  "},
        {"recurrence": {"days": [], "at": "02:00", "minutes": 60}},
        {"recurrence": {"days": ["mon"], "at": "25:00", "minutes": 60}},
        {"recurrence": {"days": ["mon"], "at": "02:00", "minutes": 2000}},
        {"recurrence": ALWAYS, "ends_at": None},
        {"recurrence": WEEKLY, "ends_at": "9999-01-01T00:00:00Z"},
        {"starts_at": "9999-01-01T00:00:00Z", "ends_at": "9999-01-02T00:00:00Z"},
        {"starts_at": "9998-01-01T00:00:00Z", "ends_at": None, "recurrence": WEEKLY},
        {"starts_at": "9999-12-31T23:00:00-10:00"},
        {"reason": "\u202e\u202e\u202e"},
        {"reason": "\ue000\U00103e7b0"},
        {"who": "me"},
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    answer = call("POST", "/maintenance", a_window(**changes), role="responder")

    assert (answer.status, bool(answer.detail)) == (422, True)
    assert maintenance().listed() == ()


def test_a_window_that_recurs_with_no_end_said_ends_within_a_year() -> None:
    asked = a_window(recurrence=WEEKLY, ends_at=None, reason="a backup\nof \u202eit")

    added = call("POST", "/maintenance", asked, role="responder")

    (window,) = maintenance().listed()
    assert added.status == 201
    assert window.ends_at is not None
    assert timedelta(days=365) < window.ends_at - utc_now() < timedelta(days=367)
    assert window.reason == "a backup of it"


def test_viewers_change_no_windows_and_only_admins_see_dead_letters() -> None:
    assert call("POST", "/maintenance", a_window(), role="viewer").status == 403
    assert call("DELETE", "/maintenance/MNT-00000000", role="responder").status == 404
    assert call("GET", "/intake/dead-letters", role="approver").status == 403


def test_dead_letters_are_listed_redriven_and_discarded(process: Account) -> None:
    for number in range(3):
        dead_letters().bury(json.dumps({"n": number}), f"reason {number}", f"name-{number}")

    listed = call("GET", "/intake/dead-letters").json["items"]
    by_reason = {letter["reason"]: letter["letter_id"] for letter in listed}
    dropped = call(
        "POST",
        "/intake/dead-letters/discard",
        {"letter_ids": [by_reason["reason 0"]], "reason": "a test message"},
    )
    again = call("POST", "/intake/dead-letters/redrive", {"all": True})

    assert set(by_reason) == {"reason 0", "reason 1", "reason 2"}
    assert dropped.json == {"handled": [by_reason["reason 0"]], "missing": []}
    assert set(again.json["handled"]) == {by_reason["reason 1"], by_reason["reason 2"]}
    assert call("GET", "/intake/dead-letters").json["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"all": False}, {"all": True, "letter_ids": ["a-1"]}, {"letter_ids": None}]
)
def test_nothing_is_redriven_unless_letters_are_named_or_all_are_meant(
    body: dict[str, Any],
) -> None:
    dead_letters().bury("{}", "nonsense", "name")

    answer = call("POST", "/intake/dead-letters/redrive", body)

    assert (answer.status, "all: true" in answer.text) == (422, True)
    assert len(dead_letters().listed(10)) == 1


def test_an_alarm_that_maintenance_lets_go_joins_the_outage_of_what_it_leans_on() -> None:
    stores.catalog().put(CatalogEntry(entry_id="books", kind="other"))
    leaning = CatalogEntry(entry_id="ledger", kind="other", depends_on=("books",))
    stores.catalog().put(leaning)
    window = call("POST", "/maintenance", a_window(), role="responder").json
    intake().take_in([ringing("ledger", seconds_ago=1200)])
    below = ringing("books", seconds_ago=1)
    opened = intake().take_in([below])[below.message_id]

    call("DELETE", f"/maintenance/{window['window_id']}", role="responder")
    (released,) = intake().release()

    assert released.outcome is Outcome.LINKED  # type: ignore[union-attr]
    assert released.incident_id == opened.incident_id  # type: ignore[union-attr]
    (incident,) = stores.incidents().list().items
    assert incident.service == "books"
    assert set(incident.affected_services) == {"books", "ledger"}


def test_signed_alarms_within_one_second_count_in_the_order_in_which_they_came() -> None:
    at = time.time()
    opened = signed(GENERIC, at).json["fate"]["incident_id"]
    stores.incidents().update(opened, lambda known: known.moved_to(Status.ESCALATED, utc_now()))

    fates = [
        signed({**GENERIC, "status": status, "labels": {"n": str(number)}}, at).json["fate"]
        for number, status in enumerate(("resolved", "firing", "resolved", "firing"))
    ]

    assert {fate["incident_id"] for fate in fates} == {opened}
    answer = call("GET", f"/incidents/{opened}/alarms").json
    assert answer["count"] == {"alarms": 3, "recoveries": 2, "ringing": 1}
    assert answer["items"][0]["opened"] is True


def test_the_alarms_of_an_incident_come_in_pages_with_their_count() -> None:
    messages = [ringing("ledger", seconds, name=f"ledger-{seconds}") for seconds in range(1, 81)]
    fates = intake().take_in(messages)
    incident_id = next(iter(fates.values())).incident_id  # type: ignore[union-attr]

    first = call("GET", f"/incidents/{incident_id}/alarms", query={"limit": 60}).json
    cursor = {"limit": 60, "cursor": first["cursor"]}
    rest = call("GET", f"/incidents/{incident_id}/alarms", query=cursor).json

    assert first["count"] == {"alarms": 80, "recoveries": 0, "ringing": 80}
    assert len({one["alarm"] for one in (*first["items"], *rest["items"])}) == 80
    assert rest["cursor"] is None
    timeline = call("GET", f"/incidents/{incident_id}/timeline").json["items"]
    assert len(timeline) <= 22
    assert "50 alarms belong to this" in timeline[-1]["message"]
