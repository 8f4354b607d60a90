"""The code of a probe function: makes the calls it is given, with whatever role it has."""

from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], _context: object) -> list[str]:
    """Return, for each call, `allowed` or the code that it was refused with."""
    return [_code(call["service"], call["operation"], call["arguments"]) for call in event["calls"]]


def _code(service: str, operation: str, arguments: dict[str, Any]) -> str:
    client: Any = boto3.client(service)  # pyright: ignore[reportCallIssue, reportArgumentType]
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code", "unknown")
    return "allowed"
