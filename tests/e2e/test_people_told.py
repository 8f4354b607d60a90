"""People are told, on the whole chain: paged at once, asked, heard, and told how it ended."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import Notification, Occasion
from itops_core.domain.remediation import ActionStatus
from itops_core.domain.values import utc_now
from itops_core.stores.notifications import NotificationStore
from local_cloud.address import Address
from local_cloud.people.inbox import Inbox
from local_cloud.people.places import FILE
from local_cloud.sandbox import inject
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.scenario import load
from tests.support.chain import ask, incident_store, standing
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually

_LONG = 240
_FAULT = "payment-oom"


def received(cloud: Address, incident_id: str, place: str) -> list[dict[str, Any]]:
    """Return what arrived on this machine about an incident."""
    return Inbox(cloud.folder / FILE).find(
        lambda one: one["place"] == place and incident_id in json.dumps(one)
    )


def told(cloud: Address, incident_id: str, occasion: Occasion) -> list[Notification]:
    table = cloud.resource("dynamodb").Table(cloud.outputs["IncidentsTable"])
    every = NotificationStore(table).for_incident(incident_id)
    return [one for one in every if one.occasion is occasion]


def called_critical(cloud: Address, mark: str) -> Incident:
    """Have a person tell of a fault first, and call it critical: its alarm is held back."""
    scenario, now = suffixed(load(_FAULT, library()), mark), utc_now()
    window = {
        "reason": "a person is to tell of it first",
        "services": [part.name for part in scenario.parts if mark in part.name],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(minutes=30)).isoformat(),
    }
    ask(cloud, "/maintenance", window)
    run = inject(cloud, _FAULT, suffix=mark)
    told = {
        "title": "Nobody can pay",
        "severity": "critical",
        "affected_services": [run.scenario.alarm.service],
    }
    return incident_store(cloud).get(ask(cloud, "/incidents", told)["incident_id"])


def test_a_critical_incident_pages_asks_and_is_handed_over_when_a_person_says_no(
    cloud: Address, unique: Callable[[str], str]
) -> None:
    opened = called_critical(cloud, unique("told"))

    page = eventually(lambda: received(cloud, opened.incident_id, "slack"), every=0.2)[0]
    asked = standing(cloud, opened.incident_id, {Status.AWAITING_APPROVAL})
    question = eventually(
        lambda: question_of(received(cloud, opened.incident_id, "slack")), 60, every=0.5
    )
    ask(cloud, f"/incidents/{opened.incident_id}/acknowledge", {})
    ask(
        cloud,
        f"/approvals/{asked.approval_id}/decision",
        {"approved": False, "reason": "It is pay day."},
    )
    ended = standing(cloud, opened.incident_id, {Status.ESCALATED})
    issue = eventually(lambda: received(cloud, opened.incident_id, "github"), every=0.5)[0]
    ask(cloud, f"/incidents/{opened.incident_id}/resolve", {"resolution": "It was pay day."})
    closed = eventually(
        lambda: ended_issue(received(cloud, opened.incident_id, "github")), 90, every=0.5
    )

    assert "critical incident" in page["message"]["text"]
    (paged,) = told(cloud, opened.incident_id, Occasion.CRITICAL)
    assert asked.phases[-1].started_at > paged.created_at
    assert [one.status for one in ended.actions if one.status is ActionStatus.DONE] == []
    assert question["value"] == asked.approval_id
    assert ended.escalation is not None
    assert ended.escalation.kind == "denied"
    assert ended.acknowledgement is not None
    assert "It is pay day." in issue["body"]
    assert closed["state"] == "closed"
    texts = json.dumps(received(cloud, opened.incident_id, "slack"), ensure_ascii=False)
    assert "local-admin denied: It is pay day." in texts
    assert "itops_approve" not in json.dumps(
        [one["message"] for one in received(cloud, opened.incident_id, "slack")]
    )
    assert received(cloud, opened.incident_id, "mail")
    assert received(cloud, opened.incident_id, "teams")


def question_of(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the first button of the question among the messages."""
    for message in messages:
        for block in message["message"]["blocks"]:
            if block["type"] == "actions":
                return block["elements"][0]
    return None


def ended_issue(issues: list[dict[str, Any]]) -> dict[str, Any] | None:
    return issues[0] if issues and issues[0]["state"] == "closed" else None


def test_what_breaks_in_itops_opens_one_incident_and_no_second_about_that(
    cloud: Address, unique: Callable[[str], str]
) -> None:
    broken = stored(cloud, unique("cart"))
    failed(cloud, broken)
    own = eventually(lambda: of_triage(cloud), every=0.5)

    failed(cloud, own[0])
    failed(cloud, stored(cloud, unique("cart")))

    assert [one.incident_id for one in of_triage(cloud)] == [own[0].incident_id]
    assert eventually(lambda: told(cloud, broken.incident_id, Occasion.FAILED))


def test_the_generator_opens_incidents_that_are_labelled(cloud: Address) -> None:
    wish = {"action": "generate_multiple", "count": 2, "seed": 11}
    said = cloud.client("lambda").invoke(
        FunctionName=cloud.outputs["TestDataFunction"], Payload=json.dumps(wish)
    )

    generated = json.loads(said["Payload"].read())["generated"]
    services = {one["service"] for one in generated}
    opened = eventually(lambda: of_services(cloud, services), every=0.5)
    assert len(opened) == 2
    assert all(one.alarm and one.alarm.namespace == "ITOps/TestData" for one in opened)


def of_services(cloud: Address, services: set[str]) -> list[Incident] | None:
    found = [one for one in incident_store(cloud).list(limit=200).items if one.service in services]
    return found if len(found) == len(services) else None


@pytest.mark.slow
def test_a_broken_triage_function_opens_one_incident_about_itself(
    cloud_factory: CloudFactory,
) -> None:
    cloud = cloud_factory()
    cloud.client("lambda").update_function_configuration(
        FunctionName="ITOps-Triage", Handler="triage_agent.handler.gone"
    )

    for service in ("cart", "orders"):
        ask(cloud, "/incidents", {"title": "Slow", "affected_services": [service]})
    failures = eventually(lambda: all_failed(cloud), _LONG, every=1)

    assert [one.service for one in failures if one.detected_by == "itops"] == ["itops:Triage"]
    assert len(failures) == 3


def all_failed(cloud: Address) -> list[Incident] | None:
    found = incident_store(cloud).list(limit=50).items
    over = [one for one in found if one.status is Status.FAILED]
    return over if len(over) >= 3 and len(over) == len(found) else None


def stored(cloud: Address, service: str) -> Incident:
    """Store an incident on which nothing works, so that the test alone decides what becomes."""
    incident = open_incident("Broken", service, utc_now(), fingerprint=service)
    closed = incident.moved_to(Status.TRIAGING, utc_now())
    return incident_store(cloud).create(closed)


def failed(cloud: Address, incident: Incident) -> None:
    """Do what the state machine does when a state fails for good."""
    event = {
        "operation": "record_failure",
        "incident_id": incident.incident_id,
        "state": "Triage",
        "error": "States.Timeout",
        "cause": "it took too long",
    }
    cloud.client("lambda").invoke(FunctionName="ITOps-IncidentCloser", Payload=json.dumps(event))


def of_triage(cloud: Address) -> list[Incident]:
    """Return the incidents about ITOps' own triage; other tests may break other parts of it."""
    found = incident_store(cloud).list(limit=200).items
    return [one for one in found if one.service == "itops:Triage"]
