"""Opening incidents: once for each thing that is wrong, however often it is reported."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.domain.values import utc_now
from itops_core.errors import ConflictError, NotFoundError
from itops_core.observability import logger
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.alarms import AlarmMessage, incident_of
from itops_core.workflow.events import timeline_event
from itops_core.workflow.executions import Executions

_log = logger("workflow")
_CLAIM_SECONDS = 30 * 24 * 3600
_PATIENCE_SECONDS = 3.0
"""How long a claim may lead to no incident before the next alarm takes it over."""


@dataclass(frozen=True)
class Opened:
    """What became of a report: a new incident, or one that knows of it already."""

    incident: Incident
    is_new: bool


@dataclass(frozen=True)
class Opener:
    """Creates incidents and starts the work on them."""

    incidents: IncidentStore
    runtime: RuntimeStore
    executions: Executions
    cooldown_seconds: float

    def open(self, incident: Incident) -> Incident:
        """Store an incident and start work on it; the same id again changes nothing."""
        return self.open_once(incident).incident

    def open_once(self, incident: Incident) -> Opened:
        """Do what `open` does, and tell whether it was this call that stored the incident."""
        arn = self.executions.arn_of(incident.incident_id)
        is_new = True
        try:
            known = self.incidents.create(incident.model_copy(update={"execution_arn": arn}))
        except ConflictError:
            is_new = False
            known = self.incidents.get(incident.incident_id)
            if known.fingerprint != incident.fingerprint:
                raise
        self.incidents.add_event(_opened(known))
        if known.status is Status.OPEN and not known.resumes:
            self.executions.start(known.incident_id)
        _log.info("incident opened", incident_id=known.incident_id, affected=known.service)
        return Opened(known, is_new)

    def open_for_alarm(self, message: AlarmMessage, service: str) -> Opened:
        """Open an incident for an alarm, or link the alarm to the incident it belongs to.

        It belongs to its own earlier incident, or to the unfinished one of the same service: one
        outage seldom rings once. A claim on the fingerprint, then one on the correlation key,
        makes one of several concurrent alarms the opening one.
        """
        incident = incident_of(message, service, utc_now())
        known = self._claimed(
            _claim_of(incident.fingerprint),
            incident,
            lambda earlier: self._absorbs(earlier, incident.opened_at),
        )
        if known is None:
            known = self._claimed(
                f"working#{incident.correlation_key}", incident, lambda other: not other.is_over
            )
            if known is not None:
                self._hand_over(incident, known)
        if known is not None:
            return Opened(self._linked(known, message), is_new=False)
        return Opened(self.open(incident), is_new=True)

    def note_recovery(self, message: AlarmMessage) -> Incident | None:
        """Write on the open incident's timeline that its alarm is over; decide nothing."""
        fingerprint = message.alarm.fingerprint
        incident = self._known(self.runtime.read(_claim_of(fingerprint)), fingerprint)
        if incident is None or incident.is_over:
            return None
        state = message.state.value
        self._note(incident, message, "note", f"{message.alarm.name} went to {state}")
        return incident

    def _claimed(
        self, key: str, incident: Incident, absorbs: Callable[[Incident], bool]
    ) -> Incident | None:
        """Take `key` for `incident`, or return the incident that holds it and absorbs this one."""
        mine = {"incident_id": incident.incident_id}
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            claim = self.runtime.read(key)
            if claim == mine:
                return None
            known = self._known(claim, incident.fingerprint)
            if known is not None and absorbs(known):
                return known
            if claim is not None and known is None and time.monotonic() < deadline:
                time.sleep(0.1)
            elif self._claim(key, claim, mine):
                return None

    def _hand_over(self, incident: Incident, known: Incident) -> None:
        """Let the next alarm of this fingerprint find `known` at once."""
        claim = {"incident_id": known.incident_id}
        self.runtime.put(_claim_of(incident.fingerprint), claim, _CLAIM_SECONDS)

    def _known(self, claim: dict[str, Any] | None, fingerprint: str) -> Incident | None:
        if claim is None:
            return self.incidents.open_with_fingerprint(fingerprint)
        try:
            known = self.incidents.get(str(claim["incident_id"]))
            return self.incidents.get(known.duplicate_of) if known.duplicate_of else known
        except NotFoundError:
            return None

    def _absorbs(self, known: Incident, at: datetime) -> bool:
        """Whether another alarm belongs to `known`: unfinished, or over too recently.

        A resolved incident absorbs nothing: that its symptom is back is news.
        """
        if not known.is_over:
            return True
        if known.status is Status.RESOLVED or known.closed_at is None:
            return False
        return at - known.closed_at < timedelta(seconds=self.cooldown_seconds)

    def _claim(self, key: str, old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
        if old is None:
            return self.runtime.begin(key, _CLAIM_SECONDS, new)
        return self.runtime.replace(key, old, new, _CLAIM_SECONDS)

    def _linked(self, incident: Incident, message: AlarmMessage) -> Incident:
        own = message.alarm.fingerprint == incident.fingerprint
        again = "again" if own else "too"
        self._note(incident, message, "linked", f"{message.alarm.name} went off {again}")
        _log.info("alarm linked", incident_id=incident.incident_id, alarm=message.alarm.name)
        return incident

    def _note(self, incident: Incident, message: AlarmMessage, kind: str, text: str) -> None:
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                kind,
                f"{text}: {message.alarm.reason}"[:1000],
                utc_now(),
                actor="incident_intake",
                key=message.message_id,
                state=message.state.value,
                changed_at=message.alarm.changed_at.isoformat(),
            )
        )


def _claim_of(fingerprint: str) -> str:
    return f"opening#{fingerprint}"


def _opened(incident: Incident) -> TimelineEvent:
    return timeline_event(
        incident.incident_id,
        "opened",
        f"{incident.title} ({incident.service}), detected by {incident.detected_by}",
        incident.opened_at,
        actor=incident.detected_by,
        service=incident.service,
    )
