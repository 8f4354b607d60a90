"""The report tells what was done, asked, measured and handed over, in JSON and in Markdown."""

import pytest

from itops_core.domain.escalation import Escalation, EscalationReason, HandOff
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Status, open_incident
from itops_core.domain.remediation import (
    HumanDecision,
    ProbeResult,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.report import Report
from itops_core.domain.values import sha256_of, utc_now
from itops_core.wiring import stores
from itops_core.wiring.workflow import reporter
from itops_core.workflow.rendering import markdown
from tests.support.values import LEAK, a_plan, a_record, an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")
METRIC = {
    "metric": "MemoryUtilization",
    "dimensions": {"ServiceName": "payment"},
    "unit": "Percent",
    "note": "OOM",
    "points": [["2026-11-20T03:00:00Z", 40.0], ["2026-11-20T03:01:00Z", 99.0]],
}


@pytest.fixture
def report() -> Report:
    """The report of an incident in which everything happened that can."""
    at = utc_now()
    incident = open_incident("Payments | fail", "payment", at, fingerprint="f")
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.REMEDIATING, Status.VERIFYING):
        incident = incident.moved_to(status, at)
    record = a_record(
        incident.incident_id, at, before={"running": 1}, after={"running": 2}, ended_at=at
    )
    probe = ProbeResult(
        name="MemoryUtilization",
        subject="payment",
        before=99.0,
        after=98.0,
        passed=False,
        explanation="still over 90",
    )
    verification = Verification(
        outcome=VerificationOutcome.UNCHANGED,
        probes=(probe,),
        observed_from=at,
        observed_to=at,
        samples=3,
        round=1,
    )
    escalation = Escalation(
        reason="the remedies tried did not help",
        kind=EscalationReason.NOT_RECOVERED,
        hand_off=HandOff.model_validate({"do_first": ["check payment"]}),
        escalated_at=at,
    )
    ended = incident.moved_to(
        Status.ESCALATED,
        at,
        verdict=LEAK,
        plan=a_plan(incident.incident_id),
        actions=(record,),
        verification=verification,
        escalation=escalation,
    )
    stores.incidents().create(ended)
    stores.agent_state().put_evidence(
        Evidence(
            evidence_id="EV-0000000A",
            incident_id=incident.incident_id,
            server="monitoring",
            tool="get_metrics",
            arguments={},
            data_source="cloudwatch",
            content=METRIC,
            sha256=sha256_of(METRIC),
            collected_at=at,
        )
    )
    approval = stores.approvals().create(an_approval(at, incident.incident_id))
    word = HumanDecision(
        decided_by="ann", role="approver", approved=True, reason="go on", decided_at=at
    )
    stores.approvals().decide(approval.approval_id, word)
    return reporter().report(incident.incident_id, charts=True)


def test_the_report_holds_every_part_of_the_story(report: Report) -> None:
    assert report.cause is not None
    assert report.cause.rivals[0].ruled_out_by == "it is fast"
    assert report.actions[0].before == {"running": 1}
    assert report.actions[0].seconds == 0
    assert report.approvals[0].decisions[0].decided_by == "ann"
    assert report.verification is not None
    assert report.verification.probes[0].passed is False
    assert report.follow_ups[0] == "check payment"
    assert "did not help" in report.summary
    assert set(report.phase_seconds) == {"detect", "triage", "diagnose", "act", "verify"}
    assert report.charts[0].points[1][1] == 99.0
    assert report.evidence[0].link == f"/incidents/{report.incident_id}/evidence/EV-0000000A"


def test_a_report_comes_back_from_json_as_it_was(report: Report) -> None:
    assert Report.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize(
    "told",
    [
        "Payments \\| fail",
        "1. the task was killed",
        "“OOM” in EV-0000000A",
        "it is fast",
        "monitoring.logs: the server is down",
        "ann (approver) approved",
        "restart\\_ecs\\_service",
        "MemoryUtilization: 99 → 98",
        "## Handed to people",
        "- check payment",
        "from 40 to 99 Percent",
    ],
)
def test_markdown_tells_the_same_story(report: Report, told: str) -> None:
    assert told in markdown(report)
