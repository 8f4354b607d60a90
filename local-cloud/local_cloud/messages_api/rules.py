"""Why the real API would refuse a request: the rules a client has to keep."""

import re
from collections.abc import Mapping, Sequence

from local_cloud.messages_api.replies import Block, Body, text

_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_BEDROCK_PATH = re.compile(r"^/model/[^/]+/invoke$")
_BLOCKS = {
    "user": {"text", "tool_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
}
_FIELDS = {
    "model",
    "max_tokens",
    "system",
    "tools",
    "messages",
    "stream",
    "thinking",
    "output_config",
    "metadata",
    "tool_choice",
    "anthropic_version",
}
_SAMPLING = {"temperature", "top_p", "top_k"}
_MARKS = 4


def trouble_with(path: str, headers: Mapping[str, str], body: Body) -> str:
    """Return why the request is refused, or nothing; header names are in lower case."""
    names = [tool.get("name", "") for tool in body.get("tools", [])]
    schemas = [tool["input_schema"].get("type") for tool in body.get("tools", [])]
    wrong = {
        f"no such path {path}": path != "/v1/messages" and not _BEDROCK_PATH.match(path),
        "no key": not _is_signed(path, headers),
        "sampling parameters are not accepted": _SAMPLING & set(body),
        f"unknown fields {sorted(set(body) - _FIELDS)}": set(body) - _FIELDS - _SAMPLING,
        "max_tokens has to be a positive number": not _is_positive(body.get("max_tokens")),
        "forced tool use is not accepted": body.get("tool_choice", {}).get("type", "auto")
        != "auto",
        f"tool names have to be plain: {names}": not all(map(_TOOL_NAME.match, names)),
        f"tool names have to be unique: {names}": len(set(names)) != len(names),
        "an input_schema has to be an object": set(schemas) - {"object"},
        f"at most {_MARKS} blocks may have cache_control": _marks(body) > _MARKS,
    }
    return next((what for what, is_so in wrong.items() if is_so), "") or _trouble_in(
        body["messages"]
    )


def _is_signed(path: str, headers: Mapping[str, str]) -> bool:
    authorization = headers.get("authorization", "")
    if _BEDROCK_PATH.match(path):
        return authorization.startswith("AWS4-HMAC-SHA256 ") and "/bedrock/" in authorization
    return authorization.startswith("Bearer ") or bool(headers.get("x-api-key"))


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _marks(body: Body) -> int:
    system = body.get("system")
    blocks = [*body.get("tools", []), *(system if isinstance(system, list) else [])]
    for message in body["messages"]:
        blocks += message["content"] if isinstance(message["content"], list) else []
    return sum("cache_control" in block for block in blocks)


def _trouble_in(messages: Sequence[Body]) -> str:
    if not messages or messages[0]["role"] != "user" or messages[-1]["role"] != "user":
        return "a conversation begins and ends with the user"
    expected: set[str] = set()
    role = "assistant"
    for message in messages:
        if message["role"] == role:
            return f"two turns of {role} in a row"
        role = message["role"]
        content = message["content"]
        blocks: list[Block] = [text(content)] if isinstance(content, str) else content
        trouble = _trouble_in_blocks(role, blocks)
        if trouble:
            return trouble
        if role == "assistant":
            expected = {block["id"] for block in blocks if block["type"] == "tool_use"}
            continue
        got = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if set(got) != expected or len(got) != len(expected):
            return f"tool results {got} do not answer the calls {sorted(expected)}"
    return ""


def _trouble_in_blocks(role: str, blocks: Sequence[Block]) -> str:
    if not blocks or any(block["type"] not in _BLOCKS[role] for block in blocks):
        return f"not a {role}'s blocks: {[block.get('type') for block in blocks]}"
    if any(block["type"] == "text" and not block["text"] for block in blocks):
        return "text blocks have to hold text"
    if any(not isinstance(block["input"], dict) for block in blocks if block["type"] == "tool_use"):
        return "the input of a tool call has to be an object"
    kinds = [block["type"] == "tool_result" for block in blocks]
    return "" if kinds == sorted(kinds, reverse=True) else "tool results come before text"
