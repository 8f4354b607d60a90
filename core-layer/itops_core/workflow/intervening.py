"""What people do to an incident themselves: amend what is known of it, resolve it, close it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.audit_events import Witness, intervened, unwitnessed
from itops_core.domain.incident import Incident, Status
from itops_core.domain.notification import Occasion
from itops_core.domain.people import Caller, Role
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity, worse_of
from itops_core.errors import ConflictError, ForbiddenError
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.deciding import Decider
from itops_core.workflow.events import timeline_event
from itops_core.workflow.loose_ends import with_loose_ends

_SHOWN = 120
_ASKED_WITH = ("severity", "affected_services")
"""What the gate and people judge by, once they have been asked."""


@dataclass(frozen=True)
class Interventions:
    """Changes by people. What the agents do next sees them: a state that is over stops them."""

    incidents: IncidentStore
    decider: Decider
    tell: Callable[[Incident, Occasion], object]
    now: Callable[[], datetime] = utc_now
    witness: Witness = unwitnessed

    def resolve(self, incident_id: str, caller: Caller, resolution: str) -> Incident:
        """End an incident by hand; raise `ConflictError` where it has ended for good already."""
        at = self.now()

        def resolved(incident: Incident) -> Incident:
            if incident.status in (Status.RESOLVED, Status.CLOSED):
                raise ConflictError(f"{incident_id} is {incident.status} already")
            told = with_loose_ends(incident, resolution)
            return incident.moved_to(Status.RESOLVED, at, resolution=told)

        incident = self.incidents.update(incident_id, resolved)
        said = f"{caller.name} resolved it: {incident.resolution}"
        self._tell(incident, "resolved", said, caller)
        self.decider.void_pending(incident_id, f"resolved by {caller.name}")
        self.tell(incident, Occasion.RESOLVED)
        return incident

    def amend(
        self, incident_id: str, caller: Caller, changes: dict[str, Any], note: str | None
    ) -> Incident:
        """Change what is known of an incident; a closed one stays as it is."""
        at = self.now()
        fields = {name: value for name, value in changes.items() if name != "status"}
        status = changes.get("status")
        before: dict[str, Any] = {}

        def amended(incident: Incident) -> Incident:
            if incident.status is Status.CLOSED:
                raise ConflictError(f"{incident_id} is closed: open a new incident instead")
            before.update({name: getattr(incident, name) for name in changes})
            if status is not None:
                told = with_loose_ends(incident, incident.resolution)
                return incident.moved_to(status, at, resolution=told, **fields)
            _check_no_question_rests_on(incident, fields)
            _check_may_lower(incident, fields, caller)
            return incident.changed(at, **fields) if fields else incident

        incident = self.incidents.update(incident_id, amended)
        if changes:
            told = (_changed(name, before[name], changes[name]) for name in sorted(changes))
            words = "; ".join(told)
            self._tell(incident, "amended", f"{caller.name} changed {words}", caller, **changes)
        if note:
            self._tell(incident, "note", note, caller)
        if changes.get("severity") is Severity.CRITICAL and not incident.is_over:
            self.tell(incident, Occasion.CRITICAL)
        if status is not None:
            self.decider.void_pending(incident_id, f"{status} by {caller.name}")
            self.tell(incident, Occasion(status.value))
        return incident

    def _tell(
        self, incident: Incident, kind: str, message: str, caller: Caller, **fields: Any,  # noqa: ANN401
    ) -> None:  # fmt: skip
        self.witness(intervened(incident, caller.name, message, self.now()))
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                kind,
                message,
                self.now(),
                actor=caller.name,
                key=(incident.version, message),
                **fields,
            )
        )


def _check_may_lower(incident: Incident, fields: dict[str, Any], caller: Caller) -> None:
    """Raise `ForbiddenError` where somebody would lower what decides whether a person is asked.

    A severity that is not known yet counts as the worst one, as it does for the gate.
    """
    told: Severity | None = fields.get("severity")
    if told is None or incident.is_over or caller.role.at_least(Role.APPROVER):
        return
    if worse_of(told, incident.severity or Severity.CRITICAL) is not told:
        raise ForbiddenError(
            "only an approver lowers a severity, or says it before it was judged: "
            "whether actions wait for a person depends on it"
        )


def _changed(name: str, before: object, after: object) -> str:
    told = ["nothing" if one in (None, "", ()) else _short(one) for one in (before, after)]
    return f"{name.replace('_', ' ')} from {told[0]} to {told[1]}"


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _check_no_question_rests_on(incident: Incident, fields: dict[str, Any]) -> None:
    """Raise `ConflictError` where people are asked about it as it is now."""
    differing = [
        name for name in _ASKED_WITH if name in fields and fields[name] != getattr(incident, name)
    ]
    if differing and incident.status is Status.AWAITING_APPROVAL:
        words = " and ".join(differing)
        raise ConflictError(
            f"an approval is pending; decide it first: {incident.approval_id} was asked with"
            f" {words} as they are"
        )
