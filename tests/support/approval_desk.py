"""Approvals as a model can play them: real stores, gate, decider and operations server; ECS is a
service in memory that says, at each write, whether the write was allowed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, cast

from itops_cli.investigation.stores import Stores
from itops_core.domain.alarm import Alarm
from itops_core.domain.audit import AuditEvent
from itops_core.domain.autonomy import Bar as AutonomyBar
from itops_core.domain.autonomy import Seed, Standing, standing_of
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    Approval,
    ApprovalStatus,
    PlannedAction,
    RemediationPlan,
)
from itops_core.domain.verdict import RootCause, Severity, Verdict, VerdictOutcome
from itops_core.remediation.approvals import Question, approvers_of, evidence_hash_of, lapses_at
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Bar, Gate, strictest
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import policies
from itops_core.remediation.proposal import Proposal, gate_request
from itops_core.settings import config
from itops_core.workflow.deciding import Decider
from itops_core.workflow.executions import Executions
from operations_server.claims import Claims
from operations_server.estate import Estate
from operations_server.execution import Executor
from operations_server.ledger import ActionLedger
from operations_server.operation import Surroundings
from operations_server.permission import Permissions, Records
from operations_server.request import ActionRequest
from operations_server.services import Restart, Scale
from tests.support.traffic import nothing_counted

BEGINNING = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTES = 30
TARGET = {"cluster": "shop", "service": "payments"}
RESTART = Action(name="restart_ecs_service", parameters=dict(TARGET))


def scale_to(desired_count: int) -> Action:
    """Return the action that has so many tasks run."""
    return Action(name="scale_ecs_service", parameters={**TARGET, "desired_count": desired_count})


@dataclass
class Service:
    """One ECS service; every write is put to whoever watches first."""

    watch: Callable[[dict[str, Any]], None]
    desired_count: int = 2
    deployments: int = 1
    writes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def deployment_id(self) -> str:
        """The deployment that is wanted now."""
        return f"d-{self.deployments}"

    def describe_services(self, **_query: object) -> dict[str, Any]:
        """Return it as ECS does."""
        return {"services": [self._described()]}

    def update_service(self, **change: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change it as ECS does."""
        self.watch(change)
        self.writes.append(change)
        self.desired_count = change.get("desiredCount", self.desired_count)
        self.deployments += 1
        return {"service": self._described()}

    def _described(self) -> dict[str, Any]:
        primary = {"status": "PRIMARY", "id": self.deployment_id, "rolloutState": "COMPLETED"}
        return {
            "serviceArn": "arn:aws:ecs:us-east-1:000000000000:service/shop/payments",
            "serviceName": "payments",
            "status": "ACTIVE",
            "taskDefinition": "payments:1",
            "desiredCount": self.desired_count,
            "runningCount": self.desired_count,
            "deployments": [primary],
        }


class _NobodyWaits:
    """Stands where Step Functions does; the workflow's task is played by whoever calls."""

    def send_task_success(self, **_told: object) -> dict[str, Any]:
        return {}


