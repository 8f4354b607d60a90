"""What an agent may look at with the tools it is allowed, and what it is told of them.

A text that was read may ask for anything. Evidence of other incidents, and logs in which secrets,
sign-ins or audits stand, are not shown to an agent, whatever it asks for and why.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Any

from itops_core.domain.investigation import ToolCall
from itops_core.domain.values import canonical_json
from itops_core.tools.gateway import ToolSchema
from itops_core.tools.redaction import plain_text

_OF_ITS_OWN_INCIDENT = {("monitoring", "get_evidence"), ("incident", "analyze_incident")}
_LOG_GROUP = "log_group"
_DESCRIPTION_CHARACTERS = 160
"""Ours take half of that."""
_SCHEMA_TEXT_CHARACTERS = 300
_SCHEMA_CHARACTERS = 4_000


def out_of_bounds(call: ToolCall, incident_id: str, denied_log_groups: Collection[str]) -> str:
    """Return why an agent that works on `incident_id` may not ask this, or nothing."""
    asked = call.arguments.get("incident_id")
    if (call.server, call.tool) in _OF_ITS_OWN_INCIDENT and asked != incident_id:
        return f"{call.tool} is only for the incident at hand, {incident_id}"
    group = call.arguments.get(_LOG_GROUP)
    if isinstance(group, str) and _is_denied(group, denied_log_groups):
        return f"agents do not read {group}: tools.denied_log_groups names what they may not"
    return ""


def bounded(schema: ToolSchema) -> ToolSchema:
    """Return what is told of a tool: short and plain, whatever its server says of it."""
    told = _plain(schema.input_schema)
    is_too_long = len(canonical_json(told)) > _SCHEMA_CHARACTERS
    return schema.model_copy(
        update={
            "description": plain_text(schema.description)[:_DESCRIPTION_CHARACTERS],
            "input_schema": {"type": "object"} if is_too_long else told,
        }
    )


def _is_denied(group: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(group.casefold(), pattern.casefold()) for pattern in patterns)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of a JSON schema
    if isinstance(value, str):
        return plain_text(value)[:_SCHEMA_TEXT_CHARACTERS]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
