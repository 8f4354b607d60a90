"""What states hand to each other, made safe and short enough to show."""

import json
from typing import Any

from itops_core.tools.redaction import redacted, redacted_text

_TEXT = 160
_ITEMS = 5
_FIELDS = 30
_DEEPEST = 8
_READ_CHARACTERS = 300_000


def parsed(text: str | None) -> Any:  # noqa: ANN401 - any JSON value, or the text that is none
    """Return the value of a payload; what is no JSON comes back as it is."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def items_of(text: str | None) -> list[Any]:
    """Return the items in a Map's input: the list that it is, or the longest that it holds."""
    value = parsed(text)
    if isinstance(value, list):
        return value
    lists = [one for one in value.values() if isinstance(one, list)] if _is_map(value) else []
    return max(lists, key=len, default=[])


def shown(text: str | None, characters: int) -> str:
    """Return a payload as compact JSON without secrets, of at most so many characters."""
    if text is None:
        return ""
    if len(text) > _READ_CHARACTERS:
        return _cut(redacted_text(text[:characters]), characters)
    return shown_value(parsed(text), characters)


def shown_value(value: Any, characters: int) -> str:  # noqa: ANN401
    """Return a value as compact JSON without secrets, of at most so many characters."""
    clean = redacted(value)
    whole = _compact(clean)
    if len(whole) <= characters:
        return whole
    return _cut(_compact(_shortened(clean, 0)), characters)


def _shortened(value: Any, depth: int) -> Any:  # noqa: ANN401
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, str):
        return value if len(value) <= _TEXT else f"{value[:_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        kept = [_shortened(item, depth + 1) for item in value[:_ITEMS]]
        more = len(value) - len(kept)
        return [*kept, f"… {more} more"] if more else kept
    if isinstance(value, dict):
        kept_fields = list(value.items())[:_FIELDS]
        shorter = {name: _shortened(item, depth + 1) for name, item in kept_fields}
        more = len(value) - len(kept_fields)
        return {**shorter, "…": f"{more} more fields"} if more else shorter
    return value


def _is_map(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict)


def _compact(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
