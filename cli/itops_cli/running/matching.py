"""What a run looks into, with which runbook, and as which incident."""

from itops_cli.running.session import Session
from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.reports import Finding, FindingKind, WatchReport
from itops_core.domain.runbook import Runbook
from itops_core.domain.values import utc_now
from itops_core.workflow.runbook_choice import fitting_runbook
from itops_core.workflow.watching import incident_for


def chosen_finding(session: Session, report: WatchReport) -> Finding | None:
    """Return what to look into: the worst that fits the device and the runbook that were named."""
    device, runbook = session.plan.device, session.plan.runbook
    for finding in report.findings:
        if finding.kind is FindingKind.INCIDENT or (device and finding.component != device):
            continue
        if runbook is None or finding.kind in runbook.applies_to.findings or device:
            return finding
    return None


def runbook_for(session: Session, finding: Finding) -> Runbook | None:
    """Return the runbook that was named, else the one that fits best."""
    return session.plan.runbook or fitting_runbook(finding, _entry(session, finding.component))


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
