"""What the agents may ask and by which policies they act: read, never changed, over the API."""

import json
from functools import lru_cache
from typing import Any, Literal

import yaml

from incident_api.operations import Call, Resource
from itops_core.domain.people import Role
from itops_core.domain.values import Value
from itops_core.remediation.policy_texts import PolicyText, policy_texts
from itops_core.settings import bundled

resource = Resource("powers")


class ToolView(Value):
    """A tool of a server, and which agents may call it."""

    server: str
    name: str
    purpose: str
    manner: Literal["looks", "adds", "changes"]
    agents: tuple[str, ...]


class ToolPage(Value):
    """Every tool there is, by server."""

    items: tuple[ToolView, ...]
    cursor: str | None = None


class PolicyPage(Value):
    """Every policy: what may happen first, then what outweighs it."""

    items: tuple[PolicyText, ...]
    cursor: str | None = None


@resource.operation("GET /tools", role=Role.VIEWER, answer=ToolPage)
def list_tools(call: Call[None, None]) -> ToolPage:  # noqa: ARG001
    """List the tools of every server, and which agents may call them."""
    return _tools()


@resource.operation("GET /policies", role=Role.VIEWER, answer=PolicyPage)
def list_policies(call: Call[None, None]) -> PolicyPage:  # noqa: ARG001
    """List the policies that decide what happens alone, what needs a person, and what never."""
    return PolicyPage(items=policy_texts())


@lru_cache
def _tools() -> ToolPage:
    folder = bundled("config")
    allowed: dict[str, dict[str, list[str]]] = yaml.safe_load(
        (folder / "agent_tools.yaml").read_text(encoding="utf-8")
    )
    servers: dict[str, list[dict[str, Any]]] = json.loads(
        (folder / "tools.json").read_text(encoding="utf-8")
    )
    return ToolPage(
        items=tuple(
            ToolView(
                server=server,
                **tool,
                agents=tuple(
                    agent
                    for agent, granted in allowed.items()
                    if tool["name"] in granted.get(server, ())
                ),
            )
            for server, tools in servers.items()
            for tool in tools
        )
    )
