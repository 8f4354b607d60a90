"""The gate of the tools that write: into our own records, and out to people and trackers.

A record (an incident, a note, an article) needs a mode that may write it. A message leaves the
system, so it needs more: the kill switch, the mode's allow-list with `allow_writes`, and the
Cedar policies of `policies/messages`, in this order; each can only say no.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from itops_core.domain.incident import Status
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity
from itops_core.remediation.gate import KILL_SWITCH_ID, MODE_ID
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import CedarRequest, Policies
from itops_core.settings import Writing, bundled

MESSAGES = ("create_ticket", "create_github_issue", "publish_sns_escalation")
"""The tools whose writes leave the system."""

ALLOW_WRITES_ID = "allow-writes"
_MODES = ("incident", "watchdog", "chat", "briefing")
_NAMESPACE = "ITOps"


class MessageRequest(Value):
    """What somebody wants to send about which incident; every fact is read from the tables."""

    tool: str
    incident_id: str
    severity: Severity | None
    status: Status
    holds_secret: bool


class WriteDecision(Value):
    """Whether it may be written, and the rules that said so."""

    allowed: bool
    reason: str
    rules: tuple[str, ...] = ()


class WriteGate:
    """Decides. It keeps nothing, and reads the kill switch every time."""

    def __init__(
        self,
        rules: Writing,
        policies: Callable[[], Policies],
        switch: Callable[[], SwitchReading],
    ) -> None:
        self._rules = rules
        self._policies = policies
        self._switch = switch

    @property
    def rules(self) -> Writing:
        """The settings it goes by."""
        return self._rules

    def about_record(self, tool: str) -> WriteDecision:
        """Return whether this process may write one of our own records."""
        return self._about_mode(tool) or WriteDecision(allowed=True, reason="the mode may")

    def about_message(self, request: MessageRequest) -> WriteDecision:
        """Return whether a message may leave."""
        return self.forbids(request.tool) or self._asked_of_policies(request)

    def forbids(self, tool: str) -> WriteDecision | None:
        """Return why no message may leave by `tool`, whatever it is about; `None` if one may."""
        reading = self._switch()
        if not reading.is_on:
            return _refused(reading.reason, KILL_SWITCH_ID)
        refusal = self._about_mode(tool)
        if refusal is not None:
            return refusal
        if not self._rules.allow_writes:
            return _refused(
                "nothing may leave here: writing.allow_writes is off",
                ALLOW_WRITES_ID,
            )
        return None

    def _about_mode(self, tool: str) -> WriteDecision | None:
        mode = self._rules.mode
        if tool in self._rules.modes.get(mode, ()):
            return None
        return _refused(f"mode {mode} may not use {tool}", MODE_ID)

    def _asked_of_policies(self, request: MessageRequest) -> WriteDecision:
        answer = self._policies().answer(_cedar(request, self._rules.mode))
        if answer.allowed:
            reasons = "; ".join(answer.reasons)
            return WriteDecision(allowed=True, reason=reasons, rules=answer.policy_ids)
        said = answer.errors or answer.reasons or ("no policy permits it",)
        return _refused("; ".join(said), *answer.policy_ids)


@lru_cache
def message_policies() -> Policies:
    """Return the policies on messages; raise `ValueError` where they do not hold."""
    folder = bundled("policies") / "messages"
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cedar"))]
    return Policies(texts, message_schema())


def message_schema() -> str:
    """Return the Cedar schema of messages; its values are the domain's."""
    return f"""\
namespace {_NAMESPACE} {{
  entity Mode enum [{_quoted(_MODES)}];
  entity Severity enum [{_quoted(Severity)}];
  entity Status enum [{_quoted(Status)}];
  entity Incident = {{ severity: Severity, status: Status }};
  type Message = {{ holds_secret: Bool }};
  action {_quoted(MESSAGES)} appliesTo {{
    principal: [Mode],
    resource: [Incident],
    context: Message,
  }};
}}
"""


def _cedar(request: MessageRequest, mode: str) -> CedarRequest:
    # An incident that nobody has rated is treated as the worst there is.
    severity = request.severity or Severity.CRITICAL
    incident = _uid("Incident", request.incident_id)
    attributes = {
        "severity": {"__entity": _uid("Severity", severity)},
        "status": {"__entity": _uid("Status", request.status)},
    }
    return CedarRequest(
        request={
            "principal": _uid("Mode", mode),
            "action": _uid("Action", request.tool),
            "resource": incident,
            "context": {"holds_secret": request.holds_secret},
        },
        entities=({"uid": incident, "attrs": attributes, "parents": []},),
    )


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": f"{_NAMESPACE}::{kind}", "id": str(name)}


def _refused(reason: str, *rules: str) -> WriteDecision:
    return WriteDecision(allowed=False, reason=reason, rules=rules)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
