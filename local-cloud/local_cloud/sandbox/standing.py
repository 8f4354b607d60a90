"""Functions, tables, queues and devices of the local cloud: built, changed, looked at, removed.

Everything by public AWS calls, and only what a remedy could act on is built at all: an API, a
database or somebody else's service shows itself by its telemetry alone.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress

from botocore.exceptions import ClientError

from itops_core.remediation.devices import REQUESTED_AT
from local_cloud.address import ACCOUNT
from local_cloud.sandbox.changes import Change
from local_cloud.sandbox.component_shapes import (
    code_package,
    configuration_of,
    message_of,
    redrive_policy,
    table_of,
)
from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.world import Address, ServiceState, with_headers

Facts = dict[str, float | str]
"""How one component stands, as far as physics cares."""
State = ServiceState | Facts

_UNRESERVED = 1e9
_ROLE = "sandbox-components"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_BATCH = 10
_GONE = {"ResourceNotFoundException", "ResourceNotFound", "NotFoundException"}


class Components:
    """The components of one local cloud. Every call may be repeated."""

    def __init__(self, address: Address) -> None:
        self._lambda = with_headers(address.client("lambda"))
        self._dynamodb = address.client("dynamodb")
        self._sqs = address.client("sqs")
        self._iam = address.client("iam")
        self._iot = address.client("iot")
        self._shadows = address.client("iot-data")

    def build(self, component: ComponentSpec) -> None:
        """Create what stands for a component in AWS, in place of what may be there."""
        self.remove(component)
        match component.kind:
            case "lambda":
                self._build_function(component)
            case "table":
                self._dynamodb.create_table(**table_of(component))
            case "queue":
                self._build_queue(component)
            case "device":
                self._build_device(component)
            case _:
                return

    def remove(self, component: ComponentSpec) -> None:
        """Delete it; there may be none."""
        name = component.aws_name
        try:
            match component.kind:
                case "lambda":
                    self._lambda.delete_function(FunctionName=name)
                case "table":
                    self._dynamodb.delete_table(TableName=name)
                case "queue":
                    self._sqs.delete_queue(QueueUrl=self._url(name))
                case "device":
                    with suppress(ClientError):
                        self._shadows.delete_thing_shadow(thingName=name)
                    self._iot.delete_thing(thingName=name)
                case _:
                    return
        except self._sqs.exceptions.QueueDoesNotExist:
            return
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                raise

    def change(self, component: ComponentSpec, change: Change) -> str:
        """Change a function as told; return the revision that it has since."""
        name = component.aws_name
        if change.kind == "function_code":
            self._lambda.update_function_code(
                FunctionName=name, ZipFile=code_package(f"{name} {change.change_id}")
            )
        settings = configuration_of(component)
        if change.kind == "function_configuration":
            self._lambda.update_function_configuration(FunctionName=name, **settings)
        return str(self._function(component)["revision"])

    def facts(self, components: Iterable[ComponentSpec]) -> dict[str, State]:
        """Return how each of those stands that exists."""
        readers = {
            "lambda": self._function,
            "table": self._table,
            "queue": self._queue,
            "device": self._device,
        }
        found: dict[str, State] = {}
        for component in components:
            reader = readers.get(component.kind)
            if reader is not None:
                with suppress(ClientError):
                    found[component.name] = reader(component)
        return found

    def _build_function(self, component: ComponentSpec) -> None:
        self._lambda.create_function(
            FunctionName=component.aws_name,
            Role=self._role(),
            Handler="index.handler",
            Code={"ZipFile": code_package(component.aws_name)},
            Publish=True,
            **configuration_of(component),
        )
        reserved = component.settings.reserved_concurrency
        if reserved is not None:
            self._lambda.put_function_concurrency(
                FunctionName=component.aws_name, ReservedConcurrentExecutions=reserved
            )

    def _role(self) -> str:
        """Return the role that functions run as; it may do nothing."""
        with suppress(self._iam.exceptions.EntityAlreadyExistsException):
            self._iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
        return f"arn:aws:iam::{ACCOUNT}:role/{_ROLE}"

    def _build_queue(self, component: ComponentSpec) -> None:
        url = self._sqs.create_queue(
            QueueName=component.aws_name, Attributes={"MessageRetentionPeriod": "1209600"}
        )["QueueUrl"]
        messages = component.settings.messages
        for first in range(0, messages, _BATCH):
            self._sqs.send_message_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(number), "MessageBody": message_of(component, number)}
                    for number in range(first, min(first + _BATCH, messages))
                ],
            )

    def _build_device(self, component: ComponentSpec) -> None:
        settings = component.settings
        self._iot.create_thing_type(thingTypeName=settings.fleet)
        self._iot.create_thing(
            thingName=component.aws_name,
            thingTypeName=settings.fleet,
            attributePayload={"attributes": settings.attributes},
        )
        shadow = {"state": {"reported": settings.reported}}
        self._shadows.update_thing_shadow(thingName=component.aws_name, payload=json.dumps(shadow))

    def join_queues(self, components: Iterable[ComponentSpec]) -> None:
        """Let queues give up into their dead-letter queues, once all of them are there."""
        known = {one.name: one for one in components}
        for component in known.values():
            target = known.get(component.settings.dead_letter_queue or "")
            if component.kind == "queue" and target is not None:
                self._sqs.set_queue_attributes(
                    QueueUrl=self._url(component.aws_name),
                    Attributes={"RedrivePolicy": redrive_policy(component, target)},
                )

    def _function(self, component: ComponentSpec) -> Facts:
        name = component.aws_name
        told = self._lambda.get_function_configuration(FunctionName=name)
        reserved = self._lambda.get_function_concurrency(FunctionName=name)
        settings = [
            told["CodeSha256"],
            told.get("Runtime"),
            told["MemorySize"],
            told["Timeout"],
            told.get("Environment", {}).get("Variables", {}),
        ]
        return {
            "memory_mb": float(told["MemorySize"]),
            "concurrency": float(reserved.get("ReservedConcurrentExecutions", _UNRESERVED)),
            "revision": hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16],
        }

    def _table(self, component: ComponentSpec) -> Facts:
        told = self._dynamodb.describe_table(TableName=component.aws_name)["Table"]
        if told.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
            return {"read_units": _UNRESERVED, "write_units": _UNRESERVED}
        units = told.get("ProvisionedThroughput", {})
        return {
            "read_units": float(units.get("ReadCapacityUnits", 0)),
            "write_units": float(units.get("WriteCapacityUnits", 0)),
        }

    def _queue(self, component: ComponentSpec) -> Facts:
        told = self._sqs.get_queue_attributes(
            QueueUrl=self._url(component.aws_name), AttributeNames=["ApproximateNumberOfMessages"]
        )
        return {"depth": float(told["Attributes"]["ApproximateNumberOfMessages"])}

    def _device(self, component: ComponentSpec) -> Facts:
        try:
            shadow = self._shadows.get_thing_shadow(thingName=component.aws_name)["payload"]
        except ClientError:
            return {"restart": ""}
        desired = json.loads(shadow.read()).get("state", {}).get("desired", {})
        return {"restart": str(desired.get(REQUESTED_AT, ""))}

    def _url(self, name: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])
