"""The AWS clients of this process: one each, with time-outs that fit a Lambda."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 4},
    # Works with every bucket name, on AWS and on an emulator alike.
    s3={"addressing_style": "path"},
)
_INVOKING = Config(
    connect_timeout=3,
    # A tool server may take its whole time-out; repeating the call is the gateway's decision.
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 1},
)


@lru_cache
def client(name: str, patience_seconds: int | None = None) -> Any:  # noqa: ANN401
    """Return the boto3 client of one AWS service, which waits that long for an answer."""
    config = _INVOKING if name == "lambda" else _CONFIG
    if patience_seconds is not None:
        config = config.merge(Config(read_timeout=patience_seconds))
    return boto3.client(name, config=config)  # pyright: ignore[reportCallIssue, reportArgumentType]


@lru_cache
def table(name: str) -> "Table":
    """Return one DynamoDB table, by its physical name."""
    return boto3.resource("dynamodb", config=_CONFIG).Table(name)
