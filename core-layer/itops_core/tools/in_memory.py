"""A tool server in this very process: for tests, and for answering from a recording."""

from typing import Any

from mcp.server import MCPServer

from itops_core.tools.client_gateway import ClientGateway


class InMemoryToolGateway(ClientGateway):
    """Reaches `server` through the stock client, with no transport in between."""

    def __init__(self, server: MCPServer[Any], timeout_seconds: float = 20) -> None:
        super().__init__(server.name, lambda: server, timeout_seconds)
