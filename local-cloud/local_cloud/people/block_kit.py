"""What Slack refuses of a message's blocks: Block Kit's kinds, fields and lengths."""

from collections.abc import Iterator
from typing import Any

_BLOCKS = 50
_FIELDS = {
    "header": {"type", "text", "block_id"},
    "section": {"type", "text", "block_id", "fields", "accessory", "expand"},
    "context": {"type", "elements", "block_id"},
    "actions": {"type", "elements", "block_id"},
    "divider": {"type", "block_id"},
}
_BUTTON = {
    "type", "text", "action_id", "value", "style", "url", "confirm", "accessibility_label",
}  # fmt: skip


def faults(blocks: Any) -> list[str]:  # noqa: ANN401 - whatever somebody sent
    """Return why Slack would refuse these blocks; nothing where it would take them."""
    if not isinstance(blocks, list):
        return ["blocks is no list"]
    found = [f"more than {_BLOCKS} blocks"] if len(blocks) > _BLOCKS else []
    for at, block in enumerate(blocks):
        found += [f"block {at}: {fault}" for fault in _of_block(block)]
    named = [block.get("block_id") for block in blocks if isinstance(block, dict)]
    given = [name for name in named if name]
    if len(given) != len(set(given)):
        found.append("two blocks have one block_id")
    return found


def _of_block(block: Any) -> Iterator[str]:  # noqa: ANN401
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _FIELDS:
        yield f"no block is of type {kind!r}"
        return
    if extra := set(block) - _FIELDS[kind]:
        yield f"unknown fields {sorted(extra)}"
    if len(block.get("block_id") or "") > 255:
        yield "block_id is too long"
    if kind == "header":
        yield from _of_text(block.get("text"), 150, {"plain_text"})
    elif kind == "section":
        yield from _of_section(block)
    elif kind in {"context", "actions"}:
        yield from _of_elements(block, kind)


def _of_section(block: dict[str, Any]) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield "a section needs text or fields"
    if "text" in block:
        yield from _of_text(block["text"], 3000, {"plain_text", "mrkdwn"})
    fields = block.get("fields") or []
    if len(fields) > 10:
        yield "more than 10 fields"
    for one in fields:
        yield from _of_text(one, 2000, {"plain_text", "mrkdwn"})


def _of_elements(block: dict[str, Any], kind: str) -> Iterator[str]:
    elements = block.get("elements")
    most = 10 if kind == "context" else 25
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        yield f"1 to {most} elements are needed"
        return
    for one in elements:
        if kind == "context":
            yield from _of_text(one, 3000, {"plain_text", "mrkdwn"})
        else:
            yield from _of_button(one)


def _of_button(button: Any) -> Iterator[str]:  # noqa: ANN401
    if not isinstance(button, dict) or button.get("type") != "button":
        yield "only buttons are known here"
        return
    if extra := set(button) - _BUTTON:
        yield f"unknown fields {sorted(extra)}"
    yield from _of_text(button.get("text"), 75, {"plain_text"})
    if not 1 <= len(button.get("action_id") or "") <= 255:
        yield "action_id has 1 to 255 letters"
    if len(button.get("value") or "") > 2000:
        yield "value is too long"
    if button.get("style") not in {None, "primary", "danger"}:
        yield "style is primary or danger"


def _of_text(text: Any, most: int, kinds: set[str]) -> Iterator[str]:  # noqa: ANN401
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"text has to be of type {' or '.join(sorted(kinds))}"
        return
    allowed = {"type", "text"} | ({"verbatim"} if text["type"] == "mrkdwn" else {"emoji"})
    if extra := set(text) - allowed:
        yield f"unknown fields {sorted(extra)} in text"
    words = text.get("text")
    if not isinstance(words, str) or not 1 <= len(words) <= most:
        yield f"text has 1 to {most} letters"
