"""The streamable HTTP transport without its streams: one POST, one JSON reply, nothing kept.

Serves a Lambda behind a Function URL and the server on one's own machine alike. A GET would hold
a stream open for nothing, so it is refused; so is whatever has a session in mind.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_PROTOCOL_VERSION_HEADER,
    InboundLadderRejection,
    classify_inbound_request,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
    validate_mcp_param_headers,
)
from mcp_types import HEADER_MISMATCH, INVALID_REQUEST, PARSE_ERROR
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from itops_core.tools.messages import MessageServer, refusal

MAXIMUM_BYTES = 4 * 1024 * 1024
"""Of a request's body; no tool of ours takes a hundredth of it."""

_JSON = "application/json"
_TRANSPORT_ERROR = -32000
"""The code for what has none of its own, in the range left to implementations."""


@dataclass(frozen=True)
class HttpRequest:
    """What a client sent; names of headers in lower case."""

    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value, the last one where it is there twice."""
        return dict(self.headers).get(name)


@dataclass(frozen=True)
class HttpReply:
    """What it is answered."""

    status: int
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


class HttpFace:
    """Answers the HTTP requests of one tool server."""

    def __init__(self, messages: MessageServer) -> None:
        self._messages = messages

    async def answer(self, request: HttpRequest) -> HttpReply:
        """Return the answer to one request."""
        refused = _refused(request)
        if refused is not None:
            return refused
        try:
            message: object = json.loads(request.body)
        except (ValueError, RecursionError):
            return _rejected(InboundLadderRejection(PARSE_ERROR, "the body is not JSON"))
        if not isinstance(message, dict):
            told = "the body has to be one JSON-RPC request or notification"
            return _rejected(InboundLadderRejection(INVALID_REQUEST, told))
        version = request.header(MCP_PROTOCOL_VERSION_HEADER)
        is_modern = version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS
        if is_modern and (rejection := self._rejection(message, request)):
            return _rejected(rejection, message.get("id"))
        return _replied(await self._messages.reply(message, is_modern=is_modern), is_modern)

    def _rejection(
        self, message: dict[str, Any], request: HttpRequest
    ) -> InboundLadderRejection | None:
        """Return why headers and body of a modern message do not go together."""
        if "id" not in message:
            return unsupported_protocol_version_rejection(
                request.header(MCP_PROTOCOL_VERSION_HEADER) or ""
            )
        twice = find_duplicated_routing_header(request.headers)
        if twice is not None:
            return InboundLadderRejection(HEADER_MISMATCH, f"{twice} is there more than once")
        route = classify_inbound_request(message, headers=dict(request.headers))
        if isinstance(route, InboundLadderRejection):
            return route
        return self._parameters_rejection(message, request)

    def _parameters_rejection(
        self, message: dict[str, Any], request: HttpRequest
    ) -> InboundLadderRejection | None:
        name = message["params"].get("name")
        arguments = message["params"].get("arguments") or {}
        if message.get("method") != "tools/call" or not isinstance(name, str):
            return None
        schema = self._messages.input_schema(name)
        if schema is None or not isinstance(arguments, dict):
            return None
        return validate_mcp_param_headers(schema, arguments, dict(request.headers))


def problem(status: int, told: str, **headers: str) -> HttpReply:
    """Return the refusal of a request before any message of it was read."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = refusal(None, MCPError(_TRANSPORT_ERROR, told))
    return HttpReply(status, body, {"content-type": _JSON, **named})


def _refused(request: HttpRequest) -> HttpReply | None:
    if request.method != "POST":
        return problem(405, "only POST is served here: there are no sessions", allow="POST")
    if len(request.body) > MAXIMUM_BYTES:
        return problem(413, f"the body is larger than {MAXIMUM_BYTES} bytes")
    if _media_type(request.header("content-type")) != _JSON:
        return problem(415, f"the content type has to be {_JSON}")
    accepted = {_media_type(one) for one in (request.header("accept") or "*/*").split(",")}
    if not accepted & {_JSON, "application/*", "*/*"}:
        return problem(406, f"only {_JSON} is answered")
    return None


def _media_type(value: str | None) -> str:
    return (value or "").split(";", 1)[0].strip().lower()


def _rejected(rejection: InboundLadderRejection, message_id: object = None) -> HttpReply:
    known = message_id if isinstance(message_id, str | int) else None
    error = MCPError(rejection.code, rejection.message, rejection.data)
    status = ERROR_CODE_HTTP_STATUS.get(rejection.code, 200)
    return HttpReply(status, refusal(known, error), {"content-type": _JSON})


def _replied(reply: dict[str, Any], is_modern: bool) -> HttpReply:
    if not reply:
        return HttpReply(202)
    code = reply.get("error", {}).get("code")
    status = 200
    if code is not None and (is_modern or reply["id"] is None):
        status = ERROR_CODE_HTTP_STATUS.get(code, 200)
    return HttpReply(status, reply, {"content-type": _JSON})