@dataclass
class Desk:
    """One incident whose plan people decide on."""

    stores: Stores
    dependants: int
    now: datetime = BEGINNING
    is_on: bool = True
    earned: bool = True
    mode: str = "incident"
    severity: Severity = Severity.CRITICAL
    audited: list[AuditEvent] = field(default_factory=list[AuditEvent])
    asked: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.service = Service(self._must_be_allowed)
        catalog = self.stores.catalog
        catalog.put(CatalogEntry(entry_id="payments", kind="ecs_service", cluster="shop",
                                 ecs_service="payments", tier=1))  # fmt: skip
        for number in range(self.dependants):
            catalog.put(CatalogEntry(entry_id=f"d{number}", kind="other", depends_on=("payments",)))
        self.incident_id = self._opened(scale_to(6), RESTART)

    @property
    def incident(self) -> Incident:
        """The incident as it stands."""
        return self.stores.incidents.get(self.incident_id)

    @property
    def approval(self) -> Approval | None:
        """What was asked last."""
        name = self.incident.approval_id
        return self.stores.approvals.get(name) if name else None

    @cached_property
    def gate(self) -> Gate:
        """The gate, on the real policies."""
        return Gate(catalogue(), policies(), self._reading, Bar(0.75, self._standing))

    @cached_property
    def executor(self) -> Executor:
        """The operations server's executor, on the service in memory."""
        ecs, stores, known = cast(Any, self.service), self.stores, catalogue()
        rules = config().remediation
        around = Surroundings(stores.catalog.list, known.blast_radius, rules, nothing_counted)
        estate = Estate(ecs, ecs)
        acts = {
            "scale_ecs_service": Scale(estate, around),
            "restart_ecs_service": Restart(estate, around),
        }
        ledger = ActionLedger(stores.runtime, 0)
        claims = Claims(stores.runtime, stores.incidents, 0, self.clock)
        records = Records(stores.incidents, stores.approvals, stores.agent_state, ledger, claims)
        permissions = Permissions(records, self.gate, stores.catalog.list, (), self.clock)
        return Executor(known, acts, permissions, ledger, self.clock)

    @cached_property
    def decider(self) -> Decider:
        """What takes words."""
        executions = Executions(cast(Any, _NobodyWaits()), "arn:of:stateMachine:any")
        return Decider(
            self.stores.incidents, self.stores.approvals, executions, self.clock,
            self.audited.append,
        )  # fmt: skip

    def clock(self) -> datetime:
        """Return the time of this desk."""
        return self.now

    def ask(self) -> Approval:
        """Ask people about the plan that was first proposed, anew where it became void."""
        incident = self.incident
        plan = self._first_plan
        proposal = self.proposed(incident, plan)
        question = Question(
            incident=incident,
            plan=plan,
            previews=proposal.previews,
            decision=proposal.decision,
            evidence_hash=evidence_hash_of(incident, plan, {}),
            before=self.approval,
        )
        approval = self.stores.approvals.create(question.asked(len(self.asked), self.now, MINUTES))
        self.asked.append(approval.approval_id)
        self._moved(
            Status.AWAITING_APPROVAL, approval_id=approval.approval_id, plan=plan,
            previews=proposal.previews, decision=proposal.decision,
        )  # fmt: skip
        return approval

    def proposed(self, incident: Incident, plan: RemediationPlan) -> Proposal:
        """Return what the plan would do now, and the gate's word on it."""
        previews = tuple(self.executor.preview(one.action) for one in plan.actions)
        entries = self.stores.catalog.list()
        decisions = [
            self.gate.decide(gate_request(incident, plan, preview, entries, ()))
            for preview in previews
        ]
        return Proposal(previews=previews, decision=strictest(decisions))

    def carry_out(self, *actions: Action) -> list[ActionRecord]:
        """Have the plan carried out as the action runner does, or other actions in its place."""
        incident = self._moved(Status.REMEDIATING)
        plan = incident.plan
        wanted = actions or tuple(one.action for one in (plan.actions if plan else ()))
        request = ActionRequest(
            incident_id=incident.incident_id, round=1, approval_id=incident.approval_id
        )
        return [self.executor.carry_out(action, request) for action in wanted]

    def carried_out_as_it_is(self) -> ActionRecord:
        """Have the plan's first action carried out, wherever the incident stands."""
        incident = self.incident
        request = ActionRequest(
            incident_id=incident.incident_id, round=1, approval_id=incident.approval_id
        )
        return self.executor.carry_out(self._first_plan.actions[0].action, request)

    @property
    def plan(self) -> RemediationPlan:
        """The plan as it was first proposed."""
        return self._first_plan

    def stop_waiting(self) -> None:
        """Go back to before the question."""
        self._moved(Status.INVESTIGATING)

    def _must_be_allowed(self, change: dict[str, Any]) -> None:
        """Fail where nothing allows this write now."""
        approval, plan = self.approval, self.incident.plan
        assert self.is_on, "it was killed"
        if self.severity is not Severity.CRITICAL and self.earned:
            return
        assert approval is not None, "nobody was asked"
        assert plan is not None
        assert approval.status is ApprovalStatus.APPROVED, f"it is {approval.status}"
        assert self.now < lapses_at(approval), "the yes has lapsed"
        assert len(approvers_of(approval)) >= approval.decision.approvers_needed, "too few people"
        assert plan.plan_hash == approval.plan_hash, "another plan"
        planned = [one.action for one in approval.plan.actions]
        if "desiredCount" in change:
            assert scale_to(change["desiredCount"]) in planned, "more than people said yes to"
            self._must_be_as_shown(approval)
        else:
            assert RESTART in planned, "people left that out"
            if not self.service.writes:
                self._must_be_as_shown(approval)

    def _must_be_as_shown(self, approval: Approval) -> None:
        shown = approval.previews[0].before
        assert self.service.desired_count == shown["desired_count"], "not what people saw"
        assert self.service.deployment_id == shown["deployment_id"], "restarted since"

    def _standing(self, action: str) -> Standing:
        of = 30 if self.earned else 3
        bar = AutonomyBar(precision=0.8, seed_weight=30)
        return standing_of(action, (), Seed(right=of, of=of), bar)

    def _reading(self) -> SwitchReading:
        return SwitchReading(is_on=self.is_on, reason="on" if self.is_on else "off")

    def _moved(self, status: Status, **changes: Any) -> Incident:  # noqa: ANN401
        def moved(incident: Incident) -> Incident:
            return incident.moved_to(status, self.now, **changes)

        return self.stores.incidents.update(self.incident_id, moved)

    def _opened(self, *actions: Action) -> str:
        incident = open_incident(
            "Payments fail", "payments", self.now, fingerprint="f" * 32,
            severity=self.severity, alarm=Alarm(name="errors", changed_at=self.now),
        )  # fmt: skip
        verdict = Verdict(
            outcome=VerdictOutcome.FOUND, confidence=0.9, summary="Load.", reasoner="offline",
            root_cause=RootCause(component="payments", fault="overload", mechanism="Load."),
        )  # fmt: skip
        self._first_plan = RemediationPlan(
            incident_id=incident.incident_id,
            round=1,
            actions=tuple(PlannedAction(action=one, reason="It helps.") for one in actions),
            rationale="Load.",
            confidence=0.9,
            reasoner="offline",
            mode=self.mode,
        )
        for step in (Status.TRIAGING, Status.INVESTIGATING):
            incident = incident.moved_to(step, self.now)
        incident = incident.changed(self.now, verdict=verdict, plan=self._first_plan)
        return self.stores.incidents.create(incident).incident_id


def later(minutes: int) -> timedelta:
    """Return so much time."""
    return timedelta(minutes=minutes)
