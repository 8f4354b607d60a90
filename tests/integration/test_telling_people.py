"""Telling people: each thing once on every channel, in threads, by rate, past what fails."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from itops_core.domain.escalation import Escalation, EscalationReason
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import DeliveryState, Notification, Occasion
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import HumanDecision
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.wiring import stores
from itops_core.wiring.workflow import interventions, notifications
from local_cloud.people import github, slack
from notifier.composition import deliverer
from notifier.handler import handler
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import Context
from tests.support.people import People, people_at
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)

State = DeliveryState
ANN = Caller(name="ann", role=Role.RESPONDER)


@pytest.fixture
def people(process: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[People]:
    """Every channel, set up as the template sets it up."""
    with people_at(tmp_path) as places:
        secrets = process.client("secretsmanager")
        for variable, text in places.secrets().items():
            arn = secrets.create_secret(Name=f"test/{variable}", SecretString=text)["ARN"]
            monkeypatch.setenv(variable, arn)
        for variable, text in places.addresses().items():
            monkeypatch.setenv(variable, text)
        monkeypatch.setenv("ITOPS__NOTIFICATIONS__BACKOFF_SECONDS", "0.001")
        monkeypatch.setenv("ITOPS__NOTIFICATIONS__TIMEOUT_SECONDS", "15")
        forget_wiring()
        yield places


def an_incident(title: str = "Payments fail", severity: Severity = Severity.HIGH) -> Incident:
    at = utc_now()
    incident = open_incident(title, "payment", at, fingerprint="f", severity=severity)
    for step in (Status.TRIAGING, Status.INVESTIGATING):
        incident = incident.moved_to(step, at)
    return stores.incidents().create(incident)


def escalated(incident: Incident) -> Incident:
    at = utc_now()
    told = Escalation(reason="no cause", kind=EscalationReason.LOW_CONFIDENCE, escalated_at=at)
    return stores.incidents().save(incident.moved_to(Status.ESCALATED, at, escalation=told))


def delivered(incident: Incident) -> tuple[Notification, ...]:
    event = {"operation": "deliver", "incident_id": incident.incident_id}
    handler(event, Context())  # type: ignore[arg-type]
    return stores.notifications().for_incident(incident.incident_id)


def swept() -> None:
    handler({"operation": "sweep"}, Context())  # type: ignore[arg-type]


def states(told: Notification) -> dict[str, DeliveryState]:
    return {name: one.state for name, one in told.deliveries.items()}


def test_every_channel_of_its_route_is_told_and_no_other(people: People) -> None:
    incident = an_incident(severity=Severity.CRITICAL)
    notifications().tell(incident, Occasion.CRITICAL)

    (told,) = delivered(incident)

    assert states(told) == {"sns": State.TOLD, "slack": State.TOLD, "teams": State.TOLD}
    assert (len(people.at("slack")), len(people.at("teams")), people.at("github")) == (1, 1, [])
    lines = [one.message for one in stores.incidents().timeline(incident.incident_id).items]
    assert "people were told by slack: critical incident" in lines


def test_messages_about_one_incident_make_one_thread(people: People) -> None:
    incident = an_incident(severity=Severity.CRITICAL)
    for occasion in (Occasion.CRITICAL, Occasion.RESOLVED):
        notifications().tell(incident, occasion)

    delivered(incident)

    first, second = people.at("slack")
    assert first["thread_ts"] is None
    assert second["thread_ts"] == first["ts"]


def test_a_question_has_buttons_until_it_is_decided(people: People) -> None:
    incident = an_incident()
    asked = stores.approvals().create(an_approval(utc_now(), incident.incident_id))
    notifications().tell(incident, Occasion.APPROVAL, "restart?", asked.approval_id)
    delivered(incident)
    (shown,) = people.at("slack")
    word = HumanDecision(
        decided_by="ann", role="approver", approved=True, reason="go", decided_at=utc_now()
    )
    stores.approvals().decide(asked.approval_id, word)

    delivered(incident)
    delivered(incident)

    actions = next(one for one in shown["message"]["blocks"] if one["type"] == "actions")
    assert [(one["action_id"], one["value"]) for one in actions["elements"]] == [
        ("itops_approve", asked.approval_id),
        ("itops_deny", asked.approval_id),
    ]
    (changed,) = people.at("slack")
    text = json.dumps(changed["message"]["blocks"])
    assert changed["ts"] == shown["ts"]
    assert "itops_approve" not in text
    assert "ann approved: go" in text


def test_an_issue_is_opened_once_and_ended_with_a_comment(people: People) -> None:
    incident = escalated(an_incident())
    notifications().tell(incident, Occasion.ESCALATED)
    delivered(incident)
    people.faults["github"] = [502]
    notifications().tell(incident, Occasion.RESOLVED)

    for _ in range(3):
        delivered(incident)

    (issue,) = people.at("github")
    assert issue["state"] == "closed"
    assert len(issue["comments"]) == 1
    assert issue["labels"] == ["itops", "severity:high"]


def test_a_repeat_tells_only_the_channels_that_failed(people: People) -> None:
    people.faults["slack"] = [503]
    incident = an_incident(severity=Severity.CRITICAL)
    notifications().tell(incident, Occasion.CRITICAL)

    (first,) = delivered(incident)
    swept()

    assert states(first) == {"sns": State.TOLD, "slack": State.PENDING, "teams": State.TOLD}
    assert "503" in first.deliveries["slack"].error
    (second,) = stores.notifications().for_incident(incident.incident_id)
    assert set(states(second).values()) == {State.TOLD}
    assert second.deliveries["sns"] == first.deliveries["sns"]
    assert (len(people.at("slack")), len(people.at("teams"))) == (1, 1)


def test_a_message_whose_answer_was_lost_is_found_and_not_sent_again(people: People) -> None:
    people.faults["slack"] = [502]
    incident = an_incident(severity=Severity.CRITICAL)
    notifications().tell(incident, Occasion.CRITICAL)

    delivered(incident)
    (told,) = delivered(incident)

    (message,) = people.at("slack")
    assert told.deliveries["slack"].reference["ts"] == message["ts"]
    assert told.deliveries["slack"].attempts == 2


def test_many_deliveries_at_once_tell_each_thing_once(people: People) -> None:
    incident = an_incident(severity=Severity.CRITICAL)
    for occasion in (Occasion.CRITICAL, Occasion.RESOLVED):
        notifications().tell(incident, occasion)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliverer().deliver, [incident.incident_id] * 4))

    assert len(people.at("slack")) == 2
    assert len(people.at("teams")) == 2


def test_what_is_over_the_rate_is_told_in_one_digest_and_a_page_never_waits(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = {
        name: {"burst": 2.0, "per_minute": 1000.0} for name in ("sns", "slack", "teams", "github")
    }
    rates["slack"] = {"burst": 2.0, "per_minute": 0.001}
    monkeypatch.setenv("ITOPS__NOTIFICATIONS__RATES", json.dumps(rates))
    forget_wiring()
    quiet = [an_incident(f"Number {number}", Severity.LOW) for number in range(5)]
    for incident in quiet:
        notifications().tell(incident, Occasion.RESOLVED)
        delivered(incident)
    page = an_incident("Down", Severity.CRITICAL)
    notifications().tell(page, Occasion.CRITICAL)
    delivered(page)
    stores.runtime().delete("rate#slack")

    swept()
    swept()

    def slack_state(incident: Incident) -> DeliveryState:
        (told,) = stores.notifications().for_incident(incident.incident_id)
        return told.deliveries["slack"].state

    assert [slack_state(one) for one in quiet] == [State.TOLD] * 2 + [State.FOLDED] * 3
    assert slack_state(page) is State.TOLD
    *_, digest = people.at("slack")
    text = json.dumps(digest["message"]["blocks"])
    assert [f"Number {number}" in text for number in range(5)] == [False, False, True, True, True]
    assert len(people.at("slack")) == 4


def test_what_a_channel_refuses_for_good_goes_to_the_dead_letters_with_its_reason(
    people: People, process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_CHANNEL", "no-such-room")
    forget_wiring()
    incident = an_incident(severity=Severity.CRITICAL)
    notifications().tell(incident, Occasion.CRITICAL)

    (told,) = delivered(incident)

    assert states(told)["slack"] is State.GIVEN_UP
    assert states(told)["sns"] is State.TOLD
    (letter,) = dead_letters(process)
    assert letter["reason"] == (
        "people could not be told by slack: Slack refused it (channel_not_found)"
    )
    assert letter["notification"]["notification_id"] == told.notification_id


def test_a_channel_that_keeps_failing_is_left_alone_and_given_up_after_a_bounded_time(
    people: People, process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITOPS__NOTIFICATIONS__ATTEMPTS", "3")
    forget_wiring()
    people.faults["teams"] = [503] * 20
    incident = an_incident(severity=Severity.CRITICAL)
    notifications().tell(incident, Occasion.CRITICAL)

    (told,) = [delivered(incident) for _ in range(4)][-1]

    assert (told.deliveries["teams"].state, told.deliveries["teams"].attempts) == (
        State.GIVEN_UP,
        3,
    )
    assert len(dead_letters(process)) == 1
    others = [an_incident(f"n {number}", Severity.CRITICAL) for number in range(4)]
    for other in others:
        notifications().tell(other, Occasion.CRITICAL)
    (told,) = [delivered(other) for other in others][-1]
    assert told.deliveries["teams"].error == "the channel keeps failing: left alone"
    assert told.deliveries["teams"].attempts == 0
    assert len(people.at("slack")) == 5


def test_a_channel_that_hangs_holds_up_neither_the_others_nor_the_incident(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITOPS__NOTIFICATIONS__TIMEOUT_SECONDS", "1")
    forget_wiring()
    people.hanging.update({"slack", "teams"})
    incident = an_incident(severity=Severity.CRITICAL)

    assert notifications().tell(incident, Occasion.CRITICAL)
    (told,) = delivered(incident)

    assert states(told) == {"sns": State.TOLD, "slack": State.PENDING, "teams": State.PENDING}
    assert "out of reach" in told.deliveries["slack"].error


def test_no_secret_of_a_channel_is_in_a_log_a_record_or_a_message(
    people: People, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    people.faults["slack"], people.faults["teams"] = [503], [503]
    incident = escalated(an_incident("password=hunter2hunter2 fails", Severity.CRITICAL))
    for occasion in (Occasion.CRITICAL, Occasion.ESCALATED):
        notifications().tell(incident, occasion)
    told = [delivered(incident) for _ in range(3)][-1]

    said = "".join([caplog.text, *capfd.readouterr(), *(one.model_dump_json() for one in told)])
    said += json.dumps([people.at(place) for place in ("slack", "teams", "github")])
    secrets = (slack.TOKEN, github.TOKEN, "/teams/incidents", "hunter2hunter2")
    assert [secret for secret in secrets if secret in said] == []
    assert people.at("github")


def test_a_person_resolving_an_incident_is_told_as_well(people: People) -> None:
    incident = escalated(an_incident())
    notifications().tell(incident, Occasion.ESCALATED)
    delivered(incident)

    interventions().resolve(incident.incident_id, ANN, "switched it off and on")
    delivered(incident)

    (issue,) = people.at("github")
    assert issue["state"] == "closed"
    assert "switched it off and on" in issue["comments"][0]


def dead_letters(process: Account) -> list[dict[str, Any]]:
    sqs = process.client("sqs")
    url = sqs.get_queue_url(QueueName="ITOps-DeadLetters")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]
