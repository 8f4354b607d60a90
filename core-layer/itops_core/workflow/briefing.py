"""Composes a hand-over from what the tables hold and from the last round of watching."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.briefing import Briefing, BriefLine
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import Approval
from itops_core.domain.reports import FindingKind, WatchRecord
from itops_core.domain.verdict import Severity

_WORST_FIRST = (*Severity, None)
_BY_PEOPLE = {Status.ESCALATED, Status.FAILED}
_MOST = 15
_STALE = timedelta(minutes=40)
_TEXT_CHARACTERS = 200


@dataclass(frozen=True)
class Shift:
    """What a hand-over is made of."""

    at: datetime
    since: datetime
    incidents: Sequence[Incident]
    approvals: Sequence[Approval]
    watched: WatchRecord | None = None


def briefing_of(shift: Shift) -> Briefing:
    """Return the hand-over of a shift."""
    unfinished = [one for one in shift.incidents if not one.is_over or one.status in _BY_PEOPLE]
    over = [
        one
        for one in shift.incidents
        if one.is_over and one.status not in _BY_PEOPLE and _ended(one) >= shift.since
    ]
    report = shift.watched.report if shift.watched else None
    opened = _sorted(map(_open_line, unfinished))
    found = tuple(_found_lines(shift.watched)) if shift.watched else ()
    decide = tuple(_decision_lines(shift))
    return Briefing(
        at=shift.at,
        since=shift.since,
        headline=_headline(opened, found, decide, over),
        decide=decide,
        open=opened,
        found=found[:_MOST],
        happened=_sorted(map(_over_line, over)),
        watch=tuple(_to_watch(shift, unfinished))[:_MOST],
        quiet=tuple(one for one in report.checked if one.quiet) if report else (),
        gaps=report.gaps if report else (),
        watched_at=shift.watched.at if shift.watched else None,
    )


def _sorted(lines: Iterable[BriefLine]) -> tuple[BriefLine, ...]:
    def urgency(line: BriefLine) -> tuple[int, float]:
        since = line.since.timestamp() if line.since else 0.0
        return _WORST_FIRST.index(line.severity), -since

    return tuple(sorted(lines, key=urgency)[:_MOST])


def _open_line(incident: Incident) -> BriefLine:
    cause = incident.verdict.root_cause if incident.verdict else None
    state = incident.status.value.replace("_", " ")
    if incident.escalation:
        state = f"escalated: {incident.escalation.reason}"
    elif cause:
        state = f"{state}; {cause.fault.replace('_', ' ')} of {cause.component}"
    return BriefLine(
        severity=incident.severity,
        what=f"{incident.service}: {incident.title}"[:_TEXT_CHARACTERS],
        state=state[:_TEXT_CHARACTERS],
        incident_id=incident.incident_id,
        since=incident.opened_at,
    )


def _over_line(incident: Incident) -> BriefLine:
    state = incident.resolution or incident.status.value
    return BriefLine(
        severity=incident.severity,
        what=f"{incident.service}: {incident.title}"[:_TEXT_CHARACTERS],
        state=f"{incident.status.value}: {state}"[:_TEXT_CHARACTERS],
        incident_id=incident.incident_id,
        since=_ended(incident),
    )


def _ended(incident: Incident) -> datetime:
    return incident.closed_at or incident.updated_at


def _found_lines(watched: WatchRecord) -> Iterator[BriefLine]:
    fates = {one.component: one for one in watched.fates}
    for finding in watched.report.findings:
        fate = fates.get(finding.component)
        yield BriefLine(
            severity=finding.severity,
            what=finding.claim.text[:_TEXT_CHARACTERS],
            state=finding.kind.value,
            incident_id=fate.incident_id if fate else None,
            since=finding.since,
        )


def _decision_lines(shift: Shift) -> Iterator[BriefLine]:
    severities = {one.incident_id: one.severity for one in shift.incidents}
    for approval in shift.approvals:
        names = ", ".join(planned.action.name for planned in approval.plan.actions)
        yield BriefLine(
            severity=severities.get(approval.incident_id),
            what=f"{approval.approval_id}: {names or 'a plan'}",
            state=f"waits until {approval.expires_at:%H:%M} UTC",
            incident_id=approval.incident_id,
            since=approval.created_at,
        )


def _to_watch(shift: Shift, unfinished: Sequence[Incident]) -> Iterator[str]:
    for one in unfinished:
        if one.status in {Status.REMEDIATING, Status.VERIFYING}:
            yield f"whether {one.service} recovers ({one.incident_id})"
    watched = shift.watched
    if watched is None:
        yield "no round of watching is on record: run one"
        return
    if shift.at - watched.at > _STALE:
        yield f"the last round of watching is from {watched.at:%H:%M} UTC"
    working = {one.component for one in watched.fates if one.incident_id}
    for finding in watched.report.findings:
        if finding.kind is FindingKind.EXCURSION and finding.severity is Severity.CRITICAL:
            yield f"the cargo of {finding.component}: it is still outside of its limits"
        elif finding.kind is FindingKind.SILENCE:
            yield f"whether {finding.component} reports again"
        elif finding.component not in working and finding.severity is not Severity.LOW:
            yield f"{finding.component}: no incident is open for it"
    for gap in watched.report.gaps:
        yield f"{gap.source} could not be seen"


def _headline(
    opened: Sequence[BriefLine],
    found: Sequence[BriefLine],
    decide: Sequence[BriefLine],
    over: Sequence[Incident],
) -> str:
    if not (opened or found or decide):
        return f"Quiet: nothing is open; {len(over)} ended since the last shift."
    urgent = sum(one.severity is Severity.CRITICAL for one in (*opened, *found))
    parts = [
        f"{urgent} critical" if urgent else "nothing critical",
        f"{_counted(len(opened), 'incident')} open",
        _counted(len(found), "finding"),
        f"{_counted(len(decide), 'decision')} to take",
        f"{len(over)} ended since the last shift",
    ]
    return ", ".join(parts) + "."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def briefing_lines(briefing: Briefing) -> Iterator[str]:
    """Yield a hand-over as text, in few lines."""
    yield f"Hand-over {briefing.at:%Y-%m-%d %H:%M} UTC: {briefing.headline}"
    sections = (
        ("Decide now", briefing.decide),
        ("Open incidents", briefing.open),
        ("Found on the last round", briefing.found),
        ("Ended since the last shift", briefing.happened),
    )
    for title, lines in sections:
        if lines:
            yield f"{title}:"
            yield from (_told(line) for line in lines)
    if briefing.watch:
        yield "Watch:"
        yield from (f"  - {one}" for one in briefing.watch)
    if briefing.quiet:
        counted = ", ".join(f"{one.quiet} of {one.looked_at} {one.kind}" for one in briefing.quiet)
        yield f"Quiet: {counted}."


def _told(line: BriefLine) -> str:
    severity = line.severity.value if line.severity else "unrated"
    number = f" ({line.incident_id})" if line.incident_id else ""
    since = f" since {line.since:%H:%M}" if line.since else ""
    return f"  [{severity}] {line.what}{number}{since}" + (f" - {line.state}" if line.state else "")
