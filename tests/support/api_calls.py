"""Calls of the API in this process, through the authorizer, as its gateway makes them."""

import io
import json
from typing import Any

from tests.support.gateway import gateway


def answer_of(
    method: str, path: str, body: object = None, *, token: str = "", **headers: str
) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an answer; a header's `_` stands for its `-`."""
    text = b"" if body is None else json.dumps(body).encode()
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(text)),
        "CONTENT_TYPE": "application/json",
        "wsgi.input": io.BytesIO(text),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    told: list[int] = []

    def start(status: str, _headers: object) -> None:
        told.append(int(status.split(maxsplit=1)[0]))

    answered = b"".join(gateway(environ, start))
    return told[0], json.loads(answered)
