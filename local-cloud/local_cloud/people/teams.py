"""A webhook of Microsoft Teams: takes Adaptive Cards in its own envelope, within its size."""

import json
from typing import Any

from local_cloud.people.inbox import Inbox

_MOST_BYTES = 28_000
_CARD = "application/vnd.microsoft.card.adaptive"
_ELEMENTS = {"TextBlock", "RichTextBlock", "FactSet", "Container", "ColumnSet", "Table", "Image"}
_ACTIONS = {"Action.OpenUrl", "Action.Submit", "Action.ShowCard", "Action.ToggleVisibility"}


def take(inbox: Inbox, body: bytes) -> tuple[int, str]:
    """Answer a post to the webhook."""
    if len(body) > _MOST_BYTES:
        return 413, "the message is too large"
    try:
        given: Any = json.loads(body)
        card = _card_of(given)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        return 400, f"bad payload received by generic incoming webhook: {error}"
    inbox.add("teams", "card", {"card": card})
    return 202, ""


def _card_of(given: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever somebody sent
    if given["type"] != "message":
        raise ValueError("type is not message")
    (attachment,) = given["attachments"]
    if attachment["contentType"] != _CARD:
        raise ValueError("contentType is no adaptive card")
    card = attachment["content"]
    if card["type"] != "AdaptiveCard" or not str(card["version"]).startswith("1."):
        raise ValueError("no AdaptiveCard of version 1")
    if not card["body"]:
        raise ValueError("the card is empty")
    for element in card["body"]:
        _check(element)
    for action in card.get("actions", []):
        if action["type"] not in _ACTIONS or not action["title"]:
            raise ValueError(f"no action {action['type']}")
    return card


def _check(element: dict[str, Any]) -> None:
    kind = element["type"]
    if kind not in _ELEMENTS:
        raise ValueError(f"no element {kind}")
    if kind == "TextBlock" and not isinstance(element["text"], str):
        raise ValueError("a TextBlock needs text")
    if kind == "RichTextBlock":
        for run in element["inlines"]:
            if run["type"] != "TextRun" or not isinstance(run["text"], str):
                raise ValueError("an inline is a TextRun with text")
