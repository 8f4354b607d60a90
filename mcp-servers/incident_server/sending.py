"""Sending a message about an incident: through the gate, once for each key, and written down."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.incident import Incident
from itops_core.domain.values import Value, derived_id, sha256_of
from itops_core.errors import NotFoundError
from itops_core.observability import logger
from itops_core.remediation.writing import MessageRequest, WriteDecision, WriteGate
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.tools.redaction import one_line, plain_text, redacted_text
from itops_core.workflow.channels.port import DeliveryFailedError
from itops_core.workflow.events import timeline_event

_LEASE_SECONDS = 60
"""How long one caller may be at a message: longer than the function that sends it lives."""

_KEPT_SECONDS = 400 * 24 * 3600
_LIMIT_ID = "messages-per-incident"
_log = logger("incident")


class Wish(Value):
    """What somebody wants to send, as they said it."""

    tool: str
    incident_id: str
    key: str
    content: dict[str, str]

    @property
    def message_id(self) -> str:
        """The same for every repeat."""
        return derived_id("MSG", self.tool, self.incident_id, self.key)

    @property
    def holds_secret(self) -> bool:
        """Whether any of its texts holds one, in whatever field."""
        return any(redacted_text(text) != text for text in self.content.values())

    def plain(self) -> dict[str, str]:
        """Return its texts without secrets, control and direction marks."""
        return {
            name: one_line(text) if name == "title" else plain_text(text).strip()
            for name, text in self.content.items()
        }


class Sent(Value):
    """What became of a wish."""

    outcome: Literal["sent", "refused", "failed", "busy"]
    message_id: str
    changed: bool
    reason: str
    rules: tuple[str, ...] = ()
    reference: dict[str, Any] = Field(default_factory=dict)


Deliver = Callable[[Incident, str], dict[str, Any]]
"""Takes the incident and the message's id, delivers, and returns what it is known by there."""


@dataclass(frozen=True)
class Sender:
    """Sends. Everything here may be asked for twice, and by several at once."""

    incidents: IncidentStore
    runtime: RuntimeStore
    gate: WriteGate
    now: Callable[[], datetime]

    def send(self, wish: Wish, deliver: Deliver) -> Sent:
        """Deliver the wish if it may leave, and return what became of it."""
        incident = self._incident(wish.incident_id)
        known = self._known(wish)
        if known is not None:
            return known
        decision = self._decided(wish, incident)
        if not decision.allowed:
            _log.info("message refused", incident_id=wish.incident_id, tool=wish.tool)
            return _unsent("refused", wish, decision.reason, decision.rules)
        claim = {"content": _hash_of(wish), "owner": secrets.token_hex(8)}
        if not self.runtime.begin(_key_of(wish), _LEASE_SECONDS, claim):
            return self._known(wish) or _unsent(
                "busy", wish, "someone else is sending it; call again with the same key"
            )
        return self._delivered(wish, incident, deliver, claim)

    def _delivered(
        self, wish: Wish, incident: Incident, deliver: Deliver, claim: dict[str, str]
    ) -> Sent:
        try:
            reference = deliver(incident, wish.message_id)
        except DeliveryFailedError as error:
            # A claim that is over at once: the next call with this key may try again.
            self.runtime.replace(_key_of(wish), claim, claim, -1)
            _log.warning("message failed", incident_id=wish.incident_id, tool=wish.tool)
            return _unsent("failed", wish, f"{error}; call again with the same key")
        done = {**claim, "reference": reference, "sent_at": self.now().isoformat()}
        self.runtime.put(_key_of(wish), done, _KEPT_SECONDS)
        self._note(wish, reference)
        _log.info("message sent", incident_id=wish.incident_id, tool=wish.tool)
        return _sent(wish, reference, changed=True)

    def _known(self, wish: Wish) -> Sent | None:
        """Return what an earlier call with this key sent, if it did."""
        found = self.runtime.read(_key_of(wish))
        if found is None or "reference" not in found:
            return None
        if found["content"] != _hash_of(wish):
            raise ToolError("this key sent something else before; use another key for this")
        self._note(wish, found["reference"])
        return _sent(wish, found["reference"], changed=False)

    def _decided(self, wish: Wish, incident: Incident) -> WriteDecision:
        decision = self.gate.about_message(
            MessageRequest(
                tool=wish.tool,
                incident_id=incident.incident_id,
                severity=incident.severity,
                status=incident.status,
                holds_secret=wish.holds_secret,
            )
        )
        if not decision.allowed or self._takes_slot(wish):
            return decision
        most = self.gate.rules.messages_per_incident
        return WriteDecision(
            allowed=False,
            reason=f"{most} messages about {wish.incident_id} were sent: people know by now",
            rules=(_LIMIT_ID,),
        )

    def _takes_slot(self, wish: Wish) -> bool:
        """Take one of the incident's messages, so that many callers at once send no more."""
        mine = {"message_id": wish.message_id}
        for number in range(self.gate.rules.messages_per_incident):
            slot = f"message-slot#{wish.incident_id}#{number}"
            if self.runtime.begin(slot, _KEPT_SECONDS, mine) or self.runtime.read(slot) == mine:
                return True
        return False

    def _incident(self, incident_id: str) -> Incident:
        try:
            return self.incidents.get(incident_id)
        except NotFoundError as error:
            raise ToolError(f"{error}; call list_incidents for those there are") from error

    def _note(self, wish: Wish, reference: dict[str, Any]) -> None:
        where = reference.get("url") or reference.get("ticket_id") or "people on call"
        self.incidents.add_event(
            timeline_event(
                wish.incident_id,
                "message",
                f"{wish.tool}: {where}",
                self.now(),
                actor="tool",
                key=wish.message_id,
                **reference,
            )
        )


def _key_of(wish: Wish) -> str:
    return f"message#{wish.message_id}"


def _hash_of(wish: Wish) -> str:
    return sha256_of(wish.content)


def _unsent(
    outcome: Literal["refused", "failed", "busy"],
    wish: Wish,
    reason: str,
    rules: tuple[str, ...] = (),
) -> Sent:
    return Sent(
        outcome=outcome, message_id=wish.message_id, changed=False, reason=reason, rules=rules
    )


def _sent(wish: Wish, reference: dict[str, Any], *, changed: bool) -> Sent:
    return Sent(
        outcome="sent",
        message_id=wish.message_id,
        changed=changed,
        reason="it was sent" if changed else "it was sent before, under this key",
        reference=reference,
    )
