"""The tools of a capsule: each call gets the answer that it got then, any other gets none."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from itops_cli.capsules.capsule import Capsule
from itops_core.domain.investigation import Observation, ObservationStatus
from itops_core.domain.values import canonical_json
from itops_core.errors import ToolUnavailableError
from itops_core.tools.gateway import ToolAnswer, ToolSchema

NOT_THERE = "the capsule holds no answer to this call"
PREVIEW = ("operations", "preview_action")
SERVERS = ("monitoring", "incident", "operations", "fleet")

_Answer = ToolAnswer | str
"""What was answered; a text is why there was no answer."""


class CapsuleGateway:
    """Stands where the way to one tool server does."""

    def __init__(self, server: str, answers: Mapping[str, deque[_Answer]]) -> None:
        self._server = server
        self._answers = answers
        self._lock = threading.Lock()
        self.unknown: list[str] = []
        """Calls that the capsule has no answer to."""

    @property
    def server(self) -> str:
        """The server's name."""
        return self._server

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Return the recorded answers to a call in their order; the last one stays."""
        with self._lock:
            held = self._answers.get(_key(tool, arguments))
            if not held:
                self.unknown.append(f"{self._server}.{tool}")
                raise ToolUnavailableError(self._server, NOT_THERE)
            answer = held.popleft() if len(held) > 1 else held[0]
        if isinstance(answer, str):
            raise ToolUnavailableError(self._server, answer)
        return answer

    def list_tools(self) -> tuple[ToolSchema, ...]:
        """Nobody is told of tools: what will be called stands in the capsule."""
        return ()

    def close(self) -> None:
        """There is nothing to let go of."""


def capsule_gateways(capsule: Capsule) -> Mapping[str, CapsuleGateway]:
    """Return the ways to all servers, as they answered in the last round."""
    answers: dict[str, dict[str, deque[_Answer]]] = {name: {} for name in SERVERS}
    for server, key, answer in _recorded(capsule):
        answers.setdefault(server, {}).setdefault(key, deque()).append(answer)
    return {server: CapsuleGateway(server, known) for server, known in answers.items()}


def _recorded(capsule: Capsule) -> Iterator[tuple[str, str, _Answer]]:
    contents = {one.evidence_id: one.content for one in capsule.evidence}
    for step in capsule.last_round:
        for seen in step.observations:
            answer = _answer(seen, contents)
            if answer is not None:
                yield seen.call.server, _key(seen.call.tool, seen.call.arguments), answer
    for preview in capsule.incident.previews:
        # The gate was shown these; the agent may have looked at the same a moment before.
        asked = {"name": preview.action.name, "parameters": preview.action.parameters}
        told = ToolAnswer(ok=True, content=preview.model_dump(mode="json"))
        yield PREVIEW[0], _key(PREVIEW[1], asked), told


def _answer(seen: Observation, contents: Mapping[str, dict[str, Any]]) -> _Answer | None:
    match seen.status:
        case ObservationStatus.OK if seen.evidence_id in contents:
            return ToolAnswer(ok=True, content=contents[str(seen.evidence_id)])
        case ObservationStatus.ERROR:
            return ToolAnswer(ok=False, content={}, message=seen.message)
        case ObservationStatus.UNAVAILABLE:
            return seen.message
        case _:
            return None


def _key(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool} {canonical_json(arguments)}"
