"""One JSON-RPC message to a tool server in, one reply out; no session, whatever carried it.

Both protocol eras: a message of 2026-07-28 carries its version in `params._meta`; anything else
is served as the last of the handshake era, whose `initialize` is answered and not remembered.
"""
# ruff: noqa: ARG002 -- `_Exchange` answers a protocol whose arguments mean nothing here

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from mcp.server import MCPServer
from mcp.server.connection import Connection
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import InboundLadderRejection, classify_inbound_request
from mcp.shared.transport_context import TransportContext
from mcp_types import INVALID_REQUEST, PROTOCOL_VERSION_META_KEY
from mcp_types.version import LATEST_HANDSHAKE_VERSION
from pydantic import ValidationError

from itops_core.observability import logger

Message = Mapping[str, Any]


@dataclass
class _Exchange:
    """The SDK's view of one message: there is nobody to talk back to."""

    request_id: str | int
    transport: TransportContext
    message_metadata: None = None
    can_send_request: bool = False
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)

    async def send_raw_request(
        self, method: str, params: Message | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        raise NoBackChannelError(method)

    async def notify(
        self, method: str, params: Message | None, opts: CallOptions | None = None
    ) -> None:
        return None

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        return None


class MessageServer:
    """Answers the messages of one tool server, and says so in the log."""

    def __init__(self, server: MCPServer[Any], carrier: str) -> None:
        # The SDK has no public way from its friendly server to the one that serves messages.
        self._server = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]
        self._transport = TransportContext(kind=carrier, can_send_request=False)
        self._logger = logger(server.name)

    async def reply(self, message: object, *, is_modern: bool = False) -> dict[str, Any]:
        """Return the reply to one message; `{}` to a notification.

        `is_modern`: its carrier says that it is of 2026-07-28, so that it has to say so itself.
        """
        began = time.monotonic()
        reply = await self._reply(message, is_modern)
        self._logger.info(
            "tool message answered",
            **_what(message),
            outcome=_outcome(reply),
            duration_ms=round((time.monotonic() - began) * 1000),
        )
        return reply

    def input_schema(self, tool: str) -> Mapping[str, Any] | None:
        """Return what a tool takes, where there is one of that name."""
        find = self._server.get_tool_input_schema
        return find(tool) if find else None

    async def _reply(self, message: object, is_modern: bool) -> dict[str, Any]:
        if not isinstance(message, Mapping) or not _is_jsonrpc(message):
            return refusal(None, MCPError(INVALID_REQUEST, "not a JSON-RPC 2.0 request"))
        if "id" not in message:
            return {}
        try:
            result = await self._result(message, is_modern)
        except MCPError as error:
            return refusal(message["id"], error)
        except ValidationError as error:
            return refusal(message["id"], MCPError.from_error_data(modern_error_data(error)))
        return {"jsonrpc": "2.0", "id": message["id"], "result": result}

    async def _result(self, message: Message, is_modern: bool) -> dict[str, Any]:
        method, params = message["method"], message.get("params")
        async with self._server.lifespan(self._server) as state:
            return await serve_one(
                self._server,
                _Exchange(message["id"], self._transport),
                method,
                params,
                connection=_connection(method, params, is_modern),
                lifespan_state=state,
            )


def refusal(message_id: object, error: MCPError) -> dict[str, Any]:
    """Return the reply that says no to a message."""
    body = error.error.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"jsonrpc": "2.0", "id": message_id, "error": body}


def _connection(method: str, params: Message | None, is_modern: bool) -> Connection:
    meta = (params or {}).get("_meta")
    says_so = isinstance(meta, Mapping) and PROTOCOL_VERSION_META_KEY in meta
    if not is_modern and (method == "initialize" or not says_so):
        return Connection.from_envelope(LATEST_HANDSHAKE_VERSION, None, None)
    route = classify_inbound_request({"method": method, "params": params})
    if isinstance(route, InboundLadderRejection):
        raise MCPError(route.code, route.message, route.data)
    return Connection.from_envelope(
        route.protocol_version, route.client_info, route.client_capabilities
    )


def _is_jsonrpc(message: Message) -> bool:
    message_id = message.get("id", 0)
    return (
        message.get("jsonrpc") == "2.0"
        and isinstance(message.get("method"), str)
        and isinstance(message_id, str | int)
        and not isinstance(message_id, bool)
        and isinstance(message.get("params", {}), Mapping | None)
    )


def _what(message: object) -> dict[str, Any]:
    if not isinstance(message, Mapping):
        return {"method": None}
    params = message.get("params")
    tool = params.get("name") if isinstance(params, Mapping) else None
    return {"method": _short(message.get("method")), **({"tool": _short(tool)} if tool else {})}


def _short(told: object) -> str:
    """Return a name as a log may keep it: a stranger chose its length and its letters."""
    return ascii(told)[1:81].removesuffix("'") if isinstance(told, str) else type(told).__name__


def _outcome(reply: Message) -> str:
    if "error" in reply:
        return "unavailable"
    return "refused" if reply.get("result", {}).get("isError") else "ok"
