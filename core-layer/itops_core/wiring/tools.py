"""The tool servers of this process, behind their breakers, and the toolbox of each agent."""

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
import yaml
from botocore.config import Config

from itops_core.domain.investigation import Agent
from itops_core.settings import bundled, config, places
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.tools.breaker_gateway import BreakerGateway, circuit_breaker
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.lambda_gateway import LambdaToolGateway
from itops_core.tools.toolbox import AllowedTools, Toolbox
from itops_core.wiring.clients import client
from itops_core.wiring.journal import journal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_LEASE_MARGIN_SECONDS = 5
_CIRCUITS = Config(
    # Not to know where a circuit stands is better than to wait for it: the call goes on anyway.
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
)


@lru_cache
def gateway(server: str) -> ToolGateway:
    """Return the way to a tool server: `monitoring`, `incident`, `operations` or `fleet`."""
    function_name = places()[f"{server.upper()}_SERVER_FUNCTION"]
    timeout = config().tools.timeout_seconds
    rules = config().breaker
    # A trial call lasts at most its time-out; only then may somebody else try.
    storage = BreakerStorage(circuits(), server, rules, timeout + _LEASE_MARGIN_SECONDS)
    return BreakerGateway(
        LambdaToolGateway(server, function_name, client("lambda"), timeout),
        circuit_breaker(storage, rules),
    )


@lru_cache
def circuits() -> "Table":
    """Return the table that keeps the circuits, asked without patience."""
    return boto3.resource("dynamodb", config=_CIRCUITS).Table(places()["RUNTIME_TABLE"])


@lru_cache
def toolbox(agent: Agent) -> Toolbox:
    """Return the tools of `agent`: those the allow-list names, on the servers it is told of."""
    allowed = allowed_tools()
    reachable = [
        server
        for server in allowed.get(agent, {})
        if places().get(f"{server.upper()}_SERVER_FUNCTION")
    ]
    gateways = {server: gateway(server) for server in reachable}
    rules = config().tools
    tools = Toolbox(agent, gateways, allowed, rules.result_characters, rules.denied_log_groups)
    return tools.journaled(journal())


@lru_cache
def allowed_tools() -> AllowedTools:
    """Return the allow-list, `config/agent_tools.yaml`."""
    text = (bundled("config") / "agent_tools.yaml").read_text(encoding="utf-8")
    return {
        Agent(agent): {server: frozenset(names) for server, names in servers.items()}
        for agent, servers in yaml.safe_load(text).items()
    }
