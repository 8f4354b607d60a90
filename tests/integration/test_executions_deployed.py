"""Executions looked into by the deployed monitoring server, under its own role."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from itops_core.tools.lambda_gateway import LambdaToolGateway
from local_cloud.address import Address
from tests.support.eventually import eventually
from tests.support.tool_servers import answered


@pytest.fixture(scope="module")
def monitoring(cloud: Address) -> Iterator[LambdaToolGateway]:
    gateway = LambdaToolGateway("monitoring", "ITOps-MonitoringServer", cloud.client("lambda"), 60)
    yield gateway
    gateway.close()


def test_a_pipeline_is_looked_into_with_the_permissions_of_the_template(
    cloud: Address, monitoring: LambdaToolGateway
) -> None:
    client = cloud.client("stepfunctions")
    name = f"pipeline-{uuid4().hex[:8]}"
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "states.amazonaws.com"},
    }
    role = cloud.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]["Arn"]
    ready = {"Variable": "$.rows", "NumericGreaterThan": 0, "Next": "Done"}
    states = {
        "Ready": {"Type": "Choice", "Choices": [ready], "Default": "Empty"},
        "Done": {"Type": "Succeed"},
        "Empty": {"Type": "Fail", "Error": "EmptyBatch", "Cause": "no rows"},
    }
    machine = client.create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "Ready", "States": states}),
        roleArn=role,
    )["stateMachineArn"]
    runs = [
        client.start_execution(stateMachineArn=machine, input=json.dumps({"rows": rows}))
        for rows in (3, 0)
    ]
    good, bad = (run["executionArn"] for run in runs)
    for run in (good, bad):
        eventually(
            lambda run=run: client.describe_execution(executionArn=run)["status"] != "RUNNING"
        )

    listed = answered(monitoring, "list_failed_executions", state_machine=name)
    told = answered(monitoring, "explain_execution_failure", execution_arn=bad)
    beside = answered(monitoring, "compare_executions", execution_arn=bad, good_execution_arn=good)

    assert [one["error"] for one in listed["families"]] == ["EmptyBatch"]
    assert told["sections"]["failure"]["state"]["name"] == "Empty"
    assert "The Choice Ready led there" in told["summary"]
    assert beside["comparison"]["diverges_at"]["state"] == "Ready"
    assert beside["comparison"]["input_differences"][0]["path"] == "$.rows"
