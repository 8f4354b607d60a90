"""Every action on functions, tables, queues, devices and tasks, on the emulator: done once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    ActionRecord,
    ActionStatus,
    BlastSize,
    Risk,
)
from itops_core.domain.values import utc_now
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.proposal import preview_in
from operations_server.request import ActionRequest
from tests.support.accounts import Account, Tables
from tests.support.remedies import (
    DEAD_LETTERS,
    DEVICE,
    FUNCTION,
    NEW,
    TABLE,
    Remedy,
    capacity,
    concurrency,
    dead_letters,
    device,
    memory,
    task,
)
from tests.support.shop_estate import CLUSTER, SERVICE, Shop, Watched, nothing_happens, open_shop

pytest_plugins = ("tests.emulator",)

Arrange = Callable[[Shop], Remedy]
of_each_way = pytest.mark.parametrize("arrange", [memory, dead_letters, device])
"""A value that is set, a task that AWS works through, a request that is left for somebody."""
each_new_action = pytest.mark.parametrize("arrange", NEW.values(), ids=NEW)

SEEN_AFTER = {
    "stop_ecs_task": "STOPPED",
    "redrive_queue": (0, 3),
    "set_lambda_concurrency": 10,
    "set_lambda_memory": 256,
    "raise_dynamodb_capacity": (10, 5),
}


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


def previewed(shop: Shop, name: str, **parameters: Any) -> ActionPreview:  # noqa: ANN401
    answer = shop.operations.call("preview_action", {"name": name, "parameters": parameters})
    assert answer.ok, answer.message
    return preview_in(answer.content)


def writes(shop: Shop, remedy: Remedy) -> Watched:
    return shop.writer_of(remedy.service) if remedy.service else shop.writer


def allowed(shop: Shop, *actions: Action) -> tuple[Incident, dict[str, str]]:
    """Return an incident whose plan may be carried out, and what has to be said for it."""
    incident = shop.incident_with(*actions)
    if all(catalogue().spec(one.name).reversible for one in actions):
        return incident, {}
    return incident, {"approval_id": shop.approved(incident, "ada").approval_id}


def crash() -> None:
    raise SystemExit("the machine is gone")


def let_the_lease_run_out(shop: Shop, action: Action, incident: Incident) -> None:
    shop.runtime.delete(f"acting#{ActionRecord.id_for(incident.incident_id, 1, action)}")


@each_new_action
def test_a_preview_shows_before_and_after_and_changes_nothing(shop: Shop, arrange: Arrange) -> None:
    remedy = arrange(shop)
    seen = remedy.seen()

    preview = previewed(shop, remedy.action.name, **remedy.action.parameters)

    assert preview.possible, preview.reason
    assert preview.before != preview.after
    assert set(preview.before) == set(preview.after)
    assert preview.entry_id is not None
    assert preview.blast_radius[0] == preview.entry_id
    assert preview.blast_size is BlastSize.SMALL
    assert preview.reversible is catalogue().spec(remedy.action.name).reversible
    assert remedy.seen() == seen
    assert writes(shop, remedy).updates == []


@each_new_action
def test_it_is_done_once_however_often_it_is_asked_for(shop: Shop, arrange: Arrange) -> None:
    remedy = arrange(shop)
    incident, consent = allowed(shop, remedy.action)

    first = shop.carry_out(remedy.action, incident, **consent)
    seen = remedy.seen()
    second = shop.carry_out(remedy.action, incident, **consent)

    assert first.status is ActionStatus.DONE, first.message
    assert second == first
    assert len(writes(shop, remedy).updates) == 1
    assert remedy.seen() == seen
    assert seen == SEEN_AFTER.get(remedy.action.name, seen)
    assert first.inverse is not None
    assert first.before != first.after


@of_each_way
def test_of_many_callers_at_once_one_acts(shop: Shop, arrange: Arrange) -> None:
    remedy = arrange(shop)
    incident, consent = allowed(shop, remedy.action)
    patient = shop.another(wait_seconds=180.0, lease_seconds=400.0)
    previewed(patient, remedy.action.name, **remedy.action.parameters)

    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(patient.carry_out, remedy.action, incident, **consent) for _ in range(4)
        ]
        records = [one.result() for one in asked]

    assert {one.status for one in records} == {ActionStatus.DONE}
    assert all(one == records[0] for one in records)
    assert len(writes(shop, remedy).updates) == 1


@each_new_action
def test_an_effect_that_was_not_recorded_is_found_and_not_repeated(
    shop: Shop, arrange: Arrange
) -> None:
    remedy = arrange(shop)
    incident, consent = allowed(shop, remedy.action)
    writer = writes(shop, remedy)
    request = ActionRequest.model_validate(
        {"incident_id": incident.incident_id, "round": 1, **consent}
    )

    writer.after_update = crash
    with pytest.raises(SystemExit):
        shop.executor.carry_out(remedy.action, request)
    seen = remedy.seen()
    writer.after_update = nothing_happens
    let_the_lease_run_out(shop, remedy.action, incident)
    record = shop.carry_out(remedy.action, incident, **consent)

    assert record.status is ActionStatus.DONE, record.message
    assert len(writer.updates) == 1
    assert remedy.seen() == seen
    assert record.inverse is not None


@of_each_way
def test_what_crashed_before_it_took_effect_is_done_by_the_next_call(
    shop: Shop, arrange: Arrange
) -> None:
    remedy = arrange(shop)
    incident, consent = allowed(shop, remedy.action)
    writer, seen = writes(shop, remedy), remedy.seen()
    request = ActionRequest.model_validate(
        {"incident_id": incident.incident_id, "round": 1, **consent}
    )

    writer.before_update = crash
    with pytest.raises(SystemExit):
        shop.executor.carry_out(remedy.action, request)
    untouched = remedy.seen() == seen
    writer.before_update = nothing_happens
    let_the_lease_run_out(shop, remedy.action, incident)
    record = shop.carry_out(remedy.action, incident, **consent)

    assert untouched
    assert record.status is ActionStatus.DONE, record.message
    assert len(writer.updates) == 1


@pytest.mark.parametrize("arrange", [concurrency, memory, capacity])
def test_an_inverse_ends_where_it_began(shop: Shop, arrange: Arrange) -> None:
    remedy = arrange(shop)
    before = remedy.seen()
    incident, _ = allowed(shop, remedy.action)
    done = shop.carry_out(remedy.action, incident)
    assert done.inverse is not None
    changed = remedy.seen()

    undone = shop.carry_out(done.inverse, incident, undo=True)

    assert changed != before
    assert undone.status is ActionStatus.DONE, undone.message
    assert remedy.seen() == before


@pytest.mark.parametrize(("reserved", "wanted"), [(None, 7), (5, -1)])
def test_a_reservation_that_was_not_there_is_taken_away_again_and_one_that_was_put_back(
    shop: Shop, reserved: int | None, wanted: int
) -> None:
    remedy = concurrency(shop, reserved, wanted)
    incident, _ = allowed(shop, remedy.action)

    done = shop.carry_out(remedy.action, incident)
    changed = remedy.seen()
    assert done.inverse is not None
    shop.carry_out(done.inverse, incident, undo=True)

    assert changed == (None if wanted == -1 else wanted)
    assert remedy.seen() == reserved


@pytest.mark.parametrize("arrange", [concurrency, memory, capacity])
def test_an_undo_leaves_alone_what_people_changed_since(shop: Shop, arrange: Arrange) -> None:
    remedy = arrange(shop)
    incident, _ = allowed(shop, remedy.action)
    done = shop.carry_out(remedy.action, incident)
    assert done.inverse is not None
    _change_by_hand(shop)

    record = shop.carry_out(done.inverse, incident, undo=True)

    assert record.status is ActionStatus.REFUSED
    assert "changed by someone else" in record.message


def _change_by_hand(shop: Shop) -> None:
    """Change whatever of the function and the table there is."""
    functions, tables = shop.account.client("lambda"), shop.account.client("dynamodb")
    if functions.list_functions()["Functions"]:
        functions.update_function_configuration(FunctionName=FUNCTION, MemorySize=1024)
    if TABLE in tables.list_tables()["TableNames"]:
        units = {"ReadCapacityUnits": 30, "WriteCapacityUnits": 30}
        tables.update_table(TableName=TABLE, ProvisionedThroughput=units)


@each_new_action
def test_of_two_incidents_only_one_acts_on_a_thing(shop: Shop, arrange: Arrange) -> None:
    remedy = arrange(shop)
    calm = shop.another(cooldown_seconds=300)
    (first, consent), (second, also) = allowed(calm, remedy.action), allowed(calm, remedy.action)

    done = calm.carry_out(remedy.action, first, **consent)
    _make_possible_again(shop)
    refused = calm.carry_out(remedy.action, second, **also)

    assert done.status is ActionStatus.DONE
    assert refused.status in {ActionStatus.REFUSED, ActionStatus.VOID}
    assert len(writes(shop, remedy).updates) == 1


def _make_possible_again(shop: Shop) -> None:
    """Have a truck report back, so that only the claim stands against asking it again."""
    things = shop.account.client("iot").list_things()["things"]
    if things:
        reported = {"state": {"reported": {"restarted_at": "2999-01-01T00:00:00+00:00"}}}
        shop.account.client("iot-data").update_thing_shadow(
            thingName=DEVICE, payload=json.dumps(reported)
        )


def test_a_number_that_is_left_open_is_picked_from_live_state(shop: Shop) -> None:
    concurrency(shop)
    capacity(shop)
    of_function, of_table = {"function_name": FUNCTION}, {"table_name": TABLE}

    picked = [
        previewed(shop, "set_lambda_memory", **of_function),
        previewed(shop, "set_lambda_concurrency", **of_function),
        previewed(shop, "raise_dynamodb_capacity", **of_table),
        previewed(shop, "raise_dynamodb_capacity", **of_table, write_units=7),
        previewed(shop, "scale_ecs_service", cluster=CLUSTER, service=SERVICE),
    ]

    assert all(one.possible for one in picked)
    assert [one.action.parameters for one in picked] == [
        {**of_function, "memory_mb": 256},
        {**of_function, "reserved_concurrency": 10},
        {**of_table, "read_units": 10, "write_units": 10},
        {**of_table, "read_units": 10, "write_units": 7},
        {"cluster": CLUSTER, "service": SERVICE, "desired_count": 4},
    ]


def test_only_what_a_table_refused_lately_is_raised(shop: Shop) -> None:
    capacity(shop)
    shop.account.client("cloudwatch").put_metric_data(
        Namespace="AWS/DynamoDB",
        MetricData=[
            {
                "MetricName": "WriteThrottleEvents",
                "Dimensions": [{"Name": "TableName", "Value": TABLE}],
                "Timestamp": utc_now() - timedelta(minutes=2),
                "Value": 7.0,
            }
        ],
    )

    picked = previewed(shop, "raise_dynamodb_capacity", table_name=TABLE)

    assert picked.action.parameters == {"table_name": TABLE, "read_units": 5, "write_units": 10}
    assert picked.reason.startswith("Read units stay at 5, write units from 5 to 10")


def test_a_number_may_not_be_left_open_when_it_comes_to_acting(shop: Shop) -> None:
    incident = shop.incident_with(memory(shop).action)
    request = {"incident_id": incident.incident_id, "round": 1}

    answer = shop.operations.call(
        "set_lambda_memory", {"function_name": FUNCTION, "request": request}
    )

    assert not answer.ok
    assert "memory_mb" in answer.message


IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("set_lambda_memory", {"function_name": FUNCTION, "memory_mb": 128}, "128 MB already"),
    ("set_lambda_memory", {"function_name": FUNCTION, "memory_mb": 4096}, "at most 3072"),
    (
        "set_lambda_concurrency",
        {"function_name": FUNCTION, "reserved_concurrency": 0},
        "stops the function",
    ),
    (
        "set_lambda_concurrency",
        {"function_name": FUNCTION, "reserved_concurrency": 501},
        "at most 500",
    ),
    (
        "raise_dynamodb_capacity",
        {"table_name": TABLE, "read_units": 4, "write_units": 50},
        "only raises",
    ),
    (
        "raise_dynamodb_capacity",
        {"table_name": TABLE, "read_units": 5, "write_units": 5},
        "already",
    ),
    (
        "raise_dynamodb_capacity",
        {"table_name": TABLE, "read_units": 5, "write_units": 4001},
        "at most 4000",
    ),
    (
        "raise_dynamodb_capacity",
        {"table_name": "ITOps-Incidents", "read_units": 5, "write_units": 5},
        "on demand",
    ),
]


def test_what_is_not_possible_says_why(shop: Shop) -> None:
    memory(shop)
    capacity(shop)

    previews = [previewed(shop, name, **parameters) for name, parameters, _ in IMPOSSIBLE]

    assert not any(one.possible for one in previews)
    assert [why in one.reason for one, (*_, why) in zip(previews, IMPOSSIBLE, strict=True)] == [
        True
    ] * len(IMPOSSIBLE)


def test_a_queue_that_catches_no_failures_or_none_at_present_is_left_alone(shop: Shop) -> None:
    dead_letters(shop, messages=0)

    empty = previewed(shop, "redrive_queue", queue_name=DEAD_LETTERS)
    ordinary = previewed(shop, "redrive_queue", queue_name="shop-events")

    assert "empty" in empty.reason
    assert "no dead-letter queue" in ordinary.reason
    assert not empty.possible
    assert not ordinary.possible


def test_a_flood_of_messages_is_riskier_and_reaches_further(shop: Shop) -> None:
    calm, flood = dead_letters(shop), 1001
    sqs = shop.account.client("sqs")
    url = sqs.get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
    for start in range(3, flood, 10):
        numbers = range(start, min(start + 10, flood))
        entries = [{"Id": str(number), "MessageBody": "order"} for number in numbers]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)

    preview = previewed(shop, "redrive_queue", queue_name=DEAD_LETTERS)

    assert calm.seen() == (flood, 0)
    assert preview.blast_size is BlastSize.MEDIUM
    assert preview.risk is Risk.HIGH


def test_a_device_that_was_asked_and_is_silent_is_not_asked_again(shop: Shop) -> None:
    remedy = device(shop)
    incident, _ = allowed(shop, remedy.action)
    shop.carry_out(remedy.action, incident)

    again = previewed(shop, "restart_device", device_id=DEVICE)
    _make_possible_again(shop)
    later = previewed(shop, "restart_device", device_id=DEVICE)

    assert not again.possible
    assert "has not reported since" in again.reason
    assert later.possible


def test_a_limit_below_what_runs_at_once_is_riskier(shop: Shop) -> None:
    concurrency(shop)
    shop.account.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "FunctionName", "Value": FUNCTION}],
                "Timestamp": utc_now() - timedelta(minutes=2),
                "Value": value,
            }
            for name, value in (("ConcurrentExecutions", 40), ("Invocations", 90))
        ],
    )

    below = previewed(
        shop, "set_lambda_concurrency", function_name=FUNCTION, reserved_concurrency=20
    )
    above = previewed(shop, "set_lambda_concurrency", function_name=FUNCTION)

    assert (below.risk, below.blast_size) == (Risk.MEDIUM, BlastSize.MEDIUM)
    assert "40 ran at once" in below.reason
    assert above.action.parameters["reserved_concurrency"] == 80
    assert above.risk is Risk.LOW


def test_the_only_task_of_a_service_is_not_stopped_without_a_person(shop: Shop) -> None:
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=1)
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
    remedy = task(shop)

    preview = previewed(shop, "stop_ecs_task", **remedy.action.parameters)

    assert preview.blast_size is BlastSize.MEDIUM


def test_a_task_that_no_service_would_replace_is_not_stopped(shop: Shop) -> None:
    started = shop.ecs.run_task(cluster=CLUSTER, taskDefinition=f"{SERVICE}:1")["tasks"][0]
    name = started["taskArn"].rsplit("/", 1)[-1]

    answer = shop.operations.call(
        "preview_action",
        {"name": "stop_ecs_task", "parameters": {"cluster": CLUSTER, "task": name}},
    )

    assert not answer.ok
    assert "no service" in answer.message


def test_a_device_stands_in_the_catalog_by_itself_or_by_its_fleet(shop: Shop) -> None:
    iot = shop.account.client("iot")
    device(shop)
    iot.create_thing(thingName="truck-007")
    iot.create_thing_group(thingGroupName="trucks")
    iot.add_thing_to_thing_group(thingName="truck-007", thingGroupName="trucks")
    shop.catalog.put(CatalogEntry(entry_id="fleet", kind="device_fleet", resource="trucks"))

    own = previewed(shop, "restart_device", device_id=DEVICE)
    by_fleet = previewed(shop, "restart_device", device_id="truck-007")

    assert (own.entry_id, by_fleet.entry_id) == ("cold-truck", "fleet")
