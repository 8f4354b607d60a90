"""Decisions over the API, with a workflow that really waits for them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.incident import Status, open_incident
from itops_core.domain.remediation import Action, Approval, ApprovalStatus
from itops_core.domain.values import utc_now
from itops_core.settings import places
from itops_core.stores.items import item_of
from itops_core.wiring import clients, stores
from itops_core.wiring.workflow import executions
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import Answer, call
from tests.support.eventually import eventually
from tests.support.values import RESTART, a_plan, a_record, an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

SWITCH = "/ITOps/actions-enabled"
YES = {"approved": True, "reason": "go on"}
NO = {"approved": False, "reason": "not during the sale"}


def asked(approvers_needed: int = 1) -> Approval:
    """Store an incident that waits for an approval, without a workflow."""
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    approval = an_approval(at, incident.incident_id, approvers_needed)
    for status in (Status.TRIAGING, Status.INVESTIGATING, Status.AWAITING_APPROVAL):
        incident = incident.moved_to(status, at, approval_id=approval.approval_id)
    stores.incidents().create(incident)
    return stores.approvals().create(approval)


def asked_by_a_workflow(account: Account) -> Approval:
    """Store one that a running execution waits for."""
    approval = asked()
    executions().start(approval.incident_id, "AwaitApproval", 1)
    return stores.approvals().set_token(approval.approval_id, account.next_task_token())


def decided(
    approval: Approval, word: Mapping[str, object], name: str = "ann", **more: str
) -> Answer:
    path = f"/approvals/{approval.approval_id}/decision"
    return call("POST", path, word, name=name, role="approver", headers=more)


def outcome_of(account: Account, approval: Approval) -> str:
    name = f"{approval.incident_id}-r1"
    eventually(lambda: account.executions()[name] == "SUCCEEDED")
    return account.execution_content(name, "output")["outcome"]


@pytest.mark.parametrize(("word", "outcome"), [(YES, "approved"), (NO, "denied")])
def test_a_decision_is_kept_told_and_lets_the_workflow_go_on(
    process: Account, word: Mapping[str, object], outcome: str
) -> None:
    approval = asked_by_a_workflow(process)

    answer = decided(approval, word)

    assert (answer.status, answer.json["status"]) == (200, outcome)
    assert "task_token" not in answer.text
    assert outcome_of(process, approval) == outcome
    (event,) = stores.incidents().timeline(approval.incident_id).items
    assert (event.kind, event.actor) == ("approval", "ann")
    assert str(word["reason"]) in event.message


def test_a_list_says_what_became_of_each_question_and_so_does_its_incident() -> None:
    waiting, done, untouched = asked(), asked(), asked()
    for approval in (done, untouched):
        decided(approval, YES)
    record = a_record(done.incident_id, utc_now())
    stores.incidents().update(
        done.incident_id, lambda one: one.model_copy(update={"actions": (record,)})
    )

    items = call("GET", "/approvals", role="viewer").json["items"]
    incident = call("GET", f"/incidents/{done.incident_id}", role="viewer").json

    told = {item["approval_id"]: (item["aftermath"] or {}).get("title") for item in items}
    assert told == {
        waiting.approval_id: None,
        done.approval_id: "Approved and carried out",
        untouched.approval_id: "Approved, but nothing is carried out now",
    }
    assert incident["approval"]["aftermath"]["tone"] == "good"


def test_a_decision_for_which_nothing_waits_any_more_still_counts() -> None:
    approval = asked()
    stores.approvals().set_token(approval.approval_id, "a-token-of-an-execution-that-died")

    assert decided(approval, YES).json["status"] == "approved"


def test_the_second_of_two_decisions_is_refused() -> None:
    approval = asked()
    decided(approval, NO)

    answer = decided(approval, YES, name="bob")

    assert (answer.status, "denied already, by ann: " in answer.detail) == (409, True)
    assert stores.approvals().get(approval.approval_id).status is ApprovalStatus.DENIED


def test_who_denies_again_hears_who_denied_it_although_the_incident_is_over() -> None:
    approval = asked()
    decided(approval, NO)
    stores.incidents().update(
        approval.incident_id, lambda one: one.moved_to(Status.ESCALATED, utc_now())
    )

    answer = decided(approval, NO, name="bob")

    assert answer.status == 409
    assert f"{approval.approval_id} is denied already, by ann: {NO['reason']}" in answer.detail


def test_of_many_decisions_at_once_one_counts() -> None:
    approval = asked()

    def decide(name: str) -> int:
        return decided(approval, YES, name=name).status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(decide, ["ann", "bob", "cem", "dan"]))

    assert sorted(statuses) == [200, 409, 409, 409]


def test_where_two_people_are_needed_one_leaves_it_pending_and_cannot_be_both() -> None:
    approval = asked(approvers_needed=2)

    assert decided(approval, YES).json["status"] == "pending"
    assert decided(approval, YES).status == 409
    assert decided(approval, YES, name="bob").json["status"] == "approved"


def test_the_same_decision_sent_again_with_its_key_gets_the_same_answer() -> None:
    approval = asked()
    key = {"Idempotency-Key": "decision-1"}

    first, again = decided(approval, YES, **key), decided(approval, YES, **key)
    other = decided(approval, NO, **key)

    assert (again.status, again.json) == (200, first.json)
    assert other.status == 422


def test_an_approval_that_is_overdue_cannot_be_decided() -> None:
    approval = asked()
    late = approval.model_copy(
        update={
            "approval_id": "APR-0000000F",
            "created_at": utc_now() - timedelta(hours=1),
            "expires_at": utc_now() - timedelta(minutes=30),
        }
    )
    stores.approvals().create(late)

    answer = decided(late, YES)

    assert (answer.status, "expired" in answer.detail) == (409, True)


def test_a_person_who_resolves_the_incident_ends_its_question_and_the_waiting(
    process: Account,
) -> None:
    approval = asked_by_a_workflow(process)

    call("POST", f"/incidents/{approval.incident_id}/resolve", {"resolution": "done by hand"})

    assert outcome_of(process, approval) == "stopped"
    assert stores.approvals().get(approval.approval_id).status is ApprovalStatus.VOID
    assert decided(approval, YES).status == 409


def test_a_list_shows_what_is_pending_without_tokens() -> None:
    pending, over = asked(), asked()
    stores.approvals().set_token(pending.approval_id, "secret-token")
    decided(over, NO)

    answer = call("GET", "/approvals", query={"status": "pending"})

    assert [item["approval_id"] for item in answer.json["items"]] == [pending.approval_id]
    assert "secret-token" not in answer.text
    assert len(call("GET", "/approvals").json["items"]) == 2


@pytest.mark.parametrize(
    "word",
    [
        {"approved": "yes", "reason": "x"},
        {"approved": True},
        {"approved": True, "reason": " "},
        {"reason": "x"},
    ],
)
def test_a_word_that_is_none_is_refused_and_nothing_is_decided(word: Mapping[str, object]) -> None:
    approval = asked()

    assert decided(approval, word).status == 422
    assert stores.approvals().get(approval.approval_id) == approval


@pytest.mark.parametrize(
    "changes", [{"severity": "low"}, {"affected_services": ["payment", "checkout"]}]
)
def test_what_a_question_rests_on_stays_until_it_is_decided(changes: dict[str, object]) -> None:
    approval = asked()
    path = f"/incidents/{approval.incident_id}"

    refused = call("PATCH", path, changes)
    noted = call("PATCH", path, {"title": "Payments fail often", "note": "seen by support"})

    known = stores.incidents().get(approval.incident_id)
    assert refused.status == 409
    assert "decide it first" in refused.detail
    assert known.severity is None
    assert known.affected_services == ()
    assert noted.status == 200
    assert stores.approvals().get(approval.approval_id).status is ApprovalStatus.PENDING


def asked_to_scale() -> Approval:
    """Store a question whether two tasks may become six."""
    at = utc_now()
    approval = asked()
    action = Action(name="scale_ecs_service", parameters={**RESTART.parameters, "desired_count": 6})
    plan = a_plan(approval.incident_id, action)
    preview = approval.previews[0].model_copy(
        update={"action": action, "before": {"desired_count": 2}, "after": {"desired_count": 6}}
    )
    stores.incidents().update(approval.incident_id, lambda one: one.changed(at, plan=plan))
    bigger = approval.model_copy(
        update={"plan": plan, "plan_hash": plan.plan_hash, "previews": (preview,), "version": 1}
    )
    tables().put_item(Item=item_of(bigger))
    return bigger


def tables() -> Any:  # noqa: ANN401 - a boto3 table
    return clients.table(places()["APPROVALS_TABLE"])


def less(desired_count: int) -> dict[str, object]:
    edit = {"actions": [{"number": 1, "parameters": {"desired_count": desired_count}}]}
    return {**YES, "edit": edit}


def test_a_yes_to_less_is_kept_told_and_becomes_the_plan() -> None:
    approval = asked_to_scale()

    answer = decided(approval, less(3))

    known = stores.incidents().get(approval.incident_id)
    (event,) = stores.incidents().timeline(approval.incident_id).items
    assert (answer.status, answer.json["status"]) == (200, "approved")
    assert answer.json["card"]["narrowed"] == [
        "ann: scale_ecs_service: desired_count 3 instead of 6 (now 2)"
    ]
    assert known.plan is not None
    assert known.plan.actions[0].action.parameters["desired_count"] == 3
    assert "narrowed (scale_ecs_service: desired_count 3 instead of 6" in event.message


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (less(9), "9 would be more than people were asked"),
        (less(1), "may lie between 2"),
        ({**less(3), **NO}, "a no takes no edit"),
        ({**YES, "edit": {"actions": []}}, "edit.actions"),
        ({**YES, "edit": {"actions": [{"number": 2}]}}, "there is no action 2"),
    ],
)
def test_an_edit_that_would_be_more_is_refused_with_the_reason_and_decides_nothing(
    word: Mapping[str, object], why: str
) -> None:
    approval = asked_to_scale()

    answer = decided(approval, word)

    assert answer.status == 422
    assert why in answer.text
    assert stores.approvals().get(approval.approval_id) == approval


def test_a_console_gets_state_expiry_first_approver_and_card() -> None:
    approval = asked(approvers_needed=2)
    decided(approval, YES)

    (shown,) = call("GET", "/approvals").json["items"]

    card = shown["card"]
    assert shown["first_approver"] == card["first_approver"] == "ann"
    assert card["state"] == "one of two: ann agreed, somebody else has to as well"
    assert card["expires_at"] == shown["expires_at"]
    assert card["actions"][0]["what"] == "restart_ecs_service"


def test_who_approves_while_actions_are_off_is_told_so(
    process: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILL_SWITCH_PARAMETER", SWITCH)
    forget_wiring()
    switch = process.client("ssm")
    switch.put_parameter(Name=SWITCH, Value="off", Type="String")
    off = asked(approvers_needed=2)

    told = [
        decided(off, YES).json["notice"],
        call("GET", f"/approvals/{off.approval_id}").json["notice"],
        call("GET", "/approvals").json["items"][0]["notice"],
    ]
    switch.put_parameter(Name=SWITCH, Value="on", Type="String", Overwrite=True)

    assert all("nothing is carried out, whatever is approved" in one for one in told)
    assert decided(off, YES, name="bob").json["notice"] is None


def test_the_actions_there_are_come_with_what_each_has_earned() -> None:
    answer = call("GET", "/actions", role="viewer")

    by_name = {one["name"]: one for one in answer.json["items"]}
    assert answer.status == 200
    assert answer.json["enabled"] is False
    assert answer.json["seeds_measured_by"].startswith("itops eval")
    assert by_name["notify_only"]["autonomy"] is None
    assert by_name["redrive_queue"]["autonomy"]["earned"] is False
    assert 0 < by_name["restart_ecs_service"]["autonomy"]["lower_bound"] < 1
