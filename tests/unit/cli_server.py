"""A small HTTP server that speaks the REST API's shape, for tests of the command line."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "itops_of_the_tests"
Json = dict[str, Any]
Answer = tuple[int, Json | bytes]


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json


@dataclass
class ApiServer:
    """What it answers, by method and path, and what it was asked."""

    url: str = ""
    requests: list[Request] = field(default_factory=list[Request])
    routes: dict[tuple[str, str], Callable[[Request], Answer]] = field(
        default_factory=dict[tuple[str, str], Callable[[Request], Answer]]
    )

    def answers(self, method: str, path: str, body: Json | bytes, status: int = 200) -> None:
        """Answer `body` from now on."""
        self.routes[method, path] = lambda _: (status, body)

    def pages(self, path: str, items: list[Json]) -> None:
        """Answer `items` as one page, those after `after` where that is asked."""

        def page(request: Request) -> Answer:
            after = int(request.query.get("after", 0))
            left = [item for item in items if item.get("number", after + 1) > after]
            return 200, {"items": left, "cursor": None}

        self.routes["GET", path] = page

    def answer(self, request: Request) -> Answer:
        """Return what `request` is answered with."""
        self.requests.append(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, problem(401, "the token is not known")
        route = self.routes.get((request.method, request.path))
        if route is None:
            return 404, problem(404, f"nothing at {request.path}")
        return route(request)


def problem(status: int, detail: str, **more: object) -> Json:
    """Return a problem+json body."""
    return {"type": "about:blank", "title": "problem", "status": status, "detail": detail, **more}


@contextmanager
def serving() -> Generator[ApiServer]:
    """Run a server on a free port of the loopback."""
    api = ApiServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(api))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler_of(api: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                headers,
                json.loads(sent) if sent else {},
            )
            status, body = api.answer(request)
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
