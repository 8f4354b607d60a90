"""Watches whether the remedy helps: one look a call, and the state machine waits in between."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.domain.remediation import (
    ActionRecord,
    ActionStatus,
    Verification,
    VerificationOutcome,
)
from itops_core.remediation.verification import Findings, Watch, judge
from itops_core.settings import VerificationRules
from itops_core.stores.incidents import IncidentStore
from recovery_verifier.measuring import Measurer


def unweighed(_incident: Incident) -> None:
    """Put nothing on any record: for rehearsals, in which nothing real is done."""


@dataclass(frozen=True)
class RecoveryVerifier:
    """Measures, judges and records; decides nothing about what to do next."""

    incidents: IncidentStore
    measurer: Measurer
    rules: VerificationRules
    clock: Callable[[], datetime]
    weigh: Callable[[Incident], None] = unweighed
    """Puts what came of the actions on their record; safe to do twice."""

    def verify(self, incident_id: str) -> dict[str, Any]:
        """Return `watching` with `wait_seconds`, an outcome, or `stopped`."""
        incident = self.incidents.update(incident_id, self._verifying)
        if incident.is_over:
            return {"incident_id": incident_id, "outcome": "stopped"}
        known = incident.verification
        if known is not None and known.round == incident.round:
            self.weigh(incident)
            return {"incident_id": incident_id, "outcome": known.outcome.value}
        now = self.clock()
        done = _done_in_round(incident)
        if not done:
            watch = Watch(acted_from=now, acted_to=now, now=now)
            return self._concluded(incident, watch, Findings(), VerificationOutcome.UNKNOWN)
        watch = Watch(
            acted_from=min(one.started_at for one in done),
            acted_to=max(one.ended_at or one.started_at for one in done),
            now=now,
        )
        too_early = self.rules.minimum_seconds - watch.elapsed_seconds
        if too_early > 0:
            return self._watching(incident, math.ceil(too_early))
        findings = self.measurer.measure(incident, done, watch)
        outcome = judge(findings, watch.elapsed_seconds, self.rules)
        if outcome is None:
            return self._watching(incident, 0)
        return self._concluded(incident, watch, findings, outcome)

    def _verifying(self, incident: Incident) -> Incident:
        if incident.is_over or incident.status is Status.VERIFYING:
            return incident
        return incident.moved_to(Status.VERIFYING, self.clock())

    def _watching(self, incident: Incident, at_least: int) -> dict[str, Any]:
        wait = max(self.rules.wait_seconds, at_least)
        return {
            "incident_id": incident.incident_id,
            "outcome": "watching",
            "wait_seconds": wait,
        }

    def _concluded(
        self,
        incident: Incident,
        watch: Watch,
        findings: Findings,
        outcome: VerificationOutcome,
    ) -> dict[str, Any]:
        verification = Verification(
            outcome=outcome,
            probes=findings.probes,
            observed_from=watch.acted_to,
            observed_to=watch.now,
            samples=findings.samples,
            round=incident.round,
        )

        def with_verification(one: Incident) -> Incident:
            if one.is_over or one.round != incident.round:
                return one
            return one.changed(watch.now, verification=verification)

        stored = self.incidents.update(incident.incident_id, with_verification)
        if stored.is_over:
            return {"incident_id": incident.incident_id, "outcome": "stopped"}
        self.incidents.add_event(_event(incident, verification))
        self.weigh(stored)
        return {"incident_id": incident.incident_id, "outcome": outcome.value}


def _done_in_round(incident: Incident) -> tuple[ActionRecord, ...]:
    return tuple(
        record
        for record in incident.actions
        if record.round == incident.round
        and record.status is ActionStatus.DONE
        and record.action.changes_something
    )


def _event(incident: Incident, verification: Verification) -> TimelineEvent:
    said = "; ".join(f"{one.name}: {one.explanation}" for one in verification.probes)
    return TimelineEvent(
        incident_id=incident.incident_id,
        event_id=f"verification-{incident.round}-{verification.outcome}",
        at=verification.observed_to,
        kind="verification",
        actor="recovery_verifier",
        message=f"{verification.outcome}: {said or 'nothing could be measured'}"[:1000],
        fields=verification.model_dump(mode="json"),
    )
