"""Decisions over the API, with a workflow that really waits for them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from itops_core.domain.incident import Status, open_incident
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.domain.values import utc_now
from itops_core.wiring import stores
from itops_core.wiring.workflow import executions
from tests.support.accounts import Account
from tests.support.calls import Answer, call
from tests.support.eventually import eventually
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

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


def test_a_decision_for_which_nothing_waits_any_more_still_counts() -> None:
    approval = asked()
    stores.approvals().set_token(approval.approval_id, "a-token-of-an-execution-that-died")

    assert decided(approval, YES).json["status"] == "approved"


def test_the_second_of_two_decisions_is_refused() -> None:
    approval = asked()
    decided(approval, NO)

    answer = decided(approval, YES, name="bob")

    assert (answer.status, "denied already" in answer.detail) == (409, True)
    assert stores.approvals().get(approval.approval_id).status is ApprovalStatus.DENIED


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
