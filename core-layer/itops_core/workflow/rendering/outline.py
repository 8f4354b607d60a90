"""What a report says, in order, line by line: the renderings differ in nothing but their markup.

A claim that names no evidence, or evidence that the report does not have, is refused here, so
that no rendering can show it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.evidence import Claim
from itops_core.domain.remediation import Verification
from itops_core.domain.report import Cause, Chart, Deed, Question, Report, Source, link_to
from itops_core.errors import UncitedClaimError
from itops_core.workflow.messages import pack_of

_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it: lines, each of which may be drawn as well."""

    title: str
    lines: tuple[str, ...]
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A whole report, ready to be marked up; every text is one line and not yet escaped."""

    title: str
    sections: tuple[Section, ...]


def outline(report: Report) -> Outline:
    """Return what is to be shown, or raise `UncitedClaimError`."""
    check_cited(report)
    sections = (
        Section("Summary", (report.summary, *_facts(report))),
        Section("Impact", tuple(_impact(report))),
        Section("Cause", tuple(_cause(report.cause)) if report.cause else ()),
        Section("How it is known", tuple(_claims(report))),
        Section("Metrics", tuple(chart_line(one) for one in report.charts), report.charts),
        Section("What it looked like", tuple(_hints(report))),
        Section("What else was considered", tuple(_rivals(report))),
        Section("What could not be seen", tuple(f"{g.source}: {g.reason}" for g in report.gaps)),
        Section("What was proposed", tuple(_plan(report))),
        Section("What was asked of people", tuple(_questions(report.approvals))),
        Section("What was done", tuple(line for deed in report.actions for line in _deed(deed))),
        Section("Verification", tuple(_probes(report.verification)) if report.verification else ()),
        Section("Handed to people", tuple(_handed_over(report))),
        Section("What is left to do", report.follow_ups),
        Section("How long it took", tuple(_phases(report))),
        Section("What it cost", tuple(_cost(report))),
        Section("Evidence", tuple(_source(one) for one in report.evidence)),
        Section(
            "Timeline",
            tuple(
                f"{moment(one.at)} {one.kind} ({one.actor}): {one.message}"
                for one in report.timeline
            ),
        ),
    )
    return Outline(
        title=flat(f"{report.incident_id}: {report.title}"),
        sections=tuple(
            Section(one.title, tuple(map(flat, one.lines)), one.charts)
            for one in sections
            if one.lines
        ),
    )


def check_cited(report: Report) -> None:
    """Raise `UncitedClaimError` where a claim rests on nothing that the report has."""
    known = {source.evidence_id for source in report.evidence}
    for claim in (*report.claims, *_reasons(report)):
        cited = [citation.evidence_id for citation in claim.citations]
        if not cited:
            raise UncitedClaimError(f"{report.incident_id}: no evidence is named for: {claim.text}")
        missing = [one for one in cited if one not in known]
        if missing:
            told = ", ".join(missing)
            raise UncitedClaimError(f"{report.incident_id} has no {told}, named for: {claim.text}")


def moment(at: datetime | None) -> str:
    """Return a time as every rendering writes it."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "-"


def chart_line(chart: Chart) -> str:
    """Return what a chart shows, for those who cannot see it."""
    values = [value for _, value in chart.points]
    unit = f" {chart.unit}" if chart.unit and chart.unit != "None" else ""
    return (
        f"{chart.title} [{chart.evidence_id}]: from {number(min(values))} to "
        f"{number(max(values))}{unit}, last {number(values[-1])}, {len(values)} points from "
        f"{moment(chart.points[0][0])} to {moment(chart.points[-1][0])}"
    )


def number(value: float | None) -> str:
    """Return a number as every rendering writes it."""
    return "no data" if value is None else f"{value:.6g}"


def _facts(report: Report) -> Iterator[str]:
    severity = report.severity.value if report.severity else "not rated"
    yield f"service {report.service}, severity {severity}, status {report.status.value}"
    yield f"detected by {report.detected_by}, round {report.round}, at {report.link}"
    yield f"opened {moment(report.opened_at)}, closed {moment(report.closed_at)}"
    if report.duplicate_of:
        yield f"duplicate of {report.duplicate_of}"


def _impact(report: Report) -> Iterator[str]:
    impact = report.impact
    lasted = f", for {impact.seconds:.1f} s" if impact.seconds is not None else ""
    yield f"felt by {', '.join(impact.services)}"
    yield f"from {moment(impact.began_at)} to {moment(impact.ended_at)}{lasted}"


def _cause(cause: Cause) -> Iterator[str]:
    what = f"{cause.component}: {cause.fault}, " if cause.component else ""
    yield f"{what}{cause.outcome.value}, {cause.confidence:.0%} sure ({cause.reasoner})"
    if cause.mechanism:
        yield cause.mechanism
    if cause.change_id:
        yield f"after the change {cause.change_id}"
    second = cause.second_opinion
    if second is not None:
        said = f"{second.component}: {second.fault}, " if second.component else ""
        yield (
            f"second opinion of {second.reasoner}: {second.agreement.value}, {said}"
            f"{second.confidence:.0%} sure. {second.effect}"
        )


def _claims(report: Report) -> Iterator[str]:
    links = {source.evidence_id: source.link for source in report.evidence}
    for at, claim in enumerate(report.claims, start=1):
        yield f"{at}. {claim.text}"
        yield from _quotes(claim, links)


