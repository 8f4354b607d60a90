"""Histories and definitions as they lie in files: answers of the API, of the CLI, or log lines."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from itops_core.errors import InvalidInputError

_BETWEEN = " \t\r\n,"


def events_in(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a history one by one, so that memory holds the text and one event.

    It may be `{"events": […]}`, a list of events, or one event a line (Express logs).
    """
    place = _first_event(text)
    decoder = json.JSONDecoder()
    while True:
        while place < len(text) and text[place] in _BETWEEN:
            place += 1
        if place >= len(text) or text[place] == "]":
            return
        try:
            event, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"the history is not JSON: {error}") from error
        if not isinstance(event, Mapping):
            raise InvalidInputError("the history holds something else than events")
        yield event


def _first_event(text: str) -> int:
    start = len(text) - len(text.lstrip())
    beginning = text[start : start + 1]
    if beginning == "[":
        return start + 1
    if beginning != "{":
        raise InvalidInputError("a history is the JSON of GetExecutionHistory, or lines of a log")
    named = text.find('"events"', start, start + 500)
    if named < 0:
        return start
    opened = text.find("[", named)
    if opened < 0:
        raise InvalidInputError("events of the history is no list")
    return opened + 1
