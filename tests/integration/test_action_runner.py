"""Plans carried out and taken back through the operations server, on a real ECS."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from action_runner.agent import ActionRunner
from itops_core.domain.incident import Incident, Status
from itops_core.domain.narrowing import ActionEdit, PlanEdit, narrowed, with_plan_of
from itops_core.domain.remediation import (
    Action,
    ActionStatus,
    ApprovalStatus,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import ToolUnavailableError
from itops_core.tools.gateway import ToolAnswer, ToolGateway, ToolSchema
from tests.support.accounts import Account, Tables
from tests.support.shop_estate import (
    CLUSTER,
    RESTART,
    SERVICE,
    Shop,
    open_shop,
    rollback_to,
    scale_to,
    yes_of,
)

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


@dataclass
class Interrupted:
    """Reaches the real server, and dies after so many calls, before or after they took effect."""

    inner: ToolGateway
    calls_left: int
    after_effect: bool

    @property
    def server(self) -> str:
        return self.inner.server

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        self.calls_left -= 1
        if self.calls_left < 0 and not self.after_effect:
            raise ToolUnavailableError(self.server, "the machine is gone")
        answer = self.inner.call(tool, arguments)
        if self.calls_left < 0:
            raise ToolUnavailableError(self.server, "the machine is gone")
        return answer

    def list_tools(self) -> tuple[ToolSchema, ...]:
        return self.inner.list_tools()


def a_runner(shop: Shop, operations: ToolGateway | None = None) -> ActionRunner:
    reached = operations or shop.operations
    return ActionRunner(shop.incidents, shop.approvals, reached, utc_now, max_rounds=2)


def stored(shop: Shop, incident: Incident) -> Incident:
    return shop.incidents.get(incident.incident_id)


def watched(shop: Shop, incident: Incident, outcome: VerificationOutcome) -> None:
    """Let verification come to this outcome."""
    now: datetime = utc_now()
    measured = Verification(
        outcome=outcome,
        probes=(),
        observed_from=now,
        observed_to=now,
        samples=4,
        round=stored(shop, incident).round,
    )
    shop.incidents.update(
        incident.incident_id,
        lambda one: one.moved_to(Status.VERIFYING, now, verification=measured),
    )


def test_a_plan_is_carried_out_in_order_and_the_incident_remembers_before_and_after(
    shop: Shop,
) -> None:
    incident = shop.incident_with(RESTART, scale_to(3), status=Status.INVESTIGATING)

    answer = a_runner(shop).execute(incident.incident_id)

    known = stored(shop, incident)
    assert answer["outcome"] == "done"
    assert known.status is Status.REMEDIATING
    assert [one.action.name for one in known.actions] == [
        "restart_ecs_service",
        "scale_ecs_service",
    ]
    assert known.actions[1].before["desired_count"] == 2
    assert known.actions[1].after["desired_count"] == 3
    assert all(one.ended_at for one in known.actions)


def test_executing_twice_acts_once_and_leaves_one_record(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, status=Status.INVESTIGATING)

    outcomes = [a_runner(shop).execute(incident.incident_id)["outcome"] for _ in range(3)]

    assert outcomes == ["done", "done", "done"]
    assert len(shop.writer.updates) == 1
    assert len(stored(shop, incident).actions) == 1
    events = shop.incidents.timeline(incident.incident_id).items
    assert len([one for one in events if one.kind == "action"]) == 1


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("calls", [0, 1])
def test_a_runner_that_dies_between_two_actions_goes_on_where_it_stood(
    shop: Shop, calls: int, after_effect: bool
) -> None:
    incident = shop.incident_with(RESTART, scale_to(3), status=Status.INVESTIGATING)
    dying = Interrupted(shop.operations, calls, after_effect)

    with pytest.raises(ToolUnavailableError):
        a_runner(shop, dying).execute(incident.incident_id)
    answer = a_runner(shop).execute(incident.incident_id)

    assert answer["outcome"] == "done"
    assert len(shop.writer.updates) == 2
    assert len(stored(shop, incident).actions) == 2


def test_what_the_server_refuses_is_refused_and_remembered(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, status=Status.INVESTIGATING)
    shop.switch("off")

    answer = a_runner(shop).execute(incident.incident_id)

    assert answer["outcome"] == "refused"
    assert stored(shop, incident).actions[0].status is ActionStatus.REFUSED
    assert shop.writer.updates == []


def test_a_plan_that_now_needs_people_is_void_and_goes_back_to_be_asked(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL, status=Status.INVESTIGATING)

    answer = a_runner(shop).execute(incident.incident_id)

    assert answer["outcome"] == "void"
    assert stored(shop, incident).status is Status.INVESTIGATING


def test_a_state_that_changed_since_people_said_yes_makes_their_yes_void(shop: Shop) -> None:
    incident = shop.incident_with(
        RESTART, severity=Severity.CRITICAL, status=Status.AWAITING_APPROVAL
    )
    approval = shop.approved(incident, "ada")
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=3)

    answer = a_runner(shop).execute(incident.incident_id)

    assert answer["outcome"] == "void"
    assert shop.approvals.get(approval.approval_id).status is ApprovalStatus.VOID
    (record,) = stored(shop, incident).actions
    assert (record.state_changed, record.approval_id) == (True, approval.approval_id)
    assert shop.writer.updates == []


def test_an_approved_plan_is_carried_out_under_its_approval(shop: Shop) -> None:
    shop.deploy("payments:2")
    incident = shop.incident_with(rollback_to(f"{SERVICE}:1"), status=Status.AWAITING_APPROVAL)
    approval = shop.approved(incident, "ada")

    answer = a_runner(shop).execute(incident.incident_id)

    assert answer["outcome"] == "done"
    assert stored(shop, incident).actions[0].approval_id == approval.approval_id


def test_an_incident_that_a_person_ended_is_left_alone(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, status=Status.RESOLVED)

    assert a_runner(shop).execute(incident.incident_id)["outcome"] == "stopped"
    assert a_runner(shop).roll_back(incident.incident_id)["outcome"] == "stopped"
    assert shop.writer.updates == []


def test_the_first_failure_stops_and_takes_back_what_was_done_before(shop: Shop) -> None:
    incident = shop.incident_with(
        scale_to(3), rollback_to(f"{SERVICE}:7"), status=Status.INVESTIGATING
    )

    answer = a_runner(shop).execute(incident.incident_id)

    assert answer["outcome"] == "failed"
    assert shop.service["desiredCount"] == 2
    by_name = {one.action.action_hash: one for one in stored(shop, incident).actions}
    assert by_name[scale_to(3).action_hash].status is ActionStatus.UNDONE


@pytest.mark.parametrize(
    ("outcome", "action"),
    [
        (VerificationOutcome.UNCHANGED, rollback_to(f"{SERVICE}:1")),
        (VerificationOutcome.WORSE, scale_to(4)),
    ],
)
def test_what_did_not_help_is_undone_and_another_round_begins(
    shop: Shop, outcome: VerificationOutcome, action: Action
) -> None:
    deployed = shop.deploy("payments:2")
    incident = shop.incident_with(action, status=Status.AWAITING_APPROVAL)
    shop.approved(incident, "ada")
    a_runner(shop).execute(incident.incident_id)
    watched(shop, incident, outcome)

    answer = a_runner(shop).roll_back(incident.incident_id)

    known = stored(shop, incident)
    assert answer["outcome"] == "another_round"
    assert (known.round, known.status) == (2, Status.INVESTIGATING)
    assert known.approval_id is None
    assert known.decision is None
    assert shop.service["desiredCount"] == 2
    assert shop.service["taskDefinition"].endswith(deployed.rpartition("/")[2])


def test_added_capacity_that_changed_nothing_is_kept_and_said_to_be(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4), status=Status.INVESTIGATING)
    a_runner(shop).execute(incident.incident_id)
    watched(shop, incident, VerificationOutcome.UNCHANGED)

    answers = [a_runner(shop).roll_back(incident.incident_id)["outcome"] for _ in range(2)]

    (record,) = stored(shop, incident).actions
    told = [one.message for one in shop.incidents.timeline(incident.incident_id).items]
    assert answers == ["another_round"] * 2
    assert (record.status, record.in_vain) == (ActionStatus.DONE, True)
    assert shop.service["desiredCount"] == 4
    assert len(shop.writer.updates) == 1
    assert len([one for one in told if "did not help and is kept" in one]) == 1


def test_what_people_allowed_less_of_remembers_what_was_asked(shop: Shop) -> None:
    incident = shop.incident_with(
        scale_to(6), severity=Severity.CRITICAL, status=Status.AWAITING_APPROVAL
    )
    question = shop.approved(incident)
    less = PlanEdit(actions=(ActionEdit(number=1, parameters={"desired_count": 3}),))
    narrow = partial(narrowed, edit=less, by="ada", at=utc_now())
    approval = shop.approvals.decide(question.approval_id, yes_of("ada", utc_now()), narrow)
    shop.incidents.update(incident.incident_id, lambda one: with_plan_of(one, approval, utc_now()))

    answers = [a_runner(shop).execute(incident.incident_id)["outcome"] for _ in range(2)]

    (record,) = stored(shop, incident).actions
    assert answers == ["done", "done"]
    assert (record.action, record.asked) == (scale_to(3), scale_to(6))
    assert record.less_than_asked == "scale_ecs_service desired_count 3 instead of 6"


def test_rolling_back_twice_undoes_once_and_raises_the_round_once(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4), status=Status.INVESTIGATING)
    a_runner(shop).execute(incident.incident_id)
    watched(shop, incident, VerificationOutcome.WORSE)

    answers = [a_runner(shop).roll_back(incident.incident_id)["outcome"] for _ in range(3)]

    assert answers == ["another_round"] * 3
    assert stored(shop, incident).round == 2
    assert len(shop.writer.updates) == 2


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_roll_back_that_dies_midway_goes_on_where_it_stood(
    shop: Shop, after_effect: bool
) -> None:
    incident = shop.incident_with(scale_to(3), scale_to(4), status=Status.INVESTIGATING)
    a_runner(shop).execute(incident.incident_id)
    watched(shop, incident, VerificationOutcome.WORSE)

    with pytest.raises(ToolUnavailableError):
        a_runner(shop, Interrupted(shop.operations, 1, after_effect)).roll_back(
            incident.incident_id
        )
    answer = a_runner(shop).roll_back(incident.incident_id)

    assert answer["outcome"] == "another_round"
    assert shop.service["desiredCount"] == 2
    assert len(shop.writer.updates) == 4


def test_the_last_round_ends_exhausted_with_everything_undone(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4), status=Status.INVESTIGATING)
    runner = ActionRunner(shop.incidents, shop.approvals, shop.operations, utc_now, max_rounds=1)
    runner.execute(incident.incident_id)
    watched(shop, incident, VerificationOutcome.WORSE)

    answers = [runner.roll_back(incident.incident_id)["outcome"] for _ in range(2)]

    assert answers == ["exhausted", "exhausted"]
    assert shop.service["desiredCount"] == 2


def test_an_undo_that_may_not_happen_fails_so_that_a_person_looks(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4), status=Status.INVESTIGATING)
    a_runner(shop).execute(incident.incident_id)
    watched(shop, incident, VerificationOutcome.WORSE)
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=6)

    answer = a_runner(shop).roll_back(incident.incident_id)

    assert answer["outcome"] == "failed"
    assert shop.service["desiredCount"] == 6


def test_taking_back_a_restart_claims_no_undo(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, status=Status.INVESTIGATING)
    a_runner(shop).execute(incident.incident_id)
    watched(shop, incident, VerificationOutcome.UNCHANGED)

    answer = a_runner(shop).roll_back(incident.incident_id)

    told = [one.message for one in shop.incidents.timeline(incident.incident_id).items]
    restarted = next(one for one in stored(shop, incident).actions if one.action == RESTART)
    assert answer["outcome"] == "another_round"
    assert restarted.status is ActionStatus.DONE
    assert "nothing to undo: configuration is unchanged" in restarted.message
    assert not any(one.startswith("undo by") for one in told)
    assert any(one.startswith("nothing to undo, nothing was put back") for one in told)
    assert len(shop.writer.updates) == 1


@pytest.mark.parametrize("after_effect", [False, True])
def test_what_was_asked_for_and_never_answered_stands_on_the_incident(
    shop: Shop, after_effect: bool
) -> None:
    incident = shop.incident_with(scale_to(4), status=Status.INVESTIGATING)

    with pytest.raises(ToolUnavailableError):
        a_runner(shop, Interrupted(shop.operations, 0, after_effect)).execute(incident.incident_id)

    (begun,) = stored(shop, incident).actions
    assert (begun.action, begun.status) == (scale_to(4), ActionStatus.STARTED)
    assert "no word yet" in begun.message
    assert shop.service["desiredCount"] == (4 if after_effect else 2)
