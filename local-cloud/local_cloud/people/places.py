"""The places where people are told, all under one path: what is posted there, and reading it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from local_cloud.people import github, slack, teams
from local_cloud.people.inbox import Inbox

PATH = "/_itops/people"
FILE = "people.jsonl"
_ANY = dict[str, Any]


class Place(StrEnum):
    """Where a message arrives."""

    SLACK = "slack"
    TEAMS = "teams"
    GITHUB = "github"
    MAIL = "mail"


@dataclass(frozen=True)
class Request:
    """What was asked, below `PATH`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def token(self) -> str:
        """The token it shows."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() in {"bearer", "token"} else ""

    def given(self) -> _ANY:
        """Return what it says: JSON, a form, or its query."""
        if not self.body:
            return dict(self.query)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = dict(parse_qsl(self.body.decode()))
            return {name: _unpacked(text) for name, text in form.items()}
        told = json.loads(self.body)
        return told if isinstance(told, dict) else {}


@dataclass(frozen=True)
class Answer:
    """What is answered: text, or JSON."""

    status: int
    content: object

    @property
    def body(self) -> bytes:
        """The content as it goes out."""
        if isinstance(self.content, str):
            return self.content.encode()
        return json.dumps(self.content, ensure_ascii=False).encode()

    @property
    def content_type(self) -> str:
        """What it is."""
        text = isinstance(self.content, str)
        return "text/plain; charset=utf-8" if text else "application/json; charset=utf-8"


class Places:
    """Slack, Teams, GitHub and a mailbox."""

    def __init__(self, folder: Path, base_url: str, confirm: Callable[[str, str], object]) -> None:
        """Keep what arrives in `folder`; `confirm` a topic's subscription with its token."""
        self.inbox = Inbox(folder / FILE)
        self._slack = slack.Slack(self.inbox)
        self._github = github.GitHub(self.inbox, f"{base_url}{PATH}/github")
        self._confirm = confirm

    def answer(self, request: Request) -> Answer:
        """Answer one request; what is malformed is refused as the real places refuse it."""
        try:
            return self._answered(request)
        except (ValueError, KeyError, TypeError) as error:
            return Answer(400, f"malformed: {error!r}")

    def _answered(self, request: Request) -> Answer:
        place, _, rest = request.path.strip("/").partition("/")
        match (request.method, place):
            case ("POST" | "GET", "slack"):
                return self._in_slack(request, rest)
            case ("POST", "teams"):
                return Answer(*teams.take(self.inbox, request.body))
            case (_, "github"):
                given = request.given() if request.body else {}
                asked = (request.method, f"/{rest}", request.token)
                return Answer(*self._github.call(*asked, dict(request.query), given))
            case ("POST", "mail"):
                return self._in_mailbox(request)
            case ("GET", "messages"):
                return Answer(200, {"items": self.inbox.find(lambda _record: True)})
            case _:
                return Answer(404, "nobody is here")

    def _in_slack(self, request: Request, rest: str) -> Answer:
        kind, _, name = rest.partition("/")
        if kind == "response":
            return Answer(*self._slack.respond(name, request.given()))
        if kind != "api":
            return Answer(404, "no such page")
        return Answer(200, self._slack.call(name, request.token, request.given()))

    def _in_mailbox(self, request: Request) -> Answer:
        told = request.given()
        if told["Type"] == "SubscriptionConfirmation":
            self._confirm(told["TopicArn"], told["Token"])
            return Answer(200, "")
        # What AWS itself writes into a topic, such as an alarm of the stack, is a letter, too.
        self.inbox.add(
            "mail",
            "letter",
            {"subject": told.get("Subject") or "", "message": str(told["Message"])},
        )
        return Answer(200, "")


def mailbox_url(base_url: str) -> str:
    """Return where a topic delivers letters."""
    return f"{base_url}{PATH}/mail"


def _unpacked(text: str) -> Any:  # noqa: ANN401
    """Return a form's field; Slack takes blocks and metadata as JSON in it."""
    if text[:1] in {"[", "{"}:
        return json.loads(text)
    return text
