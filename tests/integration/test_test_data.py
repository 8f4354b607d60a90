"""Test data: told through AWS, under names of its own, bounded, and only where things are tried."""

import json
from typing import Any

import pytest

from itops_core.domain.alarm_messages import read_message
from itops_core.domain.values import utc_now
from itops_core.wiring import stores
from itops_core.workflow.alarms import service_of
from test_data_generator.handler import generator, handler
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import Context

pytest_plugins = ("tests.emulator",)


@pytest.fixture(autouse=True)
def rung(process: Account, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """An alarms topic, and what rings there."""
    sns, sqs = process.client("sns"), process.client("sqs")
    topic = sns.create_topic(Name="ITOps-Alarms")["TopicArn"]
    url = sqs.create_queue(QueueName="rung")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told["QueueArn"])
    monkeypatch.setenv("ALARMS_TOPIC_ARN", topic)
    in_environment("sandbox", monkeypatch)

    def look() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in found]

    return look


def in_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITOPS_ENVIRONMENT", name)
    generator.cache_clear()
    forget_wiring()


def generated(**wish: Any) -> dict[str, Any]:  # noqa: ANN401
    return handler(wish, Context())  # type: ignore[arg-type]


def test_an_incident_leaves_metrics_logs_and_an_alarm_that_names_its_service(
    rung: Any,  # noqa: ANN401
    process: Account,
) -> None:
    answer = generated(action="generate_incident", scenario="payment-oom", seed=1)

    (one,) = answer["generated"]
    assert (answer["outcome"], one["scenario"]) == ("generated", "payment-oom")
    metrics = process.client("cloudwatch").list_metrics(Namespace="ITOps/TestData")["Metrics"]
    assert {"Memory", "ErrorRate", "Latency"} <= {metric["MetricName"] for metric in metrics}
    (group,) = process.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/itops/test-data/{one['service']}"
    )["logGroups"]
    lines = process.client("logs").filter_log_events(logGroupName=group["logGroupName"])["events"]
    assert any("java.lang.OutOfMemoryError" in line["message"] for line in lines)
    (alarm,) = rung()
    message = read_message(alarm, "m", utc_now())
    assert service_of(message, stores.catalog().list()) == one["service"]
    assert one["service"] == "test-data-payment-oom-payment-service"
    assert stores.catalog().get(one["service"]).metric_namespace == "ITOps/TestData"


def test_the_same_seed_tells_the_same_stories_and_many_are_different_ones(
    rung: Any,  # noqa: ANN401
) -> None:
    first, again = (generated(action="generate_multiple", count=3, seed=5) for _ in range(2))

    told = [[one["scenario"] for one in answer["generated"]] for answer in (first, again)]
    assert told[0] == told[1]
    assert len(set(told[0])) == 3
    assert len(rung()) == 6


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"action": "generate_everything"},
        {"action": "generate_multiple", "count": 21},
        {"action": "generate_multiple", "count": 0},
        {"action": "generate_multiple", "count": "many"},
        {"action": "generate_incident", "scenario": "no-such-story"},
        {"action": "generate_incident", "seed": -1},
        {"action": "generate_incident", "and": "more"},
    ],
)
def test_what_cannot_be_wished_for_is_refused_with_a_reason(
    rung: Any,  # noqa: ANN401
    wish: dict[str, Any],
) -> None:
    answer = generated(**wish)

    assert answer["outcome"] == "refused"
    assert answer["reason"]
    assert rung() == []


@pytest.mark.parametrize("environment", ["production", "staging", "sandbox2", ""])
def test_nothing_is_generated_where_things_are_not_tried_out(
    rung: Any,  # noqa: ANN401
    environment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_environment(environment, monkeypatch)

    answer = generated(action="generate_incident")

    assert answer["outcome"] == "refused"
    assert "sandbox or demo" in answer["reason"]
    assert rung() == []
