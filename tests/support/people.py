"""Slack, Teams, GitHub and a mailbox on a port of their own, which fail when a test wants it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from local_cloud.people import github, slack
from local_cloud.people.places import PATH, Places, Request


@dataclass
class People:
    """What arrived, and what the next requests to a place meet."""

    places: Places
    base_url: str
    faults: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """By place: statuses that its next writes are answered with; what meets a 502 arrives."""
    hanging: set[str] = field(default_factory=set[str])
    """Places that take a request and do not answer."""
    released: threading.Event = field(default_factory=threading.Event)

    def at(self, place: str) -> list[dict[str, Any]]:
        """Return what arrived at a place, oldest first."""
        return self.places.inbox.find(lambda one: one["place"] == place)

    def secrets(self) -> dict[str, str]:
        """Return what the places ask for, by the name of the variable that leads there."""
        return {
            "SLACK_TOKEN_SECRET_ARN": slack.TOKEN,
            "TEAMS_WEBHOOK_SECRET_ARN": f"{self.base_url}{PATH}/teams/incidents",
            "ITOPS_GITHUB_TOKEN_SECRET": github.TOKEN,
        }

    def addresses(self) -> dict[str, str]:
        """Return where the places are, as the notifier is told."""
        return {
            "SLACK_CHANNEL": slack.ROOM,
            "SLACK_BASE_URL": f"{self.base_url}{PATH}/slack/api/",
            "ITOPS_GITHUB_REPOSITORY": github.REPOSITORY,
            "ITOPS_GITHUB_BASE_URL": f"{self.base_url}{PATH}/github",
        }


class _Requests(BaseHTTPRequestHandler):
    people: ClassVar[People]

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_PATCH(self) -> None:
        self._take()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Say nothing."""

    def _take(self) -> None:
        asked = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = asked.path.removeprefix(PATH)
        place = path.strip("/").partition("/")[0]
        if place in self.people.hanging:
            self.people.released.wait(30)
            return
        waiting = self.people.faults.get(place, [])
        fault = waiting.pop(0) if waiting and self.command != "GET" else 0
        status, content, kind = fault, b"{}", "application/json"
        if fault in {0, 502}:
            request = Request(
                method=self.command,
                path=path,
                query=dict(parse_qsl(asked.query)),
                headers={name.lower(): text for name, text in self.headers.items()},
                body=body,
            )
            answer = self.people.places.answer(request)
            if not fault:
                status, content, kind = answer.status, answer.body, answer.content_type
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def people_at(folder: Path) -> Generator[People]:
    """Run the places on a free port of the loopback for as long as the block lasts."""
    handler = type("Requests", (_Requests,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        base = f"http://127.0.0.1:{server.server_address[1]}"
        people = People(Places(folder, base, lambda _topic, _token: None), base)
        handler.people = people  # type: ignore[attr-defined]
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        running.start()
        try:
            yield people
        finally:
            people.released.set()
            server.shutdown()
            running.join()
