"""AWS X-Ray, which MiniStack does not have: moto's, on a loopback port of its own.

Moto takes a second to import, so that happens when somebody first asks. What it holds is not
kept over a restart; the sandbox tells its traces anew.
"""

import asyncio
import threading
import time
from typing import Any

from local_cloud.guard import Receive, Scope, Send, answer

KEPT_SECONDS = 3 * 3600
MOST_TRACES = 5000
_LONGEST_BODY = 5_000_000
_PUT = "/TraceSegments"
_SERVED = {_PUT, "/TraceSummaries", "/Traces"}
_moto = threading.Lock()
"""Moto's collections are not made for several threads."""


async def xray(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer PutTraceSegments, GetTraceSummaries and BatchGetTraces."""
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = await _body(receive)
    if scope["method"] != "POST" or scope["path"] not in _SERVED or body is None:
        await answer(send, 400, "Bad Request", "this X-Ray only takes and gives traces")
        return
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    status, content = await asyncio.to_thread(_answered, scope["path"], headers, body)
    told = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": content})


def _answered(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with _moto:
        from moto.core.request import Request  # noqa: PLC0415 - slow, see above
        from moto.xray.responses import XRayResponse  # noqa: PLC0415

        request = Request.from_primitives("POST", f"http://xray{path}", headers, body)
        status, _, content = XRayResponse.dispatch(request)
        if path == _PUT:
            _forget_old_traces()
    return int(status), content if isinstance(content, bytes) else str(content).encode()


def _forget_old_traces() -> None:
    from moto.xray import models  # noqa: PLC0415 - imported by now

    backends: Any = models.xray_backends
    oldest = time.time() - KEPT_SECONDS
    for regions in list(backends.values()):
        for backend in list(regions.values()):
            traces: dict[str, dict[str, Any]] = backend._segment_collection._traces
            # A fault's past comes after the present, so they are in no order.
            first = min(map(_began, traces.values()), default=oldest)
            if len(traces) <= MOST_TRACES and first >= oldest:
                continue
            newest = sorted(traces, key=lambda trace_id: _began(traces[trace_id]))
            kept = set(newest[-MOST_TRACES * 9 // 10 :])
            for trace_id in newest:
                if trace_id not in kept or _began(traces[trace_id]) < oldest:
                    del traces[trace_id]


def _began(trace: dict[str, Any]) -> float:
    segments = trace["segments"]
    return float(segments[0].start_time) if segments else 0.0


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, or `None` where it is too long to be one."""
    parts = bytearray()
    while True:
        message = await receive()
        parts += message.get("body", b"")
        if len(parts) > _LONGEST_BODY or message["type"] == "http.disconnect":
            return None
        if not message.get("more_body"):
            return bytes(parts)
