"""Functions, tables and queues of a scenario in the shapes in which AWS is told them."""

import hashlib
import io
import json
import zipfile
from typing import Any

from local_cloud.address import ACCOUNT, REGION
from local_cloud.sandbox.components import ComponentSpec


def configuration_of(component: ComponentSpec) -> dict[str, Any]:
    """Return a function's settings, as Lambda is told them."""
    settings = component.settings
    return {
        "Runtime": settings.runtime,
        "MemorySize": settings.memory_mb,
        "Timeout": settings.timeout_seconds,
        "Environment": {"Variables": settings.environment},
    }


def table_of(component: ComponentSpec) -> dict[str, Any]:
    """Return a table, as DynamoDB is told it."""
    settings = component.settings
    told: dict[str, Any] = {
        "TableName": component.aws_name,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    if settings.read_units is None and settings.write_units is None:
        return {**told, "BillingMode": "PAY_PER_REQUEST"}
    units = {
        "ReadCapacityUnits": settings.read_units or 5,
        "WriteCapacityUnits": settings.write_units or 5,
    }
    return {**told, "BillingMode": "PROVISIONED", "ProvisionedThroughput": units}


def redrive_policy(component: ComponentSpec, target: ComponentSpec) -> str:
    """Return what SQS is told of a dead-letter queue."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{target.aws_name}"
    return json.dumps(
        {"deadLetterTargetArn": arn, "maxReceiveCount": component.settings.gives_up_after}
    )


def message_of(component: ComponentSpec, number: int) -> str:
    """Return one of the messages that lie in a queue."""
    told = hashlib.sha256(f"{component.name}:{number}".encode()).hexdigest()[:12]
    return json.dumps({"id": told, "attempt": component.settings.gives_up_after})


def code_package(told: str) -> bytes:
    """Return a package whose digest depends on `told`; nobody is meant to call it."""
    source = f"# {told}\ndef handler(event, context):\n    return event\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py", (2026, 1, 1, 0, 0, 0)), source)
    return packed.getvalue()
