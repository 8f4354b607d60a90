"""Each patch of MiniStack, shown beside the untouched emulator.

Where a test finds the fault gone from upstream, the patch has had its day and can go.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_cloud.address import Address
from local_cloud.environment import WORKERS_PER_FUNCTION
from tests.support.accounts import Account
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually
from tests.support.functions import Endpoint, execute, invoke, make_function

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.cloud

Names = Callable[[str], str]
PATIENT = {"VisibilityTimeout": "300"}
"""Of a queue: what a worker has taken comes to no other one while that one is slow."""


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("patched"))
    try:
        yield factory.bare()
    finally:
        factory.stop_all()


MEETING = """
import os, pathlib, time

def handler(event, context):
    room, number, patience = pathlib.Path(event["room"]), event["number"], event["seconds"]
    (room / str(os.getpid())).touch()
    until = time.monotonic() + patience
    while len(list(room.iterdir())) < number and time.monotonic() < until:
        time.sleep(0.02)
    return os.getpid()
"""


def processes_of_a_rush(where: Endpoint, name: str, room: Path, seconds: float) -> set[int]:
    """Return who answers eight calls, each of which waits that long for too many to be there."""
    make_function(where, name, MEETING)
    room.mkdir()
    event = {"room": str(room), "number": WORKERS_PER_FUNCTION + 1, "seconds": seconds}
    with ThreadPoolExecutor(8) as callers:
        return set(callers.map(invoke, [where] * 8, [name] * 8, [event] * 8))


def test_a_rush_of_calls_queues_for_a_few_workers(
    patched: Address, account: Account, unique: Names, tmp_path: Path
) -> None:
    queued = processes_of_a_rush(patched, unique("rush"), tmp_path / "ours", 0.4)
    assert 1 <= len(queued) <= WORKERS_PER_FUNCTION

    at_once = processes_of_a_rush(account, unique("rush"), tmp_path / "theirs", 15)
    assert len(at_once) > WORKERS_PER_FUNCTION


HELD = """
import pathlib, time

def handler(event, context):
    released = pathlib.Path(event["Records"][0]["body"])
    until = time.monotonic() + 15
    while not released.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.4)
"""


def test_messages_stay_in_their_queue_until_a_worker_is_free(
    patched: Address, account: Account, unique: Names, tmp_path: Path
) -> None:
    def most_taken_at_once(where: Endpoint, wanted: int) -> int:
        """Return how many messages were out of their queue at once; hold them until so many are."""
        name, sqs = unique("queue"), where.client("sqs")
        released = tmp_path / name
        make_function(where, name, HELD)
        url = sqs.create_queue(QueueName=name, Attributes=PATIENT)["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        entries = [{"Id": str(number), "MessageBody": str(released)} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
        where.client("lambda").create_event_source_mapping(
            EventSourceArn=told["Attributes"]["QueueArn"], FunctionName=name, BatchSize=1
        )
        most = 0

        def is_empty() -> bool:
            nonlocal most
            names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            most = max(most, int(counts[names[1]]))
            if most >= wanted:
                released.touch()
            return not any(int(count) for count in counts.values())

        eventually(is_empty, every=0.02)
        return most

    assert 1 <= most_taken_at_once(patched, 1) <= WORKERS_PER_FUNCTION
    assert most_taken_at_once(account, WORKERS_PER_FUNCTION + 1) > WORKERS_PER_FUNCTION


FAILING = """
class PaymentRefusedError(Exception):
    pass

def handler(event, context):
    raise PaymentRefusedError("no funds")
