"""Where this server's settings become objects."""

import threading
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from itops_core.domain.values import utc_now
from itops_core.settings import places
from itops_core.tools.tool_server import ToolServer
from itops_core.wiring.stores import agent_state, catalog
from monitoring_server.assembly import Sources, telemetry_over
from monitoring_server.server import build_server

_LOOKING = Config(
    connect_timeout=2,
    # Two attempts of this stay within the time a caller gives a tool.
    read_timeout=7,
    retries={"mode": "standard", "total_max_attempts": 2},
)


@lru_cache
def server() -> ToolServer:
    """Return the monitoring server of this process."""
    prefix = places().get("NAME_PREFIX", "ITOps")
    sources = Sources(
        client=_LazyClient,
        catalog=catalog(),
        evidence=agent_state(),
        now=utc_now,
        hidden_parameters=_hidden_parameters(prefix),
        hidden_names=(f"{prefix}-",),
    )
    return build_server(telemetry_over(sources))


def _hidden_parameters(prefix: str) -> tuple[str, ...]:
    """Return the prefixes of parameters that are ITOps' own, and of those the template names."""
    named = places().get("HIDDEN_PARAMETERS").split(",")
    return (f"/{prefix}/", *(one.strip() for one in named if one.strip()))


class _LazyClient:
    """A boto3 client that is made when it is first needed: a cold start pays for no other."""

    _making = threading.Lock()

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401
        with self._making:
            client = _client(self._name)
        return getattr(client, operation)


@lru_cache
def _client(name: str) -> Any:  # noqa: ANN401
    return boto3.client(name, config=_LOOKING)  # pyright: ignore[reportCallIssue, reportArgumentType]
