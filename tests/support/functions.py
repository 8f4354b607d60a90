"""Small functions, roles and state machines on an emulator, for tests of the emulator itself."""

import io
import json
import time
import zipfile
from typing import Any, Protocol

from tests.support.eventually import eventually


class Endpoint(Protocol):
    """Whatever gives clients: a local cloud's address or an account of a bare emulator."""

    def client(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 client."""
        ...


def make_role(where: Endpoint, name: str, *statements: dict[str, Any]) -> str:
    """Create a role that Lambda and Step Functions may take; return its ARN."""
    iam = where.client("iam")
    services = ["lambda.amazonaws.com", "states.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    if statements:
        iam.put_role_policy(
            RoleName=name,
            PolicyName="Allowed",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}),
        )
    return role["Role"]["Arn"]


def make_function(where: Endpoint, name: str, source: str, role: str = "") -> str:
    """Create a function whose module `main` is `source` with a `handler`; return its ARN."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("main.py", source)
    made = where.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role or make_role(where, f"{name}-role"),
        Handler="main.handler",
        Timeout=20,
        Code={"ZipFile": archive.getvalue()},
    )
    return made["FunctionArn"]


def invoke(where: Endpoint, name: str, event: Any = None) -> Any:  # noqa: ANN401
    """Invoke a function and return what it answered, an error as Lambda tells it."""
    answer = where.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
    return json.loads(answer["Payload"].read())


def execute(
    where: Endpoint, name: str, states: dict[str, Any], seconds: float = 180
) -> dict[str, Any]:
    """Run a new state machine that starts at `Start` until it ends, or the time is over."""
    arn = start_execution(where, name, states)
    client = where.client("stepfunctions")
    deadline = time.monotonic() + seconds

    def ended() -> dict[str, Any] | None:
        found = client.describe_execution(executionArn=arn)
        over = found["status"] != "RUNNING" or time.monotonic() > deadline
        return found if over else None

    return eventually(ended, seconds + 10)


def start_execution(where: Endpoint, name: str, states: dict[str, Any]) -> str:
    """Start a new state machine that begins at `Start`; return the execution's ARN."""
    client = where.client("stepfunctions")
    machine = client.create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "Start", "States": states}),
        roleArn=make_role(where, f"{name}-role"),
    )
    started = client.start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")
    return started["executionArn"]
