"""Long texts, a page at a time; the cursor is where the next page begins."""

from dataclasses import dataclass
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

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
