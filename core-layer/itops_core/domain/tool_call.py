"""A question to a tool server."""

from typing import Any

from pydantic import Field

from itops_core.domain.values import Value


class ToolCall(Value):
    """One question to one tool server."""

    server: str
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
