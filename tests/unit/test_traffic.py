"""How much reaches a thing right now: read from CloudWatch, told on the card, asked of the gate."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from itops_cli.investigation.servers import Surroundings, tool_gateways
from itops_cli.investigation.stores import memory_stores
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.traffic import Traffic, TrafficLevel, TrafficMetric
from itops_core.errors import InvalidInputError
from itops_core.remediation.assessment import LiveState
from itops_core.remediation.catalogue import catalogue, parse_catalogue
from itops_core.remediation.functions import FunctionState
from itops_core.remediation.queues import QueueState
from itops_core.remediation.services import ServiceState
from itops_core.settings import bundled, config
from local_cloud.sandbox.recording import recorded_scenario
from monitoring_server.recorded.cloudwatch import RecordedCloudWatch
from monitoring_server.recorded.recording import RecordedMetric, Recording
from operations_server.metrics import RecentMetrics
from operations_server.traffic import TrafficReader
from tests.support.live_states import TABLE
from tests.support.tool_servers import answered

NOW = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)
LOAD_BALANCER = "app/shop/1"
"""As CloudWatch writes it."""


def counted(namespace: str, metric: str, a_minute: list[float], **dimensions: str) -> Any:  # noqa: ANN401
    """Return a metric whose last points are these, a minute apart; the newest a minute old."""
    first = NOW.replace(second=0) - timedelta(minutes=len(a_minute))
    points = tuple(
        ((first + timedelta(minutes=number)).timestamp(), value)
        for number, value in enumerate(a_minute)
    )
    return RecordedMetric(
        namespace=namespace, metric=metric, dimensions=dimensions, unit="Count", points=points
    )


def reader(*metrics: RecordedMetric) -> TrafficReader:
    recording = Recording(recorded_at=NOW, metrics=metrics)
    cloudwatch: Any = RecordedCloudWatch(recording)
    return TrafficReader(RecentMetrics(cloudwatch, lambda: NOW), catalogue().traffic)


def a_service(*target_groups: str) -> ServiceState:
    return ServiceState(
        arn="arn:cart",
        cluster="shop",
        service="cart",
        status="ACTIVE",
        task_definition="cart:1",
        desired_count=2,
        running_count=2,
        target_groups=target_groups,
    )


FUNCTION = FunctionState(arn="arn:f", function_name="f", memory_mb=128, reserved_concurrency=-1)
DEAD = QueueState(arn="arn:dead", queue_name="dead", url="u", messages=3, source_arns=("a:work",))
OWN = CatalogEntry(
    entry_id="cart",
    kind="ecs_service",
    metric_namespace="Shop",
    metric_dimensions={"Service": "cart"},
)


@pytest.mark.parametrize(
    ("state", "metrics", "told"),
    [
        (
            a_service("targetgroup/cart/1"),
            [
                counted(
                    "AWS/ApplicationELB",
                    "RequestCount",
                    [42.0] * 10,
                    TargetGroup="targetgroup/cart/1",
                    LoadBalancer=LOAD_BALANCER,
                ),
                counted(
                    "AWS/ApplicationELB",
                    "RequestCount",
                    [21.0] * 10,
                    TargetGroup="targetgroup/cart/1",
                    LoadBalancer=LOAD_BALANCER,
                    AvailabilityZone="us-east-1a",
                ),
            ],
            "about 42 requests a minute reach it now (AWS/ApplicationELB RequestCount)",
        ),
        (
            FUNCTION,
            [counted("AWS/Lambda", "Invocations", [7.0] * 10, FunctionName="f")],
            "about 7 invocations a minute reach it now (AWS/Lambda Invocations)",
        ),
        (
            TABLE,
            [
                counted("AWS/DynamoDB", "ConsumedReadCapacityUnits", [30.0] * 10, TableName="t"),
                counted("AWS/DynamoDB", "ConsumedWriteCapacityUnits", [12.0] * 10, TableName="t"),
            ],
            "about 42 capacity units a minute reach it now (AWS/DynamoDB "
            "ConsumedReadCapacityUnits)",
        ),
        (
            DEAD,
            [counted("AWS/SQS", "NumberOfMessagesSent", [5.0] * 10, QueueName="work")],
            "about 5 messages a minute reach it now (AWS/SQS NumberOfMessagesSent)",
        ),
    ],
    ids=["load balancer", "function", "table", "queue"],
)
def test_what_aws_counts_is_told_as_a_rate(
    state: LiveState, metrics: list[RecordedMetric], told: str
) -> None:
    traffic = reader(*metrics)(state, None)

    assert traffic is not None
    assert traffic.told == told


def test_a_component_tells_its_own_requests_by_any_usual_name() -> None:
    traffic = reader(counted("Shop", "http_requests_total", [90.0] * 10, Service="cart"))(
        a_service(), OWN
    )

    assert traffic is not None
    assert (traffic.level, traffic.per_minute) == (TrafficLevel.LIGHT, 90.0)


def test_the_metric_that_the_catalog_names_comes_first() -> None:
    named = TrafficMetric(
        namespace="AWS/ApiGateway", metric="Count", dimensions={"ApiName": "carts"}
    )
    entry = OWN.model_copy(update={"traffic_metric": named})
    metrics = (
        counted("AWS/ApiGateway", "Count", [650.0] * 10, ApiName="carts"),
        counted("Shop", "RequestCount", [1.0] * 10, Service="cart"),
    )

    traffic = reader(*metrics)(a_service(), entry)

    assert traffic is not None
    assert (traffic.level, traffic.source) == (TrafficLevel.BUSY, "AWS/ApiGateway Count")


@pytest.mark.parametrize(
    ("state", "entry", "metrics", "level", "told"),
    [
        (a_service(), None, (), TrafficLevel.UNKNOWN, "no metric of requests"),
        (a_service(), OWN, (), TrafficLevel.UNKNOWN, "no metric of requests"),
        (
            a_service(),
            OWN,
            (counted("Shop", "RequestCount", [9.0] * 5, Service="cart"),),
            TrafficLevel.LIGHT,
            "about 9 requests",
        ),
        (
            FUNCTION,
            None,
            (counted("AWS/Lambda", "Invocations", [], FunctionName="f"),),
            TrafficLevel.IDLE,
            "hardly any invocations",
        ),
        (
            a_service(),
            OWN,
            (counted("Shop", "RequestCount", [], Service="cart"),),
            TrafficLevel.UNKNOWN,
            "Shop RequestCount told nothing in the last 10 minutes",
        ),
    ],
    ids=["unknown to all", "no metric", "began lately", "aws is quiet", "it is quiet itself"],
)
def test_none_is_told_from_not_known(
    state: LiveState,
    entry: CatalogEntry | None,
    metrics: tuple[Any, ...],
    level: TrafficLevel,
    told: str,
) -> None:
    traffic = reader(*metrics)(state, entry)

    assert traffic is not None
    assert traffic.level is level
    assert told in traffic.told


class _Away:
    """CloudWatch, which does not answer."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def asked(**query: Any) -> Any:  # noqa: ANN401
            raise ConnectTimeoutError(endpoint_url=f"{operation} {len(query)}")

        return asked


