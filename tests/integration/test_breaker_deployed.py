"""A tool server that fails, in the deployed system: the agents go on, and it gets its trial."""

from typing import Any

from itops_core.domain.incident import TERMINAL
from itops_core.domain.investigation import ObservationStatus
from itops_core.errors import ToolUnavailableError
from itops_core.settings import Breaker
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.tools.breaker_gateway import BreakerGateway, circuit_breaker
from itops_core.tools.lambda_gateway import LambdaToolGateway
from local_cloud.address import Address
from local_cloud.sandbox import inject, list_scenarios
from tests.support.chain import carried_through
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually

SERVER = "ITOps-MonitoringServer"
RULES = Breaker(failures=5, reset_seconds=5, window_seconds=120, cache_seconds=0)


def circuit(address: Address) -> dict[str, Any]:
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    return table.get_item(Key={"key": "breaker#monitoring"}).get("Item", {})


def another_caller(address: Address) -> BreakerGateway:
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    storage = BreakerStorage(table, "monitoring", RULES, 25)
    inner = LambdaToolGateway("monitoring", SERVER, address.client("lambda"), 20)
    return BreakerGateway(inner, circuit_breaker(storage, RULES))


def with_handler(address: Address, handler: str) -> None:
    address.client("lambda").update_function_configuration(FunctionName=SERVER, Handler=handler)


def test_a_server_that_fails_is_left_alone_said_to_be_missing_and_tried_again(
    cloud_factory: CloudFactory,
) -> None:
    address = cloud_factory()
    with_handler(address, "monitoring_server.handler.no_such_function")

    outcome = carried_through(address, inject(address, list_scenarios()[0], suffix="lost"))

    missing = [one for one in outcome.observations if one.status is ObservationStatus.UNAVAILABLE]
    assert outcome.incident.status in TERMINAL
    assert {one.call.server for one in missing} == {"monitoring"}
    assert any(one.message == "circuit open" for one in missing)
    assert outcome.incident.verdict is not None
    assert any("monitoring" in gap.source for gap in outcome.incident.verdict.gaps)
    assert outcome.actions == set()
    assert circuit(address)["state"] in {"open", "half-open"}

    with_handler(address, "monitoring_server.handler.handler")
    caller = another_caller(address)

    assert eventually(lambda: is_answered(caller), 60, every=1)
    assert circuit(address)["state"] == "closed"


def is_answered(caller: BreakerGateway) -> bool:
    try:
        return caller.call("list_alarms", {}).ok
    except ToolUnavailableError:
        return False
