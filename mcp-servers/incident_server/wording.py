"""What callers write, as it is kept: readable, and without what steers a screen."""

from mcp.server.mcpserver.exceptions import ToolError

from itops_core.tools.redaction import one_line, plain_text


def words(text: str, name: str) -> str:
    """Return `text` without secrets and marks; refuse it where nothing readable is left."""
    said = plain_text(text).strip()
    if not said:
        raise ToolError(f"{name}: nothing readable is left of it; write words")
    return said


def line(text: str, name: str) -> str:
    """Return a title or a name as `words` does, on one line."""
    return words(one_line(text), name)
