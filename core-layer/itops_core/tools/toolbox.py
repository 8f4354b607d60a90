"""What an agent can see with: the tools it is allowed, each answer made an observation.

Trouble with a tool is something to observe, never an exception. The whole answer, without the
secrets in it, is the evidence; the agent is shown a compact view of it.
"""

import copy
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Agent, Observation, ObservationStatus, ToolCall
from itops_core.domain.values import canonical_json, derived_id, sha256_of, utc_now
from itops_core.errors import ToolUnavailableError
from itops_core.tools.bounds import bounded, out_of_bounds
from itops_core.tools.compaction import compact
from itops_core.tools.gateway import ToolAnswer, ToolGateway, ToolSchema
from itops_core.tools.journal import Journal, NoJournal
from itops_core.tools.redaction import plain_text, redacted, without_hidden_marks

AllowedTools = Mapping[Agent, Mapping[str, Collection[str]]]
"""The names of the tools, by server, that each agent may call."""

Seen = tuple[Observation, Evidence | None]

_JOURNAL_CHARACTERS = 2_000
_ARGUMENT_CHARACTERS = 20_000
_MESSAGE_CHARACTERS = 2_000
_AT_ONCE = 8


class Toolbox:
    """The tools of one agent."""

    def __init__(
        self,
        agent: Agent,
        gateways: Mapping[str, ToolGateway],
        allowed: AllowedTools,
        result_characters: int,
        denied_log_groups: Collection[str] = (),
    ) -> None:
        self._agent = agent
        self._gateways = gateways
        self._allowed = allowed
        self._result_characters = result_characters
        self._denied_log_groups = denied_log_groups
        self._journal: Journal = NoJournal()

    def journaled(self, journal: Journal) -> "Toolbox":
        """Return these tools, whose calls and results are written down."""
        same = copy.copy(self)
        same._journal = journal
        return same

    def schemas(self, agent: Agent | None = None) -> tuple[ToolSchema, ...]:
        """Return the tools of `agent` (this one's where it is left out).

        The tools of a server that is out of reach are named without their arguments: whoever
        calls them observes that they cannot be seen.
        """
        tools = self._tools_of(agent or self._agent)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            listed = pool.map(self._listed, tools, tools.values())
            return tuple(schema for schemas in listed for schema in schemas)

    def run_all(
        self, calls: Sequence[ToolCall], incident_id: str, step_number: int
    ) -> tuple[Seen, ...]:
        """Run `calls` side by side and return what each showed, in their order."""
        if not calls:
            return ()
        with ThreadPoolExecutor(min(len(calls), _AT_ONCE)) as pool:
            running = [
                pool.submit(self.run, call, incident_id, step_number, index)
                for index, call in enumerate(calls)
            ]
            return tuple(seen.result() for seen in running)

    def run(self, call: ToolCall, incident_id: str, step_number: int, index: int) -> Seen:
        """Run one call of a step; return what it showed and, where it did, the evidence."""
        told = {"incident_id": incident_id, "step": step_number, "index": index}
        named = {"server": call.server, "tool": call.tool}
        self._journal.write("tool_call", **told, **named, arguments=call.arguments)
        seen = self._seen(call, incident_id, step_number, index)
        self._journal.write("tool_result", **told, **named, **_result(seen[0]))
        return seen

    def _seen(self, call: ToolCall, incident_id: str, step_number: int, index: int) -> Seen:
        refusal = self._refusal(call) or out_of_bounds(call, incident_id, self._denied_log_groups)
        if refusal:
            return _silent(call, ObservationStatus.REFUSED, refusal), None
        began = time.monotonic()
        try:
            answer = self._gateways[call.server].call(call.tool, call.arguments)
        except ToolUnavailableError as error:
            seen = _silent(call, ObservationStatus.UNAVAILABLE, error.reason)
            return _timed(seen, began), None
        if not answer.ok:
            return _timed(_silent(call, ObservationStatus.ERROR, answer.message), began), None
        evidence = _evidence(call, answer, incident_id, step_number, index)
        observation = Observation(
            call=call,
            status=ObservationStatus.OK,
            evidence_id=evidence.evidence_id,
            sha256=evidence.sha256,
            data_source=evidence.data_source,
            content=compact(evidence.content, self._result_characters),
        )
        return _timed(observation, began), evidence

    def _tools_of(self, agent: Agent) -> Mapping[str, Collection[str]]:
        return {
            server: tools
            for server, tools in self._allowed.get(agent, {}).items()
            if server in self._gateways
        }

    def _refusal(self, call: ToolCall) -> str:
        tools = self._tools_of(self._agent)
        if call.tool not in tools.get(call.server, ()):
            names = ", ".join(f"{server}.{name}" for server in tools for name in tools[server])
            return f"{self._agent} may not call {call.server}.{call.tool}; it may call {names}"
        if len(canonical_json(call.arguments)) > _ARGUMENT_CHARACTERS:
            return f"the arguments are longer than {_ARGUMENT_CHARACTERS} characters"
        return ""

    def _listed(self, server: str, names: Collection[str]) -> list[ToolSchema]:
        try:
            tools = self._gateways[server].list_tools()
        except ToolUnavailableError as error:
            return [_unlisted(server, name, error.reason) for name in names]
        return [bounded(tool) for tool in tools if tool.name in names]


def _evidence(
    call: ToolCall, answer: ToolAnswer, incident_id: str, step_number: int, index: int
) -> Evidence:
    content = redacted(without_hidden_marks(answer.content))
    return Evidence(
        evidence_id=derived_id("EV", incident_id, step_number, index),
        incident_id=incident_id,
        server=call.server,
        tool=call.tool,
        arguments=redacted(call.arguments),
        data_source=answer.data_source,
        content=content,
        sha256=sha256_of(content),
        collected_at=utc_now(),
    )


def _result(seen: Observation) -> dict[str, object]:
    return {
        "status": seen.status.value,
        "evidence_id": seen.evidence_id,
        "sha256": seen.sha256,
        "data_source": seen.data_source,
        "message": seen.message,
        "duration_ms": seen.duration_ms,
        "content": compact(seen.content, _JOURNAL_CHARACTERS) if seen.content else {},
    }


def _silent(call: ToolCall, status: ObservationStatus, message: str) -> Observation:
    return Observation(call=call, status=status, message=plain_text(message)[:_MESSAGE_CHARACTERS])


def _timed(observation: Observation, began: float) -> Observation:
    return observation.model_copy(update={"duration_ms": round((time.monotonic() - began) * 1000)})


def _unlisted(server: str, name: str, reason: str) -> ToolSchema:
    return ToolSchema(
        server=server,
        name=name,
        description=f"Cannot be described now: {server} is unavailable ({reason}).",
        input_schema={"type": "object"},
        read_only=True,
    )
