"""Has the actions of an allowed plan carried out, in order, and their inverses if it comes to that.

The operations server decides and acts, once for each action however often it is asked. Here is
only the order of things, and what the incident remembers of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.incident import Incident, Status, TimelineEvent
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    VerificationOutcome,
)
from itops_core.errors import ToolUnavailableError
from itops_core.remediation.catalogue import catalogue
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from itops_core.tools.gateway import ToolGateway

_CALLS_WHILE_BUSY = 6
"""The server waits some seconds in each; together more than anyone may be at an action."""

_ASKED = "asked for; there is no word yet on what came of it"
_OUTCOME_OF = {
    ActionStatus.REFUSED: "refused",
    ActionStatus.VOID: "void",
    ActionStatus.FAILED: "failed",
}


@dataclass(frozen=True)
class ActionRunner:
    """Runs plans and takes them back. Safe to run twice at any point."""

    incidents: IncidentStore
    approvals: ApprovalStore
    operations: ToolGateway
    clock: Callable[[], datetime]
    max_rounds: int

    def execute(self, incident_id: str) -> dict[str, Any]:
        """Carry out the plan: `done`, `void`, `refused`, `failed` or `stopped`."""
        incident = self._acting(incident_id)
        if incident.is_over:
            return _answer(incident_id, "stopped", "the incident is over")
        plan = incident.plan
        if plan is None or plan.round != incident.round or not plan.actions:
            return _answer(incident_id, "refused", "there is no plan for this round")
        for planned in plan.actions:
            record = self._carried_out(incident, planned.action, undo=False)
            incident = self._remember(self._with_what_was_asked(record))
            if incident.is_over:
                return _answer(incident_id, "stopped", "the incident is over")
            if record.status is not ActionStatus.DONE:
                return self._given_up(incident, record)
        return _answer(
            incident_id,
            "done",
            f"{len(plan.actions)} action{'' if len(plan.actions) == 1 else 's'}",
        )

    def roll_back(self, incident_id: str) -> dict[str, Any]:
        """Undo the round: `another_round`, `exhausted`, `failed` or `stopped`.

        What only did not help, and is harmless in vain by the catalogue, is kept.
        """
        incident = self.incidents.get(incident_id)
        if incident.status is Status.INVESTIGATING:
            return _answer(incident_id, "another_round", f"round {incident.round}")
        incident = self._acting(incident_id)
        if incident.is_over:
            return _answer(incident_id, "stopped", "the incident is over")
        for record in incident.actions:
            if _may_undo(record, incident) and _is_kept(record, incident):
                incident = self._keep(record)
        fault = self._undo(incident)
        if fault is not None:
            return _answer(incident_id, "failed", fault)
        if incident.round >= self.max_rounds:
            return _answer(incident_id, "exhausted", f"{incident.round} rounds did not help")
        return self._another_round(incident)

    def _given_up(self, incident: Incident, record: ActionRecord) -> dict[str, Any]:
        """Stop at the first action that was not done, and take back those before it."""
        outcome = _OUTCOME_OF[record.status]
        if any(_may_undo(known, incident) for known in incident.actions):
            fault = self._undo(incident)
            undone = "what could be put back is put back" if fault is None else fault
            return _answer(incident.incident_id, "failed", f"{record.message}; {undone}")
        if outcome == "void":
            self._void(incident, record.message)
        return _answer(incident.incident_id, outcome, record.message)

    def _void(self, incident: Incident, reason: str) -> None:
        """Go back to before the question: it has to be asked again."""
        if incident.approval_id is not None:
            self.approvals.void(incident.approval_id, reason)
        self.incidents.update(
            incident.incident_id,
            lambda one: one if one.is_over else one.moved_to(Status.INVESTIGATING, self.clock()),
        )

    def _undo(self, incident: Incident) -> str | None:
        """Run the recorded inverses, last action first; return what kept one from happening."""
        for record in reversed(incident.actions):
            if not _may_undo(record, incident) or record.inverse is None:
                continue
            undone = self._carried_out(incident, record.inverse, undo=True)
            self._remember(undone, of=record)
            if undone.status is not ActionStatus.DONE:
                return f"{record.action.name} was not undone: {undone.message}"
        return None

    def _keep(self, record: ActionRecord) -> Incident:
        """Leave standing what did not help and does no harm, and say so."""
        kept, at = record.model_copy(update={"in_vain": True}), self.clock()
        incident = self.incidents.update(
            record.incident_id, lambda one: one if one.is_over else one.with_action(kept, at)
        )
        self.incidents.add_event(
            TimelineEvent(
                incident_id=record.incident_id,
                event_id=f"kept-{record.action_id}",
                at=at,
                kind="action",
                actor="action_runner",
                message=(
                    f"{record.action.name} did not help and is kept: it does no harm beyond what "
                    f"it costs, and {record.resource} is still in trouble"
                )[:1000],
                fields={"undo": False, **kept.model_dump(mode="json")},
            )
        )
        return incident

    def _with_what_was_asked(self, record: ActionRecord) -> ActionRecord:
        """Return the record with what was asked for, where people allowed less."""
        if record.approval_id is None:
            return record
        asked = self.approvals.get(record.approval_id).asked_for(record.action)
        return record.model_copy(update={"asked": asked})

    def _another_round(self, incident: Incident) -> dict[str, Any]:
        next_round = incident.round + 1
        changed = self.incidents.update(
            incident.incident_id, lambda one: one.looked_at_again(next_round, self.clock())
        )
        if changed.is_over:
            return _answer(incident.incident_id, "stopped", "the incident is over")
        return _answer(incident.incident_id, "another_round", f"round {next_round}")

    def _acting(self, incident_id: str) -> Incident:
        def moved(incident: Incident) -> Incident:
            if incident.is_over or incident.status is Status.REMEDIATING:
                return incident
            return incident.moved_to(Status.REMEDIATING, self.clock())

        return self.incidents.update(incident_id, moved)

    def _carried_out(self, incident: Incident, action: Action, *, undo: bool) -> ActionRecord:
        request = {
            "incident_id": incident.incident_id,
            "round": incident.round,
            "approval_id": incident.approval_id,
            "undo": undo,
        }
        self._note_begun(incident, action, undo=undo)
        for _ in range(_CALLS_WHILE_BUSY):
            answer = self.operations.call(action.name, {**action.parameters, "request": request})
            if not answer.ok:
                return self._not_taken(incident, action, answer.message, undo=undo)
            record = ActionRecord.model_validate(answer.content)
            if record.status is not ActionStatus.STARTED:
                return record
        raise ToolUnavailableError(self.operations.server, f"{action.name} does not come to an end")

    def _note_begun(self, incident: Incident, action: Action, *, undo: bool) -> None:
        """Keep on the incident what is about to be asked for.

        Whoever is handed the incident because no answer ever came has to know that it may have
        been done.
        """
        begun = self._record_of(incident, action, ActionStatus.STARTED, _ASKED, undo=undo)
        shown = next(
            (one for one in incident.previews if one.action.action_hash == action.action_hash), None
        )
        if shown is not None and not undo:
            told = {"resource": shown.resource, "inverse": shown.inverse, "before": shown.before}
            begun = begun.model_copy(update=told)

        def with_begun(one: Incident) -> Incident:
            known = any(record.action_id == begun.action_id for record in one.actions)
            return one if known or one.is_over else one.with_action(begun, begun.started_at)

        self.incidents.update(incident.incident_id, with_begun)

    def _not_taken(
        self, incident: Incident, action: Action, message: str, *, undo: bool
    ) -> ActionRecord:
        """Return the record of an action that the server could not even consider."""
        failed = self._record_of(incident, action, ActionStatus.FAILED, message, undo=undo)
        return failed.model_copy(update={"ended_at": failed.started_at})

    def _record_of(
        self, incident: Incident, action: Action, status: ActionStatus, said: str, *, undo: bool
    ) -> ActionRecord:
        spec = catalogue().actions.get(action.name)
        return ActionRecord(
            action_id=ActionRecord.id_for(incident.incident_id, incident.round, action, undo=undo),
            incident_id=incident.incident_id,
            round=incident.round,
            action=action,
            resource=spec.target_of(action) if spec else "",
            inverse=None,
            status=status,
            message=said,
            started_at=self.clock(),
        )

    def _remember(self, record: ActionRecord, of: ActionRecord | None = None) -> Incident:
        """Keep `record` on the incident; an action it has undone is marked so."""
        now = self.clock()

        def with_record(incident: Incident) -> Incident:
            if record in incident.actions:
                return incident
            changed = incident.with_action(record, now)
            if of is None or record.status is not ActionStatus.DONE:
                return changed
            undone = of.model_copy(update={"status": ActionStatus.UNDONE})
            return changed.with_action(undone, now) if record.action.changes_something else changed

        incident = self.incidents.update(record.incident_id, with_record)
        self.incidents.add_event(_event(record, undo=of is not None))
        return incident


def _may_undo(record: ActionRecord, incident: Incident) -> bool:
    return (
        record.round == incident.round and record.status is ActionStatus.DONE and not record.in_vain
    )


def _is_kept(record: ActionRecord, incident: Incident) -> bool:
    """Whether it did not help, as was measured, and does no harm: only what was made worse does."""
    measured, spec = incident.verification, catalogue().actions.get(record.action.name)
    return (
        spec is not None
        and spec.harmless_in_vain
        and not record.is_undo
        and measured is not None
        and measured.round == incident.round
        and measured.outcome is VerificationOutcome.UNCHANGED
    )


def _answer(incident_id: str, outcome: str, why: str) -> dict[str, Any]:
    return {"incident_id": incident_id, "outcome": outcome, "reason": why[:500]}


def _event(record: ActionRecord, *, undo: bool) -> TimelineEvent:
    what = record.action.name
    if undo and record.action.changes_something:
        what = f"undo by {what}"
    elif undo:
        what = f"nothing to undo, nothing was put back; people are told: {what}"
    return TimelineEvent(
        incident_id=record.incident_id,
        event_id=f"action-{record.action_id}-{record.status}",
        at=record.ended_at or record.started_at,
        kind="action",
        actor="action_runner",
        message=f"{what} {record.status}: {record.message}"[:1000],
        fields={"undo": undo, **record.model_dump(mode="json")},
    )
