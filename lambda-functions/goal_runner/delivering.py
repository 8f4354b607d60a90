"""Makes what a person consented to, through the incident server and its write gate, once."""

from typing import Any

from itops_core.domain.question import Deliverable
from itops_core.domain.run import Delivered, Draft, GoalRun
from itops_core.errors import ConflictError, ToolUnavailableError
from itops_core.tools.gateway import ToolGateway

_OVER = {"resolved", "escalated", "failed", "duplicate", "closed"}
_AGAIN = {"failed", "busy"}


class Deliverer:
    """Two steps, each of which may be taken twice: the incident, then the ticket on it."""

    def __init__(self, gateway: ToolGateway) -> None:
        self._gateway = gateway

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
        known = self._open_on(draft.service)
        outcome = "made" if draft.kind is Deliverable.INCIDENT else "incident"
        if known is not None:
            told = f"{known} on {draft.service} is being worked on already"
            return Delivered(outcome=outcome, reason=told, incident_id=known)
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
            "create_ticket",
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

    def _open_on(self, service: str) -> str | None:
        answer = self._gateway.call("list_incidents", {})
        for one in answer.content.get("incidents", ()) if answer.ok else ():
            if one.get("service") == service and one.get("status") not in _OVER:
                return str(one["incident_id"])
        return None
