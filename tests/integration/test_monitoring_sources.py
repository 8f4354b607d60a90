"""Alarm histories, queues, functions and stacks, as the monitoring tools read them off AWS."""

import io
import json
import zipfile

import pytest

from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.eventually import eventually
from tests.support.telemetry import put_alarm
from tests.support.tool_servers import answered, monitoring_server

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def monitoring(account: Account, tables: Tables) -> ToolGateway:
    return InMemoryToolGateway(monitoring_server(account))


def packed(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", code)
    return buffer.getvalue()


def make_function(account: Account, name: str) -> None:
    role = account.client("iam").create_role(
        RoleName=f"{name}-role",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
    )
    account.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": packed("def handler(event, context): return 1")},
        MemorySize=512,
        Environment={"Variables": {"MODE": "a", "API_KEY": "first-secret-value"}},
        Publish=True,
    )


def stack_of(queue: str) -> str:
    resource = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Jobs": resource}})


def test_an_alarm_tells_what_it_went_through_newest_first(
    monitoring: ToolGateway, account: Account
) -> None:
    put_alarm(account, "payment-cpu", "ALARM")
    account.client("cloudwatch").set_alarm_state(
        AlarmName="payment-cpu", StateValue="OK", StateReason="it calmed down"
    )

    history = answered(monitoring, "get_alarm_history", alarm_name="payment-cpu")

    changes = [step for step in history["steps"] if step["kind"] == "StateUpdate"]
    assert [(one["before"], one["after"]) for one in changes[:2]] == [
        ("ALARM", "OK"),
        ("INSUFFICIENT_DATA", "ALARM"),
    ]
    assert changes[0]["reason"] == "it calmed down"
    assert history["times_in_alarm"] == 1


def test_a_dead_letter_queue_tells_its_depth_and_whose_letters_it_holds(
    monitoring: ToolGateway, account: Account
) -> None:
    sqs = account.client("sqs")
    dead = sqs.create_queue(QueueName="jobs-given-up")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = json.dumps({"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": "3"})
    sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})
    for number in range(4):
        sqs.send_message(QueueUrl=dead, MessageBody=f"job {number}")

    found = answered(monitoring, "get_dlq_depth")
    everything = answered(monitoring, "get_dlq_depth", all_queues=True)

    assert [(one["name"], one["depth"]) for one in found["queues"]] == [("jobs-given-up", 4)]
    assert found["queues"][0]["dead_letters_of"] == ["jobs"]
    jobs = next(one for one in everything["queues"] if one["name"] == "jobs")
    assert (jobs["gives_up_into"], jobs["gives_up_after"]) == ("jobs-given-up", 3)


def test_a_function_tells_what_changed_in_it_and_keeps_its_secrets(
    monitoring: ToolGateway, account: Account
) -> None:
    make_function(account, "report-maker")
    account.client("lambda").update_function_configuration(
        FunctionName="report-maker",
        MemorySize=128,
        Environment={"Variables": {"MODE": "b", "API_KEY": "second-secret-value"}},
    )

    changes = answered(monitoring, "list_recent_changes")["changes"]

    modified = next(one for one in changes if one["kind"] == "function_configuration")
    assert "MemorySize: 512 → 128" in modified["what"]
    assert "environment.MODE: a → b" in modified["what"]
    assert any(one["kind"] == "function_version" for one in changes)
    assert "secret-value" not in json.dumps(changes)


def test_our_own_functions_and_stacks_are_machinery_and_no_change(
    monitoring: ToolGateway, account: Account
) -> None:
    make_function(account, "ITOps-Triage")
    cloudformation = account.client("cloudformation")
    cloudformation.create_stack(StackName="ITOps", TemplateBody=stack_of("itops-jobs"))
    cloudformation.create_stack(StackName="shop", TemplateBody=stack_of("shop-jobs"))

    def listed() -> list[str] | None:
        changes = answered(monitoring, "list_recent_changes")["changes"]
        return [one["what"] for one in changes if one["kind"] in {"stack", "function_version"}]

    told = eventually(listed)

    assert len(told) == 1
    assert told[0].startswith("stack shop: CREATE_IN_PROGRESS")
    assert "Jobs" in told[0]
