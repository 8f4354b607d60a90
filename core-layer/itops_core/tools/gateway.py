"""The seam between agents and tool servers."""

from collections.abc import Mapping
from typing import Any, Protocol

from itops_core.domain.values import Value


class ToolAnswer(Value):
    """What a tool said. `ok` is false where it refused the arguments; `message` says why."""

    ok: bool
    content: dict[str, Any]
    message: str = ""

    @property
    def data_source(self) -> str:
        """Where the answer comes from: `cloudwatch`, `ecs`, `recorded`, …"""
        return str(self.content.get("data_source", "unknown"))


class ToolSchema(Value):
    """One tool as a model is told of it."""

    server: str
    name: str
    description: str
    input_schema: dict[str, Any]
    read_only: bool


class ToolGateway(Protocol):
    """One tool server, however it is reached."""

    @property
    def server(self) -> str:
        """The server's name: `monitoring`, `incident`, `operations`, `fleet`."""
        ...

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Run one tool; raise `ToolUnavailableError` where the server is out of reach."""
        ...

    def list_tools(self) -> tuple[ToolSchema, ...]:
        """Return the server's tools; raise `ToolUnavailableError` where it is out of reach."""
        ...
