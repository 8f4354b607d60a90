"""Makes what a person consented to, through the incident server and its write gate, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.incident import Status
from itops_core.domain.question import Deliverable
from itops_core.domain.run import Delivered, Draft, GoalRun
from itops_core.domain.values import utc_now
from itops_core.errors import ConflictError, ToolUnavailableError
from itops_core.tools.gateway import ToolGateway

_OVER = frozenset({Status.RESOLVED, Status.DUPLICATE, Status.CLOSED})
_WITH_PEOPLE = frozenset({Status.ESCALATED, Status.FAILED})
_JUST = timedelta(hours=24)
"""An incident that was handed to people so long ago at most is what they work on now."""
_LOOKED_AT = 50
_AGAIN = {"failed", "busy"}
TICKET = "create_ticket"


def may_send() -> str:
    """Return that nothing stands against a ticket, as far as is known here."""
    return ""


class Deliverer:
    """Two steps, each of which may be taken twice: the incident, then the ticket on it."""

    def __init__(
        self,
        gateway: ToolGateway,
        refusal: Callable[[], str] = may_send,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Ask `refusal` why no ticket may leave; it answers with nothing where one may."""
        self._gateway = gateway
        self._refusal = refusal
        self._now = now

    def outlook(self, draft: Draft) -> str:
        """Return what would happen on consent, as things stand now."""
        refusal = self.refusal(draft)
        if refusal:
            return f"On consent nothing would be made, for the ticket would be refused: {refusal}"
        try:
            known = self._open_on(draft.service)
        except ToolUnavailableError as error:
            return f"On consent: what there is on {draft.service} cannot be seen ({error.reason})"
        is_ticket = draft.kind is Deliverable.TICKET
        if known is not None:
            told = f"{known[0]} on {draft.service}, which is {known[1].value.replace('_', ' ')}"
            reused = f"a ticket on {told}" if is_ticket else f"nothing new; there is {told}"
            return f"On consent: {reused}"
        opened = (
            f"a new incident is opened on {draft.service}, which the agents look into and people "
            "are told of as its severity asks"
        )
        return f"On consent: {opened}{'; then a ticket on it' if is_ticket else ''}"

    def refusal(self, draft: Draft) -> str:
        """Return why nothing would be made even with consent, or nothing."""
        return self._refusal() if draft.kind is Deliverable.TICKET else ""

    def __call__(self, run: GoalRun) -> Delivered:
        """Take the next step; raise `ToolUnavailableError` where it has to be tried again."""
        if run.draft is None or run.decision is None or not run.decision.approved:
            raise ConflictError(f"nobody consented to what {run.run_id} would make")
        if run.decision.sha256 != run.draft.sha256:
            raise ConflictError(f"what was consented to is not what {run.run_id} would make")
        if run.delivered is None:
            return self._incident(run, run.draft)
        return self._ticket(run, run.draft, str(run.delivered.incident_id))

    def _incident(self, run: GoalRun, draft: Draft) -> Delivered:
        """Return the incident that is worked on for the service already, else open one."""
        refusal = self.refusal(draft)
        if refusal:
            # An incident that is opened for a ticket alone would wake people for nothing.
            return Delivered(outcome="refused", reason=f"{refusal}; no incident was opened for it")
        known = self._open_on(draft.service)
        outcome = "made" if draft.kind is Deliverable.INCIDENT else "incident"
        if known is not None:
            incident_id, status = known
            told = f"{incident_id} on {draft.service} is {status.value.replace('_', ' ')} already"
            return Delivered(outcome=outcome, reason=told, incident_id=incident_id)
        answer = self._gateway.call(
            "create_incident",
            {
                "title": draft.title,
                "service": draft.service,
                "key": f"run {run.run_id} incident",
                "description": draft.body,
            },
        )
        if not answer.ok:
            return Delivered(outcome="refused", reason=answer.message)
        opened = str(answer.content["incident_id"])
        return Delivered(outcome=outcome, reason=f"{opened} was opened", incident_id=opened)

    def _ticket(self, run: GoalRun, draft: Draft, incident_id: str) -> Delivered:
        answer = self._gateway.call(
            TICKET,
            {
                "incident_id": incident_id,
                "title": draft.title,
                "body": draft.body,
                "key": f"run {run.run_id} ticket",
            },
        )
        if not answer.ok:
            return Delivered(outcome="refused", reason=answer.message, incident_id=incident_id)
        told: dict[str, Any] = answer.content
        if told["outcome"] in _AGAIN:
            raise ToolUnavailableError("incident", str(told["reason"]))
        return Delivered(
            outcome="made" if told["outcome"] == "sent" else "refused",
            reason=str(told["reason"]),
            incident_id=incident_id,
            ticket_id=told.get("ticket_id"),
            rules=tuple(told.get("rules") or ()),
        )

    def _open_on(self, service: str) -> tuple[str, Status] | None:
        """Return the incident of a service that somebody works on: agents first, else people."""
        answer = self._gateway.call("list_incidents", {"limit": _LOOKED_AT})
        lines = answer.content.get("incidents", ()) if answer.ok else ()
        found = [
            (str(one["incident_id"]), Status(one["status"]))
            for one in lines
            if one.get("service") == service and self._is_current(one)
        ]
        return min(found, key=lambda one: one[1] in _WITH_PEOPLE, default=None)

    def _is_current(self, line: dict[str, Any]) -> bool:
        status = Status(line["status"])
        if status in _WITH_PEOPLE:
            return datetime.fromisoformat(str(line["opened_at"])) >= self._now() - _JUST
        return status not in _OVER
