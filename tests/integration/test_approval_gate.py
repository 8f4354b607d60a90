"""Asking people, with a workflow that really waits."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from approval_gate.agent import ApprovalGate
from approval_gate.waiting import WaitingTask
from itops_core.domain.incident import Incident, Status
from itops_core.domain.narrowing import ActionEdit, PlanEdit, narrowed
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import Action, ActionRecord, ActionStatus, ApprovalStatus
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import ConflictError
from itops_core.stores.notifications import NotificationStore
from itops_core.workflow.deciding import Decider, Word
from itops_core.workflow.executions import Executions
from itops_core.workflow.notifications import Notifications
from tests.support.accounts import Account, Tables
from tests.support.shop_estate import CLUSTER, RESTART, SERVICE, Shop, open_shop, scale_to, yes_of
from tests.support.waiting_tasks import Waiting, WaitingTasks

pytest_plugins = ("tests.emulator",)


@dataclass(frozen=True)
class Desk:
    """Where people are asked: the gate, the workflow, and what people are to be told."""

    shop: Shop
    tasks: WaitingTasks

    @property
    def notifications(self) -> NotificationStore:
        return NotificationStore(self.shop.tables.incidents)

    def mail(self, incident: Incident) -> list[str]:
        told = self.notifications.for_incident(incident.incident_id)
        return [one.model_dump_json() for one in told]

    def gate(
        self, clock: Callable[[], datetime] = utc_now, store: NotificationStore | None = None
    ) -> ApprovalGate:
        notifications = Notifications(store or self.notifications, lambda _incident_id: None)
        return ApprovalGate(
            self.shop.incidents,
            self.shop.approvals,
            self.shop.agent_state,
            notifications,
            clock,
            minutes=30,
        )

    @property
    def decider(self) -> Decider:
        machine = "arn:aws:states:us-east-1:000000000000:stateMachine:any"
        executions = Executions(self.tasks.states, machine)
        return Decider(self.shop.incidents, self.shop.approvals, executions)

    def task(self, waiting: Waiting) -> WaitingTask:
        return WaitingTask(self.tasks.states, waiting.token)

    def acting(self, incident: Incident) -> Incident:
        """Return the incident as it stands when its plan is carried out."""
        return self.shop.incidents.update(
            incident.incident_id, lambda one: one.moved_to(Status.REMEDIATING, utc_now())
        )

    def proposed(self, actions: tuple[Action, ...] = (RESTART,)) -> Incident:
        """Return an incident whose plan was judged to need people."""
        incident = self.shop.incident_with(
            *actions, severity=Severity.CRITICAL, status=Status.INVESTIGATING
        )
        question = self.shop.question_about(incident)
        return self.shop.incidents.update(
            incident.incident_id,
            lambda one: one.changed(
                utc_now(), previews=question.previews, decision=question.decision
            ),
        )

    def ask(self, incident: Incident, waiting: Waiting) -> dict[str, Any]:
        with self.task(waiting) as task:
            return self.gate().ask(incident.incident_id, task)

    def approval_of(self, incident: Incident) -> str:
        approval_id = self.shop.incidents.get(incident.incident_id).approval_id
        assert approval_id is not None
        return approval_id


@pytest.fixture
def desk(account: Account, tables: Tables) -> Desk:
    return Desk(open_shop(account, tables), WaitingTasks(account))


def test_asking_stores_the_question_tells_people_and_lets_the_workflow_wait(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()

    answer = desk.ask(incident, waiting)

    approval = desk.shop.approvals.get(desk.approval_of(incident))
    assert answer["outcome"] == "waiting"
    assert waiting.status == "RUNNING"
    assert approval.status is ApprovalStatus.PENDING
    assert approval.task_token == waiting.token
    assert approval.previews[0].inverse is not None
    assert approval.decision.policy_ids == ("incident-critical",)
    assert desk.shop.incidents.get(incident.incident_id).status is Status.AWAITING_APPROVAL
    assert approval.approval_id in desk.mail(incident)[0]
    assert waiting.token not in desk.mail(incident)[0]


@pytest.mark.parametrize(("yes", "outcome"), [(True, "approved"), (False, "denied")])
def test_a_decision_lets_the_workflow_go_on(desk: Desk, yes: bool, outcome: str) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    desk.ask(incident, waiting)

    ada = Caller(name="ada", role=Role.APPROVER)
    desk.decider.decide(desk.approval_of(incident), ada, Word(approved=yes, reason="looks right"))

    ended = waiting.ended()
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["outcome"] == outcome


def test_asking_again_finds_the_question_and_only_moves_the_token(desk: Desk) -> None:
    incident, first, second = desk.proposed(), desk.tasks.start(), desk.tasks.start()
    desk.ask(incident, first)
    asked = desk.approval_of(incident)

    desk.ask(incident, second)

    assert desk.approval_of(incident) == asked
    assert desk.shop.approvals.get(asked).task_token == second.token
    assert len(desk.shop.approvals.for_incident(incident.incident_id)) == 1
    assert len(desk.mail(incident)) == 1


def test_what_was_decided_before_the_workflow_waits_is_answered_at_once(desk: Desk) -> None:
    incident, first, second = desk.proposed(), desk.tasks.start(), desk.tasks.start()
    desk.ask(incident, first)
    desk.shop.approvals.decide(desk.approval_of(incident), yes_of("ada", utc_now()))

    answer = desk.ask(incident, second)

    assert answer["outcome"] == "approved"
    assert json.loads(second.ended()["output"])["outcome"] == "approved"


def test_a_void_question_is_asked_anew_under_another_id(desk: Desk) -> None:
    incident, first, second = desk.proposed(), desk.tasks.start(), desk.tasks.start()
    desk.ask(incident, first)
    void = desk.approval_of(incident)
    desk.shop.approvals.void(void, "the state changed")

    answer = desk.ask(incident, second)

    asked = desk.shop.approvals.get(desk.approval_of(incident))
    assert answer["outcome"] == "waiting"
    assert asked.approval_id != void
    assert asked.asked_before == void
    assert asked.changed == (f"{void} is void: the state changed",)


def test_what_is_asked_anew_says_what_is_another_since(desk: Desk) -> None:
    incident, first, second = desk.proposed(), desk.tasks.start(), desk.tasks.start()
    desk.ask(incident, first)
    void = desk.approval_of(incident)
    desk.shop.approvals.void(void, "the service is not what people saw")
    desk.shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=3)
    looked_at_anew = desk.shop.question_about(desk.shop.incidents.get(incident.incident_id))
    desk.shop.incidents.update(
        incident.incident_id, lambda one: one.changed(utc_now(), previews=looked_at_anew.previews)
    )

    desk.ask(incident, second)

    asked = desk.shop.approvals.get(desk.approval_of(incident))
    assert any("desired_count was 2 and is 3" in line for line in asked.changed)
    assert any("New since it was asked before" in one for one in desk.mail(incident))


def test_what_is_asked_after_a_fresh_look_says_what_was_asked_before_it(desk: Desk) -> None:
    incident, first, second = desk.proposed(), desk.tasks.start(), desk.tasks.start()
    desk.ask(incident, first)
    void = desk.approval_of(incident)
    desk.shop.approvals.void(void, "the service is not what people saw")
    assert incident.plan is not None
    action, at = incident.plan.actions[0].action, utc_now()
    record = ActionRecord(
        action_id=ActionRecord.id_for(incident.incident_id, 1, action),
        incident_id=incident.incident_id,
        round=1,
        action=action,
        resource=SERVICE,
        inverse=None,
        status=ActionStatus.VOID,
        approval_id=void,
        state_changed=True,
        started_at=at,
        ended_at=at,
    )
    anew = incident.plan.model_copy(update={"round": 2})

    def looked_at_again(one: Incident) -> Incident:
        begun = one.with_action(record, at).moved_to(Status.INVESTIGATING, at)
        shown = {"previews": incident.previews, "decision": incident.decision}
        return begun.looked_at_again(2, at).changed(at, plan=anew, **shown)

    desk.shop.incidents.update(incident.incident_id, looked_at_again)

    desk.ask(incident, second)

    asked = desk.shop.approvals.get(desk.approval_of(incident))
    assert (asked.asked_before, asked.plan.round) == (void, 2)
    assert f"{void} is void: the service is not what people saw" in asked.changed


def test_what_people_narrowed_is_what_is_carried_out(desk: Desk) -> None:
    incident, waiting = desk.proposed(actions=(scale_to(6),)), desk.tasks.start()
    desk.ask(incident, waiting)
    less = PlanEdit(actions=(ActionEdit(number=1, parameters={"desired_count": 3}),))

    ada = Caller(name="ada", role=Role.APPROVER)
    word = Word(approved=True, reason="three will do", edit=less)
    decided = desk.decider.decide(desk.approval_of(incident), ada, word)

    known = desk.shop.incidents.get(incident.incident_id)
    record = desk.shop.carry_out(
        scale_to(3), desk.acting(incident), approval_id=decided.approval_id
    )
    refused = desk.shop.carry_out(scale_to(6), known, approval_id=decided.approval_id)
    assert waiting.ended()["status"] == "SUCCEEDED"
    assert known.plan is not None
    assert known.plan.plan_hash == decided.plan_hash != decided.asked_plan_hash
    assert record.status is ActionStatus.DONE
    assert refused.status is ActionStatus.REFUSED
    assert desk.shop.service["desiredCount"] == 3


def test_a_narrowed_yes_whose_plan_a_crash_kept_back_is_found_again(desk: Desk) -> None:
    incident, first, second = (
        desk.proposed(actions=(scale_to(6),)), desk.tasks.start(), desk.tasks.start(),
    )  # fmt: skip
    desk.ask(incident, first)
    asked = desk.approval_of(incident)
    less = PlanEdit(actions=(ActionEdit(number=1, parameters={"desired_count": 3}),))
    narrow = partial(narrowed, edit=less, by="ada", at=utc_now())
    desk.shop.approvals.decide(asked, yes_of("ada", utc_now()), narrow)

    answer = desk.ask(incident, second)

    plan = desk.shop.incidents.get(incident.incident_id).plan
    assert answer["outcome"] == "approved"
    assert plan is not None
    assert plan.actions[0].action == scale_to(3)
    assert len(desk.shop.approvals.for_incident(incident.incident_id)) == 1


def test_the_workflow_of_an_incident_that_is_over_is_not_kept_waiting(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    desk.shop.incidents.update(
        incident.incident_id, lambda one: one.moved_to(Status.RESOLVED, utc_now())
    )

    answer = desk.ask(incident, waiting)

    assert answer["outcome"] == "stopped"
    assert json.loads(waiting.ended()["output"])["outcome"] == "stopped"
    assert desk.shop.approvals.for_incident(incident.incident_id) == ()


def test_a_question_about_an_incident_that_ended_while_it_was_asked_is_void(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()

    def ended_meanwhile() -> datetime:
        desk.shop.incidents.update(
            incident.incident_id, lambda one: one.moved_to(Status.RESOLVED, utc_now())
        )
        return utc_now()

    with desk.task(waiting) as task:
        answer = desk.gate(ended_meanwhile).ask(incident.incident_id, task)

    (asked,) = desk.shop.approvals.for_incident(incident.incident_id)
    assert answer["outcome"] == "stopped"
    assert asked.status is ApprovalStatus.VOID
    assert desk.mail(incident) == []


def test_a_gate_that_fails_fails_its_task_so_that_nothing_waits_for_nobody(desk: Desk) -> None:
    incident, waiting = desk.shop.incident_with(status=Status.INVESTIGATING), desk.tasks.start()

    with pytest.raises(ConflictError):
        desk.ask(incident, waiting)

    ended = waiting.ended()
    assert ended["status"] == "FAILED"
    assert ended["error"] == "ConflictError"


def test_people_who_cannot_be_told_do_not_keep_the_question_from_being_asked(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    nowhere = NotificationStore(desk.shop.account.resource("dynamodb").Table("no-such-table"))

    with desk.task(waiting) as task:
        answer = desk.gate(store=nowhere).ask(incident.incident_id, task)

    assert answer["outcome"] == "waiting"


def test_a_question_that_nobody_answers_expires_and_cannot_be_answered_then(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    desk.ask(incident, waiting)

    answer = desk.gate().expire(incident.incident_id)
    again = desk.gate().expire(incident.incident_id)

    assert answer["outcome"] == again["outcome"] == "expired"
    with pytest.raises(ConflictError):
        desk.shop.approvals.decide(desk.approval_of(incident), yes_of("ada", utc_now()))


@pytest.mark.parametrize("yes", [True, False])
def test_a_decision_at_the_last_moment_wins_over_the_expiry(desk: Desk, yes: bool) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    desk.ask(incident, waiting)
    word = yes_of("ada", utc_now()).model_copy(update={"approved": yes})
    desk.shop.approvals.decide(desk.approval_of(incident), word)

    later = desk.gate(clock=lambda: utc_now() + timedelta(minutes=31))

    outcome = later.expire(incident.incident_id)["outcome"]
    assert outcome == ("approved" if yes else "denied")


def test_expiring_before_anything_was_asked_is_expired(desk: Desk) -> None:
    incident = desk.proposed()

    assert desk.gate().expire(incident.incident_id)["outcome"] == "expired"


def test_a_question_that_is_void_is_no_yes_however_it_is_asked_for(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    desk.gate().ask(incident.incident_id, desk.task(waiting))
    asked = desk.shop.incidents.get(incident.incident_id).approval_id
    assert asked is not None
    desk.shop.approvals.void(asked, "the state has changed")

    assert desk.gate().expire(incident.incident_id)["outcome"] == "expired"


def test_a_task_that_waits_no_more_is_no_error(desk: Desk) -> None:
    incident, waiting = desk.proposed(), desk.tasks.start()
    desk.tasks.states.stop_execution(executionArn=waiting.execution_arn)
    desk.shop.incidents.update(
        incident.incident_id, lambda one: one.moved_to(Status.CLOSED, utc_now())
    )

    assert desk.ask(incident, waiting)["outcome"] == "stopped"