"""


def test_a_failing_function_tells_its_own_error(
    patched: Address, account: Account, unique: Names
) -> None:
    ours, theirs = unique("failing"), unique("failing")
    make_function(patched, ours, FAILING)
    make_function(account, theirs, FAILING)

    told = invoke(patched, ours)

    assert told["errorType"] == "PaymentRefusedError"
    assert told["errorMessage"] == "no funds"
    assert any("raise PaymentRefusedError" in line for line in told["stackTrace"])
    assert invoke(account, theirs)["errorType"] == "Runtime.HandlerError"


def test_a_function_that_cannot_be_imported_says_so_as_on_aws(
    patched: Address, account: Account, unique: Names
) -> None:
    ours, theirs = unique("broken"), unique("broken")
    make_function(patched, ours, "import no_such_module\n")
    make_function(account, theirs, "import no_such_module\n")

    told = invoke(patched, ours)

    assert told["errorType"] == "Runtime.ImportModuleError"
    assert told["errorMessage"].startswith("Unable to import module 'main': No module named")
    assert invoke(account, theirs)["errorType"] == "RuntimeError"


def test_a_function_that_dies_is_an_exit_error(patched: Address, unique: Names) -> None:
    name = unique("dying")
    make_function(patched, name, "import os\ndef handler(event, context):\n    os._exit(3)\n")

    assert invoke(patched, name)["errorType"] == "Runtime.ExitError"


def test_a_workflow_catches_the_error_by_its_name(patched: Address, unique: Names) -> None:
    function = make_function(patched, unique("failing"), FAILING)
    states: dict[str, Any] = {
        "Start": {
            "Type": "Task",
            "Resource": function,
            "Catch": [{"ErrorEquals": ["PaymentRefusedError"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Pass", "Result": "caught", "End": True},
    }

    ended = execute(patched, unique("catching"), states)

    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", "caught")


def waiting_for_a_failed_function(where: Endpoint, unique: Names, seconds: float) -> dict[str, Any]:
    function = make_function(where, unique("failing"), FAILING)
    states: dict[str, Any] = {
        "Start": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {
                "FunctionName": function,
                "Payload": {"token.$": "$$.Task.Token"},
            },
            "TimeoutSeconds": 600,
            "End": True,
        }
    }
    return execute(where, unique("waiting"), states, seconds)


def test_a_callback_task_fails_with_the_function_that_should_ask(
    patched: Address, account: Account, unique: Names
) -> None:
    ended = waiting_for_a_failed_function(patched, unique, seconds=180)

    assert (ended["status"], ended["error"]) == ("FAILED", "PaymentRefusedError")
    assert waiting_for_a_failed_function(account, unique, seconds=3)["status"] == "RUNNING"


def variables_of_a_function(where: Endpoint, name: str) -> dict[str, str]:
    make_function(
        where, name, "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    )
    return invoke(where, name)


def test_a_function_sees_neither_the_emulators_variables_nor_ours(
    patched: Address, account: Account, unique: Names
) -> None:
    seen = variables_of_a_function(patched, unique("environment"))

    assert not {"STATE_DIR", "AUTH", "GATEWAY_PORT", "PYTHONPATH", "VIRTUAL_ENV"} & seen.keys()
    assert seen["HOME"].startswith(str(patched.folder))
    assert seen["AWS_ENDPOINT_URL"] == patched.endpoint_url
    assert "GATEWAY_PORT" in variables_of_a_function(account, unique("environment"))


def put_alarm(where: Endpoint, name: str, service: str, **more: Any) -> None:  # noqa: ANN401
    alarm = {
        "AlarmName": name,
        "Namespace": "Shop",
        "MetricName": "ErrorRate",
        "Dimensions": [{"Name": "Service", "Value": service}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    where.client("cloudwatch").put_metric_alarm(**{**alarm, **more})


def put_point(where: Endpoint, service: str, value: float, seconds_ago: float = 0) -> None:
    where.client("cloudwatch").put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": "ErrorRate",
                "Dimensions": [{"Name": "Service", "Value": service}],
                "Timestamp": datetime.now(UTC) - timedelta(seconds=seconds_ago),
                "Value": value,
            }
        ],
    )


def state_of(where: Endpoint, name: str) -> str:
    found = where.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found[0]["StateValue"]


def rings(where: Endpoint, name: str, service: str) -> None:
    """Write a point that breaches until the alarm has rung, whatever state it is in by now."""

    def has_rung() -> bool:
        put_point(where, service, 99)
        history = where.client("cloudwatch").describe_alarm_history(
            AlarmName=name, HistoryItemType="StateUpdate"
        )["AlarmHistoryItems"]
        return any(item["HistorySummary"].endswith("to ALARM") for item in history)

    eventually(has_rung)


def test_an_alarm_hears_of_its_own_dimensions_only(
    patched: Address, account: Account, unique: Names
) -> None:
    name, mine, other = unique("alarm"), unique("mine"), unique("other")
    for where in (patched, account):
        put_alarm(where, name, mine, TreatMissingData="notBreaching")
        put_point(where, other, 99)

    assert state_of(account, name) == "ALARM"
    eventually(lambda: state_of(patched, name) == "OK")
    rings(patched, name, mine)


def test_an_alarm_wants_m_of_n_breaching_periods(
    patched: Address, account: Account, unique: Names
) -> None:
    name, service = unique("alarm"), unique("service")
    for where in (patched, account):
        put_alarm(where, name, service, Period=300, EvaluationPeriods=3, DatapointsToAlarm=2)
        for seconds_ago, value in ((750, 1.0), (450, 1.0), (150, 99.0)):
            put_point(where, service, value, seconds_ago)

    assert state_of(account, name) == "ALARM"
    assert state_of(patched, name) == "OK"


def test_an_alarm_goes_back_to_ok_by_itself(
    patched: Address, account: Account, unique: Names
) -> None:
    name, service = unique("alarm"), unique("service")
    for where in (patched, account):
        put_alarm(where, name, service, Period=1, TreatMissingData="notBreaching")
    put_point(account, service, 99)
    assert state_of(account, name) == "ALARM"
    rings(patched, name, service)

    eventually(lambda: state_of(patched, name) == "OK")

    assert state_of(account, name) == "ALARM"


def topic_with_a_queue(where: Endpoint, unique: Names) -> tuple[str, str]:
    topic = where.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    name = unique("queue")
    arn = topic.replace(":sns:", ":sqs:").rsplit(":", 1)[0] + f":{name}"
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    made = where.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})
    where.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, made["QueueUrl"]


def test_an_api_answers_in_the_words_of_its_document(
    patched: Address, account: Account, unique: Names
) -> None:
    told = {"statusCode": 401, "responseTemplates": {"application/json": '{"detail": "no token"}'}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": unique("api"), "version": "1"},
        "paths": {},
        "x-amazon-apigateway-gateway-responses": {"UNAUTHORIZED": told},
    }
    template = {
        "Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": document}}}
    }

    def templates(where: Endpoint) -> dict[str, str]:
        name = unique("stack")
        where.client("cloudformation").create_stack(
            StackName=name, TemplateBody=json.dumps(template)
        )
        made = where.client("cloudformation").describe_stack_resource(
            StackName=name, LogicalResourceId="Api"
        )["StackResourceDetail"]
        return where.client("apigateway").get_gateway_response(
            restApiId=made["PhysicalResourceId"], responseType="UNAUTHORIZED"
        )["responseTemplates"]

    assert "no token" in templates(patched)["application/json"]
    assert "no token" not in templates(account)["application/json"]


def test_an_alarm_tells_its_topic_what_aws_would_tell(patched: Address, unique: Names) -> None:
    name, service = unique("alarm"), unique("service")
    topic, queue = topic_with_a_queue(patched, unique)
    put_alarm(patched, name, service, AlarmActions=[topic], AlarmDescription="too many errors")
    put_point(patched, service, 42.5)

    (received,) = eventually(lambda: received_from(patched, queue))

    envelope = json.loads(received["Body"])
    told = json.loads(envelope["Message"])
    assert envelope["Subject"] == f'ALARM: "{name}" in US East (N. Virginia)'
    assert told["NewStateValue"] == "ALARM"
    assert told["OldStateValue"] == "INSUFFICIENT_DATA"
    assert "was greater than the threshold (5.0)" in told["NewStateReason"]
    assert told["AlarmArn"].endswith(f":alarm:{name}")
    assert told["Trigger"] == {
        "MetricName": "ErrorRate",
        "Namespace": "Shop",
        "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Unit": None,
        "Dimensions": [{"value": service, "name": "Service"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }


def received_from(where: Endpoint, queue: str) -> list[dict[str, Any]]:
    answer = where.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    return answer.get("Messages", [])


def rule_with_a_queue(where: Endpoint, unique: Names) -> str:
    name = unique("queue")
    queue = where.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    told = where.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    rule = unique("rule")
    events = where.client("events")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": told["Attributes"]["QueueArn"]}])
    return queue


def test_eventbridge_hears_of_an_alarm_without_actions(
    patched: Address, account: Account, unique: Names
) -> None:
    name, service = unique("alarm"), unique("service")
    queues: list[str] = []
    for where in (account, patched):
        queues.append(rule_with_a_queue(where, unique))
        put_alarm(where, name, service)
        put_point(where, service, 42.5)
        assert state_of(where, name) == "ALARM"

    (heard,) = eventually(lambda: received_from(patched, queues[1]))
    assert received_from(account, queues[0]) == []
    event = json.loads(heard["Body"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["alarmName"] == name
    assert event["detail"]["state"]["value"] == "ALARM"
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"] == {"Service": service}


COUNTING = """
def handler(event, context):
    print("batch of", len(event["Records"]))
