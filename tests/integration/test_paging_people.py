"""Critical incidents page until somebody has them; what breaks in ITOps opens one incident."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from incident_closer.handler import handler as close
from itops_core.domain.alarm_messages import read_message
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import Occasion
from itops_core.domain.own_parts import own_entries
from itops_core.domain.people import Caller, Role
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import ConflictError
from itops_core.wiring import stores
from itops_core.wiring.intake import intake
from itops_core.wiring.workflow import interventions, notifications, opener
from itops_core.workflow.paging import Pager
from notifier.handler import handler as notify
from tests.support.accounts import Account
from tests.support.calls import Context

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

ANN = Caller(name="ann", role=Role.RESPONDER)
BOB = Caller(name="bob", role=Role.RESPONDER)
NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


def critical(status: Status = Status.INVESTIGATING, at: datetime = NOON) -> Incident:
    incident = open_incident(
        "Nobody can pay", "payment", at, fingerprint="f", severity=Severity.CRITICAL
    )
    for step in (Status.TRIAGING, Status.INVESTIGATING):
        incident = incident.moved_to(step, at)
    return stores.incidents().create(incident.moved_to(status, at))


def pager(minutes: float) -> Pager:
    later = NOON + timedelta(minutes=minutes)
    return Pager(stores.incidents(), notifications(), 5, 3, now=lambda: later)


def pages(incident: Incident) -> list[tuple[Occasion, str]]:
    told = stores.notifications().for_incident(incident.incident_id)
    return sorted((one.occasion, one.key) for one in told)


def failed(incident: Incident, state: str = "Triage") -> None:
    event = {
        "operation": "record_failure",
        "incident_id": incident.incident_id,
        "state": state,
        "error": "Lambda.Unknown",
        "cause": "the function timed out",
    }
    close(event, Context())  # type: ignore[arg-type]


def own_incidents() -> list[Incident]:
    found = stores.incidents().list(limit=50).items
    return [one for one in found if one.service.startswith("itops:")]


@pytest.mark.parametrize("status", [Status.INVESTIGATING, Status.ESCALATED, Status.FAILED])
def test_nobody_acknowledging_is_paged_again_up_to_a_bound_whoever_has_the_incident(
    status: Status,
) -> None:
    incident = critical(status)

    paged = [pager(at).page_again() for at in (4, 6, 6, 11, 16, 21, 90)]

    assert paged == [0, 1, 1, 1, 1, 0, 0]
    assert pages(incident) == [(Occasion.PAGE_AGAIN, str(number)) for number in (1, 2, 3)]


def test_who_takes_it_on_ends_the_paging_and_the_first_one_stands() -> None:
    incident = critical()
    pager(6).page_again()

    pager(7).acknowledge(incident.incident_id, ANN)
    pager(8).acknowledge(incident.incident_id, BOB)

    assert pager(11).page_again() == 0
    taken = stores.incidents().get(incident.incident_id).acknowledgement
    assert taken is not None
    assert taken.acknowledged_by == "ann"


def test_what_is_over_for_good_cannot_be_taken_on() -> None:
    with pytest.raises(ConflictError):
        pager(1).acknowledge(critical(Status.RESOLVED).incident_id, ANN)


@pytest.mark.parametrize("severity", [Severity.HIGH, None])
def test_less_than_critical_pages_nobody_until_a_person_says_it_is(
    severity: Severity | None,
) -> None:
    incident = open_incident("Slow", "cart", NOON, fingerprint="g", severity=severity)
    opener().open(incident)
    before = pages(incident)

    interventions().amend(incident.incident_id, ANN, {"severity": Severity.CRITICAL}, None)

    assert before == []
    assert pages(incident) == [(Occasion.CRITICAL, "")]


def test_what_is_opened_as_critical_pages_before_triage_and_once() -> None:
    incident = open_incident(
        "Down", "payment", utc_now(), fingerprint="h", severity=Severity.CRITICAL
    )

    opener().open(incident)
    notify({"incident_id": incident.incident_id, "kind": "critical"}, Context())  # type: ignore[arg-type]

    assert stores.incidents().get(incident.incident_id).status is Status.OPEN
    assert pages(incident) == [(Occasion.CRITICAL, "")]


def test_when_triage_breaks_one_incident_about_it_opens_however_often_it_breaks() -> None:
    for number in range(3):
        broken = open_incident(f"n {number}", "cart", utc_now(), fingerprint=str(number))
        stores.incidents().create(broken)
        failed(broken)
        failed(broken)

    (own,) = own_incidents()
    assert (own.service, own.detected_by, own.severity) == ("itops:Triage", "itops", Severity.HIGH)
    assert "the function timed out" in own.description
    lines = [one.kind for one in stores.incidents().timeline(own.incident_id).items]
    assert lines.count("linked") == 2


def test_an_incident_about_itops_that_fails_opens_no_other_and_people_are_told() -> None:
    broken = stores.incidents().create(open_incident("n", "cart", utc_now(), fingerprint="x"))
    failed(broken)
    (own,) = own_incidents()

    failed(own)
    failed(stores.incidents().create(open_incident("m", "cart", utc_now(), fingerprint="y")))

    assert [one.incident_id for one in own_incidents()] == [own.incident_id]
    assert stores.incidents().get(own.incident_id).status is Status.FAILED
    assert (Occasion.FAILED, "") in pages(own)


def test_one_that_was_resolved_makes_room_for_the_next() -> None:
    failed(stores.incidents().create(open_incident("n", "cart", utc_now(), fingerprint="x")))
    (own,) = own_incidents()
    interventions().resolve(own.incident_id, ANN, "the function is mended")

    later = stores.incidents().create(open_incident("m", "cart", utc_now(), fingerprint="y"))
    failed(later, state="InvestigateStep")

    assert {one.service for one in own_incidents()} == {"itops:Triage", "itops:RootCause"}


def test_alarms_of_our_own_stack_join_the_incident_that_stands(process: Account) -> None:
    outputs = {
        "IncidentsTable": "ITOps-Incidents",
        "EnvironmentName": "sandbox",
        "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:ITOps-X",
        "Functions": "ITOps-Reconciler,ITOps-MonitoringServer",
    }
    for entry in own_entries(outputs):
        stores.catalog().put(entry)

    first, second = (rung(name) for name in ("ITOps-Reconciler", "ITOps-MonitoringServer"))

    assert (first.outcome, first.service) == ("opened", "itops:Reconciler")
    assert (second.outcome, second.incident_id) == ("linked", first.incident_id)
    stores.incidents().update(
        str(first.incident_id), lambda one: one.moved_to(Status.FAILED, utc_now())
    )
    third = rung("ITOps-MonitoringServer", "again")
    assert (third.outcome, third.incident_id) == ("linked", first.incident_id)


def rung(function: str, mark: str = "") -> Any:  # noqa: ANN401
    content = {
        "AlarmName": f"{function}-errors{mark}",
        "AWSAccountId": "000000000000",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": utc_now().isoformat(),
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{function}{mark}",
        "Trigger": {
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Dimensions": [{"name": "FunctionName", "value": function}],
            "Threshold": 0,
        },
    }
    message = read_message(json.loads(json.dumps(content)), f"{function}{mark}", utc_now())
    return intake().take_in([message])[message.message_id]
