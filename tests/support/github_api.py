"""A small server that speaks the part of GitHub's REST API that opening issues takes."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "shop/operations"
TOKEN = "a-token-for-tests"
_PATH = f"/repos/{REPOSITORY}/issues"


class GitHub:
    """What the repository holds, and what the next requests meet."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = []
        self.base_url = ""
        self.faults: list[int] = []
        """Statuses that the next writes are answered with, though the issue is kept for a 502."""
        self.writing = threading.Lock()

    def opened(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Keep a new issue as GitHub would show it."""
        number = len(self.issues) + 1
        issue = {
            "id": number,
            "number": number,
            "title": wanted["title"],
            "body": wanted.get("body", ""),
            "state": "open",
            "labels": [{"name": name} for name in wanted.get("labels", [])],
            "html_url": f"{self.base_url}/{REPOSITORY}/issues/{number}",
            "url": f"{self.base_url}{_PATH}/{number}",
        }
        self.issues.append(issue)
        return issue


class _Requests(BaseHTTPRequestHandler):
    github: ClassVar[GitHub]

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if self._is_known(asked.path):
            wanted = parse_qs(asked.query).get("labels", [""])[0]
            found = [
                issue
                for issue in reversed(self.github.issues)
                if wanted in {label["name"] for label in issue["labels"]}
            ]
            page = int(parse_qs(asked.query).get("page", ["1"])[0])
            self._answer(200, found if page == 1 else [])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_known(self.path):
            with self.github.writing:
                fault = self.github.faults.pop(0) if self.github.faults else 201
                told = {"message": f"fault {fault}: {body.decode()}"}
                if fault in {201, 502}:
                    issue = self.github.opened(json.loads(body))
                    told = issue if fault == 201 else told
            self._answer(fault, told)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Say nothing."""

    def _is_known(self, path: str) -> bool:
        if self.headers["Authorization"] not in {f"token {TOKEN}", f"Bearer {TOKEN}"}:
            self._answer(401, {"message": "Bad credentials"})
            return False
        if path != _PATH:
            self._answer(404, {"message": "Not Found"})
            return False
        return True

    def _answer(self, status: int, content: Any) -> None:  # noqa: ANN401
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def github_api() -> Generator[GitHub]:
    """Run the server on a free port of the loopback for as long as the block lasts."""
    github = GitHub()
    handler = type("Requests", (_Requests,), {"github": github})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        github.base_url = f"http://127.0.0.1:{server.server_address[1]}"
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        running.start()
        try:
            yield github
        finally:
            server.shutdown()
            running.join()
