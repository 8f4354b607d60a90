"""Opens incidents for what a round of watching found: once for each, however often it is found."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.incident import TERMINAL, Incident, Status, open_incident
from itops_core.domain.reports import Finding, FindingFate, FindingKind, WatchReport
from itops_core.domain.values import derived_id, sha256_of
from itops_core.domain.verdict import Severity
from itops_core.errors import ITOpsError
from itops_core.observability import logger
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.runbook_choice import fitting_runbook

DETECTED_BY = "watchdog"

Opening = Callable[[Incident], FindingFate]
"""Opens an incident for a finding, and tells what became of it."""

_log = logger("watchdog")
_OPENED = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM)
_WITH_PEOPLE = (Status.ESCALATED, Status.FAILED)
"""Over for the agents, but not for the people who have them now."""
_TITLE_CHARACTERS = 280
_READ = 100


@dataclass(frozen=True)
class FindingOpener:
    """Decides for each finding whether it is known, and opens an incident where it is not."""

    incidents: IncidentStore
    opening: Opening
    now: Callable[[], datetime]
    cooldown_seconds: float

    def open_all(self, report: WatchReport) -> tuple[FindingFate, ...]:
        """Return what became of each finding, in their order."""
        standing = tuple(self._standing())
        return tuple(self._fate(finding, standing) for finding in report.findings)

    def _fate(self, finding: Finding, standing: Iterable[Incident]) -> FindingFate:
        if finding.kind is FindingKind.INCIDENT:
            return fate_of(finding, "known", finding.component, "it is an incident already")
        if finding.severity not in _OPENED:
            return fate_of(finding, "noted", None, f"{finding.severity} ones open no incident")
        known = next((one for one in standing if _tells_of(one, finding)), None)
        if known is not None:
            reason = f"{known.incident_id} is {known.status.value.replace('_', ' ')}"
            return fate_of(finding, "known", known.incident_id, reason)
        latest = next(iter(self.incidents.latest_with_fingerprint(fingerprint_of(finding))), None)
        if latest is not None and self._is_the_same(finding, latest):
            reason = f"it is what {latest.incident_id} was about, which is over"
            return fate_of(finding, "known", latest.incident_id, reason)
        try:
            return self.opening(incident_for(finding, self.now(), latest))
        except ITOpsError as error:
            _log.warning("no incident could be opened", component=finding.component, why=str(error))
            return fate_of(finding, "failed", None, str(error)[:300])

    def _standing(self) -> Iterator[Incident]:
        yield from self.incidents.unfinished()
        for status in _WITH_PEOPLE:
            yield from self.incidents.list(status, limit=_READ).items

    def _is_the_same(self, finding: Finding, latest: Incident) -> bool:
        """Whether a finding began before the incident about it was over, or ends with it."""
        ended = latest.closed_at or latest.updated_at
        if latest.status not in TERMINAL:
            return True
        if finding.since is not None:
            return finding.since <= ended
        return self.now() - ended < timedelta(seconds=self.cooldown_seconds)


def fingerprint_of(finding: Finding) -> str:
    """Return what makes two findings tell of the same thing."""
    return sha256_of(["finding", finding.kind.value, finding.component])[:32]


def incident_for(finding: Finding, at: datetime, latest: Incident | None = None) -> Incident:
    """Return the incident that a finding opens; two rounds at once make the same one."""
    fingerprint = fingerprint_of(finding)
    began = finding.since if finding.since and finding.since <= at else None
    said = [finding.claim, *finding.more]
    lines = [
        f"{claim.text} "
        + ", ".join(f"[{one.evidence_id}: {one.quote[:200]}]" for one in claim.citations)
        for claim in said
    ]
    text = finding.claim.text
    incident = open_incident(
        (text if finding.component in text else f"{finding.component}: {text}")[:_TITLE_CHARACTERS],
        finding.component[:200],
        at,
        fingerprint=fingerprint,
        description="\n".join(lines)[:9_000],
        severity=finding.severity,
        affected_services=(finding.component[:200],),
        detected_by=DETECTED_BY,
        symptom_started_at=began,
    )
    before = latest.incident_id if latest else ""
    incident_id = derived_id("INC", "finding", fingerprint, before)
    book = fitting_runbook(finding)
    named = book.id if book else None
    return incident.model_copy(update={"incident_id": incident_id, "runbook": named})


def fate_of(finding: Finding, outcome: str, incident_id: str | None, reason: str) -> FindingFate:
    """Return what became of a finding."""
    return FindingFate(
        component=finding.component,
        severity=finding.severity,
        outcome=outcome,
        incident_id=incident_id,
        reason=reason,
    )


def _tells_of(incident: Incident, finding: Finding) -> bool:
    """Whether an incident that is not over is about what was found."""
    if incident.alarm is not None and incident.alarm.name in finding.alarms:
        return True
    named = {incident.service, *incident.affected_services}
    return finding.component in named or incident.fingerprint == fingerprint_of(finding)
