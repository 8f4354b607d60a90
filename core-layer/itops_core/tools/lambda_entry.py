"""How a tool server answers inside a Lambda: one message in, one out, no session.

A payload of `lambda:Invoke` is the JSON-RPC message itself; the event of a Function URL or of an
HTTP API carries it as its body.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from mcp.server import MCPServer

from itops_core.tools import event_loop
from itops_core.tools.http_face import HttpFace, HttpReply, HttpRequest
from itops_core.tools.messages import MessageServer


class LambdaEntry:
    """Answers the messages of one tool server; safe to call from several threads."""

    def __init__(self, server: MCPServer[Any]) -> None:
        self._messages = MessageServer(server, "aws-lambda")
        self._face = HttpFace(self._messages)

    def answer(self, event: object) -> dict[str, Any]:
        """Return the reply to one event; `{}` to a notification that came as it is."""
        http = _http_of(event)
        if http is None:
            return event_loop.run(self._messages.reply(event))
        return _response(event_loop.run(self._face.answer(http)))


def _http_of(event: object) -> HttpRequest | None:
    """Return the HTTP request that an event stands for, in payload format 2.0."""
    if not isinstance(event, Mapping) or "jsonrpc" in event:
        return None
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    if not isinstance(http, Mapping):
        return None
    headers = event.get("headers") or {}
    return HttpRequest(
        method=str(http.get("method")),
        headers=tuple((str(name).lower(), str(value)) for name, value in headers.items()),
        body=_body(event),
    )


def _body(event: Mapping[str, Any]) -> bytes:
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b"not base64"


def _response(reply: HttpReply) -> dict[str, Any]:
    return {
        "statusCode": reply.status,
        "headers": reply.headers,
        "body": "" if reply.body is None else json.dumps(reply.body, separators=(",", ":")),
        "isBase64Encoded": False,
    }
