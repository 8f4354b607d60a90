"""Executions as a model can play them: the real executor over stores in memory, and one service.

Every write to the service is put to the rules first: what was promised of a write holds at the very
moment of it. A write can be lost, or take effect without anybody hearing of it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from itops_cli.investigation.stores import memory_stores
from itops_core.domain.alarm import Alarm
from itops_core.domain.audit import AuditEvent, AuditKind
from itops_core.domain.autonomy import Bar as AutonomyBar
from itops_core.domain.autonomy import Seed, Standing, standing_of
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.remediation import Action, ActionRecord, PlannedAction, RemediationPlan
from itops_core.domain.verdict import RootCause, Severity, Verdict, VerdictOutcome
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Bar, Gate
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import policies
from itops_core.settings import config
from operations_server.claims import Claims
from operations_server.estate import Estate
from operations_server.execution import Executor
from operations_server.ledger import ActionLedger
from operations_server.operation import Surroundings
from operations_server.permission import Permissions, Records
from operations_server.request import ActionRequest
from operations_server.services import Restart, Scale
from tests.support.chaos.clock import Clock
from tests.support.traffic import nothing_counted

TARGET = {"cluster": "shop", "service": "payments"}
RESTART = Action(name="restart_ecs_service", parameters=dict(TARGET))
COOL_DOWN = 300
_BEGINNING = datetime(2026, 11, 20, 12, tzinfo=UTC)


def nothing_happens() -> None:
    """Let nobody do anything."""


class WorkerDiedError(RuntimeError):
    """Whoever was at it is gone."""


def scale_to(desired_count: int) -> Action:
    """Return the action that has so many tasks run."""
    return Action(name="scale_ecs_service", parameters={**TARGET, "desired_count": desired_count})


PLAN = (scale_to(4), RESTART)


@dataclass
class Floor:
    """Two incidents that want the same of one service; time passes where it is told to."""

    time: Clock
    is_on: bool = True
    desired_count: int = 2
    changed_at: datetime = _BEGINNING
    deployments: int = 1
    dies: str = ""
    """What becomes of the next write: `before` or `after` it takes effect its worker dies."""
    meanwhile: Callable[[], object] = nothing_happens
    """What others do while it is being found out whether an action is allowed."""
    effects: Counter[str] = field(default_factory=Counter[str])
    began: list[str] = field(default_factory=list[str])
    """Ids of the actions that are on record as begun, as the audit log heard of them."""
    last_acted: tuple[str, datetime] | None = None
    """By which incident, and when."""
    _asked: list[tuple[str, ActionRequest]] = field(default_factory=list[tuple[str, ActionRequest]])

    def __post_init__(self) -> None:
        self.time.at = _BEGINNING.timestamp()
        entry = CatalogEntry(
            entry_id="payments", kind="ecs_service", cluster="shop", ecs_service="payments"
        )
        self.stores = memory_stores([entry], ())
        ecs, rules, known = cast(Any, self), config().remediation, catalogue()
        listed = self.stores.catalog.list
        around = Surroundings(listed, known.blast_radius, rules, nothing_counted)
        estate = Estate(ecs, ecs)
        self.ledger = ActionLedger(self.stores.runtime, 0, witness=self._heard)
        claims = Claims(self.stores.runtime, self.stores.incidents, COOL_DOWN, self.clock)
        records = Records(
            self.stores.incidents,
            self.stores.approvals,
            self.stores.agent_state,
            self.ledger,
            claims,
        )
        gate = Gate(known, policies(), self._reading, Bar(0.75, _proven))
        permissions = Permissions(records, gate, self.stores.catalog.list, (), self.clock)
        acts = {"scale_ecs_service": Scale(estate, around), RESTART.name: Restart(estate, around)}
        self.executor = Executor(known, acts, permissions, self.ledger, self.clock)
        self.incident_ids = tuple(self._opened(name) for name in ("first", "second"))

    @property
    def now(self) -> datetime:
        """The time on this floor."""
        return self.time.moment(UTC)

    def clock(self) -> datetime:
        """Return the time on this floor."""
        return self.now

    def end(self, incident_id: str) -> None:
        """End an incident."""
        self.stores.incidents.update(
            incident_id, lambda one: one.moved_to(Status.ESCALATED, self.now)
        )

    def people_scale(self, desired_count: int) -> None:
        """Have people set another number, or the same; it takes them a second."""
        self.time.sleep(1)
        self.desired_count, self.changed_at = desired_count, self.now

    def carry_out(
        self, incident_id: str, action: Action, *, undo: bool = False
    ) -> ActionRecord | None:
        """Have an action carried out; `None` where its worker dies, its lease left to run out."""
        request = ActionRequest(incident_id=incident_id, round=1, undo=undo)
        key = ActionRecord.id_for(incident_id, 1, action, undo=undo)
        self._asked.append((key, request))
        try:
            return self.executor.carry_out(action, request)
        except WorkerDiedError:
            self.stores.runtime.delete(f"acting#{key}")
            return None
        finally:
            self._asked.pop()
            self.dies = ""

    def record_of(self, incident_id: str, action: Action, *, undo: bool = False) -> ActionRecord:
        """Return what the ledger has of an action."""
        found = self.ledger.find(ActionRecord.id_for(incident_id, 1, action, undo=undo))
        assert found is not None
        return found

    def describe_services(self, **_query: object) -> dict[str, Any]:
        """Return the service as ECS does."""
        return {"services": [self._described()]}

    def update_service(self, **change: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change it as ECS does, if its worker lives to ask for it."""
        if self.dies == "before":
            raise WorkerDiedError
        self._must_be_right(change)
        self.desired_count = change.get("desiredCount", self.desired_count)
        self.changed_at = self.now
        self.deployments += "forceNewDeployment" in change
        if self.dies == "after":
            raise WorkerDiedError
        return {"service": self._described()}

    def _must_be_right(self, change: dict[str, Any]) -> None:
        key, request = self._asked[-1]
        assert self.is_on, "it is switched off"
        record = self.ledger.find(key)
        assert record is not None, "it was not on record before it was done"
        assert key in self.began, "the audit log had not heard of it"
        assert request.undo or record.inverse is not None, "no inverse was on record"
        if self.last_acted is not None and self.last_acted[0] != request.incident_id:
            passed = (self.now - self.last_acted[1]).total_seconds()
            other = self.stores.incidents.get(self.last_acted[0])
            has_settled = other.closed_at and self.now - other.closed_at >= timedelta(minutes=1)
            assert has_settled or passed >= COOL_DOWN, f"another one acted {passed} seconds ago"
        self.last_acted = (request.incident_id, self.now)
        self.effects[key] += 1
        assert self.effects[key] == 1, f"done twice: {change}"

    def _described(self) -> dict[str, Any]:
        primary = {
            "status": "PRIMARY",
            "id": f"d-{self.deployments}",
            "rolloutState": "COMPLETED",
            "updatedAt": self.changed_at,
        }
        return {
            "serviceArn": "arn:aws:ecs:us-east-1:000000000000:service/shop/payments",
            "serviceName": "payments",
            "status": "ACTIVE",
            "taskDefinition": "payments:1",
            "desiredCount": self.desired_count,
            "runningCount": self.desired_count,
            "deployments": [primary],
        }

    def _reading(self) -> SwitchReading:
        self.meanwhile()
        return SwitchReading(is_on=self.is_on, reason="the model says so")

    def _heard(self, event: AuditEvent) -> None:
        if event.kind is AuditKind.ACTION_BEGUN:
            self.began.append(str(event.details["action_id"]))

    def _opened(self, title: str) -> str:
        at = self.now
        incident = open_incident(title, "payments", at, fingerprint=title, severity=Severity.HIGH)
        plan = RemediationPlan(
            incident_id=incident.incident_id,
            round=1,
            actions=tuple(PlannedAction(action=one, reason="It helps.") for one in PLAN),
            rationale="",
            confidence=0.9,
            reasoner="offline",
        )
        cause = RootCause(component="payments", fault="traffic_saturation", mechanism="Load.")
        verdict = Verdict(
            outcome=VerdictOutcome.FOUND,
            root_cause=cause,
            confidence=0.9,
            summary="",
            reasoner="offline",
        )
        told: dict[str, Any] = {
            "plan": plan,
            "verdict": verdict,
            "alarm": Alarm(name="payments-slow", changed_at=at),
        }
        for status in (Status.TRIAGING, Status.INVESTIGATING, Status.REMEDIATING):
            incident = incident.moved_to(status, at)
        return self._created(incident.changed(at, **told))

    def _created(self, incident: Incident) -> str:
        return self.stores.incidents.create(incident).incident_id


def _proven(action: str) -> Standing:
    bar = AutonomyBar(precision=0.8, seed_weight=30)
    return standing_of(action, (), Seed(right=30, of=30), bar)
