"""Who may speak to a tool server over HTTP: a token, and no web page that pretends to be local."""

import hmac
import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from itops_core.errors import InvalidInputError
from itops_core.tools.http_face import HttpReply, HttpRequest, problem

SHORTEST_TOKEN = 16
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Guard:
    """Decides by the headers alone, before a body is read.

    A page in a browser can be made to resolve its own name to this machine (DNS rebinding). It
    cannot change what it sends as `Host` and `Origin`, so these have to name this machine; an
    address says nothing that could be rebound.
    """

    host: str
    token: str | None = field(default=None, repr=False)
    more_hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise InvalidInputError(
                f"{self.host} can be reached from other machines: serving there needs a token"
            )
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise InvalidInputError(f"a token has at least {SHORTEST_TOKEN} characters")

    def refusal(self, request: HttpRequest) -> HttpReply | None:
        """Return why a request is not served, or nothing."""
        if not self._is_ours(_host_of(f"//{request.header('host') or ''}")):
            return problem(421, "this server is not known by that name (Host)")
        origin = request.header("origin")
        if origin is not None and not self._is_ours(_host_of(origin)):
            return problem(403, "pages of that origin may not ask here (Origin)")
        if self.token is not None and not self._bears(request.header("authorization")):
            return problem(
                401, "the token is missing or wrong", www_authenticate='Bearer realm="itops"'
            )
        return None

    def _is_ours(self, name: str | None) -> bool:
        if not name:
            return False
        if name in _LOCAL_NAMES | self.more_hosts | {self.host.lower()}:
            return True
        if is_loopback(self.host):
            return False
        return name == socket.gethostname().lower() or _is_address(name)

    def _bears(self, header: str | None) -> bool:
        scheme, _, given = (header or "").partition(" ")
        expected = (self.token or "").encode()
        # Compared in constant time, so that a guess learns nothing from how long it took.
        is_right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected)
        return is_right and scheme.lower() == "bearer"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches `host`."""
    if host.lower() == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
