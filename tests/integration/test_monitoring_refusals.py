"""The monitoring tools in an AWS that does not play along."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.telemetry import CLUSTER, GROUP, SERVICE, open_shop
from tests.support.tool_servers import answered, monitoring_server, outage, refused

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def shop(account: Account) -> Account:
    return open_shop(account)


@pytest.mark.parametrize(
    ("permission", "operation", "tool", "arguments"),
    [
        (
            "cloudwatch:GetMetricData",
            "get_metric_data",
            "get_metrics",
            {"namespace": "AWS/ECS", "metric": "CPUUtilization"},
        ),
        ("cloudwatch:DescribeAlarms", "describe_alarms", "list_alarms", {}),
        (
            "logs:FilterLogEvents",
            "filter_log_events",
            "query_cloudwatch_logs",
            {"log_group": GROUP},
        ),
        (
            "ecs:DescribeServices",
            "describe_services",
            "describe_ecs_service",
            {"cluster": CLUSTER, "service": SERVICE},
        ),
    ],
)
def test_a_missing_permission_is_named_and_a_throttled_backend_is_an_outage(
    account: Account, permission: str, operation: str, tool: str, arguments: dict[str, Any]
) -> None:
    service = permission.partition(":")[0]
    client = account.client(service)
    with Stubber(client) as stub:
        gateway = InMemoryToolGateway(monitoring_server(account, clients={service: client}))
        stub.add_client_error(operation, "AccessDeniedException", http_status_code=400)
        denied = refused(gateway, tool, **arguments)
        stub.add_client_error(operation, "ThrottlingException", http_status_code=400)
        throttled = outage(gateway, tool, **arguments)
        stub.add_client_error(operation, "InternalServerError", http_status_code=500)
        broken = outage(gateway, tool, **arguments)

    assert permission in denied
    assert "permission" in denied
    assert "ThrottlingException" in throttled
    assert "InternalServerError" in broken


def test_a_source_of_changes_that_is_denied_is_a_gap_beside_the_others(
    shop: Account, tables: Tables
) -> None:
    ssm = shop.client("ssm")
    with Stubber(ssm) as stub:
        stub.add_client_error("describe_parameters", "AccessDeniedException")
        gateway = InMemoryToolGateway(monitoring_server(shop, clients={"ssm": ssm}))

        found = answered(gateway, "list_recent_changes", service=SERVICE)

    assert [gap.split(":")[0] for gap in found["gaps"]] == ["ssm"]
    assert "ssm:DescribeParameters" in found["gaps"][0]
    assert found["changes"]


def test_an_unreachable_backend_is_an_outage(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")

    def time_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://monitoring.example")

    cloudwatch.meta.events.register("before-send", time_out)
    gateway = InMemoryToolGateway(monitoring_server(account, clients={"cloudwatch": cloudwatch}))

    assert "out of reach" in outage(gateway, "list_alarms")
