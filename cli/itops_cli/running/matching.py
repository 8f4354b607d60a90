"""Which runbook fits what was found, and the incident that it is worked on as."""

import re
from collections.abc import Iterable

from itops_cli.running.session import Session
from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.reports import Finding, FindingKind, WatchReport
from itops_core.domain.runbook import Runbook
from itops_core.domain.values import utc_now
from itops_core.stores.runbooks import known_runbooks
from itops_core.workflow.watching import incident_for

_WORD = re.compile(r"[a-z]{4,}")


def chosen_finding(session: Session, report: WatchReport) -> Finding | None:
    """Return what to look into: the worst that fits the device and the runbook that were named."""
    device, runbook = session.plan.device, session.plan.runbook
    for finding in report.findings:
        if finding.kind is FindingKind.INCIDENT or (device and finding.component != device):
            continue
        if runbook is None or finding.kind in runbook.applies_to.findings or device:
            return finding
    return None


def fitting_runbook(session: Session, finding: Finding) -> Runbook | None:
    """Return the runbook that fits best, if any does: by kind of finding, component and words."""
    if session.plan.runbook is not None:
        return session.plan.runbook
    entry = _entry(session, finding.component)
    scored = (
        (_fits(book, finding, entry), book)
        for book in known_runbooks().values()
        if finding.kind in book.applies_to.findings
    )
    fitting = [one for one in scored if one[0] > 0]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def _fits(book: Runbook, finding: Finding, entry: CatalogEntry | None) -> float:
    kinds = book.applies_to.kinds
    if entry is not None and kinds and entry.kind not in kinds:
        return 0.0
    own = 2.0 if entry is not None and entry.runbook == book.article_id else 0.0
    named = 1.0 if finding.component in book.applies_to.services else 0.0
    said = _words([finding.claim.text, *finding.alarms])
    known = _words([book.title, *book.symptoms])
    return 1.0 + own + named + len(said & known) / (1 + len(said))


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _WORD.findall(text.lower())}


def _entry(session: Session, component: str) -> CatalogEntry | None:
    known = session.stage.recording.catalog
    return next((one for one in known if component in {one.entry_id, one.resource}), None)


def incident_about(session: Session, finding: Finding) -> Incident:
    """Return the incident to investigate, with the alarm that tells of it, if one does."""
    entry = _entry(session, finding.component)
    incident = incident_for(finding, session.stage.now())
    alarm = _alarm(session, finding.alarms[0]) if finding.alarms else None
    return incident.model_copy(
        update={
            "service": entry.entry_id if entry else incident.service,
            "severity": None,
            "alarm": alarm,
        }
    )


def _alarm(session: Session, name: str) -> Alarm | None:
    monitoring = session.stage.gateways["monitoring"]
    answer = monitoring.call("get_cloudwatch_alarm_state", {"alarm_name": name})
    told = answer.content
    if not answer.ok or not told.get("metric"):
        return None
    return Alarm(
        name=name,
        namespace=str(told.get("namespace") or ""),
        metric=str(told["metric"]),
        dimensions=told.get("dimensions") or {},
        statistic=str(told.get("statistic") or "Average"),
        period_seconds=int(told.get("period_seconds") or 60),
        threshold=told.get("threshold"),
        comparison=str(told.get("comparison") or "GreaterThanThreshold"),
        reason=str(told.get("reason") or ""),
        description=str(told.get("description") or ""),
        changed_at=told.get("changed_at") or utc_now(),
    )
