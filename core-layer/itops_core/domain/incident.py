"""The incident: one thing that is wrong, from the first symptom to the last word on it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from itops_core.domain.alarm import Alarm
from itops_core.domain.escalation import Escalation
from itops_core.domain.grade import Grade
from itops_core.domain.past import Past, Recurrence
from itops_core.domain.remediation import (
    ActionPreview,
    ActionRecord,
    Decision,
    RemediationPlan,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.values import ApprovalId, IncidentId, Moment, Value, new_id
from itops_core.domain.verdict import Severity, TriageVerdict, Verdict
from itops_core.errors import ConflictError


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    TRIAGING = "triaging"
    INVESTIGATING = "investigating"
    AWAITING_APPROVAL = "awaiting_approval"
    REMEDIATING = "remediating"
    VERIFYING = "verifying"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    FAILED = "failed"
    DUPLICATE = "duplicate"
    CLOSED = "closed"


TERMINAL = frozenset(
    {Status.RESOLVED, Status.ESCALATED, Status.FAILED, Status.DUPLICATE, Status.CLOSED}
)
"""Nothing more happens by itself in these; a person may still resolve or close."""

_BY_PEOPLE = {Status.RESOLVED, Status.CLOSED}
_GIVING_UP = {Status.ESCALATED, Status.FAILED, *_BY_PEOPLE}
_NEXT: dict[Status, set[Status]] = {
    Status.OPEN: {Status.TRIAGING, Status.DUPLICATE, *_GIVING_UP},
    Status.TRIAGING: {Status.INVESTIGATING, Status.DUPLICATE, *_GIVING_UP},
    Status.INVESTIGATING: {
        Status.AWAITING_APPROVAL,
        Status.REMEDIATING,
        *_GIVING_UP,
    },
    Status.AWAITING_APPROVAL: {Status.REMEDIATING, Status.INVESTIGATING, *_GIVING_UP},
    Status.REMEDIATING: {Status.VERIFYING, Status.INVESTIGATING, *_GIVING_UP},
    Status.VERIFYING: {Status.REMEDIATING, Status.INVESTIGATING, *_GIVING_UP},
    Status.ESCALATED: _BY_PEOPLE,
    Status.FAILED: _BY_PEOPLE,
    Status.RESOLVED: {Status.CLOSED},
    Status.DUPLICATE: {Status.CLOSED},
    Status.CLOSED: set(),
}

_PHASE_OF: dict[Status, str] = {
    Status.OPEN: "detect",
    Status.TRIAGING: "triage",
    Status.INVESTIGATING: "diagnose",
    Status.AWAITING_APPROVAL: "wait_for_person",
    Status.REMEDIATING: "act",
    Status.VERIFYING: "verify",
}


class Phase(Value):
    """A stretch of an incident's life; `ended_at` is missing while it lasts."""

    name: str
    started_at: Moment
    ended_at: Moment | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took, in seconds, or `None` while it lasts."""
        if self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class Acknowledgement(Value):
    """Somebody has taken an incident on: it is not paged any more."""

    acknowledged_by: str
    acknowledged_at: Moment


class Incident(Value):
    """One incident. Every change returns a new value; nothing mutates."""

    incident_id: IncidentId
    title: str = Field(min_length=1, max_length=300)
    description: str = Field(default="", max_length=10_000)
    service: str = Field(max_length=200, description="Where the symptom shows.")
    affected_services: tuple[str, ...] = ()
    detected_by: str = "api"
    severity: Severity | None = None
    status: Status = Status.OPEN
    opened_at: Moment
    updated_at: Moment
    symptom_started_at: Moment | None = None
    alarm: Alarm | None = None
    fingerprint: str
    correlation_key: str
    duplicate_of: IncidentId | None = None
    runbook: str | None = Field(default=None, description="Id of one that is context for it.")
    round: int = Field(default=1, ge=1)
    execution_arn: str | None = None
    resumes: int = 0
    past: Past | None = Field(default=None, description="What was remembered when work began.")
    recurrence: Recurrence | None = None
    triage: TriageVerdict | None = None
    verdict: Verdict | None = None
    plan: RemediationPlan | None = None
    previews: tuple[ActionPreview, ...] = Field(default=(), description="Of the plan's actions.")
    decision: Decision | None = Field(default=None, description="The gate's word on the plan.")
    approval_id: ApprovalId | None = None
    actions: tuple[ActionRecord, ...] = ()
    verification: Verification | None = None
    escalation: Escalation | None = None
    acknowledgement: Acknowledgement | None = None
    resolution: str | None = None
    phases: tuple[Phase, ...] = ()
    closed_at: Moment | None = None
    grade: Grade | None = Field(default=None, description="What a person thinks of the verdict.")
    version: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.status in TERMINAL

    def moved_to(self, status: Status, at: datetime, **changes: Any) -> "Incident":  # noqa: ANN401
        """Return this incident in `status`, if it may go there from here.

        Moving to where it already is changes nothing but `changes`: Step Functions may run a
        state twice. The phase that ends here and the one that begins are recorded.
        """
        if status is self.status:
            return self.changed(at, **changes)
        if status not in _NEXT[self.status]:
            raise ConflictError(f"{self.incident_id} cannot go from {self.status} to {status}")
        if status in TERMINAL:
            changes.setdefault("closed_at", at)
        return self.changed(at, status=status, phases=self._phases_until(status, at), **changes)

    def changed(self, at: datetime, **changes: Any) -> "Incident":  # noqa: ANN401
        """Return this incident with `changes`, validated, and a new `updated_at`."""
        return Incident.model_validate({**dict(self), "updated_at": at, **changes})

    def with_action(self, record: ActionRecord, at: datetime) -> "Incident":
        """Return this incident with `record` in place of the one of the same id, or added."""
        kept = {known.action_id: known for known in self.actions}
        return self.changed(at, actions=tuple({**kept, record.action_id: record}.values()))

    def looked_at_again(self, round_: int, at: datetime) -> "Incident":
        """Return this incident at the beginning of that round: all is looked at anew."""
        if self.is_over or self.round >= round_:
            return self
        anew: dict[str, Any] = {"approval_id": None, "previews": (), "decision": None}
        return self.moved_to(Status.INVESTIGATING, at, round=round_, **anew)

    def effect_in(self, round_: int) -> VerificationOutcome:
        """Return what was measured of the actions of that round."""
        measured = self.verification
        if measured is None or measured.round != round_:
            return VerificationOutcome.UNKNOWN
        return measured.outcome

    def phase_seconds(self) -> dict[str, float]:
        """Return how long each finished phase took, summed over rounds, in seconds."""
        total: dict[str, float] = {}
        for phase in self.phases:
            if phase.seconds is not None:
                total[phase.name] = round(total.get(phase.name, 0.0) + phase.seconds, 3)
        return total

    def _phases_until(self, status: Status, at: datetime) -> tuple[Phase, ...]:
        ended = tuple(
            phase if phase.ended_at else phase.model_copy(update={"ended_at": at})
            for phase in self.phases
        )
        name = _PHASE_OF.get(status)
        return (*ended, Phase(name=name, started_at=at)) if name else ended


def open_incident(
    title: str,
    service: str,
    at: datetime,
    *,
    fingerprint: str,
    **details: Any,  # noqa: ANN401
) -> Incident:
    """Return a new incident, its `detect` phase running since the first symptom.

    `details` are further fields of `Incident`, such as `alarm` or `description`.
    """
    began = details.get("symptom_started_at") or at
    return Incident(
        incident_id=new_id("INC"),
        title=title,
        service=service,
        opened_at=at,
        updated_at=at,
        fingerprint=fingerprint,
        correlation_key=details.pop("correlation_key", None) or service,
        phases=(Phase(name="detect", started_at=began),),
        **details,
    )


class TimelineEvent(Value):
    """One line of an incident's history; written once, never changed."""

    incident_id: IncidentId
    event_id: str = Field(description="The same for a repeat of the same event.")
    at: Moment
    kind: str = Field(description="opened, status, step, action, approval, note, linked …")
    actor: str = Field(description="Agent, function or person.")
    message: str
    fields: dict[str, Any] = Field(default_factory=dict)
