"""Long texts and long lists, a page at a time; the cursor is where the next page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import canonical_json

_Item = TypeVar("_Item")

Cursor = Annotated[str | None, Field(pattern=r"^\d{1,9}$", description="From the page before.")]


@dataclass(frozen=True)
class TextPage:
    """A part of a text; `cursor` is `None` on the last one."""

    text: str
    begin: int
    cursor: str | None


def page_of(text: str, cursor: str | None, characters: int) -> TextPage:
    """Return the page that begins at `cursor`."""
    begin = int(cursor or 0)
    if begin and begin >= len(text):
        raise ToolError(f"there are {len(text)} characters only; leave the cursor out")
    end = begin + characters
    return TextPage(text[begin:end], begin, str(end) if end < len(text) else None)


@dataclass(frozen=True)
class ItemsPage(Generic[_Item]):
    """A part of a list; `cursor` is `None` on the last one."""

    items: list[_Item]
    cursor: str | None


def items_page(
    items: Sequence[_Item], cursor: str | None, at_most: int, characters: int
) -> ItemsPage[_Item]:
    """Return the page that begins at `cursor`: as many items as fit, and one at least."""
    begin = int(cursor or 0)
    if begin and begin >= len(items):
        raise ToolError(f"there are {len(items)} only; leave the cursor out")
    left, end = characters, begin
    for item in items[begin : begin + at_most]:
        left -= len(canonical_json(item)) + 1
        if left < 0 and end > begin:
            break
        end += 1
    return ItemsPage(list(items[begin:end]), str(end) if end < len(items) else None)
