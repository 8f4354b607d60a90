"""A small shop on the emulator's ECS, an incident in it, and an operations server that acts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.domain.autonomy import Seed
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    Approval,
    HumanDecision,
    PlannedAction,
    RemediationPlan,
)
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import RootCause, Severity, Verdict, VerdictOutcome
from itops_core.remediation.approvals import Question, evidence_hash_of
from itops_core.remediation.autonomy import TrackRecords, seeds
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Bar, Gate
from itops_core.remediation.kill_switch import KillSwitch
from itops_core.remediation.policy import policies
from itops_core.remediation.proposal import Proposer
from itops_core.settings import config
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.track_record import TrackRecordStore
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.workflow.notifications import Notifications
from operations_server.claims import Claims
from operations_server.devices import Devices
from operations_server.estate import Estate
from operations_server.execution import Executor
from operations_server.functions import Functions
from operations_server.ledger import LEASE_SECONDS, ActionLedger
from operations_server.metrics import RecentMetrics
from operations_server.operation import Surroundings
from operations_server.operations import Reachable, operations
from operations_server.people import People
from operations_server.permission import Permissions, Records
from operations_server.pipelines import Pipelines
from operations_server.queues import Queues
from operations_server.request import ActionRequest
from operations_server.server import build_server
from operations_server.tables import Tables as DynamoTables
from operations_server.traffic import TrafficReader
from tests.support.accounts import Account, Tables

CLUSTER = "shop"
SERVICE = "payments"
SWITCH = "/ITOps/actions-enabled"
RESTART = Action(name="restart_ecs_service", parameters={"cluster": CLUSTER, "service": SERVICE})
BLOCKED = ("delete", "drop")


def scale_to(desired_count: int) -> Action:
    """Return the action that has so many tasks run."""
    return Action(
        name="scale_ecs_service",
        parameters={"cluster": CLUSTER, "service": SERVICE, "desired_count": desired_count},
    )


def rollback_to(task_definition: str) -> Action:
    """Return the action that goes back to a revision."""
    return Action(
        name="rollback_ecs_deployment",
        parameters={"cluster": CLUSTER, "service": SERVICE, "task_definition": task_definition},
    )


def nothing_happens() -> None:
    """Let a write pass undisturbed."""


@dataclass
class Watched:
    """A client of the emulator that counts what it changes, disturbed where a test says so."""

    inner: Any
    updates: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    before_update: Callable[[], None] = nothing_happens
    after_update: Callable[[], None] = nothing_happens

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def changed(**change: Any) -> Any:  # noqa: ANN401
            self.before_update()
            self.updates.append(change)
            answer = getattr(self.inner, name)(**change)
            self.after_update()
            return answer

        return changed


@dataclass(frozen=True)
class Shop:
    """The account, its stores and its one service."""

    account: Account
    tables: Tables
    writer: Watched
    wait_seconds: float = 5.0
    lease_seconds: float = LEASE_SECONDS
    clock: Callable[[], datetime] = utc_now
    cooldown_seconds: float = 0.0
    others: dict[str, Watched] = field(default_factory=dict[str, Watched])

    @cached_property
    def ecs(self) -> Any:  # noqa: ANN401
        """ECS, for reading and for what others do to it."""
        return self.account.client("ecs")

    @cached_property
    def incidents(self) -> IncidentStore:
        """The incidents."""
        return IncidentStore(self.tables.incidents)

    @cached_property
    def approvals(self) -> ApprovalStore:
        """The approvals."""
        return ApprovalStore(self.tables.approvals)

    @cached_property
    def agent_state(self) -> AgentStateStore:
        """The evidence."""
        return AgentStateStore(self.tables.agent_state)

    @cached_property
    def runtime(self) -> RuntimeStore:
        """The records underneath the ledger."""
        return RuntimeStore(self.tables.runtime)

    @cached_property
    def ledger(self) -> ActionLedger:
        """The ledger."""
        return ActionLedger(self.runtime, self.wait_seconds, self.lease_seconds)

    @cached_property
    def catalog(self) -> CatalogStore:
        """The catalog."""
        return CatalogStore(self.tables.catalog)

    @cached_property
    def gate(self) -> Gate:
        """The gate, on the real policies and the emulator's kill switch."""
        switch = KillSwitch(self.account.client("ssm"), SWITCH)
        return Gate(catalogue(), policies(), switch.read, Bar(0.75, self.track_records.standing))

    @cached_property
    def track_records(self) -> TrackRecords:
        """What each class of actions has shown: every one holds its bar until a test says else."""
        every = dict.fromkeys(catalogue().actions, Seed(right=30, of=30))
        return TrackRecords(
            self.track_record.trials,
            seeds().model_copy(update={"actions": every}),
            config().autonomy,
        )

    @cached_property
    def track_record(self) -> TrackRecordStore:
        """What came of actions."""
        return TrackRecordStore(self.runtime, 200)

    @cached_property
    def notifications(self) -> Notifications:
        """What people are told: written down, and delivered by nobody here."""
        return Notifications(NotificationStore(self.tables.incidents), lambda _incident_id: None)

    def told(self, incident_id: str, occasion: Occasion, detail: str, key: str) -> None:
        """Take what people are to be told, as the notifier does."""
        incident = self.incidents.get(incident_id)
        assert self.notifications.tell(incident, occasion, detail, key)

    @cached_property
    def executor(self) -> Executor:
        """What previews and acts."""
        writer: Any = self.writer
        estate = Estate(self.ecs, writer)
        machines = self.account.client("stepfunctions")
        client = self.account.client
        metrics = RecentMetrics(client("cloudwatch"), self.clock)
        reachable = Reachable(
            estate,
            Pipelines(machines, machines, self.clock),
            Functions(client("lambda"), self.writer_of("lambda"), metrics),
            DynamoTables(client("dynamodb"), self.writer_of("dynamodb"), metrics),
            Queues(client("sqs"), self.writer_of("sqs")),
            Devices(client("iot"), client("iot-data"), self.writer_of("iot-data")),
            People(self.told, self.notifications.is_stored),
        )
        rules = config().remediation
        known = catalogue()
        traffic = TrafficReader(metrics, known.traffic)
        around = Surroundings(self.catalog.list, known.blast_radius, rules, traffic)
        acts = operations(reachable, around)
        claims = Claims(self.runtime, self.incidents, self.cooldown_seconds, self.clock)
        records = Records(self.incidents, self.approvals, self.agent_state, self.ledger, claims)
        permissions = Permissions(records, self.gate, self.catalog.list, BLOCKED, self.clock)
        return Executor(catalogue(), acts, permissions, self.ledger, self.clock)

    @cached_property
    def operations(self) -> InMemoryToolGateway:
        """The operations server, behind the stock client."""
        return InMemoryToolGateway(build_server(self.executor))

    @cached_property
    def proposer(self) -> Proposer:
        """What puts plans through previews and gate."""
        return Proposer(self.operations, self.gate, self.catalog.list(), BLOCKED)

    def writer_of(self, name: str) -> Any:  # noqa: ANN401 - stands in for a client
        """Return what the server changes one AWS service through."""
        return self.others.setdefault(name, Watched(self.account.client(name)))

    @property
    def service(self) -> dict[str, Any]:
        """The service as it is now."""
        return self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]

    @property
    def deployment_id(self) -> str:
        """The deployment that is wanted now."""
        return next(one["id"] for one in self.service["deployments"] if one["status"] == "PRIMARY")

    def another(self, **changes: Any) -> "Shop":  # noqa: ANN401
        """Return the same shop as another process sees it, differently made."""
        return replace(self, **changes)

    def open(self) -> None:
        """Create the service with two tasks of its first revision, and switch actions on."""
        self.switch("on")
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.ecs.create_service(
            cluster=CLUSTER,
            serviceName=SERVICE,
            taskDefinition=self.register("payments:1"),
            desiredCount=2,
        )
        self.catalog.put(
            CatalogEntry(
                entry_id="payment-service",
                kind="ecs_service",
                cluster=CLUSTER,
                ecs_service=SERVICE,
                tier=1,
            )
        )
        self.catalog.put(
            CatalogEntry(entry_id="checkout", kind="other", depends_on=("payment-service",))
        )

    def switch(self, value: str) -> None:
        """Set the kill switch."""
        self.account.client("ssm").put_parameter(
            Name=SWITCH, Value=value, Type="String", Overwrite=True
        )

    def register(self, image: str) -> str:
        """Register another revision and return its ARN."""
        answer = self.ecs.register_task_definition(
            family=SERVICE, containerDefinitions=[{"name": "app", "image": image, "memory": 512}]
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def deploy(self, image: str) -> str:
        """Have a new revision run, as people or pipelines do, and return its ARN."""
        arn = self.register(image)
        self.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=arn)
        return arn

    def incident_with(self, *actions: Action, **facts: Any) -> Incident:  # noqa: ANN401
        """Store an incident that stands before carrying out a plan of these actions."""
        now = utc_now()
        facts.setdefault("alarm", Alarm(name="payments-errors", changed_at=now))
        confidence = float(facts.pop("confidence", 0.9))
        incident = open_incident(
            "Payments fail",
            "payment-service",
            now,
            fingerprint="f" * 32,
            severity=facts.pop("severity", Severity.HIGH),
        )
        verdict = Verdict(
            outcome=VerdictOutcome.FOUND,
            root_cause=RootCause(component=SERVICE, fault="memory_leak", mechanism="It leaks."),
            confidence=confidence,
            summary="Tasks die.",
            reasoner="offline",
        )
        plan = RemediationPlan(
            incident_id=incident.incident_id,
            round=1,
            actions=tuple(PlannedAction(action=action, reason="It helps.") for action in actions),
            rationale=str(facts.pop("rationale", "Fresh tasks have their memory back.")),
            confidence=confidence,
            reasoner="offline",
        )
        status = facts.pop("status", Status.REMEDIATING)
        for step in (Status.TRIAGING, Status.INVESTIGATING):
            incident = incident.moved_to(step, now)
        return self.incidents.create(
            incident.moved_to(status, now, verdict=verdict, plan=plan, **facts)
        )

    def question_about(self, incident: Incident) -> Question:
        """Return the question whether the incident's plan may be carried out."""
        assert incident.plan is not None
        proposal = self.proposer.propose(incident, incident.plan)
        return Question(
            incident=incident,
            plan=incident.plan,
            previews=proposal.previews,
            decision=proposal.decision,
            evidence_hash=evidence_hash_of(incident, incident.plan, {}),
        )

    def approved(self, incident: Incident, *people: str, attempt: int = 0) -> Approval:
        """Ask about the incident's plan and have these people say yes."""
        asked = self.question_about(incident).asked(attempt, self.clock(), 30)
        approval = self.approvals.create(asked)
        for person in people:
            approval = self.approvals.decide(approval.approval_id, yes_of(person, self.clock()))
        self.incidents.update(
            incident.incident_id,
            lambda one: one.changed(self.clock(), approval_id=approval.approval_id),
        )
        return approval

    def carry_out(self, action: Action, incident: Incident, **request: Any) -> ActionRecord:  # noqa: ANN401
        """Ask the server for an action and return its answer."""
        asked = ActionRequest(
            incident_id=incident.incident_id, round=incident.round, **request
        ).model_dump(mode="json")
        answer = self.operations.call(action.name, {**action.parameters, "request": asked})
        assert answer.ok, answer.message
        return ActionRecord.model_validate(answer.content)


def yes_of(person: str, at: datetime, role: str = "approver") -> HumanDecision:
    """Return one person's yes."""
    return HumanDecision(decided_by=person, role=role, approved=True, reason="ok", decided_at=at)


def open_shop(account: Account, tables: Tables) -> Shop:
    """Return a shop that is open."""
    shop = Shop(account, tables, Watched(account.client("ecs")))
    shop.open()
    return shop
