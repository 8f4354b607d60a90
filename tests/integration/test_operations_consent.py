"""A yes is bound to what people saw: what anybody changed since has to be asked about anew."""

from collections.abc import Callable

import pytest

from action_runner.agent import ActionRunner
from itops_core.domain.approval_card import card_of
from itops_core.domain.incident import Status
from itops_core.domain.remediation import ActionRecord, ActionStatus, Approval, ApprovalStatus
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from tests.support.accounts import Account, Tables
from tests.support.remedies import ALL, Remedy
from tests.support.shop_estate import CLUSTER, RESTART, SERVICE, Shop, open_shop, scale_to

pytest_plugins = ("tests.emulator",)

CHANGING = {
    name: arrange
    for name, arrange in ALL.items()
    # Telling people changes nothing; the emulator redrives no executions.
    if name not in {"notify_only", "redrive_execution"}
}


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


def a_runner(shop: Shop) -> ActionRunner:
    return ActionRunner(shop.incidents, shop.approvals, shop.operations, utc_now, max_rounds=2)


def restarted_by_people(shop: Shop) -> None:
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)


@pytest.mark.parametrize("arrange", CHANGING.values(), ids=CHANGING)
def test_of_two_that_were_allowed_the_same_the_later_one_is_void(
    shop: Shop, arrange: Callable[[Shop], Remedy]
) -> None:
    action = arrange(shop).action
    slow, fast = (shop.incident_with(action, severity=Severity.CRITICAL) for _ in range(2))
    first, second = (shop.approved(one, "ada").approval_id for one in (slow, fast))

    done = shop.carry_out(action, fast, approval_id=second)
    late = shop.carry_out(action, slow, approval_id=first)

    assert done.status is ActionStatus.DONE
    assert (late.status, late.state_changed) == (ActionStatus.VOID, True)


def test_a_service_that_another_incident_restarted_is_asked_about_anew(shop: Shop) -> None:
    asking = shop.incident_with(
        RESTART, severity=Severity.CRITICAL, status=Status.AWAITING_APPROVAL
    )
    alone = shop.incident_with(RESTART, status=Status.INVESTIGATING)
    shown = shop.approved(asking, "ada")
    before = shop.deployment_id

    by_itself = a_runner(shop).execute(alone.incident_id)
    since = shop.deployment_id
    answer = a_runner(shop).execute(asking.incident_id)

    assert (by_itself["outcome"], answer["outcome"]) == ("done", "void")
    assert len(shop.writer.updates) == 1
    void = shop.approvals.get(shown.approval_id)
    assert void.status is ApprovalStatus.VOID
    assert f"{alone.incident_id} began restart_ecs_service there at " in (void.void_reason or "")
    anew = _asked_anew(shop, void)
    assert any(f"{alone.incident_id} began restart_ecs_service" in one for one in anew)
    assert any(f"deployment_id was {before} and is {since}" in one for one in anew)


def test_a_service_that_people_restarted_is_asked_about_anew(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada")
    before = shop.deployment_id
    restarted_by_people(shop)

    record = shop.carry_out(RESTART, incident, approval_id=approval.approval_id)

    assert (record.status, record.state_changed) == (ActionStatus.VOID, True)
    assert f"deployment_id was {before} and is {shop.deployment_id}" in record.message
    assert "no other incident has begun anything there since" in record.message
    assert shop.writer.updates == []


def test_what_one_action_of_a_plan_makes_of_a_thing_keeps_the_yes_to_the_next(shop: Shop) -> None:
    incident = shop.incident_with(
        RESTART, scale_to(3), severity=Severity.CRITICAL, status=Status.AWAITING_APPROVAL
    )
    shop.approved(incident, "ada")

    assert a_runner(shop).execute(incident.incident_id)["outcome"] == "done"
    assert len(shop.writer.updates) == 2


def test_a_restart_between_two_actions_of_a_plan_makes_the_yes_void(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, scale_to(3), severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada")

    def carried_out(action: object) -> ActionRecord:
        known = next(one for one in (RESTART, scale_to(3)) if one == action)
        return shop.carry_out(known, incident, approval_id=approval.approval_id)

    first = carried_out(RESTART)
    restarted_by_people(shop)
    second = carried_out(scale_to(3))

    assert (first.status, second.status) == (ActionStatus.DONE, ActionStatus.VOID)
    assert shop.service["desiredCount"] == 2


def test_what_people_took_back_between_two_actions_is_not_what_the_plan_left(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(3), RESTART, severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada").approval_id

    shop.carry_out(scale_to(3), incident, approval_id=approval)
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=2)
    second = shop.carry_out(RESTART, incident, approval_id=approval)

    assert (second.status, second.state_changed) == (ActionStatus.VOID, True)
    assert "desired_count was 3 and is 2" in second.message


def test_a_restart_by_people_keeps_nobody_from_undoing(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(3), severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada").approval_id
    shop.carry_out(scale_to(3), incident, approval_id=approval)
    restarted_by_people(shop)

    undone = shop.carry_out(scale_to(2), incident, approval_id=approval, undo=True)

    assert undone.status is ActionStatus.DONE
    assert shop.service["desiredCount"] == 2


def test_a_yes_binds_also_where_nobody_would_have_to_be_asked_by_now(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada").approval_id
    restarted_by_people(shop)
    shop.incidents.update(
        incident.incident_id, lambda one: one.changed(utc_now(), severity=Severity.HIGH)
    )

    record = shop.carry_out(RESTART, incident, approval_id=approval)

    assert (record.status, record.state_changed) == (ActionStatus.VOID, True)
    assert shop.writer.updates == []


def test_tasks_that_come_and_go_within_a_deployment_keep_the_yes(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada").approval_id
    tasks = shop.ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    for task in tasks[:1]:
        shop.ecs.stop_task(cluster=CLUSTER, task=task)

    record = shop.carry_out(RESTART, incident, approval_id=approval)

    assert record.status is ActionStatus.DONE


def _asked_anew(shop: Shop, void: Approval) -> tuple[str, ...]:
    """Return what the next card says is new."""
    incident = shop.incidents.get(void.incident_id)
    question = shop.question_about(incident).model_copy(update={"before": void})
    return card_of(question.asked(1, shop.clock(), 30)).changed
