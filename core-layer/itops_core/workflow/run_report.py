"""The report on a run: what was asked, found, judged and made, with charts of what was measured."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from itops_core.domain.evidence import Evidence
from itops_core.domain.report import Chart, Source, chart_of, link_to
from itops_core.domain.reports import ChatAnswer
from itops_core.domain.run import Delivered, Draft, GoalRun, RunDecision, RunStatus, RunStep
from itops_core.domain.values import Moment, Value
from itops_core.workflow.rendering.outline import Outline, Section, chart_line, flat, moment

_MOST_CHARTS = 6


class RunReport(Value):
    """Everything about a run, in one document."""

    run_id: str
    goal: str
    status: RunStatus
    asked_by: str
    created_at: Moment
    closed_at: Moment | None
    rounds: int = Field(description="How often it was planned.")
    answer: ChatAnswer | None
    draft: Draft | None
    decision: RunDecision | None
    delivered: Delivered | None
    error: str
    charts: tuple[Chart, ...]
    evidence: tuple[Source, ...]
    steps: tuple[RunStep, ...]
    link: str


def report_on_run(
    run: GoalRun, steps: Sequence[RunStep], evidence: Sequence[Evidence]
) -> RunReport:
    """Return the report on a run as it stands."""
    drawn = [chart for one in evidence if (chart := chart_of(one)) and len(chart.points) > 1]
    return RunReport(
        run_id=run.run_id,
        goal=run.goal,
        status=run.status,
        asked_by=run.asked_by,
        created_at=run.created_at,
        closed_at=run.closed_at,
        rounds=run.round,
        answer=run.answer,
        draft=run.draft,
        decision=run.decision,
        delivered=run.delivered,
        error=run.error,
        charts=tuple(drawn[:_MOST_CHARTS]),
        evidence=tuple(_source(one) for one in evidence),
        steps=tuple(_bare(one) for one in steps),
        link=f"/runs/{run.run_id}",
    )


def outline_of(report: RunReport) -> Outline:
    """Return a report as what every rendering shows."""
    sections = (
        Section("Summary", tuple(_summary(report))),
        Section("How it is known", tuple(_claims(report))),
        Section("Probable cause", tuple(_cause(report))),
        Section("Metrics", tuple(chart_line(one) for one in report.charts), report.charts),
        Section("Next steps", report.answer.next_steps if report.answer else ()),
        Section("What could not be seen", tuple(_gaps(report))),
        Section("What was asked of people", tuple(_asked(report))),
        Section("What was made", tuple(_made(report))),
        Section("Steps", tuple(_steps(report))),
        Section(
            "Evidence",
            tuple(
                f"{one.evidence_id} {one.server}.{one.tool} ({one.data_source}, {one.size} bytes), "
                f"sha256 {one.sha256}: {one.link}"
                for one in report.evidence
            ),
        ),
    )
    return Outline(
        title=flat(f"{report.run_id}: {report.goal}")[:300],
        sections=tuple(
            Section(one.title, tuple(map(flat, one.lines)), one.charts)
            for one in sections
            if one.lines
        ),
    )


def _summary(report: RunReport) -> Iterator[str]:
    if report.answer:
        yield report.answer.summary
    if report.error:
        yield f"It could not go on: {report.error}"
    yield f"status {report.status.value}, asked by {report.asked_by}, planned {report.rounds} times"
    yield f"made {moment(report.created_at)}, over {moment(report.closed_at)}"


def _claims(report: RunReport) -> Iterator[str]:
    links = {one.evidence_id: one.link for one in report.evidence}
    for at, claim in enumerate(report.answer.evidence if report.answer else (), start=1):
        yield f"{at}. {claim.text}"
        for one in claim.citations:
            yield f"“{one.quote}” in {one.evidence_id}: {links.get(one.evidence_id, '-')}"


def _cause(report: RunReport) -> Iterator[str]:
    if report.answer and report.answer.probable_cause:
        sure = f"{report.answer.confidence:.0%} sure ({report.answer.reasoner})"
        yield f"{report.answer.probable_cause} {sure}"


def _gaps(report: RunReport) -> Iterator[str]:
    for one in report.answer.gaps if report.answer else ():
        yield f"{one.source}: {one.reason}"


def _asked(report: RunReport) -> Iterator[str]:
    if report.draft:
        yield f"a {report.draft.kind} on {report.draft.service}: {report.draft.title}"
        if report.draft.outlook:
            yield report.draft.outlook
    if report.decision:
        said = "consented" if report.decision.approved else "denied it"
        yield f"{report.decision.decided_by} {said}: {report.decision.reason}"


def _made(report: RunReport) -> Iterator[str]:
    made = report.delivered
    if made:
        what = " ".join(one for one in (made.ticket_id, made.incident_id) if one)
        yield f"{made.outcome}: {what or made.reason}"
        if what:
            yield made.reason


def _steps(report: RunReport) -> Iterator[str]:
    for one in report.steps:
        yield f"{one.number}. {moment(one.at)} {one.phase.value}: {one.title}"


def _source(evidence: Evidence) -> Source:
    return Source(
        evidence_id=evidence.evidence_id,
        server=evidence.server,
        tool=evidence.tool,
        arguments=evidence.arguments,
        data_source=evidence.data_source,
        sha256=evidence.sha256,
        collected_at=evidence.collected_at,
        size=len(evidence.text.encode()),
        link=link_to(evidence.incident_id, evidence.evidence_id),
    )


def _bare(step: RunStep) -> RunStep:
    if step.observation is None:
        return step
    bare = step.observation.model_copy(update={"content": {}})
    return step.model_copy(update={"observation": bare})
