"""The server that the conformance suite is run against, behind our two entries.

`python -m tests.support.conformance_server http|url|invoke PORT`: over our HTTP entry, or over our
Lambda entry behind a stand-in for a Function URL, or for a client that invokes it with messages.
"""

import base64
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mcp.server import MCPServer
from mcp.types import EmptyResult, SetLevelRequestParams, SubscribeRequestParams

from itops_core.tools import http_server
from itops_core.tools.http_face import HttpRequest
from itops_core.tools.http_guard import Guard
from itops_core.tools.lambda_entry import LambdaEntry
from tests.support.conformance_content import add_content
from tests.support.conformance_rounds import add_rounds

HOST = "127.0.0.1"


def conformance_server() -> MCPServer[Any]:
    """Return the server with everything that the suite asks for."""
    server: MCPServer[Any] = MCPServer(
        "conformance", version="1", log_level="WARNING", subscriptions=False
    )
    add_content(server)
    add_rounds(server)

    async def nothing(*_: object) -> EmptyResult:
        return EmptyResult()

    low = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]
    low.add_request_handler("logging/setLevel", SetLevelRequestParams, nothing)
    low.add_request_handler("resources/subscribe", SubscribeRequestParams, nothing)
    low.add_request_handler("resources/unsubscribe", SubscribeRequestParams, nothing)
    return server


Response = tuple[int, dict[str, str], str]


class StandIn(BaseHTTPRequestHandler):
    """Reaches a Lambda entry over HTTP."""

    protocol_version = "HTTP/1.1"
    entry: LambdaEntry
    guard = Guard(HOST)
    """AWS answers to its own names only; here it is this machine that has to."""

    def _answer(self) -> None:
        headers = {name.lower(): value.strip() for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        refused = self.guard.refusal(HttpRequest(self.command, tuple(headers.items()), b""))
        if refused is not None:
            self._send(refused.status, refused.headers, json.dumps(refused.body))
            return
        self._send(*self._exchange(headers, body))

    def _exchange(self, _headers: dict[str, str], _body: bytes) -> Response:
        raise AssertionError

    def _invoke(self, event: object) -> dict[str, Any]:
        """Through JSON, as an event and its answer go."""
        return json.loads(json.dumps(self.entry.answer(json.loads(json.dumps(event)))))

    do_GET = do_POST = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - the base class' names

    def _send(self, status: int, headers: dict[str, str], body: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Say nothing."""


class FunctionUrl(StandIn):
    """Makes an event of every request, as a Function URL does, and a response of the answer."""

    def _exchange(self, headers: dict[str, str], body: bytes) -> Response:
        event = {
            "version": "2.0",
            "rawPath": self.path,
            "headers": headers,
            "requestContext": {"http": {"method": self.command, "path": self.path}},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        reply = self._invoke(event)
        return reply["statusCode"], reply["headers"], reply["body"]


class Invocation(StandIn):
    """Passes on the message alone, as `lambda:Invoke` does."""

    def _exchange(self, headers: dict[str, str], body: bytes) -> Response:  # noqa: ARG002
        if self.command != "POST":
            return 405, {"allow": "POST"}, ""
        reply = self._invoke(json.loads(body))
        shown = {"content-type": "application/json"}
        return 200 if reply else 202, shown, json.dumps(reply) if reply else ""


def serve_lambda(face: type[StandIn], server: MCPServer[Any], port: int) -> None:
    """Serve the Lambda entry over HTTP until the process ends."""
    StandIn.entry = LambdaEntry(server)
    with ThreadingHTTPServer((HOST, port), face) as stand_in:
        sys.stderr.write(f"conformance: MCP at http://{HOST}:{stand_in.server_port}/mcp\n")
        sys.stderr.flush()
        stand_in.serve_forever()


if __name__ == "__main__":
    face, at = sys.argv[1], int(sys.argv[2])
    if face == "url":
        serve_lambda(FunctionUrl, conformance_server(), at)
    elif face == "invoke":
        serve_lambda(Invocation, conformance_server(), at)
    else:
        http_server.run(conformance_server(), http_server.listening(HOST, at), Guard(HOST))
