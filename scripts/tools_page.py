"""Writes docs/tools.md and config/tools.json from what the tool servers say of themselves."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mcp.types import Tool

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "tools.md"
LIST = CHECKOUT / "config" / "tools.json"
"""What the API tells of the tools: it reaches none of the servers."""
_HEAD = """\
# The tools

What agents, people and other MCP clients can ask and do. This page is made from the servers
themselves by `scripts/tools_page.py`; a test compares the two.

Every answer of a tool that looks names its `data_source` and the exact `query`; where there is
more than is shown it says `truncated` and gives a `cursor`. A wrong argument is answered with
what would do; a missing permission with its name. A default answer takes at most some 2,000
tokens. Over a recording, monitoring and fleet answer with `data_source: recorded`:
`itops mcp serve monitoring --recorded payment-oom`. [mcp.md](mcp.md) tells how clients connect.
"""
_PLACES = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "INCIDENTS_TABLE": "ITOps-Incidents",
    "AGENT_STATE_TABLE": "ITOps-AgentState",
    "KNOWLEDGE_TABLE": "ITOps-KnowledgeBase",
    "APPROVALS_TABLE": "ITOps-Approvals",
    "CATALOG_TABLE": "ITOps-Catalog",
    "RUNTIME_TABLE": "ITOps-Runtime",
    "AUDIT_TABLE": "ITOps-Audit",
    "KILL_SWITCH_PARAMETER": "/ITOps/actions-enabled",
    "NOTIFICATIONS_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:ITOps-Notifications",
    "NOTIFIER_FUNCTION": "ITOps-Notifier",
    "STATE_MACHINE_ARN": (
        "arn:aws:states:us-east-1:000000000000:stateMachine:ITOps-IncidentResponse"
    ),
}


def server_names() -> list[str]:
    """Return the servers there are: `monitoring`, …"""
    folders = (CHECKOUT / "mcp-servers").glob("*_server/server.py")
    return sorted(path.parent.name.removesuffix("_server") for path in folders)


def page(servers: Mapping[str, Sequence[Tool]]) -> str:
    """Return the page."""
    parts = [_HEAD]
    for server in sorted(servers):
        parts.append(f"\n## {server}\n")
        parts.extend(_section(tool) for tool in servers[server])
    return "".join(parts)


def in_short(servers: Mapping[str, Sequence[Tool]]) -> str:
    """Return the tools in short, for the API."""
    told = {
        server: [
            {
                "name": tool.name,
                "purpose": (tool.description or "").strip().partition("\n")[0],
                "manner": _manners(tool).rstrip(".").lower(),
            }
            for tool in servers[server]
        ]
        for server in sorted(servers)
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _section(tool: Tool) -> str:
    lines = [f"\n### `{tool.name}`\n", f"\n{tool.description} *{_manners(tool)}*\n"]
    arguments = list(_arguments(tool.input_schema))
    if arguments:
        lines.append("\n| argument | takes | |\n|---|---|---|\n")
        lines.extend(f"| {' | '.join(row)} |\n" for row in arguments)
    told = [name for name in (tool.output_schema or {}).get("properties", {}) if name not in _SELF]
    lines.append(f"\nAnswers {', '.join(f'`{name}`' for name in told)}.\n")
    return "".join(lines)


_SELF = {"data_source", "query", "truncated", "cursor"}


def _manners(tool: Tool) -> str:
    hints = tool.annotations
    if hints is None or hints.read_only_hint:
        return "Looks."
    return "Changes." if hints.destructive_hint else "Adds."


def _arguments(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        options = [told, *told.get("anyOf", [])]
        words = next((one["description"] for one in options if one.get("description")), "")
        default = told.get("default")
        usual = f" Default `{default}`." if name not in required and default is not None else ""
        mark = "" if name in required else "?"
        yield f"`{name}`{mark}", _takes(told, schema), f"{words}{usual}".replace("|", "\\|")


def _takes(told: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "$ref" in told:
        return _takes(root["$defs"][told["$ref"].rsplit("/", 1)[-1]], root)
    options = [one for one in told.get("anyOf", []) if one.get("type") != "null"]
    if options:
        return " or ".join(dict.fromkeys(_takes(one, root) for one in options))
    if "enum" in told:
        return ", ".join(f"`{value}`" for value in told["enum"])
    if "const" in told:
        return f"`{told['const']}`"
    kind = str(told.get("format") or told.get("type") or "value")
    bounds = [str(told[name]) for name in ("minimum", "maximum") if name in told]
    return f"{kind}, {' to '.join(bounds)}" if bounds else kind


def described() -> dict[str, list[Tool]]:
    """Return the tools of every server, asked of the servers in this process."""
    for name, value in _PLACES.items():
        os.environ.setdefault(name, value)
    return {
        name: asyncio.run(import_module(f"{name}_server.composition").server().list_tools())
        for name in server_names()
    }


if __name__ == "__main__":
    found = described()
    PAGE.write_text(page(found), encoding="utf-8")
    LIST.write_text(in_short(found), encoding="utf-8")