def test_a_cloudwatch_that_does_not_answer_leaves_it_unknown_and_stops_nothing() -> None:
    away: Any = _Away()

    metrics = RecentMetrics(away, lambda: NOW)

    traffic = TrafficReader(metrics, catalogue().traffic)(FUNCTION, None)

    assert traffic == Traffic(why_unknown="CloudWatch did not tell")


@pytest.mark.parametrize(
    ("scenario", "name", "parameters", "unit"),
    [
        (
            "payment-oom",
            "restart_ecs_service",
            {"cluster": "shop", "service": "payment-service"},
            "requests",
        ),
        (
            "thumbnails-large",
            "set_lambda_memory",
            {"function_name": "thumbnail-maker"},
            "invocations",
        ),
    ],
)
def test_a_preview_tells_what_reaches_the_thing_now(
    scenario: str, name: str, parameters: dict[str, Any], unit: str
) -> None:
    recording = recorded_scenario(scenario)
    around = Surroundings(recording, memory_stores(recording.catalog, ()), config())

    preview = answered(
        tool_gateways(around)["operations"], "preview_action", name=name, parameters=parameters
    )

    assert preview["traffic"]["unit"] == unit
    assert preview["traffic"]["per_minute"] > 1
    assert preview["disturbs_requests"]


def test_levels_that_do_not_rise_are_refused() -> None:
    text = (bundled("config") / "actions.yaml").read_text(encoding="utf-8")

    with pytest.raises((ValueError, InvalidInputError), match="begin above the one before"):
        parse_catalogue(text.replace("heavy_from: 6000 ", "heavy_from: 60 "))
