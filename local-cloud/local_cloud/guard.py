"""Keeps other web pages out: the emulator trusts whoever reaches it, as any browser can.

Refused are names that do not mean this machine (DNS rebinding), other origins than our own, and
the emulator's administration paths, which wipe or reconfigure it without any key.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_ADMINISTRATION = ("/_ministack", "/_localstack")


def refusal(scope: Scope) -> str | None:
    """Return why this request is not served, None when it is."""
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    if not _is_this_machine(urlsplit(f"//{headers.get('host', '')}").hostname):
        return "the Host header names another machine"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return "requests from other origins are refused"
    site = headers.get("sec-fetch-site", "none")
    if site not in {"none", "same-origin"} and headers.get("sec-fetch-mode") != "navigate":
        return "requests from other sites are refused"
    if str(scope["path"]).startswith(_ADMINISTRATION):
        return "the emulator's administration is closed"
    return None


def _is_this_machine(name: str | None) -> bool:
    if name is None:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


async def answer(send: Send, status: int, title: str, detail: str = "") -> None:
    """Send a problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    payload = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(payload)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": payload})
