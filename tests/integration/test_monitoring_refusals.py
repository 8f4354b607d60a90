"""The monitoring tools in an AWS that does not play along."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from itops_core.domain.catalog import CatalogEntry
from itops_core.stores.catalog import CatalogStore
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.telemetry import CLUSTER, GROUP, SERVICE, open_shop
from tests.support.tool_servers import answered, monitoring_server, outage, refused

pytest_plugins = ("tests.emulator",)

_AT_ONCE = 3
_SOURCES_OF_CHANGES = ("ecs", "lambda", "cloudformation", "ssm", "cloudwatch", "cloudtrail")


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
        (
            "cloudwatch:DescribeAlarmHistory",
            "describe_alarm_history",
            "get_alarm_history",
            {"alarm_name": "payment-cpu"},
        ),
        (
            "cloudwatch:ListMetrics",
            "list_metrics",
            "detect_metric_anomalies",
            {"namespace": "AWS/ECS"},
        ),
        (
            "logs:FilterLogEvents",
            "filter_log_events",
            "find_log_patterns",
            {"log_group": GROUP},
        ),
        ("xray:GetTraceSummaries", "get_trace_summaries", "get_traces", {}),
        ("xray:GetTraceSummaries", "get_trace_summaries", "get_service_map", {}),
        ("sqs:ListQueues", "list_queues", "get_dlq_depth", {}),
    ],
)
def test_a_missing_permission_is_named_and_a_throttled_backend_is_an_outage(
    account: Account, permission: str, operation: str, tool: str, arguments: dict[str, Any]
) -> None:
    service = permission.partition(":")[0]

    def failing(code: str, status: int) -> InMemoryToolGateway:
        """Return the server over a backend that refuses whatever it is asked, side by side."""
        client = account.fresh_client(service)
        stub = Stubber(client)
        for _ in range(_AT_ONCE):
            stub.add_client_error(operation, code, http_status_code=status)
        stub.activate()
        return InMemoryToolGateway(monitoring_server(account, clients={service: client}))

    denied = refused(failing("AccessDeniedException", 400), tool, **arguments)
    throttled = outage(failing("ThrottlingException", 400), tool, **arguments)
    broken = outage(failing("InternalServerError", 500), tool, **arguments)

    assert permission in denied
    assert "permission" in denied
    assert "ThrottlingException" in throttled
    assert "InternalServerError" in broken


def test_a_source_of_changes_that_is_denied_is_a_gap_beside_the_others(
    shop: Account, tables: Tables
) -> None:
    ssm = shop.fresh_client("ssm")
    with Stubber(ssm) as stub:
        stub.add_client_error("describe_parameters", "AccessDeniedException")
        gateway = InMemoryToolGateway(monitoring_server(shop, clients={"ssm": ssm}))

        found = answered(gateway, "list_recent_changes", service=SERVICE)

    assert [gap.split(":")[0] for gap in found["gaps"]] == ["ssm"]
    assert "ssm:DescribeParameters" in found["gaps"][0]
    assert found["changes"]


def test_a_throttled_source_of_changes_is_a_gap_as_long_as_others_answer(
    shop: Account, tables: Tables
) -> None:
    ssm = shop.fresh_client("ssm")
    with Stubber(ssm) as stub:
        stub.add_client_error("describe_parameters", "ThrottlingException")
        gateway = InMemoryToolGateway(monitoring_server(shop, clients={"ssm": ssm}))

        found = answered(gateway, "list_recent_changes", service=SERVICE)

    assert ["ThrottlingException" in gap for gap in found["gaps"]] == [True]
    assert found["changes"]


def test_changes_that_no_source_can_tell_are_an_outage(shop: Account, tables: Tables) -> None:
    dead = {name: _deaf(shop.fresh_client(name)) for name in _SOURCES_OF_CHANGES}
    gateway = InMemoryToolGateway(monitoring_server(shop, clients=dead))

    assert "out of reach" in outage(gateway, "list_recent_changes", service=SERVICE)


def test_without_traces_the_map_for_ranking_is_the_catalogs_and_that_is_a_gap(
    shop: Account, tables: Tables
) -> None:
    entry = CatalogEntry(
        entry_id=SERVICE, kind="ecs_service", metric_namespace="Shop", depends_on=("orders",)
    )
    CatalogStore(tables.catalog).put(entry)
    gateway = InMemoryToolGateway(
        monitoring_server(shop, clients={"xray": _deaf(shop.fresh_client("xray"))})
    )

    ranked = answered(gateway, "rank_root_causes", service=SERVICE, metric="latency")

    assert ranked["calls"] == {SERVICE: ["orders"]}
    assert any(gap.startswith("xray: ") for gap in ranked["gaps"])


def test_an_unreachable_backend_is_an_outage(account: Account) -> None:
    cloudwatch = _deaf(account.fresh_client("cloudwatch"))
    gateway = InMemoryToolGateway(monitoring_server(account, clients={"cloudwatch": cloudwatch}))

    assert "out of reach" in outage(gateway, "list_alarms")


def _deaf(client: Any) -> Any:  # noqa: ANN401
    """Return `client`, whose every call runs into its time-out."""

    def time_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://aws.example")

    client.meta.events.register("before-send", time_out)
    return client
