"""The rules of approvals: what one is bound to, how long it counts, and when it is void."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from itops_core.domain.approval_card import changes_in
from itops_core.domain.incident import Incident
from itops_core.domain.people import Role
from itops_core.domain.remediation import (
    ActionPreview,
    Approval,
    ApprovalStatus,
    Decision,
    RemediationPlan,
)
from itops_core.domain.values import Value, derived_id, sha256_of
from itops_core.domain.verdict import Severity

MINIMUM_ROLE = Role.APPROVER
"""Whoever decides has to be at least this."""

_LINE = 500


def approval_id_for(plan: RemediationPlan, attempt: int) -> str:
    """Return the id under which a repeat of the same question finds itself.

    A question that became void is asked again under the next `attempt`.
    """
    return derived_id("APR", plan.incident_id, plan.round, plan.plan_hash, attempt)


def state_hash_of(previews: Iterable[ActionPreview]) -> str:
    """Return the hash of the live state that a whole plan was shown against."""
    return sha256_of([preview.state_hash for preview in previews])


def evidence_hash_of(incident: Incident, plan: RemediationPlan, hashes: Mapping[str, str]) -> str:
    """Return the hash of the evidence that verdict and plan cite; `hashes` are sha256 by id."""
    citations = [citation for planned in plan.actions for citation in planned.citations]
    if incident.verdict is not None:
        citations += [cited for claim in incident.verdict.claims for cited in claim.citations]
    cited = sorted({citation.evidence_id for citation in citations})
    return sha256_of({name: hashes.get(name, "missing") for name in cited})


class Question(Value):
    """What people are asked: may this plan be carried out, and what it was shown with."""

    incident: Incident
    plan: RemediationPlan
    previews: tuple[ActionPreview, ...]
    decision: Decision
    evidence_hash: str
    before: Approval | None = None
    """The question that became void, and is asked anew by this one."""

    def asked(self, attempt: int, at: datetime, minutes: float) -> Approval:
        """Return the approval that waits for an answer to this question."""
        verdict = self.incident.verdict
        return Approval(
            approval_id=approval_id_for(self.plan, attempt),
            incident_id=self.incident.incident_id,
            plan=self.plan,
            plan_hash=self.plan.plan_hash,
            evidence_hash=self.evidence_hash,
            state_hash=state_hash_of(self.previews),
            previews=self.previews,
            decision=self.decision,
            summary=self._summary,
            severity=self.incident.severity or Severity.CRITICAL,
            title=self.incident.title,
            cause=verdict.summary if verdict else "",
            claims=verdict.claims if verdict else (),
            asked_before=self.before.approval_id if self.before else None,
            changed=changed_since(self.before, self) if self.before else (),
            created_at=at,
            expires_at=at + timedelta(minutes=minutes),
        )

    @property
    def _summary(self) -> str:
        what = "; ".join(
            f"{one.action.name} on {one.resource}: {one.reason}" for one in self.previews
        )
        why = f"Confidence {self.plan.confidence:.2f}. {self.plan.rationale}"
        return f"{self.incident.title}. {what} {why}"[:2000]


def changed_since(before: Approval, question: Question) -> tuple[str, ...]:
    """Return what is new since `before` was asked, a line each, the reason why it is void first."""
    told = [f"{before.approval_id} is void: {before.void_reason or 'it no longer counted'}"]
    if before.asked_plan_hash != question.plan.plan_hash:
        told.append("another plan is proposed")
    if before.evidence_hash != question.evidence_hash:
        told.append("the evidence behind it is another")
    shown = {preview.action.action_hash: preview for preview in before.previews}
    same_target = {(preview.action.name, preview.resource): preview for preview in before.previews}
    for preview in question.previews:
        known = shown.get(preview.action.action_hash) or same_target.get(
            (preview.action.name, preview.resource)
        )
        if known is None:
            told.append(f"{preview.action.name} on {preview.resource} was not asked about before")
            continue
        told += [
            f"{preview.resource}: {change.name} was {change.before} and is {change.after}"
            for change in changes_in(known.before, preview.before)
        ]
    return tuple(line[:_LINE] for line in told)


def approvers_of(approval: Approval) -> frozenset[str]:
    """Return who said yes to the plan as it stands, and may: different people, each an approver."""
    return frozenset(
        word.decided_by for word in approval.counting if word.approved and _may_decide(word.role)
    )


def fault_in_approval(
    approval: Approval, plan: RemediationPlan, evidence_hash: str, at: datetime
) -> str | None:
    """Return why `approval` does not cover `plan` now, or `None` where it does.

    Its state hash is held against the live state by whoever knows that.
    """
    name = approval.approval_id
    faults = (
        (approval.status is not ApprovalStatus.APPROVED, f"{name} is {approval.status}"),
        (approval.incident_id != plan.incident_id, f"{name} is for another incident"),
        (approval.plan_hash != plan.plan_hash, f"{name} was given for another plan"),
        (approval.plan.plan_hash != approval.plan_hash, f"{name} does not hold its own plan"),
        (approval.state_hash != state_hash_of(approval.previews), f"{name} was tampered with"),
        (approval.evidence_hash != evidence_hash, f"the evidence behind {name} has changed"),
        (at >= lapses_at(approval), f"{name} was given too long ago"),
    )
    return next((text for is_so, text in faults if is_so), None)


def lapses_at(approval: Approval) -> datetime:
    """Return until when a yes may be acted on: as long again as people had to say it."""
    given = max((word.decided_at for word in approval.decisions), default=approval.created_at)
    return given + (approval.expires_at - approval.created_at)


def _may_decide(role: str) -> bool:
    return role in set(Role) and Role(role).at_least(MINIMUM_ROLE)
