"""Whether an action that somebody asks for may happen: asked again here, from what is stored.

Nothing in the request is believed but which incident it is about; plan, approval, verdict and
severity are read, live state is looked at, and the gate is asked as if for the first time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    ActionRecord,
    ActionStatus,
    Approval,
    ApprovalStatus,
    Decision,
    DecisionOutcome,
    RemediationPlan,
)
from itops_core.errors import NotFoundError
from itops_core.remediation.approvals import approvers_of, evidence_hash_of, fault_in_approval
from itops_core.remediation.catalogue import ActionSpec
from itops_core.remediation.gate import Gate
from itops_core.remediation.proposal import gate_request
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.incidents import IncidentStore
from operations_server.claims import Claims
from operations_server.consent import Consent
from operations_server.ledger import ActionLedger
from operations_server.operation import Entries, Operation
from operations_server.request import ActionRequest


class Refused(Exception):  # noqa: N818 - an answer, not an error: it becomes data
    """The action may not happen; `status` is `refused`, or `void` where asking again may help."""

    def __init__(
        self,
        reason: str,
        status: ActionStatus = ActionStatus.REFUSED,
        *,
        state_changed: bool = False,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.state_changed = state_changed


@dataclass(frozen=True)
class Permission:
    """That an action may happen, and what it was given for."""

    preview: ActionPreview
    approval_id: str | None


@dataclass(frozen=True)
class Records:
    """What is stored about incidents."""

    incidents: IncidentStore
    approvals: ApprovalStore
    agent_state: AgentStateStore
    ledger: ActionLedger
    claims: Claims


class Permissions:
    """Gives or refuses permission for single actions."""

    def __init__(
        self,
        records: Records,
        gate: Gate,
        entries: Entries,
        blocked_keywords: tuple[str, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._records = records
        self._gate = gate
        self._entries = entries
        self._blocked_keywords = blocked_keywords
        self._clock = clock

    def given(
        self, action: Action, request: ActionRequest, operation: Operation, spec: ActionSpec
    ) -> Permission:
        """Return the permission for `action`, with its resource claimed, or raise `Refused`."""
        permission = self._permitted(action, request, operation, spec)
        if spec.kind != "people":
            resource = permission.preview.resource
            fault = self._records.claims.fault_in_taking(resource, request.incident_id, action.name)
            if fault is not None:
                raise Refused(fault)
        return permission

    def _permitted(
        self, action: Action, request: ActionRequest, operation: Operation, spec: ActionSpec
    ) -> Permission:
        incident = self._incident(request)
        plan = _plan_of(incident)
        if request.undo:
            self._check_undo(action, plan, operation)
        else:
            self._check_planned(action, plan)
        preview = operation.preview(action, spec, undo=request.undo)
        if not preview.possible:
            said = f"it is not possible now: {preview.reason}"
            raise Refused(said, ActionStatus.VOID, state_changed=True)
        decision = self._decide(incident, plan, preview, request)
        if decision.outcome is DecisionOutcome.FORBID:
            raise Refused(_said(decision))
        if decision.outcome is DecisionOutcome.AUTO:
            asked = None if request.undo else self._yes_to(plan, incident, request)
            if asked is not None:
                self._check_state(asked, plan, preview, operation)
            return Permission(preview, None)
        approval = self._approval(incident, plan, request, decision)
        if not request.undo:
            self._check_state(approval, plan, preview, operation)
        return Permission(preview, approval.approval_id)

    def _yes_to(
        self, plan: RemediationPlan, incident: Incident, request: ActionRequest
    ) -> Approval | None:
        """Return what people said yes to, though nobody would have to be asked by now."""
        name = request.approval_id
        if name is None or name != incident.approval_id:
            return None
        try:
            approval = self._records.approvals.get(name)
        except NotFoundError:
            return None
        is_yes = approval.status is ApprovalStatus.APPROVED
        return approval if is_yes and approval.plan_hash == plan.plan_hash else None

    def _incident(self, request: ActionRequest) -> Incident:
        incident = self._records.incidents.get(request.incident_id)
        if incident.is_over:
            raise Refused(f"{incident.incident_id} is {incident.status}: nothing more is done")
        if incident.status is not Status.REMEDIATING:
            raise Refused(f"{incident.incident_id} is {incident.status}, not remediating")
        if incident.round != request.round:
            raise Refused(f"{incident.incident_id} is in round {incident.round} by now")
        return incident

    def _check_planned(self, action: Action, plan: RemediationPlan) -> None:
        hashes = [planned.action.action_hash for planned in plan.actions]
        if action.action_hash not in hashes:
            raise Refused("the incident's plan does not contain exactly this action")
        for planned in plan.actions[: hashes.index(action.action_hash)]:
            if not _is_done(self._record(plan, planned.action)):
                raise Refused(f"{planned.action.name}, which comes before it, is not done")

    def _check_undo(self, action: Action, plan: RemediationPlan, operation: Operation) -> None:
        for planned in plan.actions:
            record = self._record(plan, planned.action)
            inverse = record.inverse if record and _is_done(record) else None
            if record and inverse and inverse.action_hash == action.action_hash:
                if not operation.is_untouched(action, record.after):
                    raise Refused(
                        f"{record.resource} was changed by someone else since: it is left alone"
                    )
                return
        raise Refused("it is not the recorded inverse of anything this round has done")

    def _decide(
        self,
        incident: Incident,
        plan: RemediationPlan,
        preview: ActionPreview,
        request: ActionRequest,
    ) -> Decision:
        entries: tuple[CatalogEntry, ...] = tuple(self._entries())
        asked = gate_request(incident, plan, preview, entries, self._blocked_keywords)
        return self._gate.decide(asked.model_copy(update={"undo": request.undo}))

    def _approval(
        self,
        incident: Incident,
        plan: RemediationPlan,
        request: ActionRequest,
        decision: Decision,
    ) -> Approval:
        """Return the approval that covers the plan; void is what another question may mend."""
        if request.approval_id is None:
            raise Refused(f"{_said(decision)}; nobody was asked", ActionStatus.VOID)
        if request.approval_id != incident.approval_id:
            raise Refused(f"{request.approval_id} is not the approval of this incident")
        try:
            approval = self._records.approvals.get(request.approval_id)
        except NotFoundError as error:
            raise Refused(str(error)) from error
        fault = fault_in_approval(
            approval, plan, self._evidence_hash(incident, plan), self._clock()
        )
        if fault is not None:
            raise Refused(fault, ActionStatus.VOID)
        said_yes = len(approvers_of(approval))
        if said_yes < decision.approvers_needed:
            needed = f"{decision.approvers_needed} people have to approve it, {said_yes} did"
            raise Refused(f"{_said(decision)}; {needed}", ActionStatus.VOID)
        return approval

    def _check_state(
        self, approval: Approval, plan: RemediationPlan, preview: ActionPreview, on: Operation
    ) -> None:
        consent = Consent(self._records.ledger, self._records.claims)
        fault = consent.fault_in(approval, plan, preview, on)
        if fault is not None:
            raise Refused(fault, ActionStatus.VOID, state_changed=True)

    def _evidence_hash(self, incident: Incident, plan: RemediationPlan) -> str:
        heads = self._records.agent_state.evidence_heads(incident.incident_id)
        hashes: Mapping[str, str] = {head.evidence_id: head.sha256 for head in heads}
        return evidence_hash_of(incident, plan, hashes)

    def _record(self, plan: RemediationPlan, action: Action) -> ActionRecord | None:
        key = ActionRecord.id_for(plan.incident_id, plan.round, action)
        return self._records.ledger.find(key)


def _plan_of(incident: Incident) -> RemediationPlan:
    plan = incident.plan
    if plan is None or plan.round != incident.round or plan.incident_id != incident.incident_id:
        raise Refused(f"{incident.incident_id} has no plan for round {incident.round}")
    return plan


def _is_done(record: ActionRecord | None) -> bool:
    return record is not None and record.status is ActionStatus.DONE


def _said(decision: Decision) -> str:
    rules = ", ".join(decision.policy_ids)
    said = "; ".join(decision.reasons)
    return f"{said} ({rules})" if rules else said
