"""Looks at pipelines and devices for people who only want the figures: one tool, no thinking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.errors import ToolUnavailableError
from itops_core.tools.gateway import ToolAnswer, ToolGateway

_PAGES = 6
"""So many pages of an answer are put together; what is left is said to be left out."""


@dataclass(frozen=True)
class Look:
    """A tool that is asked, and what of its answer comes in pages."""

    tool: str
    paged: tuple[str, ...] = ()
    server: str = "monitoring"


LOOKS = {
    "failures": Look("list_failed_executions"),
    "trend": Look("get_failure_trend"),
    "shared": Look("find_shared_causes"),
    "executions": Look("list_executions", ("executions",)),
    "graph": Look("get_execution_graph", ("nodes", "edges")),
    "explanation": Look("explain_execution_failure", ("sections",)),
    "comparison": Look("compare_executions"),
    "telemetry": Look("get_device_telemetry", server="fleet"),
    "excursions": Look("get_excursion_events", ("events",), server="fleet"),
}
"""What may be looked at, and the tool that does it."""


def look(
    gateways: Callable[[str], ToolGateway], what: str, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `ok` with what the tool saw, or the reason why it saw nothing."""
    asked = LOOKS[what]
    gateway = gateways(asked.server)
    try:
        answer = gateway.call(asked.tool, arguments)
        content = _whole(gateway, asked, arguments, answer)
    except ToolUnavailableError as error:
        return {"ok": False, "unavailable": True, "message": str(error)}
    return {"ok": answer.ok, "message": answer.message, "content": content}


def _whole(
    gateway: ToolGateway, asked: Look, arguments: Mapping[str, Any], first: ToolAnswer
) -> dict[str, Any]:
    """Return an answer with its further pages."""
    content = dict(first.content)
    for _ in range(_PAGES - 1):
        cursor = content.get("cursor")
        if not (first.ok and asked.paged and cursor):
            break
        page = gateway.call(asked.tool, {**arguments, "cursor": cursor})
        if not page.ok:
            break
        for name in asked.paged:
            more = page.content[name]
            content[name] = (
                {**content[name], **more} if isinstance(more, dict) else [*content[name], *more]
            )
        content |= {name: page.content[name] for name in ("cursor", "truncated")}
    return content
