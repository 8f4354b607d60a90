"""Faults of functions, tables, queues, APIs, databases and devices on an emulator.

What the tools see of them, and how the world answers the remedies that are meant for them.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.values import utc_now
from itops_core.remediation.devices import REQUESTED_AT
from itops_core.stores.incidents import IncidentStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from local_cloud.address import Address
from local_cloud.sandbox import Run, clear, inject
from local_cloud.sandbox.parts import MetricSpec
from monitoring_server.assembly import Sources, telemetry_over
from monitoring_server.recorded.composition import RecordedCatalog, RecordedEvidence
from monitoring_server.server import build_server
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually
from tests.support.tool_servers import answered

ONE_OF_EACH = {
    "month-end-invoices": ("invoice-render", "billing-api", "TooManyRequestsException"),
    "order-writes-refused": ("bookings", "booking-api", "ProvisionedThroughputExceeded"),
    "parcels-undecided": ("parcel-events-dlq", "parcel-consumer", "could not convert string"),
    "partner-in-a-loop": ("partner-api", "partner-api", "Limit Exceeded"),
    "storage-nearly-gone": ("events-db", "events-db", "No space left on device"),
    "warm-cargo": ("truck-017", "truck-017", "compressor high pressure cutout"),
}
"""For each scenario: whose alarm rings, who logs, and what."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("components"))
    try:
        yield factory.bare()
    finally:
        factory.stop_all()


@pytest.fixture(scope="module")
def tools(emulator: Address) -> Iterator[ToolGateway]:
    sources = Sources(
        client=emulator.client,
        catalog=RecordedCatalog(()),
        evidence=RecordedEvidence(()),
        now=utc_now,
    )
    gateway = InMemoryToolGateway(build_server(telemetry_over(sources)))
    yield gateway
    gateway.close()


@pytest.mark.parametrize("slug", sorted(ONE_OF_EACH))
def test_its_alarm_its_metric_and_its_log_are_there_for_the_tools(
    emulator: Address, tools: ToolGateway, slug: str
) -> None:
    ringing, logging, words = ONE_OF_EACH[slug]
    run = inject(emulator, slug, suffix="seen", history_minutes=60)
    alarm, log = run.scenario.alarm, run.scenario.part(f"{logging}-seen").log_group_name

    state = eventually(lambda: state_of(tools, run) == "ALARM")
    metric = run.scenario.metric(alarm.service, alarm.metric)
    seen = answered(
        tools,
        "get_metrics",
        namespace=metric.namespace,
        metric=metric.name,
        dimensions=metric.dimensions,
        statistic=alarm.statistic,
    )
    lines = answered(tools, "query_cloudwatch_logs", log_group=log, contains=words)
    clear(emulator, run.name)

    assert state
    assert alarm.service == f"{ringing}-seen"
    assert seen["points"]
    assert lines["matched"] > 0


def test_what_was_changed_of_a_function_is_dated_and_can_be_listed(
    emulator: Address, tools: ToolGateway
) -> None:
    run = inject(emulator, "webhook-setting-gone", suffix="listed", history_minutes=30)

    changes = answered(tools, "list_recent_changes", service="webhook-dispatch-listed")["changes"]
    clear(emulator, run.name)

    modified = next(one for one in changes if one["kind"] == "function_configuration")
    assert "environment.SIGNING_KEY_ID" in modified["detail"]["changed"]
    at = datetime.fromisoformat(modified["at"])
    assert abs(at.timestamp() - (run.onset - 60)) < 5


def more_concurrency(cloud: Address, run: Run) -> None:
    cloud.client("lambda").put_function_concurrency(
        FunctionName=run.scenario.truth.component, ReservedConcurrentExecutions=20
    )


def more_memory(cloud: Address, run: Run) -> None:
    cloud.client("lambda").update_function_configuration(
        FunctionName=run.scenario.truth.component, MemorySize=1024
    )


def more_capacity(cloud: Address, run: Run) -> None:
    units = {"ReadCapacityUnits": 300, "WriteCapacityUnits": 240}
    cloud.client("dynamodb").update_table(
        TableName=run.scenario.truth.component, ProvisionedThroughput=units
    )