"""


def test_a_function_is_handed_as_many_messages_as_it_asks_for(
    patched: Address, account: Account, unique: Names
) -> None:
    largest: list[int] = []
    for where in (account, patched):
        name = unique("counting")
        sqs = where.client("sqs")
        queue = sqs.create_queue(QueueName=name, Attributes=PATIENT)["QueueUrl"]
        for start in range(0, 30, 10):
            entries = [{"Id": str(n), "MessageBody": "x"} for n in range(start, start + 10)]
            sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        make_function(where, name, COUNTING)
        where.client("lambda").create_event_source_mapping(
            EventSourceArn=told["Attributes"]["QueueArn"],
            FunctionName=name,
            BatchSize=30,
            MaximumBatchingWindowInSeconds=1,
        )
        largest.append(eventually(lambda at=where, of=name: largest_batch(at, of)))

    assert largest == [10, 30]


def largest_batch(where: Endpoint, name: str) -> int | None:
    logs = where.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return None
    told = [event["message"] for event in events if "batch of" in event["message"]]
    sizes = [int(line.split("batch of ")[1].split()[0]) for line in told]
    return max(sizes) if sum(sizes) == 30 else None


def test_an_alarms_history_tells_each_change_once(patched: Address, unique: Names) -> None:
    name, service = unique("alarm"), unique("service")
    put_alarm(patched, name, service, Period=1, TreatMissingData="notBreaching")
    eventually(lambda: state_of(patched, name) == "OK")
    rings(patched, name, service)
    eventually(lambda: state_of(patched, name) == "OK")

    history = patched.client("cloudwatch").describe_alarm_history(
        AlarmName=name, HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]

    moves = [item["HistorySummary"] for item in history]
    assert moves.count("Alarm updated from OK to ALARM") == 1
    assert moves.count("Alarm updated from ALARM to OK") == 1


def test_points_of_long_ago_are_forgotten(
    patched: Address, account: Account, unique: Names
) -> None:
    service, begun = unique("service"), datetime.now(UTC) - timedelta(hours=8)
    for where in (patched, account):
        put_point(where, service, 1.0, seconds_ago=7 * 3600)
        put_point(where, service, 2.0)

    def values(where: Endpoint) -> list[float]:
        points = where.client("cloudwatch").get_metric_statistics(
            Namespace="Shop",
            MetricName="ErrorRate",
            Dimensions=[{"Name": "Service", "Value": service}],
            StartTime=begun,
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return sorted(point["Maximum"] for point in points)

    assert values(patched) == [2.0]
    assert values(account) == [1.0, 2.0]
