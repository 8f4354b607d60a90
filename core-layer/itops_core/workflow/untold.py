"""Finds what people should know and were never told: whoever was to say so died or was refused.

What is stored is delivered by the notifier's sweep. What never was stored nobody would miss, so
every minute asks it of the things themselves: questions, critical incidents, incidents handed over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.incident import Incident, Status
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.observability import logger
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.notifications import Notifications
from itops_core.workflow.rendering.approval import question_told

_log = logger("workflow")
_HANDED_OVER = {Status.ESCALATED: Occasion.ESCALATED, Status.FAILED: Occasion.FAILED}
_LOOKED_BACK = timedelta(hours=6)
"""What was opened before that is not looked at, once it is with people."""

_FIRST_HOUR = timedelta(hours=1)
"""So long after it was handed over, an incident is looked at."""


@dataclass(frozen=True)
class Untold:
    """Tells what was not told. What was is found by its id, and told by nobody twice."""

    incidents: IncidentStore
    approvals: ApprovalStore
    notifications: Notifications
    now: Callable[[], datetime] = utc_now

    def tell(self) -> int:
        """Look once at everything that people wait for; return how much was not told."""
        found = [self._question(one) for one in self.approvals.pending()]
        found += [self._critical(one) for one in self.incidents.unfinished()]
        since = self.now() - _LOOKED_BACK
        for status, occasion in _HANDED_OVER.items():
            for incident in self.incidents.opened_since(status, since):
                found.append(self._handed_over(incident, occasion))
        return sum(found)

    def _question(self, seen: Approval) -> bool:
        name = seen.approval_id
        if self.notifications.is_stored(seen.incident_id, Occasion.APPROVAL, name):
            return False
        # The index may lag behind: nobody is asked what was decided a moment ago.
        approval, incident = self.approvals.get(name), self.incidents.get(seen.incident_id)
        if approval.status is not ApprovalStatus.PENDING or incident.is_over:
            return False
        return self._told(incident, Occasion.APPROVAL, question_told(approval), name)

    def _critical(self, incident: Incident) -> bool:
        if incident.severity is not Severity.CRITICAL or incident.acknowledgement is not None:
            return False
        return self._incident(incident, Occasion.CRITICAL)

    def _handed_over(self, incident: Incident, occasion: Occasion) -> bool:
        if incident.updated_at < self.now() - _FIRST_HOUR:
            return False
        return self._incident(incident, occasion)

    def _incident(self, seen: Incident, occasion: Occasion) -> bool:
        if self.notifications.is_stored(seen.incident_id, occasion):
            return False
        incident = self.incidents.get(seen.incident_id)
        return incident.status is seen.status and self._told(incident, occasion)

    def _told(
        self, incident: Incident, occasion: Occasion, detail: str = "", key: str = ""
    ) -> bool:
        _log.warning("people not told", incident_id=incident.incident_id, occasion=occasion.value)
        return self.notifications.tell(incident, occasion, detail, key)
