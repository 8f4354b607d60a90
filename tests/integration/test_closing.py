"""The last word on an incident: closed, handed over or failed, and people told; never silence."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incident_closer.handler import handler
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import (
    ApprovalStatus,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.wiring import stores
from itops_core.wiring.workflow import notifications
from notifier.handler import handler as notify
from reconciler.upkeep import upkeep
from tests.support.accounts import Account
from tests.support.calls import Context
from tests.support.values import LEAK, a_plan, a_record, an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told(process: Account) -> Told:
    """What was published to the notifications topic since the last look."""
    sqs, sns = process.client("sqs"), process.client("sns")
    url = sqs.create_queue(QueueName="people")["QueueUrl"]
    (topic,) = sns.list_topics()["Topics"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn["QueueArn"])

    def look() -> list[dict[str, Any]]:
        notify({"operation": "sweep"}, Context())  # type: ignore[arg-type]
        found: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return look


def investigated(status: Status = Status.VERIFYING, **changes: Any) -> Incident:  # noqa: ANN401
    at = utc_now()
    incident = open_incident(
        "Payments fail", "payment", at, fingerprint="f", severity=Severity.HIGH
    )
    for step in (Status.TRIAGING, Status.INVESTIGATING, Status.REMEDIATING, Status.VERIFYING):
        incident = incident.moved_to(step, at)
        if step is status:
            break
    plan = a_plan(incident.incident_id)
    record = a_record(incident.incident_id, at)
    told = {"verdict": LEAK, "plan": plan, "actions": (record,), **changes}
    return stores.incidents().create(incident.changed(at, **told))


def run(operation: str, incident: Incident | str, **more: str) -> str:
    incident_id = incident if isinstance(incident, str) else incident.incident_id
    event = {"operation": operation, "incident_id": incident_id, **more}
    return handler(event, Context())["outcome"]  # type: ignore[arg-type]


def kinds(incident: Incident) -> list[str]:
    return [event.kind for event in stores.incidents().timeline(incident.incident_id).items]


def test_a_recovered_incident_is_resolved_told_and_learned_from(told: Told) -> None:
    at = utc_now()
    recovered = Verification(
        outcome=VerificationOutcome.RECOVERED, probes=(), observed_from=at, observed_to=at,
        samples=4, round=1,
    )  # fmt: skip
    incident = investigated(verification=recovered)

    assert run("close", incident, reason="recovered") == "closed"

    closed = stores.incidents().get(incident.incident_id)
    assert closed.status is Status.RESOLVED
    assert closed.resolution is not None
    assert "restart_ecs_service" in closed.resolution
    article = stores.knowledge().get(f"KB-{incident.incident_id}")
    assert (article.cause, article.trust_percent) == ("it leaks", 40)
    assert article.source_incident == incident.incident_id
    (message,) = told()
    assert incident.incident_id in message["Subject"]
    assert message["MessageAttributes"]["kind"]["Value"] == "resolved"


def test_closing_again_changes_nothing_and_tells_nobody_twice(told: Told) -> None:
    incident = investigated()
    run("close", incident, reason="recovered")
    closed = stores.incidents().get(incident.incident_id)

    assert run("close", incident, reason="recovered") == "closed"

    assert stores.incidents().get(incident.incident_id) == closed
    assert len(told()) == 1
    assert kinds(incident).count("resolved") == 1


def test_where_nothing_was_wrong_it_is_closed_and_nothing_is_learned() -> None:
    incident = investigated(Status.INVESTIGATING, actions=())

    assert run("close", incident, reason="healthy") == "closed"

    assert stores.incidents().get(incident.incident_id).status is Status.CLOSED
    with pytest.raises(NotFoundError):
        stores.knowledge().get(f"KB-{incident.incident_id}")


def test_what_a_person_ended_meanwhile_stays_as_it_is(told: Told) -> None:
    incident = investigated()
    stores.incidents().save(incident.moved_to(Status.RESOLVED, utc_now(), resolution="by hand"))

    assert run("escalate", incident, reason="unknown") == "stopped"
    assert stores.incidents().get(incident.incident_id).resolution == "by hand"
    assert told() == []


def test_ending_an_incident_makes_its_open_question_worth_nothing() -> None:
    incident = investigated()
    approval = stores.approvals().create(an_approval(utc_now(), incident.incident_id))

    run("escalate", incident, reason="unknown")

    assert stores.approvals().get(approval.approval_id).status is ApprovalStatus.VOID


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.AWAITING_APPROVAL])
def test_a_failure_is_recorded_whatever_state_the_incident_is_in(status: Status) -> None:
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    stores.incidents().create(incident.model_copy(update={"status": status}))

    outcome = run("record_failure", incident, state="Triage", error="KeyError", cause="'x'")

    assert outcome == "failed"
    stored = stores.incidents().get(incident.incident_id)
    assert stored.status is (status if incident_is_over(status) else Status.FAILED)
    assert "failure" in kinds(incident)


def incident_is_over(status: Status) -> bool:
    return open_incident("t", "s", utc_now(), fingerprint="f", status=status).is_over


def test_a_failure_tells_people_and_keeps_what_went_wrong(told: Told) -> None:
    incident = investigated()

    run("record_failure", incident, state="VerifyRecovery", error="KeyError", cause="no metric")

    failed = stores.incidents().get(incident.incident_id)
    assert failed.escalation is not None
    assert failed.escalation.hand_off.failure is not None
    assert failed.escalation.hand_off.failure.cause == "no metric"
    assert "VerifyRecovery failed: KeyError" in told()[0]["Message"]


@pytest.mark.parametrize("incident_id", ["INC-00000000", "nonsense", ""])
def test_a_failure_of_an_unknown_incident_is_answered_cleanly(incident_id: str) -> None:
    assert run("record_failure", incident_id, state="Triage", error="x", cause="y") == "failed"


def test_an_unknown_operation_or_reason_is_refused() -> None:
    incident = investigated()

    with pytest.raises(InvalidInputError):
        run("explode", incident)
    with pytest.raises(InvalidInputError):
        run("close", incident, reason="boredom")


def test_a_critical_incident_is_told_once_by_the_notifier(told: Told) -> None:
    incident = investigated()
    event = {"incident_id": incident.incident_id, "kind": "critical"}

    answers = [notify(event, Context()) for _ in range(2)]  # type: ignore[arg-type]

    assert answers == [{"incident_id": incident.incident_id, "outcome": "notified"}] * 2
    (message,) = told()
    assert "critical incident" in message["Subject"]


def test_a_subject_is_what_sns_takes_whatever_the_title_is(told: Told) -> None:
    incident = investigated().model_copy(update={"title": "Zähler\n\x1b[31m " + "x" * 300})

    assert notifications().tell(incident, Occasion.CRITICAL)

    (message,) = told()
    assert len(message["Subject"]) <= 100
    assert message["Subject"].isascii()
    assert message["Subject"].isprintable()


def half_ended(incident: Incident, status: Status) -> None:
    """Leave it as somebody does who dies right after ending it."""
    at = utc_now()
    stores.endings().begin(incident.incident_id, at)
    stores.incidents().update(incident.incident_id, lambda one: one.moved_to(status, at))


@pytest.mark.parametrize("operation", ["finish", "record_failure"])
def test_the_last_word_that_somebody_left_half_said_is_said(told: Told, operation: str) -> None:
    incident = investigated()
    half_ended(incident, Status.ESCALATED)

    run(operation, incident)
    run(operation, incident)

    assert [message["Subject"].split()[1] for message in told()] == ["needs"]
    assert [one.kind.value for one in stores.audit().entries(incident.incident_id)] == [
        "incident_ended"
    ]
    assert not stores.endings().is_open(incident.incident_id)


def test_what_a_person_has_ended_is_not_told_again_where_the_work_on_it_fails(told: Told) -> None:
    incident = investigated()
    stores.incidents().update(
        incident.incident_id, lambda one: one.moved_to(Status.RESOLVED, utc_now())
    )

    run("record_failure", incident, state="Triage", error="Boom")

    assert told() == []


def test_an_end_counts_as_half_said_after_a_while_and_only_until_it_is_said() -> None:
    said, unsaid = investigated(), investigated()
    run("close", said, reason="recovered")
    half_ended(unsaid, Status.ESCALATED)

    later = utc_now() + timedelta(minutes=3)

    assert list(stores.endings().begun_before(later)) == [unsaid.incident_id]
    assert list(stores.endings().begun_before(unsaid.opened_at)) == []


def test_an_end_of_which_people_could_not_be_told_is_not_crossed_off(told: Told) -> None:
    incident = investigated()

    def not_stored(*_told: object) -> bool:
        return False

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(type(notifications()), "tell", not_stored)
        run("escalate", incident, reason="none")
    left_open = stores.endings().is_open(incident.incident_id)

    run("finish", incident)

    assert left_open
    assert len(told()) == 1
    assert not stores.endings().is_open(incident.incident_id)


def test_the_next_minutes_round_has_a_half_said_end_said() -> None:
    incident = investigated()
    half_ended(incident, Status.ESCALATED)
    asked: list[str] = []
    at = utc_now() + timedelta(minutes=3)
    round_of_then = replace(upkeep(), finish=asked.append, sweep=lambda: None, now=lambda: at)

    counted = round_of_then.keep_up()

    assert asked == [incident.incident_id]
    assert counted["half_ended"] == 1
