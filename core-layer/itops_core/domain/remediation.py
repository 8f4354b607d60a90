"""What may be done about it: actions, plans, decisions, approvals, and what came of them."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.traffic import Traffic
from itops_core.domain.values import (
    ApprovalId,
    Confidence,
    IncidentId,
    Moment,
    Value,
    derived_id,
    sha256_of,
)
from itops_core.domain.verdict import Severity


class Risk(StrEnum):
    """How much an action may hurt, computed from live state."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class BlastSize(StrEnum):
    """How far an action may reach, computed from the catalog and live state."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Action(Value):
    """One entry of the catalogue with its arguments: `restart_ecs_service {…}`."""

    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)

    @property
    def action_hash(self) -> str:
        """What makes two actions the same action."""
        return sha256_of({"name": self.name, "parameters": self.parameters})

    @property
    def changes_something(self) -> bool:
        """Whether it does more than tell people."""
        return self.name != "notify_only"


class PlannedAction(Value):
    """An action and why it should help."""

    action: Action
    reason: str
    citations: tuple[Citation, ...] = ()


class RemediationPlan(Value):
    """Ordered actions that should undo the root cause. No action at all is a plan, too."""

    incident_id: IncidentId
    round: int = Field(ge=1)
    actions: tuple[PlannedAction, ...]
    rationale: str
    confidence: Confidence
    reasoner: str
    mode: str = Field(default="incident", description="On whose behalf; its list says what may be.")

    @property
    def plan_hash(self) -> str:
        """What an approval is bound to: the actions, in order, of this incident and round."""
        return sha256_of(
            {
                "incident_id": self.incident_id,
                "round": self.round,
                "actions": [planned.action.action_hash for planned in self.actions],
            }
        )


class ActionPreview(Value):
    """What an action would do now, computed by code from live state; nothing is done."""

    action: Action
    resource: str = Field(description="ARN or name of what is changed.")
    entry_id: str | None = Field(default=None, description="What the catalog calls it.")
    before: dict[str, Any]
    after: dict[str, Any]
    risk: Risk
    blast_size: BlastSize
    blast_radius: tuple[str, ...] = Field(description="Services that may feel it.")
    traffic: Traffic | None = Field(
        default=None, description="What reaches it now; `None` where nothing can."
    )
    disturbs_requests: bool = Field(
        default=False, description="Whether what reaches it may feel that it is done."
    )
    reversible: bool
    inverse: Action | None
    possible: bool
    reason: str = Field(description="Why it is not possible, or what it amounts to.")
    state_hash: str = Field(description="Of the live state it was computed from.")
    cost: str = Field(default="", description="What it costs, as the catalogue has it.")

    @property
    def undoing(self) -> str:
        """What people are told of taking it back."""
        if not self.reversible:
            return "cannot be undone"
        if self.inverse is not None and not self.inverse.changes_something:
            return "nothing to undo: configuration is unchanged"
        return "can be undone"


class DecisionOutcome(StrEnum):
    """What the gate says."""

    AUTO = "auto"
    APPROVAL = "approval"
    FORBID = "forbid"


class Decision(Value):
    """The gate's answer, with the rules that gave it."""

    outcome: DecisionOutcome
    reasons: tuple[str, ...]
    policy_ids: tuple[str, ...] = ()
    approvers_needed: int = Field(default=1, ge=1)


class ApprovalStatus(StrEnum):
    """Where an approval stands; only `pending` can still be decided."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"


class HumanDecision(Value):
    """One person's word."""

    decided_by: str
    role: str
    approved: bool
    reason: str
    decided_at: Moment
    plan_hash: str | None = Field(
        default=None, description="Of the plan it was given for; missing: the plan as first asked."
    )


class Smaller(Value):
    """An action as it was asked for, and as a person let it happen."""

    asked: Action
    allowed: Action


class Narrowing(Value):
    """How a person made a plan smaller before saying yes to it."""

    narrowed_by: str
    narrowed_at: Moment
    told: tuple[str, ...] = Field(description="What is less than before, a line each.")
    smaller: tuple[Smaller, ...] = Field(default=(), description="Actions with a number less.")
    from_plan_hash: str
    to_plan_hash: str


