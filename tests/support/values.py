"""Values for tests, complete and true to the domain's own rules."""

from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    ActionRecord,
    ActionStatus,
    Approval,
    BlastSize,
    Decision,
    DecisionOutcome,
    PlannedAction,
    RemediationPlan,
    Risk,
)
from itops_core.domain.values import new_id
from itops_core.domain.verdict import Gap, Rival, RootCause, Severity, Verdict, VerdictOutcome

RESTART = Action(
    name="restart_ecs_service", parameters={"cluster": "shop", "service": "payment-service"}
)


LEAK = Verdict(
    outcome=VerdictOutcome.FOUND,
    root_cause=RootCause(component="payment", fault="out_of_memory", mechanism="it leaks"),
    confidence=0.9,
    summary="payment runs out of memory",
    claims=(
        Claim(
            text="the task was killed",
            citations=(Citation(evidence_id="EV-0000000A", quote="OOM"),),
        ),
    ),
    rivals=(
        Rival(
            component="db", fault="slow", confidence=0.1, ruled_out_by="it is fast", refuted=True
        ),
    ),
    gaps=(Gap(source="monitoring.logs", reason="the server is down"),),
    reasoner="offline",
)
"""What was found of a service that leaks memory."""


def a_record(incident_id: str, at: datetime, **changes: Any) -> ActionRecord:  # noqa: ANN401
    """Return the record of a restart that was begun at `at`, and is done."""
    record = ActionRecord(
        action_id="ACT-1",
        incident_id=incident_id,
        round=1,
        action=RESTART,
        resource="service/shop/payment",
        inverse=None,
        status=ActionStatus.DONE,
        started_at=at,
    )
    return record.model_copy(update=changes)


def a_plan(incident_id: str, action: Action = RESTART) -> RemediationPlan:
    """Return a plan of one action."""
    return RemediationPlan(
        incident_id=incident_id,
        round=1,
        actions=(PlannedAction(action=action, reason="memory is full"),),
        rationale="a restart frees the memory",
        confidence=0.8,
        reasoner="offline",
    )


def an_approval(
    at: datetime, incident_id: str = "INC-0000000A", approvers_needed: int = 1
) -> Approval:
    """Return a pending approval, asked at `at`, of half an hour."""
    plan = a_plan(incident_id)
    preview = ActionPreview(
        action=RESTART,
        resource="arn:aws:ecs:us-east-1:000000000000:service/shop/payment-service",
        before={"running": 2},
        after={"running": 2},
        risk=Risk.LOW,
        blast_size=BlastSize.SMALL,
        blast_radius=("payment-service",),
        reversible=True,
        inverse=None,
        possible=True,
        reason="two tasks are replaced",
        state_hash="0" * 64,
    )
    return Approval(
        approval_id=new_id("APR"),
        incident_id=incident_id,
        plan=plan,
        plan_hash=plan.plan_hash,
        evidence_hash="e" * 64,
        state_hash="0" * 64,
        previews=(preview,),
        decision=Decision(
            outcome=DecisionOutcome.APPROVAL,
            reasons=("severity is critical",),
            approvers_needed=approvers_needed,
        ),
        summary="restart payment-service",
        severity=Severity.HIGH,
        created_at=at,
        expires_at=at + timedelta(minutes=30),
    )
