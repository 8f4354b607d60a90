"""The first of two layers that a write of a run has to pass: the mode and the write flag.

The second stands inside each tool that writes (`remediation/writing.py`), so that whoever calls a
tool server directly meets the same rules.
"""

from collections.abc import Mapping

from itops_core.domain.investigation import Observation, ObservationStatus, ToolCall
from itops_core.errors import ToolUnavailableError
from itops_core.settings import Writing
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.journal import Journal, NoJournal
from itops_core.tools.redaction import plain_text

_MESSAGE_CHARACTERS = 2_000


class Dispatcher:
    """Carries what a run wants to write to the tool servers, if its mode and the flag allow it."""

    def __init__(
        self,
        gateways: Mapping[str, ToolGateway],
        rules: Writing,
        *,
        allow_write: bool,
        journal: Journal | None = None,
    ) -> None:
        self._gateways = gateways
        self._rules = rules
        self._allow_write = allow_write
        self._journal = journal or NoJournal()

    def refusal(self, tool: str) -> str:
        """Return why this run may not use a tool that writes; nothing where it may."""
        mode = self._rules.mode
        if tool not in self._rules.modes.get(mode, ()):
            return f"mode {mode} may not use {tool}"
        if not self._allow_write:
            return f"{tool} writes: --allow-write is needed"
        return ""

    def write(self, call: ToolCall) -> Observation:
        """Run one tool that writes, and return what came of it."""
        told = {"server": call.server, "tool": call.tool}
        self._journal.write("tool_call", **told, arguments=call.arguments, writes=True)
        seen = self._seen(call)
        self._journal.write(
            "tool_result", **told, status=seen.status, message=seen.message, content=seen.content
        )
        return seen

    def _seen(self, call: ToolCall) -> Observation:
        refusal = self.refusal(call.tool)
        if refusal:
            return _silent(call, ObservationStatus.REFUSED, refusal)
        try:
            answer = self._gateways[call.server].call(call.tool, call.arguments)
        except (ToolUnavailableError, KeyError) as error:
            return _silent(call, ObservationStatus.UNAVAILABLE, str(error))
        if not answer.ok:
            return _silent(call, ObservationStatus.ERROR, answer.message)
        return Observation(call=call, status=ObservationStatus.OK, content=answer.content)


def _silent(call: ToolCall, status: ObservationStatus, message: str) -> Observation:
    return Observation(call=call, status=status, message=plain_text(message)[:_MESSAGE_CHARACTERS])