class Approval(Value):
    """A question put to people, bound to exactly what was shown to them."""

    approval_id: ApprovalId
    incident_id: IncidentId
    plan: RemediationPlan
    plan_hash: str
    evidence_hash: str
    state_hash: str
    previews: tuple[ActionPreview, ...]
    decision: Decision
    summary: str
    severity: Severity
    status: ApprovalStatus = ApprovalStatus.PENDING
    decisions: tuple[HumanDecision, ...] = ()
    narrowings: tuple[Narrowing, ...] = Field(default=(), description="The plan is what is left.")
    title: str = Field(default="", description="Of the incident, when it was asked.")
    cause: str = Field(default="", description="What was found, in a sentence.")
    claims: tuple[Claim, ...] = Field(default=(), description="What the cause rests on.")
    asked_before: ApprovalId | None = Field(default=None, description="The void one before it.")
    changed: tuple[str, ...] = Field(default=(), description="What is new since it was void.")
    task_token: str | None = Field(default=None, description="Never shown to anyone.")
    created_at: Moment
    expires_at: Moment
    ended_at: Moment | None = Field(default=None, description="When it was decided or expired.")
    void_reason: str | None = Field(default=None, description="Why it no longer counts.")
    version: int = 0

    @property
    def asked_plan_hash(self) -> str:
        """Of the plan as it was first asked, before anybody narrowed it."""
        return self.narrowings[0].from_plan_hash if self.narrowings else self.plan_hash

    def asked_for(self, action: Action) -> Action | None:
        """Return the action as it was first asked, where people made it into this smaller one."""
        found: Action | None = None
        for one in reversed(self.narrowings):
            wanted = found or action
            found = next((few.asked for few in one.smaller if few.allowed == wanted), found)
        return found

    @property
    def counting(self) -> tuple[HumanDecision, ...]:
        """The words that were given for the plan as it stands now."""
        return tuple(
            word
            for word in self.decisions
            if (word.plan_hash or self.asked_plan_hash) == self.plan_hash
        )

    @property
    def agreed(self) -> tuple[str, ...]:
        """Who said yes to the plan as it stands, each once, first come first."""
        return tuple(dict.fromkeys(word.decided_by for word in self.counting if word.approved))

    @property
    def decided(self) -> bool | None:
        """What people decided, also where it became void afterwards; `None`: nothing so far."""
        if self.status is ApprovalStatus.DENIED or any(not one.approved for one in self.decisions):
            return False
        is_yes = len(self.agreed) >= self.decision.approvers_needed
        return True if is_yes or self.status is ApprovalStatus.APPROVED else None

    def public(self) -> dict[str, Any]:
        """Return what people may see: everything but the task token."""
        return self.model_dump(mode="json", exclude={"task_token"})


class ActionStatus(StrEnum):
    """How far an action got."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    VOID = "void"
    UNDONE = "undone"


_NEVER_DONE = {ActionStatus.REFUSED, ActionStatus.VOID}


class ActionRecord(Value):
    """One action that was carried out, or tried: written before it acts, completed after."""

    action_id: str = Field(description="Idempotency key; the same for every repeat.")
    incident_id: IncidentId
    round: int
    action: Action
    resource: str
    inverse: Action | None
    status: ActionStatus
    before: dict[str, Any] = Field(default_factory=dict)
    after: dict[str, Any] = Field(default_factory=dict)
    message: str = ""
    approval_id: ApprovalId | None = None
    asked: Action | None = Field(
        default=None, description="What was asked for, where people allowed less of it."
    )
    in_vain: bool = Field(
        default=False, description="It did not help, and was kept: it does no harm."
    )
    state_changed: bool = Field(
        default=False, description="It is void because the thing is no longer what was seen."
    )
    started_at: Moment
    ended_at: Moment | None = None

    @staticmethod
    def id_for(incident_id: str, round_: int, action: Action, *, undo: bool = False) -> str:
        """Return the idempotency key of `action` in this round of this incident."""
        return derived_id("ACT", incident_id, round_, action.action_hash, undo)

    @property
    def is_undo(self) -> bool:
        """Whether it took back what another one did."""
        own = ActionRecord.id_for(self.incident_id, self.round, self.action, undo=True)
        return self.action_id == own

    @property
    def undoing(self) -> str:
        """How its inverse is told: it was used, or it could be; empty where it does nothing."""
        if self.inverse is None or not self.inverse.changes_something:
            return ""
        if self.status is ActionStatus.UNDONE:
            return "undone with"
        return "" if self.status in _NEVER_DONE else "can be undone with"

    @property
    def less_than_asked(self) -> str:
        """What people allowed in place of what was asked; empty where it was all of it."""
        given = self.action.parameters
        wanted = self.asked.parameters if self.asked else given
        less = [
            f"{key} {given.get(key)} instead of {value}"
            for key, value in wanted.items()
            if given.get(key) != value
        ]
        return f"{self.action.name} {', '.join(less)}" if less else ""


class VerificationOutcome(StrEnum):
    """Did it help?"""

    RECOVERED = "recovered"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    UNKNOWN = "unknown"


class ProbeResult(Value):
    """One measured thing, before and after. `None` where there was no data."""

    name: str
    subject: str
    before: float | None
    after: float | None
    threshold: float | None = None
    passed: bool | None
    explanation: str


class Verification(Value):
    """The success probes and the neighbours' health, measured by code after an action."""

    outcome: VerificationOutcome
    probes: tuple[ProbeResult, ...]
    observed_from: Moment
    observed_to: Moment
    samples: int
    round: int
