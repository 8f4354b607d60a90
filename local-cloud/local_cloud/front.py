"""The front door: one friendly port with the web page at `/` and the REST API at `/api/`.

Both are answered inside the emulator's process. Where they are is read from the deployed stack's
outputs at each request, so a new deployment is seen at once. On AWS a distribution does this job.
"""

import gzip
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from local_cloud.address import ACCOUNT, REGION
from local_cloud.emulator import cloudformation, responses, s3
from local_cloud.guard import Application, Receive, Scope, Send, answer
from local_cloud.media_types import cache_control, content_type

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a browser may do with the page; on AWS the distribution sends the same."""

API_OUTPUT, UI_OUTPUT = "ApiUrl", "UiBucket"
_NO_STACK = "nothing is deployed yet; run `itops local up`"


def front_door(cloud: Application, stack: str) -> Application:
    """Return the application that answers at the friendly port, for the stack of that name."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        if path == "/api" or path.startswith("/api/"):
            await _serve_api(cloud, stack, scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await _serve_page(stack, scope, send)
        else:
            await answer(send, 405, "Method Not Allowed", "the REST API is at /api/")

    return serve


async def _serve_api(
    cloud: Application, stack: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Hand the request to the emulator as a call of the deployed API's stage."""
    target = _api_path(stack_outputs(stack))
    if target is None:
        await answer(send, 503, "Service Unavailable", _NO_STACK)
        return
    raw_path: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    await cloud(
        {
            **scope,
            "path": target + (str(scope["path"]).removeprefix("/api") or "/"),
            "raw_path": target.encode() + (raw_path.removeprefix(b"/api") or b"/"),
        },
        receive,
        _without_open_cors(send),
    )


def _api_path(outputs: Mapping[str, str]) -> str | None:
    """Return the API's path inside the emulator: its address on AWS, told in another way."""
    url = urlsplit(outputs.get(API_OUTPUT, ""))
    api_id, stage = (url.hostname or "").split(".")[0], url.path.strip("/")
    return f"/_aws/execute-api/{api_id}/{stage}" if api_id and stage else None


def _without_open_cors(send: Send) -> Send:
    async def same_origin(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, text)
                for name, text in message.get("headers", [])
                if bytes(name).lower() != b"access-control-allow-origin" or text != b"*"
            ]
        await send(message)

    return same_origin


async def _serve_page(stack: str, scope: Scope, send: Send) -> None:
    """Answer with a file of the UI bucket; a folder means its `index.html`."""
    bucket = stack_outputs(stack).get(UI_OUTPUT, "")
    if not bucket:
        await answer(send, 503, "Service Unavailable", _NO_STACK)
        return
    key = str(scope["path"]).lstrip("/")
    key = f"{key}index.html" if not key or key.endswith("/") else key
    found = await _object(bucket, key)
    if found is None:
        await answer(send, 404, "Not Found", f"the web page has no file {key!r}")
        return
    body, encoding = found
    if encoding == "gzip" and b"gzip" not in _header(scope, b"accept-encoding"):
        body, encoding = gzip.decompress(body), ""
    headers = [
        (b"content-type", content_type(key).encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", cache_control(key).encode()),
        (b"content-security-policy", PAGE_POLICY.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"vary", b"accept-encoding"),
        *([(b"content-encoding", encoding.encode())] if encoding else []),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _header(scope: Scope, name: bytes) -> bytes:
    return next((bytes(value) for known, value in scope["headers"] if known == name), b"")


async def _object(bucket: str, key: str) -> tuple[bytes, str] | None:
    """Return an object of the bucket and how it is encoded, or `None`."""
    with responses.request_scope(ACCOUNT, REGION):
        status, headers, body = await s3.handle_request(
            "GET", f"/{bucket}/{key}", {"host": "localhost"}, b"", {}, internal=True
        )
    if status != 200:
        return None
    told = {str(name).lower(): str(value) for name, value in dict(headers).items()}
    encoding = told.get("content-encoding", "")
    if isinstance(body, responses.StreamingResponse):
        return await _collected(body), encoding
    content = bytes(body) if isinstance(body, bytes | bytearray) else str(body).encode()
    return content, encoding


async def _collected(body: Any) -> bytes:  # noqa: ANN401
    chunks: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        chunks.append(message.get("body", b""))

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await body.runner(send, receive)
    return b"".join(chunks)


def stack_outputs(stack: str) -> dict[str, str]:
    """Return the outputs of the deployed stack; none while there is no stack."""
    with responses.request_scope(ACCOUNT, REGION):
        found = cloudformation._stacks.get(stack)
    return {
        str(item["OutputKey"]): str(item["OutputValue"])
        for item in (found or {}).get("Outputs") or []
        if "OutputValue" in item
    }
