"""Looks at pipelines for people who only want the figures: one tool, one answer, no thinking."""

from collections.abc import Mapping
from typing import Any

from itops_core.errors import ToolUnavailableError
from itops_core.tools.gateway import ToolGateway

LOOKS = {
    "failures": "list_failed_executions",
    "trend": "get_failure_trend",
    "shared": "find_shared_causes",
}
"""What may be looked at, and the tool that does it."""


def look(gateway: ToolGateway, what: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return `ok` with what the tool saw, or the reason why it saw nothing."""
    try:
        answer = gateway.call(LOOKS[what], arguments)
    except ToolUnavailableError as error:
        return {"ok": False, "unavailable": True, "message": str(error)}
    return {"ok": answer.ok, "message": answer.message, "content": answer.content}
