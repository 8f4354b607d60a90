"""The operations server on a real ECS: what it does, and that it does it once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Status
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import Action, ActionRecord, ActionStatus
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import ToolUnavailableError
from operations_server.request import ActionRequest
from tests.support.accounts import Account, Tables
from tests.support.shop_estate import (
    CLUSTER,
    RESTART,
    SERVICE,
    Shop,
    open_shop,
    rollback_to,
    scale_to,
)

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


def test_a_restart_replaces_the_deployment_and_keeps_the_configuration(shop: Shop) -> None:
    before = shop.service
    incident = shop.incident_with(RESTART)

    record = shop.carry_out(RESTART, incident)

    assert record.status is ActionStatus.DONE
    assert record.after["deployment_id"] == shop.deployment_id
    assert record.after["deployment_id"] != record.before["deployment_id"]
    assert shop.service["taskDefinition"] == before["taskDefinition"]
    assert record.inverse is not None
    assert record.inverse.name == "notify_only"


def test_scaling_and_its_inverse_end_where_they_began(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4))

    done = shop.carry_out(scale_to(4), incident)
    assert shop.service["desiredCount"] == 4
    assert done.inverse == scale_to(2)
    undone = shop.carry_out(scale_to(2), incident, undo=True)

    assert undone.status is ActionStatus.DONE
    assert shop.service["desiredCount"] == 2


def test_a_rollback_and_its_inverse_end_where_they_began(shop: Shop) -> None:
    first = shop.service["taskDefinition"]
    second = shop.deploy("payments:2")
    incident = shop.incident_with(rollback_to(f"{SERVICE}:1"))
    approval = shop.approved(incident, "ada")

    done = shop.carry_out(rollback_to(f"{SERVICE}:1"), incident, approval_id=approval.approval_id)
    assert done.status is ActionStatus.DONE
    assert shop.service["taskDefinition"] == first
    assert done.inverse is not None
    undone = shop.carry_out(done.inverse, incident, undo=True)

    assert undone.status is ActionStatus.DONE
    assert shop.service["taskDefinition"] == second


def test_people_are_told_once_and_only_what_the_plan_says(shop: Shop) -> None:
    tell = Action(name="notify_only", parameters={"message": "look at payments"})
    incident = shop.incident_with(tell)

    first, second = shop.carry_out(tell, incident), shop.carry_out(tell, incident)

    (mail,) = shop.notifications.store.for_incident(incident.incident_id)
    assert first == second
    assert first.status is ActionStatus.DONE
    assert first.inverse is None
    assert (mail.occasion, mail.key) == (Occasion.NOTICE, first.action_id)
    assert any("look at payments" in one.lines for one in mail.passages)


def test_a_message_that_a_crash_kept_from_being_recorded_is_not_sent_again(shop: Shop) -> None:
    tell = Action(name="notify_only", parameters={"message": "look at payments"})
    incident = shop.incident_with(tell)
    done = shop.carry_out(tell, incident)
    begun = done.model_copy(
        update={"status": ActionStatus.STARTED, "after": {}, "message": "", "ended_at": None}
    )
    shop.runtime.delete(f"action#{done.action_id}")
    shop.ledger.begin(begun)

    again = shop.carry_out(tell, incident)

    assert again.status is ActionStatus.DONE
    assert "took effect before it could be recorded" in again.message
    assert len(shop.notifications.store.for_incident(incident.incident_id)) == 1


def test_of_many_callers_at_once_one_acts_and_all_get_its_record(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    patient = shop.another(wait_seconds=180.0, lease_seconds=400.0)
    patient.executor.preview(RESTART)

    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(patient.carry_out, RESTART, incident) for _ in range(16)]
        records = [one.result() for one in asked]

    assert len(shop.writer.updates) == 1
    assert all(one == other for one, other in pairwise(records))
    assert records[0].status is ActionStatus.DONE


def test_a_repeat_answers_the_first_result_whatever_has_changed_since(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(3))
    first = shop.carry_out(scale_to(3), incident)
    shop.switch("off")
    shop.incidents.update(
        incident.incident_id, lambda one: one.moved_to(Status.ESCALATED, utc_now())
    )

    assert shop.carry_out(scale_to(3), incident) == first
    assert len(shop.writer.updates) == 1


@pytest.mark.parametrize("name", ["restart", "scale", "rollback"])
def test_an_effect_that_a_crash_kept_from_being_recorded_is_found_and_not_repeated(
    shop: Shop, name: str
) -> None:
    shop.deploy("payments:2")
    action = {
        "restart": RESTART,
        "scale": scale_to(3),
        "rollback": rollback_to(f"{SERVICE}:1"),
    }[name]
    incident = shop.incident_with(action)
    asked = {}
    if name == "rollback":
        asked = {"approval_id": shop.approved(incident, "ada").approval_id}

    def crash() -> None:
        raise SystemExit("the machine is gone")

    shop.writer.after_update = crash
    with pytest.raises(SystemExit):
        _directly(shop, action, incident.incident_id, **asked)
    after_crash = shop.deployment_id
    shop.writer.after_update = lambda: None
    _let_the_lease_run_out(shop, action, incident.incident_id)
    record = shop.carry_out(action, incident, **asked)

    assert record.status is ActionStatus.DONE
    assert len(shop.writer.updates) == 1
    assert shop.deployment_id == after_crash
    assert record.inverse is not None
    assert record.after["desired_count"] == shop.service["desiredCount"]


def test_a_crash_before_the_effect_lets_the_next_call_act(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)

    def crash() -> None:
        raise SystemExit("the machine is gone")

    shop.writer.before_update = crash
    with pytest.raises(SystemExit):
        _directly(shop, RESTART, incident.incident_id)
    known = shop.ledger.find(_key(RESTART, incident.incident_id))
    shop.writer.before_update = lambda: None
    _let_the_lease_run_out(shop, RESTART, incident.incident_id)
    record = shop.carry_out(RESTART, incident)

    assert known is not None
    assert known.status is ActionStatus.STARTED
    assert known.inverse is not None
    assert record.status is ActionStatus.DONE
    assert len(shop.writer.updates) == 1


def test_what_was_interrupted_and_then_changed_by_others_is_left_alone(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(3))

    def crash() -> None:
        raise SystemExit("the machine is gone")

    shop.writer.before_update = crash
    with pytest.raises(SystemExit):
        _directly(shop, scale_to(3), incident.incident_id)
    shop.writer.before_update = lambda: None
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=6)
    _let_the_lease_run_out(shop, scale_to(3), incident.incident_id)
    record = shop.carry_out(scale_to(3), incident)

    assert record.status is ActionStatus.FAILED
    assert shop.service["desiredCount"] == 6
    assert shop.writer.updates == []


def test_while_someone_else_is_at_it_the_answer_is_started(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    impatient = shop.another(wait_seconds=0.0)

    with shop.ledger.lease(_key(RESTART, incident.incident_id)) as lease:
        record = impatient.carry_out(RESTART, incident)

    assert lease is not None
    assert record.status is ActionStatus.STARTED
    assert shop.writer.updates == []


def test_a_caller_whose_lease_is_too_short_to_write_in_does_not_begin_to(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    late = shop.another(lease_seconds=11.0)

    record = late.carry_out(RESTART, incident)

    assert record.status is ActionStatus.STARTED
    assert shop.writer.updates == []
    assert shop.carry_out(RESTART, incident).status is ActionStatus.DONE


def test_an_action_that_aws_refuses_is_recorded_as_failed(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)

    def refuse() -> None:
        shop.ecs.delete_cluster(cluster="nothing-here")

    shop.writer.before_update = refuse

    record = shop.carry_out(RESTART, incident)

    assert record.status is ActionStatus.FAILED
    assert "ecs:" in record.message
    assert shop.carry_out(RESTART, incident) == record


@pytest.mark.parametrize("value", ["off", "ON", "", " yes", "On "])
def test_nothing_happens_unless_the_kill_switch_says_on(shop: Shop, value: str) -> None:
    incident = shop.incident_with(RESTART)
    shop.switch(value or " ")

    record = shop.carry_out(RESTART, incident)

    assert record.status is ActionStatus.REFUSED
    assert "kill-switch" in record.message
    assert shop.writer.updates == []


def test_the_kill_switch_stops_an_approved_action_and_an_undo(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(3), severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada")
    shop.switch("off")
    refused = shop.carry_out(scale_to(3), incident, approval_id=approval.approval_id)
    shop.switch("on")
    done = shop.carry_out(scale_to(3), incident, approval_id=approval.approval_id)
    shop.switch("off")
    undo = shop.carry_out(scale_to(2), incident, undo=True)

    assert [refused.status, done.status, undo.status] == [
        ActionStatus.REFUSED,
        ActionStatus.DONE,
        ActionStatus.REFUSED,
    ]
    assert shop.service["desiredCount"] == 3


def test_a_missing_kill_switch_counts_as_off(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    shop.account.client("ssm").delete_parameter(Name="/ITOps/actions-enabled")

    assert shop.carry_out(RESTART, incident).status is ActionStatus.REFUSED


@pytest.mark.parametrize(
    "status", [Status.AWAITING_APPROVAL, Status.ESCALATED, Status.RESOLVED, Status.FAILED]
)
def test_an_incident_that_is_not_being_remediated_gets_no_action(
    shop: Shop, status: Status
) -> None:
    incident = shop.incident_with(RESTART, status=status)

    assert shop.carry_out(RESTART, incident).status is ActionStatus.REFUSED
    assert shop.writer.updates == []


@pytest.mark.parametrize(
    "asked",
    [
        scale_to(4),
        Action(name="restart_ecs_service", parameters={"cluster": CLUSTER, "service": "other"}),
    ],
)
def test_an_action_that_the_plan_does_not_hold_to_the_letter_is_refused(
    shop: Shop, asked: Action
) -> None:
    incident = shop.incident_with(scale_to(3))

    assert shop.carry_out(asked, incident).status is ActionStatus.REFUSED
    assert shop.writer.updates == []


def test_an_undo_of_what_was_never_done_is_refused(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4))

    assert shop.carry_out(scale_to(2), incident, undo=True).status is ActionStatus.REFUSED


def test_an_undo_leaves_alone_what_people_changed_since(shop: Shop) -> None:
    incident = shop.incident_with(scale_to(4))
    shop.carry_out(scale_to(4), incident)
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=5)

    record = shop.carry_out(scale_to(2), incident, undo=True)

    assert record.status is ActionStatus.REFUSED
    assert shop.service["desiredCount"] == 5


def test_the_second_action_of_a_plan_waits_for_the_first(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, scale_to(3))

    early = shop.carry_out(scale_to(3), incident)
    shop.carry_out(RESTART, incident)
    late = shop.carry_out(scale_to(3), incident)

    assert early.status is ActionStatus.REFUSED
    assert late.status is ActionStatus.DONE


def test_an_approved_plan_of_two_actions_on_one_service_runs_through(shop: Shop) -> None:
    shop.deploy("payments:2")
    back = rollback_to(f"{SERVICE}:1")
    incident = shop.incident_with(back, scale_to(3))
    name = shop.approved(incident, "ada").approval_id

    statuses = [
        shop.carry_out(action, incident, approval_id=name).status for action in (back, scale_to(3))
    ]

    assert statuses == [ActionStatus.DONE, ActionStatus.DONE]


def test_an_action_asked_for_in_another_round_is_refused(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    assert incident.plan is not None
    next_plan = incident.plan.model_copy(update={"round": 2})
    later = shop.incidents.update(
        incident.incident_id, lambda one: one.changed(utc_now(), round=2, plan=next_plan)
    )

    late = shop.carry_out(RESTART, incident)
    current = shop.carry_out(RESTART, later)

    assert late.status is ActionStatus.REFUSED
    assert current.status is ActionStatus.DONE


def test_a_plan_of_an_earlier_round_is_not_carried_out_in_a_later_one(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    later = shop.incidents.update(incident.incident_id, lambda one: one.changed(utc_now(), round=2))

    assert shop.carry_out(RESTART, later).status is ActionStatus.REFUSED


def test_an_unknown_incident_is_told_as_such(shop: Shop) -> None:
    request = {"incident_id": "INC-00000000", "round": 1}

    answer = shop.operations.call(RESTART.name, {**RESTART.parameters, "request": request})

    assert not answer.ok
    assert "INC-00000000" in answer.message


def test_a_server_whose_ecs_is_out_of_reach_is_unavailable_and_leaves_no_end(shop: Shop) -> None:
    incident = shop.incident_with(RESTART)
    gone = Account("http://127.0.0.1:9", shop.account.account_id)
    shop.writer.inner = gone.client("ecs")

    with pytest.raises(ToolUnavailableError):
        shop.carry_out(RESTART, incident)

    known = shop.ledger.find(_key(RESTART, incident.incident_id))
    assert known is not None
    assert known.status is ActionStatus.STARTED


def test_where_two_people_are_needed_by_now_one_yes_is_void_and_two_are_enough(
    shop: Shop,
) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL)
    one = shop.approved(incident, "ada")
    for number in range(10):
        more = CatalogEntry(
            entry_id=f"caller-{number}", kind="other", depends_on=("payment-service",)
        )
        shop.catalog.put(more)

    alone = shop.carry_out(RESTART, incident, approval_id=one.approval_id)
    two = shop.another().approved(incident, "ada", "bob", attempt=1)
    together = shop.carry_out(RESTART, incident, approval_id=two.approval_id)

    assert alone.status is ActionStatus.VOID
    assert "2 people" in alone.message
    assert together.status is ActionStatus.DONE


def test_an_approval_that_is_not_the_incidents_own_is_refused(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL)
    former = shop.approved(incident, "ada")
    shop.approved(incident, attempt=1)

    record = shop.carry_out(RESTART, incident, approval_id=former.approval_id)

    assert record.status is ActionStatus.REFUSED


def test_an_approval_that_lapsed_before_the_action_is_void(shop: Shop) -> None:
    incident = shop.incident_with(RESTART, severity=Severity.CRITICAL)
    approval = shop.approved(incident, "ada")
    later = shop.another(clock=lambda: utc_now() + timedelta(minutes=31))

    record = later.carry_out(RESTART, incident, approval_id=approval.approval_id)

    assert record.status is ActionStatus.VOID
    assert shop.writer.updates == []


def _key(action: Action, incident_id: str) -> str:
    return ActionRecord.id_for(incident_id, 1, action)


def _directly(shop: Shop, action: Action, incident_id: str, **asked: str) -> ActionRecord:
    """Carry out in this very thread, so that a crash is felt here."""
    return shop.executor.carry_out(
        action, ActionRequest.model_validate({"incident_id": incident_id, "round": 1, **asked})
    )


def _let_the_lease_run_out(shop: Shop, action: Action, incident_id: str) -> None:
    shop.runtime.delete(f"acting#{_key(action, incident_id)}")


def test_of_incidents_about_one_service_only_one_acts_until_the_cool_down_is_over(
    shop: Shop,
) -> None:
    calm = shop.another(cooldown_seconds=300)
    first, *others = [calm.incident_with(RESTART, scale_to(3)) for _ in range(5)]

    done = calm.carry_out(RESTART, first)
    refused = [calm.carry_out(RESTART, one) for one in others]

    assert done.status is ActionStatus.DONE
    assert {one.status for one in refused} == {ActionStatus.REFUSED}
    assert all(first.incident_id in one.message for one in refused)
    assert calm.carry_out(RESTART, first) == done
    assert calm.carry_out(scale_to(3), first).status is ActionStatus.DONE
    assert calm.carry_out(scale_to(2), first, undo=True).status is ActionStatus.DONE
    assert len(shop.writer.updates) == 3


def test_of_incidents_that_act_on_one_service_at_once_one_wins(shop: Shop) -> None:
    calm = shop.another(cooldown_seconds=300)
    incidents = [calm.incident_with(RESTART) for _ in range(6)]
    calm.executor.preview(RESTART)

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(calm.carry_out, RESTART, one) for one in incidents]
        records = [one.result() for one in asked]

    said = sorted(one.status for one in records)
    assert said == [ActionStatus.DONE, *[ActionStatus.REFUSED] * 5]
    assert len(shop.writer.updates) == 1


def test_a_minute_after_an_incident_is_over_another_one_may_act(shop: Shop) -> None:
    calm = shop.another(cooldown_seconds=300)
    first, second = calm.incident_with(RESTART), calm.incident_with(RESTART)
    calm.carry_out(RESTART, first)
    calm.incidents.update(first.incident_id, lambda one: one.moved_to(Status.ESCALATED, utc_now()))

    at_once = calm.carry_out(RESTART, second)
    later = calm.another(clock=lambda: utc_now() + timedelta(seconds=61))

    assert at_once.status is ActionStatus.REFUSED
    assert later.carry_out(RESTART, second).status is ActionStatus.DONE
