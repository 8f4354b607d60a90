"""The incidents and approvals that are on record when the recorded night begins."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from itops_cli.investigation.stores import Stores
from itops_core.domain.escalation import EscalationReason
from itops_core.domain.incident import Escalation, Incident, Status, open_incident
from itops_core.domain.remediation import (
    Action,
    Approval,
    Decision,
    DecisionOutcome,
    PlannedAction,
    RemediationPlan,
)
from itops_core.domain.values import derived_id, sha256_of
from itops_core.domain.verdict import Severity

_WAY = {
    Status.RESOLVED: (Status.TRIAGING, Status.INVESTIGATING, Status.RESOLVED),
    Status.ESCALATED: (Status.TRIAGING, Status.INVESTIGATING, Status.ESCALATED),
    Status.AWAITING_APPROVAL: (Status.TRIAGING, Status.INVESTIGATING, Status.AWAITING_APPROVAL),
}


def put_on_record(folder: Path, stores: Stores, now: datetime) -> None:
    """Store what `records.yaml` of a folder tells, relative to `now`."""
    told = yaml.safe_load((folder / "records.yaml").read_text(encoding="utf-8"))
    for raw in told["incidents"]:
        incident = _incident(raw, now)
        stores.incidents.create(incident)
        if incident.status is Status.AWAITING_APPROVAL:
            stores.approvals.create(_approval(raw, incident, now))


def _incident(raw: dict[str, Any], now: datetime) -> Incident:
    opened = now - timedelta(minutes=raw["opened_minutes_ago"])
    ended = opened + timedelta(minutes=raw.get("took_minutes", 5))
    status = Status(raw["status"])
    incident = open_incident(
        raw["title"],
        raw["service"],
        opened,
        fingerprint=sha256_of(["on record", raw["title"]])[:32],
        severity=Severity(raw["severity"]),
        detected_by="alarm",
    ).model_copy(update={"incident_id": derived_id("INC", "on record", raw["title"])})
    changes: dict[str, Any] = {}
    if status is Status.RESOLVED:
        changes["resolution"] = raw["resolution"]
    if status is Status.ESCALATED:
        changes["escalation"] = Escalation(
            reason=raw["reason"], kind=EscalationReason.LOW_CONFIDENCE, escalated_at=ended
        )
    for step in _WAY[status]:
        incident = incident.moved_to(step, ended, **(changes if step is status else {}))
    if status is Status.AWAITING_APPROVAL:
        approval_id = derived_id("APR", incident.incident_id)
        incident = incident.changed(ended, approval_id=approval_id)
    return incident


def _approval(raw: dict[str, Any], incident: Incident, now: datetime) -> Approval:
    action = Action(name=raw["action"], parameters=raw["parameters"])
    plan = RemediationPlan(
        incident_id=incident.incident_id,
        round=1,
        actions=(PlannedAction(action=action, reason=raw["reason"]),),
        rationale=raw["reason"],
        confidence=0.82,
        reasoner="offline",
    )
    return Approval(
        approval_id=str(incident.approval_id),
        incident_id=incident.incident_id,
        plan=plan,
        plan_hash=plan.plan_hash,
        evidence_hash=sha256_of("recorded"),
        state_hash=sha256_of("recorded"),
        previews=(),
        decision=Decision(outcome=DecisionOutcome.APPROVAL, reasons=(raw["reason"],)),
        summary=raw["reason"],
        severity=Severity(raw["severity"]),
        created_at=incident.updated_at,
        expires_at=now + timedelta(minutes=raw["minutes_left"]),
    )
