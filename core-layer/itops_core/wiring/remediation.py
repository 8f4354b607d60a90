"""The gate of this process, and the clients through which the operations server acts."""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Bar, Gate
from itops_core.remediation.policy import policies
from itops_core.settings import config
from itops_core.wiring.autonomy import track_records
from itops_core.wiring.switch import kill_switch


@lru_cache
def gate() -> Gate:
    """Return the gate."""
    bar = Bar(config().remediation.auto_confidence, track_records().standing)
    return Gate(catalogue(), policies(), kill_switch().read, bar)


@lru_cache
def writer(name: str, connect_seconds: int, read_seconds: int) -> Any:  # noqa: ANN401
    """Return a client that never repeats a call: a write that timed out may have happened."""
    settings = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    return boto3.client(name, config=settings)  # pyright: ignore[reportCallIssue, reportArgumentType]