def _hints(report: Report) -> Iterator[str]:
    again = report.recurrence
    if again is not None:
        links = ", ".join(f"{one} ({link_to(one)})" for one in again.incident_ids)
        yield f"it recurs: {again.count} before since {moment(again.since)}: {links}"
    for one in report.hints:
        known = f", {one.component}: {one.fault}" if one.fault else ""
        where = f" at {one.link}" if one.link else ""
        yield (
            f"looked like {one.source_id}{known}: {one.said} (a {one.label}, trusted "
            f"{one.trust_percent} %, score {number(one.score)}{where})"
        )


def _plan(report: Report) -> Iterator[str]:
    links = {source.evidence_id: source.link for source in report.evidence}
    if report.plan is not None:
        sure = f"{report.plan.confidence:.0%} sure ({report.plan.reasoner})"
        yield f"{report.plan.rationale}, {sure}"
        for one in report.plan.actions:
            yield f"{one.action.name}({_pairs(one.action.parameters)}): {one.reason}"
            yield from _quotes(Claim(text=one.reason, citations=one.citations), links)


def _reasons(report: Report) -> Iterator[Claim]:
    """Yield what the plan says on evidence; an action may be proposed for the cause alone."""
    for one in report.plan.actions if report.plan else ():
        if one.citations:
            yield Claim(text=one.reason, citations=one.citations)


def _quotes(claim: Claim, links: Mapping[str, str]) -> Iterator[str]:
    for one in claim.citations:
        where = f", bytes {one.span[0]} to {one.span[1]}" if one.span else ""
        yield f"“{one.quote}” in {one.evidence_id}{where}: {links[one.evidence_id]}"


def _rivals(report: Report) -> Iterator[str]:
    for one in report.cause.rivals if report.cause else ():
        yield f"{one.component}: {one.fault}, {one.confidence:.1%}: {one.ruled_out_by}"


def _questions(questions: Iterable[Question]) -> Iterator[str]:
    for asked in questions:
        why = f" (asked because {'; '.join(asked.reasons)})" if asked.reasons else ""
        yield f"{asked.approval_id} {asked.status.value}: {asked.summary}{why}"
        for word in asked.decisions:
            said = "approved" if word.approved else "denied"
            yield f"{word.decided_by} ({word.role}) {said} {asked.approval_id}: {word.reason}"


def _deed(deed: Deed) -> Iterator[str]:
    given = _pairs(deed.action.parameters)
    took = f", {deed.seconds:.1f} s" if deed.seconds is not None else ""
    consent = f", with {deed.approval_id}" if deed.approval_id else ""
    what = f"{deed.action.name}({given}) on {deed.resource}"
    yield f"{deed.status.value}: {what}, round {deed.round}{took}{consent}. {deed.message}"
    yield f"before {_pairs(deed.before)}; after {_pairs(deed.after)}"
    if deed.inverse is not None and deed.undoing:
        yield f"{deed.undoing} {deed.inverse.name}({_pairs(deed.inverse.parameters)})"


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items()) or "-"


def _probes(measured: Verification) -> Iterator[str]:
    seen = f"{measured.samples} samples from {moment(measured.observed_from)}"
    yield f"{measured.outcome.value}, {seen} to {moment(measured.observed_to)}"
    for one in measured.probes:
        mark = {True: "passed", False: "failed", None: "unknown"}[one.passed]
        values = f"{number(one.before)} → {number(one.after)}"
        yield f"{mark}: {one.subject} {one.name}: {values}, {one.explanation}"


def _handed_over(report: Report) -> Iterator[str]:
    escalation = report.escalation
    if escalation is None:
        return
    yield f"{escalation.reason} ({escalation.kind.value})"
    for passage in pack_of(escalation.hand_off):
        yield from (f"{passage.heading.lower()}: {line}" for line in passage.lines)
    for name in ("owner", "runbook"):
        if told := getattr(escalation.hand_off, name):
            yield f"{name}: {told}"


def _phases(report: Report) -> Iterator[str]:
    for name, seconds in report.phase_seconds.items():
        yield f"{name.replace('_', ' ')}: {seconds:.1f} s"
    if report.seconds is not None:
        yield f"from opening to the end: {report.seconds:.1f} s"


def _cost(report: Report) -> Iterator[str]:
    cost, budget = report.cost, report.budget
    tokens = cost.input_tokens + cost.cached_input_tokens + cost.output_tokens
    yield f"steps: {cost.steps} of {budget.steps}"
    yield f"tool calls: {cost.tool_calls} of {budget.tool_calls}"
    yield f"tokens: {tokens} of {budget.tokens}, {cost.cached_input_tokens} of them cached"
    yield f"US dollars: {cost.dollars:.4f} of {budget.dollars:.2f}"
    yield f"seconds in steps: {cost.seconds_in_steps:.1f} of {budget.seconds}"


def _source(source: Source) -> str:
    told = f"{source.server}.{source.tool} ({source.data_source}, {source.size} bytes)"
    return f"{source.evidence_id} {told}, sha256 {source.sha256}: {source.link}"


def flat(text: str) -> str:
    """Return text from anywhere on one line, without marks that only steer a terminal."""
    plain = "".join(mark if mark.isprintable() else " " for mark in text)
    return _BLANK.sub(" ", plain).strip()