def emptied(cloud: Address, run: Run) -> None:
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=run.scenario.alarm.service)["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)


def asked_to_restart(cloud: Address, run: Run) -> None:
    wanted = {"state": {"desired": {REQUESTED_AT: datetime.now(UTC).isoformat()}}}
    cloud.client("iot-data").update_thing_shadow(
        thingName=run.scenario.truth.component, payload=json.dumps(wanted)
    )


def first_task_stopped(cloud: Address, run: Run) -> None:
    service = run.scenario.service(str(run.scenario.truth.component))
    cloud.client("ecs").stop_task(cluster=service.cluster, task=run.tasks[service.name][0])


def flag_switched_back(cloud: Address, run: Run) -> None:
    name = run.scenario.changes[-1].parameter_name
    cloud.client("ssm").put_parameter(Name=name, Value="off", Type="String", Overwrite=True)


REMEDIES: dict[str, Callable[[Address, Run], None]] = {
    "month-end-invoices": more_concurrency,
    "thumbnails-large": more_memory,
    "order-writes-refused": more_capacity,
    "claims-left-behind": emptied,
    "readings-that-never-move": asked_to_restart,
    "one-task-of-five": first_task_stopped,
    "flag-new-tax": flag_switched_back,
}


@pytest.mark.parametrize("slug", sorted(REMEDIES))
def test_the_remedy_that_is_meant_for_it_helps_and_shows_within_seconds(
    emulator: Address, slug: str
) -> None:
    run = inject(emulator, slug, suffix="cured", history_minutes=20)
    before = latest(emulator, run)

    REMEDIES[slug](emulator, run)
    better = eventually(lambda: latest(emulator, run) < before / 2)
    clear(emulator, run.name)

    assert before > 0
    assert better


def test_the_wrong_remedy_makes_it_worse(emulator: Address) -> None:
    run = inject(emulator, "parcels-undecided", suffix="worse", history_minutes=20)
    in_flight = run.scenario.metric("parcel-events-worse", "in_flight")
    before = values(emulator, in_flight, 1)[-1]

    emptied(emulator, run)
    worse = eventually(lambda: values(emulator, in_flight, 1)[-1] > 22)
    clear(emulator, run.name)

    assert before < 22
    assert worse


def test_one_ill_task_writes_into_a_stream_of_its_own(emulator: Address) -> None:
    run = inject(emulator, "one-task-of-five", suffix="stream", history_minutes=20)
    service = run.scenario.service(str(run.scenario.truth.component))
    ill = run.tasks[service.name][0].rsplit("/", 1)[-1]

    events = emulator.client("logs").filter_log_events(
        logGroupName=service.log_group_name, filterPattern='"read-only file system"'
    )["events"]
    clear(emulator, run.name)

    assert {event["logStreamName"].rsplit("/", 1)[-1] for event in events} == {ill}


def test_clearing_leaves_nothing_of_the_guests(emulator: Address) -> None:
    for slug in ("claims-left-behind", "session-table-cut", "door-at-the-dock"):
        clear(emulator, inject(emulator, slug, suffix="gone", history_minutes=15).name)

    def named(names: list[str]) -> list[str]:
        return [name for name in names if name.rsplit("/", 1)[-1].endswith("-gone")]

    assert not named(emulator.client("sqs").list_queues().get("QueueUrls", []))
    assert not named(emulator.client("dynamodb").list_tables()["TableNames"])
    things = emulator.client("iot").list_things()["things"]
    assert not named([thing["thingName"] for thing in things])
    functions = emulator.client("lambda").list_functions()["Functions"]
    assert not named([function["FunctionName"] for function in functions])


def test_what_happened_before_is_on_record_until_it_is_cleared(emulator: Address) -> None:
    table = incidents_table(emulator)
    run = inject(emulator, "again-this-week", suffix="past", history_minutes=15)
    ids = {item["incident_id"] for item in table.scan()["Items"]}

    before = [IncidentStore(table).get(incident_id) for incident_id in ids]
    clear(emulator, run.name)

    assert len(before) == 2
    assert {one.service for one in before} == {"pdf-stamper-past"}
    assert all(one.is_over for one in before)
    assert table.scan()["Items"] == []


def incidents_table(cloud: Address) -> Any:  # noqa: ANN401 - boto3's own type
    """Create the table of incidents as the template has it."""
    kinds = [("incident_id", "HASH"), ("item_key", "RANGE")]
    return cloud.resource("dynamodb").create_table(
        TableName="ITOps-Incidents",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in kinds],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in kinds],
        BillingMode="PAY_PER_REQUEST",
    )


def state_of(tools: ToolGateway, run: Run) -> str:
    return str(answered(tools, "get_cloudwatch_alarm_state", alarm_name=run.alarm_name)["state"])


def latest(cloud: Address, run: Run) -> float:
    """Return the newest value of the alarm's metric; of a count the newest ten seconds."""
    alarm = run.scenario.alarm
    metric = run.scenario.metric(alarm.service, alarm.metric)
    return summed(cloud, metric) if metric.kind == "count" else values(cloud, metric, 1)[-1]


def summed(cloud: Address, metric: MetricSpec) -> float:
    return values(cloud, metric, 10)[-1]


def values(cloud: Address, metric: MetricSpec, period: int) -> list[float]:
    now = datetime.now(UTC)
    query: dict[str, Any] = {
        "Id": "newest",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in metric.dimensions.items()
                ],
            },
            "Period": period,
            "Stat": "Sum" if metric.kind == "count" else "Maximum",
        },
    }
    answer = cloud.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=2),
        EndTime=now + timedelta(seconds=1),
        MetricDataQueries=[query],
    )
    found = answer["MetricDataResults"][0]["Values"]
    assert found, "nothing was written of late"
    return found
