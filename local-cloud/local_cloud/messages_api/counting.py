"""Tokens as the server counts them, with a prompt cache that behaves as the API documents it.

A token is taken for four characters. Only what ends at a mark (`cache_control`) is kept, nothing
below 1,024 tokens, and a mark finds an earlier one at most twenty blocks back.
(https://docs.claude.com/en/docs/build-with-claude/prompt-caching)
"""

import hashlib
import json

from local_cloud.messages_api.replies import Block, Body, Reply

_CHARACTERS = 4
_LEAST = 1024
_LOOK_BACK = 20


class PromptCache:
    """Counts what a request costs, and remembers what of it the next one need not pay for."""

    def __init__(self) -> None:
        self._kept: set[str] = set()

    def usage(self, body: Body, reply: Reply) -> dict[str, int]:
        """Return the `usage` of a reply: fresh, cached and written input, and output tokens."""
        sizes: list[int] = []
        prefixes: list[str] = []
        marks: list[int] = []
        told = hashlib.sha256()
        for place, (label, block) in enumerate(_blocks(body)):
            bare = {key: value for key, value in block.items() if key != "cache_control"}
            words = json.dumps([label, bare], sort_keys=True)
            told.update(words.encode())
            sizes.append(_tokens(words))
            prefixes.append(told.hexdigest())
            if "cache_control" in block:
                marks.append(place)
        found = max((self._found(mark, prefixes) for mark in marks), default=-1)
        written = max((mark for mark in marks if sum(sizes[: mark + 1]) >= _LEAST), default=-1)
        self._kept |= {prefixes[mark] for mark in marks if mark <= written}
        cached = sum(sizes[: found + 1])
        created = max(0, sum(sizes[: written + 1]) - cached)
        return {
            "input_tokens": sum(sizes) - cached - created,
            "cache_creation_input_tokens": created,
            "cache_read_input_tokens": cached,
            "output_tokens": sum(_tokens(json.dumps(block)) for block in reply.content),
        }

    def _found(self, mark: int, prefixes: list[str]) -> int:
        for place in range(mark, max(-1, mark - _LOOK_BACK), -1):
            if prefixes[place] in self._kept:
                return place
        return -1


def _blocks(body: Body) -> list[tuple[str, Block]]:
    blocks: list[tuple[str, Block]] = [("tool", tool) for tool in body.get("tools", [])]
    system = body.get("system", [])
    blocks += [("system", block) for block in _as_blocks(system)]
    for message in body["messages"]:
        blocks += [(message["role"], block) for block in _as_blocks(message["content"])]
    return blocks


def _as_blocks(content: str | list[Block]) -> list[Block]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _tokens(words: str) -> int:
    return -(-len(words) // _CHARACTERS)
