"""Builds pipelines in the local cloud by public AWS calls, breaks them and runs them."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.address import ACCOUNT
from local_cloud.sandbox.pipelines.express import logged_events
from local_cloud.sandbox.pipelines.specs import (
    LONG_AGO_SECONDS,
    FunctionSpec,
    PipelineSpec,
    TableSpec,
)
from local_cloud.sandbox.world import Address, backdated, with_headers

_EVENTS_A_PAGE = 1000
_POLL_SECONDS = 0.1
_LONGEST_SECONDS = 120
_MACHINE_ROLE = "sandbox-pipelines"
_ASSUMED_BY = ("lambda.amazonaws.com", "states.amazonaws.com")


class PipelineWorld:
    """Lambda, Step Functions and DynamoDB of one local cloud. Every call may be repeated."""

    def __init__(self, address: Address) -> None:
        self._functions = with_headers(address.client("lambda"))
        self._machines = with_headers(address.client("stepfunctions"))
        self._tables = address.client("dynamodb")
        self._items = address.resource("dynamodb")
        self._iam = address.client("iam")
        self._logs = address.client("logs")

    def stands(self, pipeline: PipelineSpec) -> bool:
        """Whether the pipeline is there."""
        try:
            self._machines.describe_state_machine(stateMachineArn=pipeline.arn)
        except self._machines.exceptions.StateMachineDoesNotExist:
            return False
        return True

    def has_run(self, pipeline: PipelineSpec) -> bool:
        """Whether there is any execution of it."""
        page = self._machines.list_executions(stateMachineArn=pipeline.arn, maxResults=1)
        return bool(page["executions"])

    def build(self, pipeline: PipelineSpec, now: float) -> None:
        """Put the pipeline in place, in place of the one of that name, if any."""
        self.remove(pipeline)
        for table in pipeline.tables:
            self._create_table(table)
        with backdated(now - LONG_AGO_SECONDS):
            for function in pipeline.functions:
                self._create_function(function, pipeline)
            self._create_machine(pipeline)

    def remove(self, pipeline: PipelineSpec) -> None:
        """Take the pipeline away with all that came with it; there may be none."""
        if self.stands(pipeline):
            self._machines.delete_state_machine(stateMachineArn=pipeline.arn)
        groups = [pipeline.log_group_name, *(one.log_group for one in pipeline.functions)]
        for function in pipeline.functions:
            _unless_absent(self._functions.delete_function, FunctionName=function.name)
            name = role_of(function)
            _unless_absent(self._iam.delete_role_policy, RoleName=name, PolicyName="may")
            _unless_absent(self._iam.delete_role, RoleName=name)
        for table in pipeline.tables:
            _unless_absent(self._tables.delete_table, TableName=table.name)
        for group in filter(None, groups):
            _unless_absent(self._logs.delete_log_group, logGroupName=group)

    def turn(self, before: PipelineSpec, after: PipelineSpec, at: float) -> None:
        """Make the pipeline what it is after some changes, which happened at `at`."""
        with backdated(at):
            for old, new in zip(before.functions, after.functions, strict=True):
                if old != new:
                    self._change_function(old, new, after)
        for old_table, new_table in zip(before.tables, after.tables, strict=True):
            if old_table != new_table:
                self._change_table(old_table, new_table)

    def start(self, pipeline: PipelineSpec, given: Any, at: float, name: str) -> str:  # noqa: ANN401
        """Start an execution that began at `at`, in the story; return its ARN."""
        with backdated(at):
            started = self._machines.start_execution(
                stateMachineArn=pipeline.arn, name=name, input=json.dumps(given)
            )
        return str(started["executionArn"])

    def finished(self, arns: Sequence[str]) -> dict[str, str]:
        """Wait until the executions have ended; return their statuses."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        statuses: dict[str, str] = {}
        while time.monotonic() < deadline:
            statuses |= {
                arn: self._machines.describe_execution(executionArn=arn)["status"]
                for arn in arns
                if statuses.get(arn, "RUNNING") == "RUNNING"
            }
            if "RUNNING" not in statuses.values():
                break
            time.sleep(_POLL_SECONDS)
        return statuses

    def log_express(self, pipeline: PipelineSpec, arns: Iterable[str]) -> None:
        """Write what AWS would have logged of those executions; the local cloud logs nothing."""
        for arn in arns:
            events = self._history(arn)
            lines = logged_events(arn, events)
            stream = f"states/{pipeline.name}/{lines[0]['timestamp']}"
            call = {"logGroupName": pipeline.log_group_name, "logStreamName": stream}
            self._logs.create_log_stream(**call)
            self._logs.put_log_events(**call, logEvents=lines)

    def _history(self, arn: str) -> list[dict[str, Any]]:
        page = self._machines.get_execution_history(executionArn=arn, maxResults=_EVENTS_A_PAGE)
        return list(page["events"])

    def _create_table(self, table: TableSpec) -> None:
        self._tables.create_table(
            TableName=table.name,
            AttributeDefinitions=[{"AttributeName": table.key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": table.key, "KeyType": "HASH"}],
            BillingMode="PROVISIONED",
            ProvisionedThroughput=throughput_of(table),
        )
        self._put(table, table.items)

    def _change_table(self, old: TableSpec, new: TableSpec) -> None:
        self._put(new, [item for item in new.items if item not in old.items])
        if old.write_units != new.write_units:
            self._tables.update_table(TableName=new.name, ProvisionedThroughput=throughput_of(new))

    def _put(self, table: TableSpec, items: Iterable[dict[str, Any]]) -> None:
        for item in items:
            self._items.Table(table.name).put_item(Item=item)

    def _create_function(self, function: FunctionSpec, pipeline: PipelineSpec) -> None:
        self._grant(function, pipeline)
        self._functions.create_function(
            FunctionName=function.name,
            Role=_role_arn(role_of(function)),
            Runtime="python3.12",
            Handler="app.handler",
            Code={"ZipFile": zipped(function.code)},
            Description=function.description,
            **configuration_of(function),
        )
        self._functions.publish_version(FunctionName=function.name)

    def _change_function(
        self, old: FunctionSpec, new: FunctionSpec, pipeline: PipelineSpec
    ) -> None:
        name = new.name
        if old.may != new.may:
            self._grant(new, pipeline)
        if configuration_of(old) != configuration_of(new):
            self._functions.update_function_configuration(
                FunctionName=name, **configuration_of(new)
            )
        if old.code != new.code:
            self._functions.update_function_code(FunctionName=name, ZipFile=zipped(new.code))
        if (old.code, configuration_of(old)) != (new.code, configuration_of(new)):
            self._functions.publish_version(FunctionName=name)

    def _grant(self, function: FunctionSpec, pipeline: PipelineSpec) -> None:
        self._create_role(role_of(function))
        self._iam.put_role_policy(
            RoleName=role_of(function),
            PolicyName="may",
            PolicyDocument=json.dumps(policy_of(function, pipeline)),
        )

    def _create_machine(self, pipeline: PipelineSpec) -> None:
        self._create_role(_MACHINE_ROLE)
        if pipeline.log_group_name:
            self._logs.create_log_group(logGroupName=pipeline.log_group_name)
        self._machines.create_state_machine(
            name=pipeline.name,
            definition=json.dumps(pipeline.definition),
            roleArn=_role_arn(_MACHINE_ROLE),
            type=pipeline.kind,
            **({"loggingConfiguration": pipeline.logging} if pipeline.logging else {}),
        )

    def _create_role(self, name: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": list(_ASSUMED_BY)},
            "Action": "sts:AssumeRole",
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        try:
            self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        except self._iam.exceptions.EntityAlreadyExistsException:
            return


def zipped(code: str) -> bytes:
    """Return the package of a function; the same code, the same bytes."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("app.py", (2026, 1, 1, 0, 0, 0)), code)
    return package.getvalue()


def policy_of(function: FunctionSpec, pipeline: PipelineSpec) -> dict[str, Any]:
    """Return what the function's role allows."""
    arns = {part.name: part.arn for part in (*pipeline.functions, *pipeline.tables)}
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"},
        *(
            {"Effect": "Allow", "Action": list(actions), "Resource": arns[name]}
            for name, actions in function.may.items()
            if actions
        ),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def configuration_of(function: FunctionSpec) -> dict[str, Any]:
    """Return what a function is configured with, as Lambda is told it."""
    return {
        "Timeout": function.timeout_seconds,
        "MemorySize": function.memory_mb,
        "Environment": {"Variables": function.environment},
    }


def throughput_of(table: TableSpec) -> dict[str, int]:
    """Return the capacity of a table, as DynamoDB is told it."""
    return {"ReadCapacityUnits": table.read_units, "WriteCapacityUnits": table.write_units}


def role_of(function: FunctionSpec) -> str:
    """Return the name of the role that a function has for itself."""
    return f"{function.name}-role"[:64]


def _role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _unless_absent(call: Callable[..., object], **arguments: Any) -> None:  # noqa: ANN401
    try:
        call(**arguments)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code not in {"ResourceNotFoundException", "NoSuchEntity"}:
            raise
