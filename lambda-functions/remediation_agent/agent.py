"""From a root cause to a plan that the gate has judged: one ReAct step at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itops_core.domain.audit_events import Witness, plan_judged, unwitnessed
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.investigation import Agent
from itops_core.domain.remediation import ActionRecord, ActionStatus, RemediationPlan
from itops_core.domain.values import sha256_of
from itops_core.errors import InvalidInputError, ToolUnavailableError
from itops_core.reasoning.engine import StepEngine
from itops_core.remediation.proposal import Proposal, Proposer
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.events import timeline_event


@dataclass(frozen=True)
class RemediationAgent:
    """Has a plan made, looks at what it would do, and asks the gate. It never acts."""

    engine: StepEngine
    incidents: IncidentStore
    proposer: Callable[[], Proposer]
    clock: Callable[[], datetime]
    witness: Witness = unwitnessed
    max_rounds: int = 1

    def propose(self, incident_id: str) -> dict[str, Any]:
        """Return `auto`, `approval`, `forbid`, `none`, `continue`, `another_round` or `stopped`.

        `another_round`: the thing that was to be changed is no longer what was seen, so that the
        cause has to be looked for anew. It may be gone, and a new preview alone would not show it.
        """
        incident = self.incidents.get(incident_id)
        if self._waits_for_a_cause(incident):
            return _answer(incident_id, "another_round", "the state has changed")
        if incident.round < self.max_rounds and not incident.is_over:
            changed = _changed_since(incident)
            if changed is not None:
                return self._another_round(incident, changed)
        step = self.engine.take_step(incident_id, Agent.REMEDIATION)
        if step.stopped:
            return _answer(incident_id, "stopped", "the incident is over")
        if step.plan is None:
            return _answer(incident_id, "continue", "the agent still looks")
        return self._judged(step.incident, step.plan)

    def _judged(self, incident: Incident, plan: RemediationPlan) -> dict[str, Any]:
        if not any(planned.action.changes_something for planned in plan.actions):
            return self._recorded(plan, None, "none", f"nothing to change: {plan.rationale}")
        try:
            proposal = self.proposer().propose(incident, plan)
        except ToolUnavailableError as error:
            return self._recorded(plan, None, "none", f"it cannot be previewed: {error}")
        except InvalidInputError as error:
            return self._recorded(plan, None, "none", f"it is not possible: {error}")
        if proposal.faults:
            why = f"it is not possible now: {'; '.join(proposal.faults)}"
            return self._recorded(plan, proposal, "none", why)
        decision = proposal.decision
        return self._recorded(plan, proposal, decision.outcome.value, "; ".join(decision.reasons))

    def _waits_for_a_cause(self, incident: Incident) -> bool:
        """Whether a round has begun in which nobody has looked for the cause: a repeat of this."""
        if incident.is_over or incident.round == 1:
            return False
        return not any(
            step.agent is Agent.ROOT_CAUSE and step.round == incident.round
            for step in self.engine.agent_state.steps(incident.incident_id)
        )

    def _another_round(self, incident: Incident, void: ActionRecord) -> dict[str, Any]:
        why, at = (
            f"{void.message}: somebody was faster, so the cause is looked for anew",
            self.clock(),
        )
        self.incidents.add_event(
            timeline_event(
                incident.incident_id,
                "plan",
                why,
                at,
                actor="remediation_agent",
                key=("anew", void.action_id),
            )
        )
        next_round = incident.round + 1
        self.incidents.update(incident.incident_id, lambda one: one.looked_at_again(next_round, at))
        return _answer(incident.incident_id, "another_round", why)

    def _recorded(
        self, plan: RemediationPlan, proposal: Proposal | None, outcome: str, why: str
    ) -> dict[str, Any]:
        at = self.clock()

        def with_proposal(incident: Incident) -> Incident:
            if incident.is_over:
                return incident
            previews = proposal.previews if proposal else ()
            decision = proposal.decision if proposal else None
            return incident.changed(at, plan=plan, previews=previews, decision=decision)

        incident = self.incidents.update(plan.incident_id, with_proposal)
        if incident.is_over:
            return _answer(plan.incident_id, "stopped", "the incident is over")
        decision = proposal.decision if proposal else None
        self.witness(plan_judged(plan, decision, outcome, why, at))
        self.incidents.add_event(_event(plan, proposal, outcome, why, at))
        return _answer(plan.incident_id, outcome, why)


def _changed_since(incident: Incident) -> ActionRecord | None:
    """Return what of this round's plan was void because its thing was another by then."""
    return next(
        (
            record
            for record in incident.actions
            if record.status is ActionStatus.VOID
            and record.state_changed
            and record.round == incident.round
        ),
        None,
    )


def _answer(incident_id: str, outcome: str, why: str) -> dict[str, Any]:
    return {"incident_id": incident_id, "outcome": outcome, "reason": why[:500]}


def _event(
    plan: RemediationPlan, proposal: Proposal | None, outcome: str, why: str, at: datetime
) -> TimelineEvent:
    previews = proposal.previews if proposal else ()
    shown = [preview.model_dump(mode="json") for preview in previews]
    identity = sha256_of([plan.plan_hash, outcome, why, [one.state_hash for one in previews]])
    return TimelineEvent(
        incident_id=plan.incident_id,
        event_id=f"proposal-{plan.round}-{identity[:12]}",
        at=at,
        kind="plan",
        actor="remediation_agent",
        message=f"{outcome}: {why}"[:1000],
        fields={
            "outcome": outcome,
            "actions": [planned.action.model_dump(mode="json") for planned in plan.actions],
            "confidence": plan.confidence,
            "decision": proposal.decision.model_dump(mode="json") if proposal else None,
            "previews": shown,
        },
    )
