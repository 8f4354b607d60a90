"""Incidents, steps and approvals as the API would give them, for tests of the command line."""

from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.incident import Incident, Phase, Status, open_incident
from itops_core.domain.investigation import (
    Agent,
    Observation,
    ObservationStatus,
    Step,
    ToolCall,
    Turn,
    Usage,
)
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
    ProbeResult,
    RemediationPlan,
    Risk,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.values import Value
from itops_core.domain.verdict import Gap, Rival, RootCause, Severity, Verdict, VerdictOutcome

ID = "INC-0A1B2C3D"
APPROVAL_ID = "APR-0A1B2C3D"
EVIDENCE_ID = "EV-0A1B2C3D"
START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
RESTART = Action(
    name="restart_ecs_service", parameters={"cluster": "shop", "service": "ledger-service"}
)
CLAIM = Claim(
    text="Three tasks were killed for memory",
    citations=(Citation(evidence_id=EVIDENCE_ID, quote="OutOfMemoryError"),),
)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def as_json(value: Value) -> dict[str, Any]:
    return value.model_dump(mode="json")


def a_verdict(confidence: float = 0.91) -> Verdict:
    return Verdict(
        outcome=VerdictOutcome.FOUND,
        root_cause=RootCause(
            component="ledger-service",
            fault="memory_exhaustion",
            mechanism="the tasks need more memory than they are given and are killed",
        ),
        confidence=confidence,
        summary="ledger-service runs out of memory",
        claims=(CLAIM,),
        rivals=(
            Rival(
                component="ledger-service", fault="bad_deploy", confidence=0.06,
                ruled_out_by="nothing was deployed for nine days",
            ),
        ),
        gaps=(Gap(source="monitoring.query_cloudwatch_logs", reason="circuit open"),),
        blast_radius=("ledger-service", "storefront"),
        began_at=START,
        reasoner="offline",
    )  # fmt: skip


def a_plan() -> RemediationPlan:
    return RemediationPlan(
        incident_id=ID,
        round=1,
        actions=(PlannedAction(action=RESTART, reason="a fresh task has its memory back"),),
        rationale="restart what ran out of memory",
        confidence=0.9,
        reasoner="offline",
    )


def an_action(status: ActionStatus = ActionStatus.DONE) -> ActionRecord:
    return ActionRecord(
        action_id="ACT-0A1B2C3D", incident_id=ID, round=1, action=RESTART,
        resource="shop/ledger-service", inverse=None, status=status,
        before={"running_count": 1, "desired_count": 2},
        after={"running_count": 2, "desired_count": 2},
        started_at=after(4), ended_at=after(5),
    )  # fmt: skip


def a_verification() -> Verification:
    probe = ProbeResult(
        name="MemoryUtilization", subject="ledger-service", before=97.5, after=41.0,
        threshold=90.0, passed=True, explanation="5 of 5 samples below 90",
    )  # fmt: skip
    return Verification(
        outcome=VerificationOutcome.RECOVERED, probes=(probe,), observed_from=after(5),
        observed_to=after(8), samples=5, round=1,
    )  # fmt: skip


def an_incident(**changes: object) -> Incident:
    opened = open_incident(
        "ledger-service memory is above 90 %",
        "ledger-service",
        START,
        fingerprint="f",
        detected_by="cloudwatch",
        affected_services=("ledger-service", "storefront"),
        alarm=Alarm(name="ledger-memory", changed_at=START),
    )
    return Incident.model_validate({**dict(opened), "incident_id": ID, **changes})


def a_resolved_incident(**changes: object) -> Incident:
    names = ("detect", "triage", "diagnose", "act", "verify")
    phases = tuple(
        Phase(name=name, started_at=after(at * 2), ended_at=after(at * 2 + 2))
        for at, name in enumerate(names)
    )
    return an_incident(**{
        "status": Status.RESOLVED, "severity": Severity.HIGH, "verdict": a_verdict(),
        "plan": a_plan(), "actions": (an_action(),), "verification": a_verification(),
        "resolution": "restarted; memory fell to 41 %", "closed_at": after(10), "phases": phases,
        "updated_at": after(10), **changes,
    })  # fmt: skip


def a_waiting_incident() -> Incident:
    phases = (
        Phase(name="detect", started_at=START, ended_at=after(1)),
        Phase(name="wait_for_person", started_at=after(1)),
    )
    return an_incident(
        status=Status.AWAITING_APPROVAL, severity=Severity.HIGH, approval_id=APPROVAL_ID,
        verdict=a_verdict(), plan=a_plan(), phases=phases,
    )  # fmt: skip


def the_steps() -> list[Step]:
    seen = Observation(
        call=ToolCall(
            server="monitoring",
            tool="describe_ecs_service",
            arguments={"cluster": "shop", "service": "ledger-service"},
        ),
        status=ObservationStatus.OK, evidence_id=EVIDENCE_ID, sha256="0" * 64,
        data_source="ecs", duration_ms=41,
    )  # fmt: skip
    asking = Turn(
        thought="are tasks being killed?", calls=(seen.call,), reasoner="offline",
        usage=Usage(input_tokens=900, output_tokens=100, dollars=0.002),
    )  # fmt: skip
    answering = Turn(thought="that settles it", verdict=a_verdict(), reasoner="offline")
    return [
        Step(incident_id=ID, number=1, agent=Agent.ROOT_CAUSE, round=1, turn=asking,
             observations=(seen,), started_at=after(2), duration_ms=120),
        Step(incident_id=ID, number=2, agent=Agent.ROOT_CAUSE, round=1, turn=answering,
             started_at=after(3), duration_ms=30),
    ]  # fmt: skip


def the_evidence() -> list[dict[str, Any]]:
    return [{"evidence_id": EVIDENCE_ID, "tool": "describe_ecs_service", "sha256": "0" * 64}]


def an_approval(**changes: object) -> Approval:
    preview = ActionPreview(
        action=RESTART, resource="shop/ledger-service", before={"running_count": 1},
        after={"running_count": 2}, risk=Risk.LOW, blast_size=BlastSize.SMALL,
        blast_radius=("ledger-service",), reversible=True, inverse=None, possible=True,
        reason="two fresh tasks", state_hash="s",
    )  # fmt: skip
    question = Approval(
        approval_id=APPROVAL_ID, incident_id=ID, plan=a_plan(), plan_hash=a_plan().plan_hash,
        evidence_hash="e", state_hash="s", previews=(preview,),
        decision=Decision(outcome=DecisionOutcome.APPROVAL, reasons=("confidence 0.70 < 0.75",)),
        summary="restart ledger-service", severity=Severity.HIGH, created_at=after(1),
        expires_at=datetime(2126, 11, 20, tzinfo=UTC),
    )  # fmt: skip
    return question.model_copy(update=changes)
