"""Alarms come in: by SNS, by EventBridge, signed; folded, held, cleared, given up, in a storm."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from itops_cli.benchmark.alarm_storm import alarm_message, publish
from itops_core.domain.catalog import CatalogEntry
from itops_core.stores.catalog import CatalogStore
from local_cloud.address import Address
from tests.support.eventually import eventually

Names = Callable[[str], str]
Json = dict[str, Any]


def asked(cloud: Address, method: str, path: str, body: object = None, **headers: str) -> Json:
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {cloud.token}", **headers}
    text = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = Request(f"{cloud.api_url}{path}", text, sent, method=method)
    try:
        with urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise AssertionError(f"{error.code} {error.read()[:500]!r}") from error


def incidents_about(cloud: Address, *services: str) -> list[Json]:
    items = asked(cloud, "GET", "/incidents?limit=200")["items"]
    return [one for one in items if one["service"] in services]


def alarms_of(cloud: Address, incident: Json) -> Json:
    return asked(cloud, "GET", f"/incidents/{incident['incident_id']}/alarms?limit=1")["count"]


def know(cloud: Address, **leans: tuple[str, ...]) -> None:
    catalog = CatalogStore(cloud.resource("dynamodb").Table(cloud.outputs["CatalogTable"]))
    for name, below in leans.items():
        catalog.put(CatalogEntry(entry_id=name, kind="other", depends_on=below))


def over(cloud: Address, *services: str) -> None:
    """End the incidents about services that only these tests know: nothing can be found there."""
    for incident in incidents_about(cloud, *services):
        if incident["status"] not in {"resolved", "closed", "duplicate"}:
            path = f"/incidents/{incident['incident_id']}/resolve"
            asked(cloud, "POST", path, {"resolution": "the test is over"})


def test_an_alarm_without_actions_opens_an_incident_by_its_event(
    cloud: Address, unique: Names
) -> None:
    service = unique("ledger")
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=f"{service}-errors",
        Namespace="Ledger",
        MetricName="Errors",
        Dimensions=[{"Name": "Service", "Value": service}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(
        AlarmName=f"{service}-errors", StateValue="ALARM", StateReason="too many errors"
    )

    (incident,) = eventually(lambda: incidents_about(cloud, service))

    assert incident["alarm"]["name"] == f"{service}-errors"
    over(cloud, service)
    cloudwatch.delete_alarms(AlarmNames=[f"{service}-errors"])


def test_a_caller_and_its_sick_dependency_become_one_incident(
    cloud: Address, unique: Names
) -> None:
    front, behind = unique("pages"), unique("stock")
    know(cloud, **{front: (behind,), behind: ()})
    publish(cloud, [alarm_message(front, 1)])
    (first,) = eventually(lambda: incidents_about(cloud, front))

    publish(cloud, [alarm_message(behind, 1)])

    eventually(lambda: alarms_of(cloud, first)["alarms"] == 2)
    told = asked(cloud, "GET", f"/incidents/{first['incident_id']}")
    assert set(told["affected_services"]) == {front, behind}
    assert len(incidents_about(cloud, front, behind)) == 1
    over(cloud, front, behind)


def test_an_alarm_that_clears_at_once_closes_its_incident(cloud: Address, unique: Names) -> None:
    service = unique("ledger")
    rang = json.loads(alarm_message(service, 1))
    quiet = {**rang, "NewStateValue": "OK", "StateChangeTime": datetime.now(UTC).isoformat()}
    entries = [
        {"Id": str(n), "MessageBody": json.dumps(one)} for n, one in enumerate((rang, quiet))
    ]

    cloud.client("sqs").send_message_batch(
        QueueUrl=cloud.outputs["AlarmsQueueUrl"], Entries=entries
    )

    (incident,) = eventually(lambda: incidents_about(cloud, service))
    eventually(
        lambda: asked(cloud, "GET", f"/incidents/{incident['incident_id']}")["status"] == "closed"
    )
    told = asked(cloud, "GET", f"/incidents/{incident['incident_id']}")
    assert told["resolution"].startswith("Cleared by itself")


def test_what_cannot_be_read_is_listed_with_its_reason_and_goes_round_when_sent_again(
    cloud: Address, unique: Names
) -> None:
    mark = unique("nonsense")
    cloud.client("sns").publish(
        TopicArn=cloud.outputs["AlarmsTopicArn"], Message=f"{mark} is no alarm"
    )

    def letter() -> Json | None:
        items = asked(cloud, "GET", "/intake/dead-letters?limit=100")["items"]
        return next((one for one in items if mark in one["body"]), None)

    first = eventually(letter)
    again = asked(
        cloud, "POST", "/intake/dead-letters/redrive", {"letter_ids": [first["letter_id"]]}
    )
    second = eventually(letter)
    gone = asked(
        cloud,
        "POST",
        "/intake/dead-letters/discard",
        {"letter_ids": [second["letter_id"]], "reason": "a test"},
    )

    assert first["reason"].startswith("the message in the notification is not JSON")
    assert again["handled"] == [first["letter_id"]]
    assert second["letter_id"] != first["letter_id"]
    assert gone["handled"] == [second["letter_id"]]
    assert letter() is None


def test_a_webhook_signed_with_the_stacks_secret_is_taken_in(cloud: Address, unique: Names) -> None:
    service = unique("ledger")
    told = cloud.client("secretsmanager").get_secret_value(
        SecretId=cloud.outputs["WebhookSecretArn"]
    )
    body = json.dumps({"service": service, "metric": "Errors", "value": 9, "threshold": 1}).encode()
    no_text = body.replace(b"Errors", b"\xffrrors")
    stamp = str(int(time.time()))

    def signed(text: bytes) -> dict[str, str]:
        key, content = told["SecretString"].encode(), stamp.encode() + b"." + text
        digest = hmac.new(key, content, hashlib.sha256).hexdigest()
        return {"X-ITOps-Signature": f"t={stamp},v1={digest}", "Authorization": "none"}

    headers = signed(body)

    first = asked(cloud, "POST", "/webhooks/alarms", body, **headers)
    replayed = asked(cloud, "POST", "/webhooks/alarms", body, **headers)

    assert (first["fate"]["outcome"], first["repeated"]) == ("opened", False)
    assert (replayed["fate"], replayed["repeated"]) == (first["fate"], True)
    with pytest.raises(AssertionError, match="403"):
        asked(cloud, "POST", "/webhooks/alarms", body + b" ", **headers)
    with pytest.raises(AssertionError, match=r"400 .*not text in UTF-8"):
        asked(cloud, "POST", "/webhooks/alarms", no_text, **signed(no_text))
    over(cloud, service)


def test_an_alarm_in_maintenance_is_held_until_its_window_ends(
    cloud: Address, unique: Names
) -> None:
    service, now = unique("ledger"), datetime.now(UTC)
    window = asked(
        cloud,
        "POST",
        "/maintenance",
        {
            "services": [f"{service}*"],
            "starts_at": (now - timedelta(minutes=1)).isoformat(),
            "ends_at": (now + timedelta(hours=1)).isoformat(),
            "reason": "the ledger moves",
        },
    )
    publish(cloud, [alarm_message(service, 1)])
    path = f"/maintenance/{window['window_id']}"
    eventually(lambda: asked(cloud, "GET", path)["held"])
    assert incidents_about(cloud, service) == []

    asked(cloud, "DELETE", path)
    # What EventBridge does every minute.
    cloud.client("lambda").invoke(FunctionName="ITOps-IncidentIntake", Payload=b"{}")

    assert eventually(lambda: incidents_about(cloud, service))
    over(cloud, service)


def in_a_storm(cloud: Address, unique: Names, count: int) -> None:
    services = [unique(name) for name in ("pages", "basket", "stock")]
    beside = unique("elsewhere")
    know(cloud, **dict(zip(services, ((services[1],), (services[2],), ()), strict=True)))

    publish(cloud, [alarm_message(services[n % 3], n) for n in range(count)])
    publish(cloud, [alarm_message(beside, 0)])

    eventually(lambda: incidents_about(cloud, beside))

    def all_linked() -> Json | None:
        found = incidents_about(cloud, *services)
        standing = [one for one in found if one["status"] != "duplicate"]
        assert len(standing) == 1
        return standing[0] if alarms_of(cloud, standing[0])["alarms"] == count else None

    incident = eventually(all_linked, 240)
    timeline = asked(cloud, "GET", f"/incidents/{incident['incident_id']}/timeline?limit=200")
    linked = [one for one in timeline["items"] if one["kind"] == "linked"]
    assert len(linked) < 60
    over(cloud, beside, *services)


def test_two_hundred_alarms_of_one_outage_are_one_incident_and_another_outage_is_its_own(
    cloud: Address, unique: Names
) -> None:
    in_a_storm(cloud, unique, 200)


@pytest.mark.slow
def test_a_thousand_alarms_of_one_outage_are_one_incident_and_another_outage_is_its_own(
    cloud: Address, unique: Names
) -> None:
    in_a_storm(cloud, unique, 1000)
