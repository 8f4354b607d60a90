"""A round of watching, thought without a model: ask, look closer, report the worst first."""

from collections.abc import Iterable

from itops_core.domain.investigation import Case, ObservationStatus, Turn
from itops_core.domain.reports import Finding, WatchReport
from itops_core.domain.verdict import Gap, Severity
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.watching.asking import questions
from itops_core.reasoning.offline.watching.devices import device_findings
from itops_core.reasoning.offline.watching.standing import standing_findings
from itops_core.reasoning.offline.watching.watched import Watched

_WORST_FIRST = tuple(Severity)
_MOST = 40
_MORE = 8


def watch(case: Case) -> Turn:
    """Return what to ask next, or what the round came to."""
    watched = Watched(case)
    calls = () if case.must_answer else questions(watched)
    if calls:
        asks = ", ".join(dict.fromkeys(call.tool for call in calls))
        first = "Everything at once, then closer where something stands out"
        found = merged(_found(watched))
        so_far = ", ".join(one.component for one in found[:4])
        thought = f"Stands out: {so_far}. Closer: {asks}." if found else f"{first}: {asks}."
        return Turn(thought=thought, calls=calls, reasoner=NAME)
    report = _report(watched)
    return Turn(thought=report.summary, watch=report, reasoner=NAME)


def _report(watched: Watched) -> WatchReport:
    findings = merged(_found(watched))
    return WatchReport(
        summary=summary_of(findings),
        findings=findings[:_MOST],
        gaps=tuple(_unanswered(watched)),
        reasoner=NAME,
    )


def _found(watched: Watched) -> Iterable[Finding]:
    yield from device_findings(watched)
    if not watched.device:
        yield from standing_findings(watched)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding for each component, the worst first; what else tells of it goes along."""
    by_component: dict[str, Finding] = {}
    for finding in findings:
        known = by_component.get(finding.component)
        by_component[finding.component] = finding if known is None else _both(known, finding)
    return tuple(sorted(by_component.values(), key=_urgency))


def _both(one: Finding, other: Finding) -> Finding:
    first, second = sorted((one, other), key=lambda each: _WORST_FIRST.index(each.severity))
    told = [first.claim.text, *(claim.text for claim in first.more)]
    more = [claim for claim in (second.claim, *second.more) if claim.text not in told]
    moments = [each.since for each in (one, other) if each.since]
    return first.model_copy(
        update={
            "more": (*first.more, *more)[:_MORE],
            "alarms": tuple(dict.fromkeys((*first.alarms, *second.alarms))),
            "since": min(moments) if moments else None,
        }
    )


def _urgency(finding: Finding) -> tuple[int, float, str]:
    since = -finding.since.timestamp() if finding.since else 0.0
    return _WORST_FIRST.index(finding.severity), since, finding.component


def summary_of(findings: tuple[Finding, ...]) -> str:
    """Return the round in a sentence or two."""
    if not findings:
        return "Everything that was looked at is quiet."
    counted = [
        f"{count} {severity.value}"
        for severity in _WORST_FIRST
        if (count := sum(one.severity is severity for one in findings))
    ]
    things = "1 thing is" if len(findings) == 1 else f"{len(findings)} things are"
    return f"{things} not as it should be: {', '.join(counted)}. {findings[0].claim.text}"


def _unanswered(watched: Watched) -> Iterable[Gap]:
    """Yield the sources that refused to answer; those out of reach the engine names itself."""
    told: set[str] = set()
    for seen in watched.seen:
        source = f"{seen.call.server}.{seen.call.tool}"
        is_first = seen.call.tool != "get_catalog_entry" and source not in told
        if seen.status is ObservationStatus.ERROR and is_first:
            told.add(source)
            yield Gap(source=source, reason=seen.message[:300] or "it gave no answer")
        partial = seen.content.get("gaps")
        for gap in partial if isinstance(partial, list) else ():
            reason = str(gap)[:300]
            if reason not in told:
                told.add(reason)
                yield Gap(source=source, reason=reason)
