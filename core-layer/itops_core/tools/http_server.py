"""A tool server over streamable HTTP on this machine; whoever is slow or greedy is hung up on."""

import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, cast

import uvicorn
from mcp.server import MCPServer
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from itops_core.errors import InvalidInputError
from itops_core.tools.http_face import (
    MAXIMUM_BYTES,
    HttpFace,
    HttpReply,
    HttpRequest,
    problem,
)
from itops_core.tools.http_guard import Guard
from itops_core.tools.messages import MessageServer

PATH = "/mcp"
_MOST_CONNECTIONS = 200
_SHUTDOWN_SECONDS = 5
_IDLE_SECONDS = 60

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


@dataclass(frozen=True)
class Patience:
    """Seconds that a client may take: for the headers of a request, for its body."""

    headers: float = 10
    body: float = 20


class HttpEntry:
    """One tool server as an ASGI application."""

    def __init__(
        self, server: MCPServer[Any], guard: Guard, patience: Patience | None = None
    ) -> None:
        self._face = HttpFace(MessageServer(server, "streamable-http"))
        self._guard = guard
        self._patience = patience or Patience()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1").strip())
            for name, value in scope["headers"]
        )
        request = HttpRequest(scope["method"], headers, b"")
        reply = self._guard.refusal(request)
        if reply is None and scope["path"].rstrip("/") != PATH:
            reply = problem(404, f"there is only {PATH} here")
        if reply is None:
            reply = await self._answer(request, receive)
        if reply is not None:
            await _send(reply, send)

    async def _answer(self, request: HttpRequest, receive: Receive) -> HttpReply | None:
        try:
            async with asyncio.timeout(self._patience.body):
                body = await _body(receive)
        except TimeoutError:
            return problem(408, "the body took too long", connection="close")
        if body is None:
            return None
        if len(body) > MAXIMUM_BYTES:
            told = f"the body is larger than {MAXIMUM_BYTES} bytes"
            return problem(413, told, connection="close")
        return await self._face.answer(HttpRequest(request.method, request.headers, body))


async def _body(receive: Receive) -> bytes | None:
    """Return the body, no more of it than is needed to refuse it; nothing of who hung up."""
    kept = bytearray()
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        kept += event.get("body", b"")
        if len(kept) > MAXIMUM_BYTES or not event.get("more_body"):
            return bytes(kept)


async def _send(reply: HttpReply, send: Send) -> None:
    body = b"" if reply.body is None else json.dumps(reply.body, separators=(",", ":")).encode()
    headers = {**reply.headers, "content-length": str(len(body))}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def listening(host: str, port: int) -> socket.socket:
    """Return a socket at that place, or raise what stands against it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, so that asyncio lets no small answer wait for the one before it (Nagle).
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(_MOST_CONNECTIONS)
    except OSError as error:
        found.close()
        told = error.strerror or str(error)
        raise InvalidInputError(
            f"cannot serve at {host} port {port}: {told}; name another with --port"
        ) from error
    return found


def run(server: MCPServer[Any], place: socket.socket, guard: Guard) -> None:
    """Serve until a signal comes; what is being answered then is answered."""
    # uvicorn raises the signal once more when it has ended: this is whom it then reaches.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    name, port = place.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    sys.stderr.write(f"{server.name}: MCP at http://{shown}:{port}{PATH}\n")
    sys.stderr.flush()
    serving(server, guard).run(sockets=[place])


def serving(
    server: MCPServer[Any], guard: Guard, patience: Patience | None = None
) -> "uvicorn.Server":
    """Return the HTTP server of a tool server; it listens where it is told when it runs."""
    bounds = patience or Patience()
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Server(
        uvicorn.Config(
            HttpEntry(server, guard, bounds),  # pyright: ignore[reportArgumentType]
            http=_impatient(bounds.headers),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
    )


def _impatient(seconds: float) -> type[H11Protocol]:
    """Return uvicorn's protocol with the one bound it lacks: of the time that headers take."""

    class Impatient(H11Protocol):
        _hang_up: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            cycle = cast("RequestResponseCycle | None", self.cycle)
            if cycle is not None and not cycle.response_complete:
                self._wait_no_more()
            elif self._hang_up is None:
                self._wait()

        def on_response_complete(self) -> None:
            self._wait_no_more()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._wait_no_more()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._hang_up = self.loop.call_later(seconds, self.transport.close)

        def _wait_no_more(self) -> None:
            if self._hang_up is not None:
                self._hang_up.cancel()
                self._hang_up = None

    return Impatient


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
