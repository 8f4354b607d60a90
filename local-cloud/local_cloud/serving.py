"""Serves the patched emulator and the front door, and keeps its helpers going."""

import asyncio
import json
import logging
import socket
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local_cloud import checkpoint
from local_cloud.address import Address
from local_cloud.emulator import app, hypercorn_compat, lambda_runtime, lambda_svc
from local_cloud.front import front_door
from local_cloud.guard import Receive, Scope, Send, answer, refusal
from local_cloud.patches import alarm_evaluation
from local_cloud.people import places
from local_cloud.sandbox import ticker
from local_cloud.xray import xray

if TYPE_CHECKING:
    from hypercorn.typing import Framework

PULSE_PATH = "/_itops/pulse"
_logger = logging.getLogger(__name__)


class Cloud:
    """One running emulator: three ports, a checkpoint each second, an alarm timer, a sandbox."""

    def __init__(self, state: Path, address: Address, stack: str) -> None:
        self._state = state
        self._address = address
        self._activity = checkpoint.Activity()
        self._front = front_door(app.app, stack)
        self._people = places.Places(
            address.folder,
            address.front_url,
            lambda topic, token: address.client("sns").confirm_subscription(
                TopicArn=topic, Token=token
            ),
        )

    async def serve(
        self, sockets: list[socket.socket], stop: asyncio.Event, ready: Callable[[], None]
    ) -> None:
        """Serve until `stop` is set; call `ready` as soon as requests are answered."""
        hypercorn_compat.install()
        app.save_all = checkpoint.write_all_now
        self._note_invocations()
        config = Config()
        config.bind = [f"fd://{found.fileno()}" for found in sockets]
        config.keep_alive_timeout = 75
        config.graceful_timeout = 1
        config.loglevel = "WARNING"
        started = asyncio.Event()
        self._started = lambda: (ready(), started.set())
        helpers = asyncio.create_task(self._help(started))
        await serve(cast("Framework", self._answer), config, shutdown_trigger=stop.wait)
        helpers.cancel()
        await asyncio.to_thread(lambda_runtime.reset)

    async def _help(self, started: asyncio.Event) -> None:
        await started.wait()
        alarm_evaluation.start_timer()
        ticker.start(self._address)
        await checkpoint.write_for_ever(self._state, self._activity)

    def _note_invocations(self) -> None:
        execute = lambda_svc._execute_function_warm

        def noted(*arguments: Any) -> Any:  # noqa: ANN401
            try:
                return execute(*arguments)
            finally:
                self._activity.happened()

        lambda_svc._execute_function_warm = noted

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        refused = refusal(scope)
        if refused:
            await self._refuse(scope, send, refused)
        elif scope["server"][1] == self._address.xray_port:
            await xray(scope, receive, send)
        elif scope["path"] == PULSE_PATH:
            await self._pulse(send)
        elif str(scope["path"]).startswith(f"{places.PATH}/"):
            await self._at_people(scope, receive, send)
        else:
            await self._dispatch(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: MutableMapping[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                asyncio.get_running_loop().call_soon(self._started)

        await app.app(scope, receive, tell)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._activity.happened()
        try:
            if scope["type"] == "http" and scope["server"][1] == self._address.front_port:
                await self._front(scope, receive, send)
            else:
                await app.app(scope, receive, send)
        finally:
            self._activity.happened()

    async def _refuse(self, scope: Scope, send: Send, why: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(send, 403, "Forbidden", why)

    async def _at_people(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._refuse(scope, send, "only messages are taken here")
            return
        asked = places.Request(
            method=str(scope["method"]),
            path=str(scope["path"]).removeprefix(places.PATH),
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
            headers={
                name.decode("latin-1").lower(): text.decode("latin-1")
                for name, text in scope["headers"]
            },
            body=await _body(receive),
        )
        told = await asyncio.to_thread(self._people.answer, asked)
        headers = [(b"content-type", told.content_type.encode())]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": told.body})

    async def _pulse(self, send: Send) -> None:
        body = json.dumps({"pid": self._address.pid, "folder": str(self._address.folder)}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    parts = bytearray()
    while True:
        message = await receive()
        parts += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(parts)
