"""What a played model says, and how its reply goes wrong on the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]
Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer: blocks with a stop reason, or an error of some status."""

    content: Sequence[Block] = ()
    stop_reason: str = "end_turn"
    status: int = 200
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    """Overrides what the server counts."""
    hangs: bool = False
    """Nothing is ever said."""
    drops: bool = False
    """The connection is closed before the first byte."""
    breaks_after: int | None = None
    """The connection is closed after so many bytes of the body."""
    drips_seconds: float = 0.0
    """Pause between any two small pieces of the body."""


Script = Callable[[Body], Reply]
"""What to answer to a request."""


def says(*blocks: Block, stop_reason: str | None = None, **usage: int) -> Reply:
    """Return a reply of these blocks; it stops for tools where it calls any."""
    uses = any(block["type"] == "tool_use" for block in blocks)
    reason = stop_reason or ("tool_use" if uses else "end_turn")
    return Reply(content=list(blocks), stop_reason=reason, usage=usage)


def text(words: str) -> Block:
    """Return a text block."""
    return {"type": "text", "text": words}


def thinking(words: str) -> Block:
    """Return a thinking block, signed: it has to come back unchanged."""
    return {"type": "thinking", "thinking": words, "signature": f"signed:{hash(words) & 0xFFFF:x}"}


def use(call_id: str, name: str, /, **arguments: Any) -> Block:  # noqa: ANN401
    """Return a tool call."""
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def fails(status: int, kind: str = "api_error", **headers: str) -> Reply:
    """Return an error as the API words it; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, error=kind, headers=named)


def in_order(replies: Sequence[Reply]) -> Script:
    """Return the script that gives `replies` one after the other, the last for ever."""
    left = list(replies)
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]
