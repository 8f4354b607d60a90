"""Verification of actions on functions, tables, queues and devices, by what AWS tells of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from fleet_server.assembly import Sources, field_over
from fleet_server.server import build_server as build_fleet_server
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import Action, ActionRecord, ActionStatus, Verification
from itops_core.domain.values import utc_now
from itops_core.settings import VerificationRules
from itops_core.tools.in_memory import InMemoryToolGateway
from recovery_verifier.agent import RecoveryVerifier
from recovery_verifier.measuring import Measurer
from recovery_verifier.observing import Observer
from tests.support.accounts import Account, Tables
from tests.support.remedies import DEAD_LETTERS, DEVICE, FUNCTION, TABLE, dead_letters, device
from tests.support.shop_estate import Shop, open_shop
from tests.support.tool_servers import monitoring_server

pytest_plugins = ("tests.emulator",)

RULES = VerificationRules(
    minimum_seconds=120,
    maximum_seconds=600,
    wait_seconds=30,
    period_seconds=60,
    before_seconds=600,
    healthy_samples=3,
    window_samples=4,
)
MORE_MEMORY = Action(
    name="set_lambda_memory", parameters={"function_name": FUNCTION, "memory_mb": 256}
)
MORE_CAPACITY = Action(
    name="raise_dynamodb_capacity",
    parameters={"table_name": TABLE, "read_units": 10, "write_units": 5},
)
SEND_BACK = Action(name="redrive_queue", parameters={"queue_name": DEAD_LETTERS})
RESTART_TRUCK = Action(name="restart_device", parameters={"device_id": DEVICE})


@dataclass(frozen=True)
class Bench:
    """An incident some minutes after its action."""

    shop: Shop
    now: datetime

    @property
    def acted_at(self) -> datetime:
        return self.now.replace(second=0, microsecond=0) - timedelta(minutes=10)

    def told(self, metric: str, dimensions: Mapping[str, str], *values: float) -> None:
        """Put one value a minute: four up to the action, the others since."""
        namespace, name = metric.rsplit("/", 1)
        self.shop.account.client("cloudwatch").put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": at} for key, at in dimensions.items()],
                    "Timestamp": self.acted_at + timedelta(minutes=place - 4, seconds=5),
                    "Value": value,
                }
                for place, value in enumerate(values)
            ],
        )

    def after(self, action: Action, **before: Any) -> Incident:  # noqa: ANN401
        """Return an incident that nothing but its action tells of."""
        done = ActionRecord(
            action_id="ACT-0000000A",
            incident_id="INC-0000000A",
            round=1,
            action=action,
            resource="arn:aws:any:thing",
            inverse=None,
            status=ActionStatus.DONE,
            before=before,
            started_at=self.acted_at - timedelta(seconds=3),
            ended_at=self.acted_at,
        )
        return self.shop.incident_with(action, actions=(done,), alarm=None)

    def verified(self, incident: Incident, minutes: float = 9) -> tuple[str, Verification | None]:
        """Look once, so long after the action."""
        at = self.acted_at + timedelta(minutes=minutes)
        account = self.shop.account
        fleet = build_fleet_server(field_over(Sources(account.client, lambda: at)))
        observer = Observer(
            InMemoryToolGateway(monitoring_server(account, lambda: at)),
            RULES.period_seconds,
            RULES.before_seconds,
            InMemoryToolGateway(fleet),
        )
        measurer = Measurer(self.shop.catalog.list, observer, RULES)
        verifier = RecoveryVerifier(self.shop.incidents, measurer, RULES, lambda: at)
        outcome = verifier.verify(incident.incident_id)["outcome"]
        return outcome, self.shop.incidents.get(incident.incident_id).verification


@pytest.fixture
def bench(account: Account, tables: Tables) -> Bench:
    return Bench(open_shop(account, tables), utc_now())


@pytest.mark.parametrize(("after", "outcome"), [((0, 0, 0, 0, 0), "recovered"), ((9,) * 9, "")])
def test_a_function_is_well_when_its_errors_are_gone(
    bench: Bench, after: tuple[float, ...], outcome: str
) -> None:
    bench.told("AWS/Lambda/Errors", {"FunctionName": FUNCTION}, 9, 9, 9, 9, *after)

    said, known = bench.verified(bench.after(MORE_MEMORY))

    assert said == (outcome or "watching")
    assert (known is not None) is bool(outcome)


def test_a_function_whose_throttles_stay_is_not_well_though_its_errors_are_gone(
    bench: Bench,
) -> None:
    of_function = {"FunctionName": FUNCTION}
    bench.told("AWS/Lambda/Errors", of_function, 9, 9, 9, 9, 0, 0, 0, 0, 0)
    bench.told("AWS/Lambda/Throttles", of_function, *(5,) * 13)
    incident = bench.after(MORE_MEMORY)

    said, _ = bench.verified(incident)
    ended, known = bench.verified(incident, minutes=11)

    assert said == "watching"
    assert ended == "unchanged"
    assert known is not None
    assert known.probes[0].subject.startswith("AWS/Lambda Throttles")


def test_a_table_that_tells_of_no_more_throttling_is_well(bench: Bench) -> None:
    bench.told("AWS/DynamoDB/ReadThrottleEvents", {"TableName": TABLE}, 40, 50, 60, 70)

    said, known = bench.verified(bench.after(MORE_CAPACITY))

    assert said == "recovered"
    assert known is not None
    assert (known.probes[0].before, known.probes[0].after) == (55, 0)


def test_what_was_never_measured_is_unknown_and_never_well(bench: Bench) -> None:
    incident = bench.after(MORE_CAPACITY)

    assert bench.verified(incident)[0] == "watching"
    assert bench.verified(incident, minutes=11)[0] == "unknown"


@pytest.mark.parametrize(("left", "said"), [(0, "recovered"), (1, "recovered"), (3, "watching")])
def test_a_queue_is_well_when_what_was_sent_back_stays_away(
    bench: Bench, left: int, said: str
) -> None:
    dead_letters(bench.shop, messages=left)

    assert bench.verified(bench.after(SEND_BACK, messages=3))[0] == said


def test_a_device_is_well_when_it_has_reported_since(bench: Bench) -> None:
    device(bench.shop)
    incident = bench.after(RESTART_TRUCK)
    bench.shop.catalog.put(
        CatalogEntry(
            entry_id="payment-service",
            kind="device",
            resource=DEVICE,
            metric_namespace="Shop",
            metric_dimensions={"Device": DEVICE},
        )
    )
    bench.told("Shop/SensorErrors", {"Device": DEVICE}, 5, 5, 5, 5, 0, 0, 0, 0, 0)

    said, known = bench.verified(incident)

    assert said == "recovered"
    assert known is not None
    assert known.probes[1].subject == f"reports of {DEVICE}"
    assert known.probes[1].passed is True


def test_a_device_that_has_not_reported_since_is_not_well(bench: Bench) -> None:
    iot = bench.shop.account.client("iot")
    iot.create_thing(thingName=DEVICE)
    wanted = json.dumps({"state": {"desired": {"restart_requested_at": "2026"}}})
    bench.shop.account.client("iot-data").update_thing_shadow(thingName=DEVICE, payload=wanted)
    bench.shop.catalog.put(
        CatalogEntry(
            entry_id="payment-service",
            kind="device",
            resource=DEVICE,
            metric_namespace="Shop",
            metric_dimensions={"Device": DEVICE},
        )
    )
    bench.told("Shop/SensorErrors", {"Device": DEVICE}, 5, 5, 5, 5, 0, 0, 0, 0, 0)

    said, _ = bench.verified(bench.after(RESTART_TRUCK))

    assert said == "watching"
