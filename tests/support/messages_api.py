"""A local server that speaks the Messages API, strict about what it is sent.

It answers from a script. A request that the real API would refuse is refused here: a tool result
without its call, a call without its result, two turns of one role in a row, an unknown field of
a block, forced tool use, a sampling parameter, no key.
"""

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Blocks = list[dict[str, Any]]
Body = dict[str, Any]

_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_BLOCKS = {
    "user": {"text", "tool_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
}


@dataclass(frozen=True)
class Reply:
    """One answer: blocks with a stop reason, or an error of some status."""

    content: Blocks = field(default_factory=list)
    stop_reason: str = "end_turn"
    status: int = 200
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False


Script = Callable[[Body], Reply]
"""What to answer to a request."""


def says(*blocks: dict[str, Any], stop_reason: str | None = None, **usage: int) -> Reply:
    """Return a reply of these blocks; it stops for tools where it calls any."""
    uses = any(block["type"] == "tool_use" for block in blocks)
    reason = stop_reason or ("tool_use" if uses else "end_turn")
    return Reply(content=list(blocks), stop_reason=reason, usage=usage)


def text(words: str) -> dict[str, Any]:
    """Return a text block."""
    return {"type": "text", "text": words}


def thinking(words: str) -> dict[str, Any]:
    """Return a thinking block, signed: it has to come back unchanged."""
    return {"type": "thinking", "thinking": words, "signature": f"signed:{hash(words) & 0xFFFF:x}"}


def use(call_id: str, name: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a tool call."""
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def fails(status: int, kind: str = "api_error", **headers: str) -> Reply:
    """Return an error as the API words it; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, error=kind, headers=named)


class MessagesApi:
    """The server: its address, what it was sent, and what it says next."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Body] = []
        self.refused: list[str] = []
        self._signed: dict[str, dict[str, Any]] = {}
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
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
        headers = {name.lower(): value for name, value in headers.items()}
        self.requests.append(body)
        trouble = _trouble(path, headers, body) or self._altered(body)
        if trouble:
            self.refused.append(trouble)
            return Reply(status=400, error=f"invalid_request_error: {trouble}")
        reply = self.script(body)
        for block in reply.content:
            if block["type"] == "thinking":
                self._signed[block["signature"]] = block
        return reply

    def _altered(self, body: Body) -> str:
        for message in body["messages"]:
            for block in message["content"] if isinstance(message["content"], list) else ():
                if block["type"] == "thinking":
                    known = self._signed.get(block.get("signature", ""))
                    if known != {key: block[key] for key in block if key != "cache_control"}:
                        return "a thinking block was changed"
        return ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

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
                payload = json.dumps(_payload(reply, body)).encode()
                self.send_response(reply.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(payload)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002
                return

        return Handler


@contextmanager
def messages_api(script: Script | Sequence[Reply]) -> Generator[MessagesApi]:
    """Run the server for a while; a sequence is answered in order, its last reply for ever."""
    api = MessagesApi(script if callable(script) else _in_order(script))
    api.start()
    try:
        yield api
    finally:
        api.stop()


def _in_order(replies: Sequence[Reply]) -> Script:
    left = list(replies)
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]


def _payload(reply: Reply, body: Body) -> Body:
    if reply.status >= 400:
        kind, _, message = reply.error.partition(": ")
        return {"type": "error", "error": {"type": kind, "message": message or kind}}
    usage = {"input_tokens": 100, "output_tokens": 20, **reply.usage}
    return {
        "id": "msg_local",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": reply.content,
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


def _trouble(path: str, headers: Mapping[str, str], body: Body) -> str:
    """Return why the real API would refuse the request, or nothing."""
    names = [tool.get("name", "") for tool in body.get("tools", [])]
    schemas = [tool["input_schema"].get("type") for tool in body.get("tools", [])]
    has_key = headers.get("authorization", "").startswith("Bearer ") or headers.get("x-api-key")
    wrong = {
        f"no such path {path}": path.partition("?")[0] != "/v1/messages",
        "no key": not has_key,
        "sampling parameters are not accepted": {"temperature", "top_p", "top_k"} & set(body),
        "forced tool use is not accepted": body.get("tool_choice", {}).get("type", "auto")
        != "auto",
        f"tool names have to be plain: {names}": not all(map(_TOOL_NAME.match, names)),
        f"tool names have to be unique: {names}": len(set(names)) != len(names),
        "an input_schema has to be an object": set(schemas) - {"object"},
    }
    return next((what for what, is_so in wrong.items() if is_so), "") or _trouble_in(
        body["messages"]
    )


def _trouble_in(messages: Sequence[Body]) -> str:
    if not messages or messages[0]["role"] != "user" or messages[-1]["role"] != "user":
        return "a conversation begins and ends with the user"
    expected: set[str] = set()
    role = "assistant"
    for message in messages:
        if message["role"] == role:
            return f"two turns of {role} in a row"
        role = message["role"]
        content = message["content"]
        blocks: Blocks = [text(content)] if isinstance(content, str) else content
        if not blocks or any(block["type"] not in _BLOCKS[role] for block in blocks):
            return f"not a {role}'s blocks: {[block.get('type') for block in blocks]}"
        if role == "assistant":
            expected = {block["id"] for block in blocks if block["type"] == "tool_use"}
            continue
        got = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if set(got) != expected or len(got) != len(expected):
            return f"tool results {got} do not answer the calls {sorted(expected)}"
        kinds = [block["type"] == "tool_result" for block in blocks]
        if kinds != sorted(kinds, reverse=True):
            return "tool results come before text"
    return ""
