"""One outage that rings a thousand times, and another one, elsewhere, in the middle of it."""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itops_cli.api import Api
from itops_cli.failures import NotOverError
from itops_core.domain.catalog import CatalogEntry
from itops_core.stores.catalog import CatalogStore
from local_cloud.address import ACCOUNT, REGION, Address

_AT_ONCE = 10
"""SNS takes that many messages in one call."""
_ALONE = 5
"""How often the second outage is measured by itself before the storm."""


@dataclass(frozen=True)
class Outage:
    """Services that ail together, the deepest last, and how many alarms they ring."""

    services: tuple[str, ...]
    alarms: int


def ringing(address: Address, api: Api, count: int, over: float, timeout: float) -> dict[str, Any]:
    """Return what became of `count` alarms within `over` seconds, and of an outage among them."""
    mark = secrets.token_hex(3)
    storm = Outage(tuple(f"{name}-{mark}" for name in ("pages", "basket", "stock")), count)
    _know(address, storm.services)
    alone = [_delay(address, api, f"alone-{mark}-{n}", timeout) for n in range(_ALONE)]
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        rung = pool.submit(_ring, address, storm, over)
        first = pool.submit(_first_seen, api, storm.services, began, timeout)
        time.sleep(over / 2)
        beside = _delay(address, api, f"beside-{mark}", timeout)
        published = rung.result()
        opened = first.result()
    counted, incidents = _all_counted(api, storm, timeout)
    took = time.monotonic() - began
    waited = _waited(api, incidents)
    usual = sorted(alone)[len(alone) // 2]
    return {
        "alarms": count,
        "published_over_seconds": round(published, 2),
        "seconds_to_all_linked": round(took, 2),
        "alarms_per_second": round(count / took, 1),
        "incidents": len(incidents),
        "links": counted,
        "lost": count - counted,
        "seconds_to_the_incident": round(opened, 2),
        "link_seconds_p50": _percentile(waited, 50),
        "link_seconds_p99": _percentile(waited, 99),
        "second_outage_alone_seconds": round(usual, 2),
        "second_outage_in_the_storm_seconds": round(beside, 2),
        "second_outage_ratio": round(beside / usual, 2),
    }


def alarm_message(service: str, number: int) -> str:
    """Return what CloudWatch publishes of one alarm of a service."""
    name = f"{service}-{number}"
    return json.dumps(
        {
            "AlarmName": name,
            "AlarmDescription": None,
            "AWSAccountId": ACCOUNT,
            "NewStateValue": "ALARM",
            "NewStateReason": "Threshold Crossed: 1 datapoint [12.0] was greater than 5.0.",
            "StateChangeTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "Region": "US East (N. Virginia)",
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
            "OldStateValue": "OK",
            "Trigger": {
                "MetricName": "ErrorRate",
                "Namespace": "Bench",
                "StatisticType": "Statistic",
                "Statistic": "AVERAGE",
                "Dimensions": [{"name": "Service", "value": service}],
                "Period": 60,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 5.0,
            },
        }
    )


def publish(address: Address, messages: Sequence[str]) -> None:
    """Tell the alarms' topic, ten messages a call."""
    topic, sns = address.outputs["AlarmsTopicArn"], address.client("sns")
    for start in range(0, len(messages), _AT_ONCE):
        entries = [
            {"Id": str(number), "Message": text}
            for number, text in enumerate(messages[start : start + _AT_ONCE])
        ]
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)


def incidents_of(api: Api, services: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the incidents that are about one of these services."""
    for item in api.pages("/incidents", limit=50):
        if item["service"] in services:
            yield item


def _know(address: Address, services: Sequence[str]) -> None:
    catalog = CatalogStore(address.resource("dynamodb").Table(address.outputs["CatalogTable"]))
    for service, below in zip(services, (*services[1:], None), strict=True):
        leans = (below,) if below else ()
        catalog.put(CatalogEntry(entry_id=service, kind="other", depends_on=leans))


def _ring(address: Address, storm: Outage, over: float) -> float:
    """Ring all alarms of an outage, evenly over that many seconds; return how long it took."""
    began = time.monotonic()
    for start in range(0, storm.alarms, _AT_ONCE):
        due = began + over * start / storm.alarms
        time.sleep(max(0.0, due - time.monotonic()))
        numbers = range(start, min(start + _AT_ONCE, storm.alarms))
        services = storm.services
        publish(address, [alarm_message(services[n % len(services)], n) for n in numbers])
    return time.monotonic() - began


def _delay(address: Address, api: Api, service: str, timeout: float) -> float:
    """Return how long an alarm takes to become an incident."""
    began = time.monotonic()
    publish(address, [alarm_message(service, 0)])
    return _first_seen(api, (service,), began, timeout)


def _first_seen(api: Api, services: Sequence[str], since: float, timeout: float) -> float:
    while time.monotonic() - since < timeout:
        if next(incidents_of(api, services), None):
            return time.monotonic() - since
        time.sleep(0.1)
    raise NotOverError(f"no incident about {services[0]} after {timeout:.0f} s")


def _all_counted(api: Api, storm: Outage, timeout: float) -> tuple[int, list[str]]:
    deadline = time.monotonic() + timeout
    while True:
        ids = [item["incident_id"] for item in incidents_of(api, storm.services)]
        pages = [api.get(f"/incidents/{one}/alarms", limit=1) for one in ids]
        counted = sum(page["count"]["alarms"] for page in pages)
        if counted >= storm.alarms or time.monotonic() > deadline:
            return counted, ids
        time.sleep(0.2)


def _waited(api: Api, incidents: Sequence[str]) -> list[float]:
    """Return how long each alarm took from its change of state until it was placed."""
    return sorted(
        (_moment(link["received_at"]) - _moment(link["changed_at"])).total_seconds()
        for incident_id in incidents
        for link in api.pages(f"/incidents/{incident_id}/alarms", limit=200)
    )


def _percentile(values: Sequence[float], percent: int) -> float | None:
    return round(values[min(len(values) - 1, len(values) * percent // 100)], 2) if values else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
