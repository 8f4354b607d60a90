"""The tool servers of this process, behind their breakers, and the toolbox of each agent."""

from functools import lru_cache

import yaml

from itops_core.domain.investigation import Agent
from itops_core.settings import bundled, config, places
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.tools.breaker_gateway import BreakerGateway, circuit_breaker
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.lambda_gateway import LambdaToolGateway
from itops_core.tools.toolbox import AllowedTools, Toolbox
from itops_core.wiring.clients import client, table

_LEASE_MARGIN_SECONDS = 5


@lru_cache
def gateway(server: str) -> ToolGateway:
    """Return the way to a tool server: `monitoring`, `incident` or `operations`."""
    function_name = places()[f"{server.upper()}_SERVER_FUNCTION"]
    timeout = config().tools.timeout_seconds
    rules = config().breaker
    runtime = table(places()["RUNTIME_TABLE"])
    # A trial call lasts at most its time-out; only then may somebody else try.
    storage = BreakerStorage(runtime, server, rules, timeout + _LEASE_MARGIN_SECONDS)
    return BreakerGateway(
        LambdaToolGateway(server, function_name, client("lambda"), timeout),
        circuit_breaker(storage, rules),
    )


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
    return Toolbox(agent, gateways, allowed, config().tools.result_characters)


@lru_cache
def allowed_tools() -> AllowedTools:
    """Return the allow-list, `config/agent_tools.yaml`."""
    text = (bundled("config") / "agent_tools.yaml").read_text(encoding="utf-8")
    return {
        Agent(agent): {server: frozenset(names) for server, names in servers.items()}
        for agent, servers in yaml.safe_load(text).items()
    }
