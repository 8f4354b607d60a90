"""The card that people decide by: one value, which the API, a terminal and Slack only draw."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from itops_core.domain.narrowing import Room, room_in
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    Approval,
    ApprovalStatus,
    BlastSize,
    PlannedAction,
    Risk,
)
from itops_core.domain.values import ApprovalId, Confidence, EvidenceId, IncidentId, Moment, Value
from itops_core.domain.verdict import Severity

_QUOTE = 200
_PEOPLE = {1: "one person", 2: "two different people"}


class Change(Value):
    """One thing that would be different."""

    name: str
    before: Any
    after: Any


class CardEvidence(Value):
    """A piece of evidence, and what is quoted from it."""

    evidence_id: EvidenceId
    quote: str
    span: tuple[int, ...] | None = Field(
        default=None, description="From which byte of the evidence's text to which it stands."
    )


class CardAction(Value):
    """One action as a person has to see it."""

    number: int = Field(ge=1, description="Its place in the plan; edits name it.")
    what: str
    parameters: dict[str, Any]
    to_what: str = Field(description="ARN or name of what is changed.")
    called: str | None = Field(default=None, description="What the catalog calls it.")
    why: str
    effect: str
    changes: tuple[Change, ...]
    risk: Risk
    blast_size: BlastSize
    blast_radius: tuple[str, ...]
    traffic: str = Field(description="How much reaches it now; empty where nothing can.")
    undone_by: Action | None
    undoing: str
    cost: str
    may_be_narrowed: dict[str, Room] = Field(description="Which numbers, and within what.")


class ApprovalCard(Value):
    """Everything that a person should know before saying yes or no."""

    approval_id: ApprovalId
    incident_id: IncidentId
    title: str
    severity: Severity
    status: ApprovalStatus
    state: str = Field(description="Where the question stands, in words.")
    actions: tuple[CardAction, ...]
    cause: str
    rationale: str
    evidence: tuple[CardEvidence, ...]
    confidence: Confidence
    asked_because: tuple[str, ...]
    policy_ids: tuple[str, ...]
    approvers_needed: int
    agreed: tuple[str, ...]
    first_approver: str | None
    narrowed: tuple[str, ...] = Field(description="What people made smaller.")
    changed: tuple[str, ...] = Field(description="What is new since it was asked before.")
    expires_at: Moment


def card_of(approval: Approval) -> ApprovalCard:
    """Return the card of an approval as it stands."""
    agreed = approval.agreed
    return ApprovalCard(
        approval_id=approval.approval_id,
        incident_id=approval.incident_id,
        title=approval.title or approval.summary[:300],
        severity=approval.severity,
        status=approval.status,
        state=state_of(approval),
        actions=tuple(
            _card_action(number, planned, preview)
            for number, (planned, preview) in enumerate(
                zip(approval.plan.actions, approval.previews, strict=False), start=1
            )
        ),
        cause=approval.cause,
        rationale=approval.plan.rationale,
        evidence=_evidence(approval),
        confidence=approval.plan.confidence,
        asked_because=approval.decision.reasons,
        policy_ids=approval.decision.policy_ids,
        approvers_needed=approval.decision.approvers_needed,
        agreed=agreed,
        first_approver=agreed[0] if agreed else None,
        narrowed=tuple(
            f"{one.narrowed_by}: {line}" for one in approval.narrowings for line in one.told
        ),
        changed=approval.changed,
        expires_at=approval.expires_at,
    )


def state_of(approval: Approval) -> str:
    """Return where the question stands, in words."""
    agreed, needed = approval.agreed, approval.decision.approvers_needed
    if approval.status is ApprovalStatus.PENDING:
        if not agreed:
            return f"waits for {_PEOPLE.get(needed, f'{needed} different people')}"
        given = "one" if len(agreed) == 1 else str(len(agreed))
        wanted = "two" if needed == 2 else str(needed)
        return f"{given} of {wanted}: {' and '.join(agreed)} agreed, somebody else has to as well"
    if approval.status is ApprovalStatus.APPROVED:
        return f"approved by {' and '.join(agreed)}" if agreed else "approved"
    if approval.status is ApprovalStatus.DENIED:
        nay = next((word for word in approval.decisions if not word.approved), None)
        return f"denied by {nay.decided_by}: {nay.reason}" if nay else "denied"
    if approval.status is ApprovalStatus.VOID:
        return f"void: {approval.void_reason or 'it no longer counts'}"
    return "expired: nobody decided in time"


def ending_of(approval: Approval) -> str:
    """Return why nothing is left to decide: how it ended, and by whose word."""
    said = f"{approval.approval_id} is {approval.status} already"
    meant = {ApprovalStatus.APPROVED: True, ApprovalStatus.DENIED: False}.get(approval.status)
    words = [word for word in approval.counting if word.approved is meant]
    if words:
        people = " and ".join(dict.fromkeys(word.decided_by for word in words))
        return f"{said}, by {people}: {words[-1].reason}"
    return f"{said}: {approval.void_reason}" if approval.void_reason else said


def changes_in(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs, by name."""
    names = dict.fromkeys((*before, *after))
    return tuple(
        Change(name=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def _card_action(number: int, planned: PlannedAction, preview: ActionPreview) -> CardAction:
    inverse = preview.inverse
    return CardAction(
        number=number,
        what=preview.action.name,
        parameters=preview.action.parameters,
        to_what=preview.resource,
        called=preview.entry_id,
        why=planned.reason,
        effect=preview.reason,
        changes=changes_in(preview.before, preview.after),
        risk=preview.risk,
        blast_size=preview.blast_size,
        blast_radius=preview.blast_radius,
        traffic=preview.traffic.told if preview.traffic else "",
        undone_by=inverse if inverse and inverse.changes_something else None,
        undoing=preview.undoing,
        cost=preview.cost,
        may_be_narrowed=room_in(preview),
    )


def _evidence(approval: Approval) -> tuple[CardEvidence, ...]:
    """Return what plan and cause rest on, each span once."""
    cited = [one for planned in approval.plan.actions for one in planned.citations]
    cited += [one for claim in approval.claims for one in claim.citations]
    places = dict.fromkeys((one.evidence_id, one.quote[:_QUOTE], one.span) for one in cited)
    return tuple(
        CardEvidence(evidence_id=name, quote=quote, span=span) for name, quote, span in places
    )
