"""The server: its address, what it was sent, and what it says next."""

import json
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local_cloud.messages_api.counting import PromptCache
from local_cloud.messages_api.payloads import document, events
from local_cloud.messages_api.replies import Body, Reply, Script, in_order
from local_cloud.messages_api.rules import trouble_with

_PIECE = 64
"""Bytes that go out at once where a reply drips."""


class MessagesApi:
    """Answers from a script what the real API would accept, and refuses the rest as it would.

    A tool result without its call, a call without its result, two turns of one role in a row, a
    thinking block that came back changed, forced tool use, a sampling parameter, no key …
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Body] = []
        self.usages: list[dict[str, int]] = []
        self.refused: list[str] = []
        self.released = threading.Event()
        self._cache = PromptCache()
        self._signed: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End, also for those who wait."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Mapping[str, str], body: Body) -> Reply:
        """Return what this request gets, by the rules and the script."""
        lowered = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            self.requests.append(body)
            trouble = trouble_with(path.partition("?")[0], lowered, body) or self._altered(body)
            if trouble:
                self.refused.append(trouble)
                return Reply(status=400, error=f"invalid_request_error: {trouble}")
            try:
                reply = self.script(body)
            except Exception as error:
                # A mistake of the script has to be seen, not to hang whoever asked.
                self.refused.append(f"the script failed: {error!r}")
                return Reply(status=500, error="api_error: the script failed")
            for block in reply.content:
                if block["type"] == "thinking":
                    self._signed[block["signature"]] = block
            return reply

    def counted(self, body: Body, reply: Reply) -> dict[str, int]:
        """Return what the reply says it cost; the reply's own figures go first."""
        with self._lock:
            usage = {**self._cache.usage(body, reply), **reply.usage}
            self.usages.append(usage)
            return usage

    def _altered(self, body: Body) -> str:
        for message in body["messages"]:
            for block in message["content"] if isinstance(message["content"], list) else ():
                if block["type"] == "thinking":
                    known = self._signed.get(block.get("signature", ""))
                    if known != {key: block[key] for key in block if key != "cache_control"}:
                        return "a thinking block was changed"
        return ""


@contextmanager
def messages_api(script: Script | Sequence[Reply]) -> Generator[MessagesApi]:
    """Run the server for a while; a sequence is answered in order, its last reply for ever."""
    api = MessagesApi(script if callable(script) else in_order(script))
    api.start()
    try:
        yield api
    finally:
        api.stop()


def _handler(api: MessagesApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            reply = api.answer(self.path, dict(self.headers.items()), body)
            if reply.hangs:
                api.released.wait(30)
            if reply.hangs or reply.drops:
                self.close_connection = True
                return
            self._send(reply, body)

        def _send(self, reply: Reply, body: Body) -> None:
            streamed = bool(body.get("stream")) and reply.status < 400
            usage = api.counted(body, reply) if reply.status < 400 else {}
            payload = (events if streamed else document)(reply, body, usage)
            self.send_response(reply.status)
            self.send_header("content-type", _media_type(streamed))
            self.send_header("content-length", str(len(payload)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self._write(payload, reply)

        def _write(self, payload: bytes, reply: Reply) -> None:
            if reply.breaks_after is not None:
                self.close_connection = True
            whole = payload[: reply.breaks_after]
            if not reply.drips_seconds:
                self.wfile.write(whole)
                return
            try:
                for at in range(0, len(whole), _PIECE):
                    self.wfile.write(whole[at : at + _PIECE])
                    self.wfile.flush()
                    if api.released.wait(reply.drips_seconds):
                        return
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002
            return

    return Handler


def _media_type(streamed: bool) -> str:
    return "text/event-stream" if streamed else "application/json"
