"""Something to remedy for each action of the catalogue, on the emulator, in the catalog's words."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action
from tests.support.eventually import eventually
from tests.support.functions import make_function, start_execution
from tests.support.shop_estate import CLUSTER, RESTART, SERVICE, Shop, rollback_to, scale_to

FUNCTION = "resize-images"
TABLE = "shop-orders"
QUEUE = "shop-events"
DEAD_LETTERS = "shop-events-dead"
DEVICE = "truck-002"


@dataclass(frozen=True)
class Remedy:
    """One action on something that is there, and how to see from outside what became of it."""

    action: Action
    seen: Callable[[], Any]
    service: str = ""
    """Whose client the server writes through; empty where that is ECS."""


def _function(shop: Shop) -> Any:  # noqa: ANN401 - a boto3 client
    functions = shop.account.client("lambda")
    make_function(shop.account, FUNCTION, "def handler(event, context): return 1")
    shop.catalog.put(CatalogEntry(entry_id="images", kind="lambda", tier=2, resource=FUNCTION))
    eventually(
        lambda: (
            functions.get_function_configuration(FunctionName=FUNCTION)["LastUpdateStatus"]
            == "Successful"
        )
    )
    return functions


def memory(shop: Shop) -> Remedy:
    """A function with 128 MB, to be given 256."""
    functions = _function(shop)
    return Remedy(
        Action(name="set_lambda_memory", parameters={"function_name": FUNCTION, "memory_mb": 256}),
        lambda: functions.get_function_configuration(FunctionName=FUNCTION)["MemorySize"],
        "lambda",
    )


def concurrency(shop: Shop, reserved: int | None = 5, wanted: int = 10) -> Remedy:
    """A function with 5 runs at once reserved, to be given 10."""
    functions = _function(shop)
    if reserved is not None:
        functions.put_function_concurrency(
            FunctionName=FUNCTION, ReservedConcurrentExecutions=reserved
        )
    parameters = {"function_name": FUNCTION, "reserved_concurrency": wanted}
    return Remedy(
        Action(name="set_lambda_concurrency", parameters=parameters),
        lambda: functions.get_function_concurrency(FunctionName=FUNCTION).get(
            "ReservedConcurrentExecutions"
        ),
        "lambda",
    )


def capacity(shop: Shop) -> Remedy:
    """A table that takes 5 reads and 5 writes a second, to take 10 and 5."""
    tables = shop.account.client("dynamodb")
    tables.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    shop.catalog.put(CatalogEntry(entry_id="orders-table", kind="table", tier=1, resource=TABLE))

    def seen() -> tuple[int, int]:
        found = tables.describe_table(TableName=TABLE)["Table"]["ProvisionedThroughput"]
        return found["ReadCapacityUnits"], found["WriteCapacityUnits"]

    parameters = {"table_name": TABLE, "read_units": 10, "write_units": 5}
    return Remedy(Action(name="raise_dynamodb_capacity", parameters=parameters), seen, "dynamodb")


def dead_letters(shop: Shop, messages: int = 3) -> Remedy:
    """Messages in a dead-letter queue, to be sent back."""
    sqs = shop.account.client("sqs")
    dead = sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"]
    known = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": known["QueueArn"], "maxReceiveCount": 3}
    source = sqs.create_queue(QueueName=QUEUE, Attributes={"RedrivePolicy": json.dumps(policy)})
    for number in range(messages):
        sqs.send_message(QueueUrl=dead, MessageBody=f"order {number}")
    shop.catalog.put(CatalogEntry(entry_id="events", kind="queue", tier=2, resource=QUEUE))

    def count(url: str) -> int:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"])

    return Remedy(
        Action(name="redrive_queue", parameters={"queue_name": DEAD_LETTERS}),
        lambda: (count(dead), count(source["QueueUrl"])),
        "sqs",
    )


def device(shop: Shop) -> Remedy:
    """A truck that is known, to be asked to restart."""
    shop.account.client("iot").create_thing(thingName=DEVICE)
    shadows = shop.account.client("iot-data")
    reported = {"state": {"reported": {"temperature": 9.5}}}
    shadows.update_thing_shadow(thingName=DEVICE, payload=json.dumps(reported))
    shop.catalog.put(CatalogEntry(entry_id="cold-truck", kind="device", resource=DEVICE))

    def seen() -> dict[str, Any]:
        shadow = shadows.get_thing_shadow(thingName=DEVICE)["payload"].read()
        return json.loads(shadow)["state"].get("desired", {})

    parameters = {"device_id": DEVICE}
    return Remedy(Action(name="restart_device", parameters=parameters), seen, "iot-data")


def task(shop: Shop) -> Remedy:
    """One of two tasks, to be stopped."""
    arn = shop.ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"][0]

    def seen() -> str:
        return shop.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]["lastStatus"]

    name = arn.rsplit("/", 1)[-1]
    return Remedy(Action(name="stop_ecs_task", parameters={"cluster": CLUSTER, "task": name}), seen)


def restart(shop: Shop) -> Remedy:
    """A service, to be restarted."""
    return Remedy(RESTART, lambda: shop.deployment_id)


def scaling(shop: Shop) -> Remedy:
    """A service of two tasks, to have three."""
    return Remedy(scale_to(3), lambda: shop.service["desiredCount"])


def rollback(shop: Shop) -> Remedy:
    """A service on its second revision, to go back to the first."""
    shop.deploy("payments:2")
    return Remedy(rollback_to(f"{SERVICE}:1"), lambda: shop.service["taskDefinition"])


def execution(shop: Shop, name: str = "rerun_execution") -> Remedy:
    """An execution that failed, to be repeated."""
    states = shop.account.client("stepfunctions")
    arn = start_execution(shop.account, "nightly", {"Start": {"Type": "Fail", "Error": "Broken"}})
    machine = states.describe_execution(executionArn=arn)["stateMachineArn"]
    eventually(lambda: states.describe_execution(executionArn=arn)["status"] == "FAILED")
    shop.catalog.put(CatalogEntry(entry_id="nightly", kind="pipeline", state_machine_arn=machine))
    return Remedy(
        Action(name=name, parameters={"execution_arn": arn}),
        lambda: len(states.list_executions(stateMachineArn=machine)["executions"]),
        "stepfunctions",
    )


def message(shop: Shop) -> Remedy:
    """People, to be told something."""
    del shop
    return Remedy(Action(name="notify_only", parameters={"message": "look"}), lambda: None)


NEW = {
    "stop_ecs_task": task,
    "redrive_queue": dead_letters,
    "set_lambda_concurrency": concurrency,
    "set_lambda_memory": memory,
    "raise_dynamodb_capacity": capacity,
    "restart_device": device,
}
ALL: dict[str, Callable[[Shop], Remedy]] = {
    **NEW,
    "restart_ecs_service": restart,
    "scale_ecs_service": scaling,
    "rollback_ecs_deployment": rollback,
    "redrive_execution": lambda shop: execution(shop, "redrive_execution"),
    "rerun_execution": execution,
    "notify_only": message,
}
