"""Reports for tests: a whole one, and generated ones that are true to the schema."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from itops_core.domain.cost import Cost
from itops_core.domain.evidence import Citation, Claim, Evidence, span_of
from itops_core.domain.incident import Status
from itops_core.domain.past import Recurrence
from itops_core.domain.remediation import ApprovalStatus, HumanDecision
from itops_core.domain.report import (
    Budget,
    Cause,
    Impact,
    Line,
    Question,
    Report,
    Source,
    UsedHint,
    chart_of,
    link_to,
)
from itops_core.domain.report_check import ReportFile, report_file
from itops_core.domain.values import sha256_of
from itops_core.domain.verdict import Gap, Rival, Severity, VerdictOutcome

ID = "INC-0A1B2C3D"
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
_WORDS = st.text(
    st.one_of(
        st.sampled_from("<>&\"'*_`[]()|#\\\n\t\x1b\u202e@!-ab "),
        st.characters(exclude_categories=("Cs",)),
    ),
    min_size=1,
    max_size=40,
)
_SURE = st.floats(0, 1, allow_nan=False)


def an_evidence(number: int, **content: Any) -> Evidence:  # noqa: ANN401
    """Return a piece of evidence that holds `content`."""
    return Evidence(
        evidence_id=f"EV-{number:08X}",
        incident_id=ID,
        server="monitoring",
        tool="get_metrics",
        arguments={"metric": "MemoryUtilization"},
        data_source="cloudwatch",
        content=content,
        sha256=sha256_of(content),
        collected_at=AT,
    )


def a_claim(text: str, evidence: Evidence, quote: str) -> Claim:
    """Return a claim with one citation, placed where the quote stands."""
    span = span_of(quote, evidence.text)
    return Claim(
        text=text,
        citations=(Citation(evidence_id=evidence.evidence_id, quote=quote, span=span),),
    )


METRIC = an_evidence(
    1,
    metric="MemoryUtilization",
    unit="Percent",
    dimensions={"ServiceName": "payment-service"},
    points=[["2026-11-20T03:00:00Z", 41.5], ["2026-11-20T03:01:00Z", 99.25]],
)
LOGS = an_evidence(2, message="Zähler: Out of memory: Killed process 1432 (java)", count=3)


def a_report(claims: tuple[Claim, ...] | None = None, **changes: Any) -> Report:  # noqa: ANN401
    """Return a report on payments that fail, changed as told."""
    known = (METRIC, LOGS)
    if claims is None:
        claims = (a_claim("It was killed", LOGS, "Killed process 1432"),)
        claims += (a_claim("Memory was full", METRIC, "99.25"),)
    chart = chart_of(METRIC)
    assert chart is not None
    whole: dict[str, Any] = {
        "incident_id": ID,
        "title": "Payments fail",
        "service": "payment-service",
        "affected_services": (),
        "severity": Severity.HIGH,
        "status": Status.RESOLVED,
        "detected_by": "alarm",
        "round": 1,
        "duplicate_of": None,
        "symptom_started_at": AT,
        "opened_at": AT,
        "closed_at": AT + timedelta(seconds=90),
        "seconds": 90.0,
        "link": link_to(ID),
        "summary": "Payments fail on payment-service.",
        "impact": Impact(services=("payment-service",), began_at=AT, ended_at=None, seconds=None),
        "cause": a_cause(claims),
        "gaps": (),
        "plan": None,
        "approvals": (),
        "actions": (),
        "verification": None,
        "resolution": "payment-service recovered",
        "escalation": None,
        "follow_ups": ("raise the memory",),
        "phase_seconds": {"detect": 12.5, "triage": 1.5},
        "cost": a_cost(3, 0.25),
        "budget": Budget(
            steps=40, steps_per_agent=12, tool_calls=60, tokens=90000, dollars=2.0, seconds=600
        ),
        "charts": (chart,),
        "evidence": tuple(a_source(one) for one in known),
        "timeline": (Line(at=AT, kind="opened", actor="intake", message="it began"),),
    }
    return Report(**{**whole, **changes})


def a_file(report: Report | None = None) -> ReportFile:
    """Return a report with the evidence that it cites."""
    return report_file(report or a_report(), (METRIC, LOGS))


def a_cause(claims: tuple[Claim, ...], confidence: float = 0.9) -> Cause:
    """Return a cause that rests on `claims`."""
    return Cause(
        outcome=VerdictOutcome.FOUND,
        component="payment-service",
        fault="out_of_memory",
        mechanism="the heap outgrows the limit",
        summary="payment-service runs out of memory",
        confidence=confidence,
        reasoner="offline",
        claims=claims,
        rivals=(Rival(component="db", fault="slow", confidence=0.05, ruled_out_by="it is fast"),),
        blast_radius=(),
        began_at=AT,
        change_id=None,
        second_opinion=None,
    )


def a_cost(steps: int, dollars: float) -> Cost:
    """Return what an investigation took."""
    return Cost(
        steps=steps,
        tool_calls=7,
        tool_calls_without_answer=0,
        input_tokens=100,
        cached_input_tokens=10,
        output_tokens=5,
        dollars=dollars,
        seconds_in_steps=2.5,
    )


def a_source(evidence: Evidence) -> Source:
    """Return what a report says of a piece of evidence."""
    kept = ("evidence_id", "server", "tool", "arguments", "data_source", "sha256", "collected_at")
    return Source(
        **{name: getattr(evidence, name) for name in kept},
        size=len(evidence.text),
        link=link_to(ID, evidence.evidence_id),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Generate what people may have been asked."""
    word = HumanDecision(
        decided_by=draw(_WORDS),
        role="approver",
        approved=draw(st.booleans()),
        reason=draw(_WORDS),
        decided_at=AT,
    )
    return Question(
        approval_id=f"APR-{draw(st.integers(0, 2**32 - 1)):08X}",
        status=draw(st.sampled_from(ApprovalStatus)),
        summary=draw(_WORDS),
        reasons=(draw(_WORDS),),
        decisions=(word,),
        created_at=AT,
        ended_at=None,
    )


