"""Log lines: made readable, and how serious they are."""

import json
import re

_LEVEL = re.compile(
    r"\b(FATAL|CRITICAL|SEVERE|ERROR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)\b", re.IGNORECASE
)
_TROUBLE = re.compile(
    r"(?:error|exception)\b|\b(?:traceback|panic|segfault|killed|oom)\b", re.IGNORECASE
)
_ONE_NAME = {"WARNING": "WARN", "SEVERE": "ERROR", "NOTICE": "INFO"}
_LEVEL_FIELDS = ("level", "severity", "levelname", "log.level", "lvl")
_LEVEL_WITHIN = 160
"""A level stands near the beginning of a line; further back it is part of the message."""


def readable(text: str, characters: int) -> str:
    """Return the beginning of `text` with what cannot be printed made visible as such."""
    cut = text[:characters]
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in cut
    ).rstrip()


def level_of(message: str) -> str:
    """Return how serious a line is: its own word for it, else `ERROR` or `OTHER`."""
    stated = _stated_level(message) or _LEVEL.search(message[:_LEVEL_WITHIN])
    if stated:
        word = stated if isinstance(stated, str) else stated.group(1)
        return _ONE_NAME.get(word.upper(), word.upper())
    return "ERROR" if _TROUBLE.search(message) else "OTHER"


def _stated_level(message: str) -> str | None:
    if not message.startswith("{"):
        return None
    try:
        fields = json.loads(message)
    except ValueError:
        return None
    words = (fields.get(name) for name in _LEVEL_FIELDS)
    return next((word for word in words if isinstance(word, str) and _LEVEL.fullmatch(word)), None)
