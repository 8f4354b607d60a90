"""A tool gateway over the stock MCP client, whatever carries its messages."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from mcp import Client
from mcp.client import Transport
from mcp.server import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent, Tool
from mcp_types import CONNECTION_CLOSED

from itops_core.errors import ToolUnavailableError
from itops_core.observability import logger
from itops_core.tools import event_loop
from itops_core.tools.gateway import ToolAnswer, ToolSchema

PROTOCOL = "2026-07-28"
"""Spoken without negotiation: our servers know it, and a handshake would cost an invocation."""


class ClientGateway:
    """One tool server behind one client, opened at the first call and kept for the process.

    A warm call costs one message. The first one of a process costs two: the client reads the
    list of tools once, to hold answers against their schemas.
    """

    def __init__(
        self,
        server: str,
        connect: Callable[[], MCPServer[Any] | Transport],
        timeout_seconds: float,
    ) -> None:
        self._server = server
        self._connect = connect
        self._timeout_seconds = timeout_seconds
        self._client: Client | None = None
        self._holder: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._logger = logger("tools")

    @property
    def server(self) -> str:
        """The server's name."""
        return self._server

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Run one tool; raise `ToolUnavailableError` where the server is out of reach."""
        try:
            return _answer(event_loop.run(self._call(tool, dict(arguments))))
        except MCPError as error:
            raise ToolUnavailableError(self._server, error.message) from error
        except RuntimeError as error:
            # What the SDK raises for an answer that breaks its own schema.
            raise ToolUnavailableError(self._server, "its answer breaks its schema") from error

    def list_tools(self) -> tuple[ToolSchema, ...]:
        """Return the server's tools; raise `ToolUnavailableError` where it is out of reach."""
        try:
            tools = event_loop.run(self._tools())
        except MCPError as error:
            raise ToolUnavailableError(self._server, error.message) from error
        return tuple(self._schema(tool) for tool in tools)

    def close(self) -> None:
        """Let go of the client; the next call opens another."""
        event_loop.run(self._close())

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        client = await self._opened()
        try:
            return await client.call_tool(
                tool, arguments, read_timeout_seconds=self._timeout_seconds
            )
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                await self._close()
            raise

    async def _tools(self) -> list[Tool]:
        client = await self._opened()
        return (await client.list_tools()).tools

    async def _opened(self) -> Client:
        async with self._opening:
            if self._client is None:
                opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
                self._holder = asyncio.create_task(self._hold(opened))
                await asyncio.wait({self._holder, opened}, return_when="FIRST_COMPLETED")
                if not opened.done():
                    await self._holder
                self._client = opened.result()
            return self._client

    async def _hold(self, opened: "asyncio.Future[Client]") -> None:
        """Keep the client open in one task: its scopes must be left where they were entered."""
        async with Client(
            self._connect(), mode=PROTOCOL, read_timeout_seconds=self._timeout_seconds
        ) as client:
            opened.set_result(client)
            await asyncio.Event().wait()

    async def _close(self) -> None:
        async with self._opening:
            holder, self._holder, self._client = self._holder, None, None
            if holder is not None:
                holder.cancel()
                await asyncio.wait({holder})
                if not holder.cancelled() and (error := holder.exception()):
                    self._logger.warning("tool client did not close well", error=repr(error))

    def _schema(self, tool: Tool) -> ToolSchema:
        return ToolSchema(
            server=self._server,
            name=tool.name,
            description=tool.description or "",
            input_schema=tool.input_schema,
            read_only=bool(tool.annotations and tool.annotations.read_only_hint),
        )


def _answer(result: CallToolResult) -> ToolAnswer:
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    if result.is_error:
        return ToolAnswer(ok=False, content={}, message=text)
    content = result.structured_content
    return ToolAnswer(ok=True, content=content if isinstance(content, dict) else {"text": text})