@st.composite
def used_hints(draw: st.DrawFn) -> UsedHint:
    """Generate what an incident may have looked like."""
    return UsedHint(
        kind=draw(st.sampled_from(["incident", "article"])),
        source_id=f"INC-{draw(st.integers(0, 2**32 - 1)):08X}",
        title=draw(_WORDS),
        score=draw(st.floats(0, 20)),
        trust_percent=draw(st.integers(0, 100)),
        component=draw(_WORDS),
        fault=draw(_WORDS),
        said=draw(st.sampled_from(["same cause", "not the same", "not decided"])),
        link=link_to(ID),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Generate reports whose texts come from anywhere."""
    quotes = st.sampled_from([(LOGS, "Killed process"), (METRIC, "99.25"), (LOGS, "Zähler")])
    claims = tuple(a_claim(draw(_WORDS), *draw(quotes)) for _ in range(draw(st.integers(0, 4))))
    return a_report(
        title=draw(_WORDS),
        summary=draw(_WORDS),
        status=draw(st.sampled_from(Status)),
        cause=a_cause(claims, draw(_SURE)),
        gaps=(Gap(source="monitoring.logs", reason=draw(_WORDS)),),
        approvals=tuple(draw(st.lists(questions(), max_size=2))),
        phase_seconds={"diagnose": draw(st.floats(0, 1e5)), "act": draw(st.floats(0, 1e5))},
        cost=a_cost(draw(st.integers(0, 99)), draw(st.floats(0, 9))),
        follow_ups=tuple(draw(st.lists(_WORDS, max_size=2))),
        hints=tuple(draw(st.lists(used_hints(), max_size=2))),
        recurrence=draw(
            st.none()
            | st.builds(
                Recurrence, count=st.integers(1, 9), incident_ids=st.just((ID,)), since=st.just(AT)
            )
        ),
    )
