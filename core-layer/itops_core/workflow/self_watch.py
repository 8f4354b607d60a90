"""ITOps watches itself: what breaks in it opens an incident about it, one at most.

An incident about ITOps whose own handling breaks opens no other: people are told of it, and the
alarms of the stack reach them past everything here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.escalation import Breakdown
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.own_parts import MACHINE, OWN, is_own
from itops_core.domain.values import derived_id, sha256_of, utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import NotFoundError
from itops_core.observability import logger
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.tools.redaction import plain_text
from itops_core.workflow.events import timeline_event

_FUNCTIONS = {
    "Triage": "Triage",
    "PageHuman": "Notifier",
    "InvestigateStep": "RootCause",
    "ProposeRemediation": "Remediation",
    "AwaitApproval": "ApprovalGate",
    "ExpireApproval": "ApprovalGate",
    "ExecuteAction": "ActionRunner",
    "VerifyRecovery": "RecoveryVerifier",
    "RollBack": "ActionRunner",
    "CloseIncident": "IncidentCloser",
    "Escalate": "IncidentCloser",
}
"""The function of each state of the workflow, behind the prefix."""

_CLAIM = "own-incident"
_log = logger("workflow")


def part_of(state: str) -> str:
    """Return the catalog's name for what works in a state of the workflow."""
    return f"{OWN}{_FUNCTIONS[state]}" if state in _FUNCTIONS else MACHINE


@dataclass(frozen=True)
class SelfWatch:
    """Opens incidents about ITOps, one at a time; everything here may run twice."""

    incidents: IncidentStore
    runtime: RuntimeStore
    open: Callable[[Incident], Incident]
    minutes: float
    """So long after it was opened, one that nobody has resolved stands for all that breaks."""
    now: Callable[[], datetime] = utc_now

    def broke(self, incident: Incident, broke: Breakdown) -> Incident | None:
        """Open an incident about the part that broke; `None` where that would be one too many."""
        if is_own(incident.service):
            _log.error("incident about itops broke", incident_id=incident.incident_id)
            return None
        own = _incident_about(incident, broke, self.now())
        standing = self.standing(own.incident_id)
        if standing is None:
            return self.open(own)
        self._note(standing, incident, broke)
        return None

    def standing(self, incident_id: str) -> Incident | None:
        """Return the incident about ITOps that stands, or claim its place for `incident_id`."""
        mine: dict[str, Any] = {"incident_id": incident_id}
        seconds = self.minutes * 60
        if self.runtime.begin(_CLAIM, seconds, mine):
            return None
        claim = self.runtime.read(_CLAIM)
        if claim is None or claim == mine:
            return None
        known = self._known(str(claim["incident_id"]))
        if known is None or known.status in (Status.RESOLVED, Status.CLOSED):
            is_mine = self.runtime.replace(_CLAIM, claim, mine, seconds)
            return None if is_mine else self.standing(incident_id)
        return known

    def _known(self, incident_id: str) -> Incident | None:
        try:
            return self.incidents.get(incident_id)
        except NotFoundError:
            return None

    def _note(self, standing: Incident, broken: Incident, broke: Breakdown) -> None:
        self.incidents.add_event(
            timeline_event(
                standing.incident_id,
                "linked",
                f"{broke.state or 'the workflow'} broke in {broken.incident_id}, too",
                self.now(),
                actor="self_watch",
                key=broken.incident_id,
            )
        )


def _incident_about(broken: Incident, broke: Breakdown, at: datetime) -> Incident:
    part = part_of(broke.state)
    told = f"{broke.error}: {broke.cause}"[:4000]
    incident = open_incident(
        f"ITOps: {broke.state or 'the workflow'} fails",
        part,
        at,
        fingerprint=sha256_of([OWN, part])[:32],
        description=plain_text(f"It broke in {broken.incident_id} ({broken.service}). {told}"),
        affected_services=(part,),
        detected_by="itops",
        severity=Severity.HIGH,
        symptom_started_at=at - timedelta(seconds=1),
    )
    own_id = derived_id("INC", OWN, broken.incident_id, broke.state)
    return incident.model_copy(update={"incident_id": own_id})
