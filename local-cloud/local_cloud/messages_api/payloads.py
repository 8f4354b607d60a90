"""A reply as it goes over the wire: one JSON document, or the events of a stream."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.messages_api.replies import Block, Body, Reply

_PIECE = 24
"""Characters of one delta of a stream."""


def document(reply: Reply, body: Body, usage: Mapping[str, int]) -> bytes:
    """Return the reply, or the error, as one JSON document."""
    if reply.status >= 400:
        kind, _, message = reply.error.partition(": ")
        told = {"type": "error", "error": {"type": kind, "message": message or kind}}
        return json.dumps(told).encode()
    return json.dumps(_message(reply, body, list(reply.content), usage)).encode()


def events(reply: Reply, body: Body, usage: Mapping[str, int]) -> bytes:
    """Return the reply as server-sent events."""
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        for event in _events(reply, body, usage)
    )


def _events(reply: Reply, body: Body, usage: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    begun = _message(reply, body, [], {**usage, "output_tokens": 1})
    yield {"type": "message_start", "message": {**begun, "stop_reason": None}}
    for index, block in enumerate(reply.content):
        yield {"type": "content_block_start", "index": index, "content_block": _empty(block)}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": reply.stop_reason, "stop_sequence": None},
        "usage": {"output_tokens": usage["output_tokens"]},
    }
    yield {"type": "message_stop"}


def _message(
    reply: Reply, body: Body, content: list[Block], usage: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "id": "msg_local",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", ""),
        "content": content,
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "usage": dict(usage),
    }


def _empty(block: Block) -> Block:
    match block["type"]:
        case "text":
            return {"type": "text", "text": ""}
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        case "tool_use":
            return {**block, "input": {}}
        case _:
            return block


def _deltas(block: Block) -> Iterator[dict[str, Any]]:
    match block["type"]:
        case "text":
            for piece in _pieces(block["text"]):
                yield {"type": "text_delta", "text": piece}
        case "thinking":
            for piece in _pieces(block["thinking"]):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "tool_use":
            for piece in _pieces(json.dumps(block["input"])):
                yield {"type": "input_json_delta", "partial_json": piece}
        case _:
            return


def _pieces(words: str) -> Iterator[str]:
    for at in range(0, len(words), _PIECE):
        yield words[at : at + _PIECE]
