"""Microsoft Teams: an Adaptive Card through an incoming webhook or a workflow."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from itops_core.domain.notification import Occasion, Passage
from itops_core.workflow.channels.port import DeliveryFailedError, Letter
from itops_core.workflow.channels.secrets import Secret
from itops_core.workflow.channels.text import shortened, uncalled

_CARD = "application/vnd.microsoft.card.adaptive"
_MOST_BYTES = 27_000
"""Teams takes 28 KB."""

_TEXT = 1500
_GONE = (400, 401, 403, 404, 410)
_BAD = {Occasion.CRITICAL, Occasion.PAGE, Occasion.PAGE_AGAIN, Occasion.FAILED}
_GOOD = {Occasion.RESOLVED, Occasion.CLOSED}
Element = dict[str, Any]


@dataclass(frozen=True)
class TeamsChannel:
    """Posts cards; the webhook's address is the secret."""

    url: Secret
    timeout_seconds: float
    name: str = "teams"

    def send(self, letter: Letter) -> dict[str, Any]:
        """Post a card. A webhook gives no id, so a message cannot be changed or looked up."""
        address = self.url()
        if urlsplit(address).scheme not in {"http", "https"}:
            raise DeliveryFailedError("the webhook's address is no web address", is_final=True)
        body = json.dumps(payload(letter), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        asked = urllib.request.Request(address, body, headers)  # noqa: S310 - see above
        try:
            with urllib.request.urlopen(asked, timeout=self.timeout_seconds) as answer:  # noqa: S310
                said = answer.read(4096).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error.code, error.headers.get("Retry-After")) from error
        except (OSError, HTTPException) as error:
            raise DeliveryFailedError(f"Teams is out of reach ({type(error).__name__})") from error
        # An incoming webhook answers 200 even where it delivered nothing, and says so in words.
        if "failed" in said.lower():
            raise DeliveryFailedError("Teams took the card and did not deliver it")
        return {"posted": True}

    def _refused(self, status: int, retry_after: str | None) -> DeliveryFailedError:
        if status in _GONE:
            self.url.forget()
        wait = float(retry_after) if retry_after and retry_after.isdigit() else None
        final = status in (400, 413)
        return DeliveryFailedError(f"Teams refused it ({status})", is_final=final, retry_after=wait)


def payload(letter: Letter) -> dict[str, Any]:
    """Return the message that webhooks and workflows take, within Teams' size."""
    body = _body(letter)
    while len(body) > 2 and len(json.dumps(body, ensure_ascii=False).encode()) > _MOST_BYTES:
        body = [*body[:-2], _runs("The rest is in the report.", is_bold=False)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if letter.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": letter.link}]
    attachment = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(letter: Letter) -> list[Element]:
    told = letter.notification
    colour = "attention" if told.occasion in _BAD else "default"
    colour = "good" if told.occasion in _GOOD else colour
    title = _runs(f"{told.incident_id}: {told.headline}", is_bold=True)
    title["inlines"][0] |= {"size": "large", "color": colour}
    found = [title, _runs(told.title, is_bold=False)]
    for passage in told.passages:
        found += _passage(passage)
    if letter.ended_as:
        found.append(_runs(letter.ended_as, is_bold=True))
    return found


def _passage(passage: Passage) -> list[Element]:
    return [
        _runs(passage.heading, is_bold=True),
        *(_runs(line, is_bold=False) for line in passage.lines),
    ]


def _runs(text: str, *, is_bold: bool) -> Element:
    # Runs of rich text are shown as they stand; a TextBlock would be read as Markdown.
    run = {"type": "TextRun", "text": shortened(uncalled(text), _TEXT)}
    if is_bold:
        run["weight"] = "bolder"
    return {"type": "RichTextBlock", "inlines": [run]}
