"""Approvals: decided once, whoever else is deciding at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from itops_core.domain.remediation import Approval, ApprovalStatus, HumanDecision
from itops_core.errors import ConflictError, InvalidInputError, NotFoundError
from itops_core.stores.approvals import ApprovalStore
from tests.support.accounts import Tables
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WITHIN_TIME = NOON + timedelta(minutes=5)
_AT_ONCE = 24


@pytest.fixture
def store(tables: Tables) -> ApprovalStore:
    return ApprovalStore(tables.approvals)


def says(name: str, *, approved: bool, at: datetime = WITHIN_TIME) -> HumanDecision:
    return HumanDecision(
        decided_by=name, role="approver", approved=approved, reason="because", decided_at=at
    )


def test_an_approval_comes_back_as_it_was_stored_and_bound_to_its_plan(
    store: ApprovalStore,
) -> None:
    approval = store.create(an_approval(NOON))

    stored = store.get(approval.approval_id)

    assert stored == approval
    assert stored.plan.plan_hash == approval.plan_hash
    with pytest.raises(ConflictError):
        store.create(approval.model_copy(update={"status": ApprovalStatus.APPROVED}))
    assert store.get(approval.approval_id) == approval


def test_one_yes_approves_where_one_is_needed(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON))

    decided = store.decide(approval.approval_id, says("ann", approved=True))

    assert decided.status is ApprovalStatus.APPROVED
    assert decided.ended_at == WITHIN_TIME
    assert store.get(approval.approval_id) == decided


def test_two_different_people_are_needed_where_the_gate_says_two(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON, approvers_needed=2))
    first = store.decide(approval.approval_id, says("ann", approved=True))

    with pytest.raises(ConflictError, match="ann"):
        store.decide(approval.approval_id, says("ann", approved=True))
    second = store.decide(approval.approval_id, says("bob", approved=True))

    assert first.status is ApprovalStatus.PENDING
    assert second.status is ApprovalStatus.APPROVED


def test_one_no_denies_however_many_are_needed(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON, approvers_needed=2))

    decided = store.decide(approval.approval_id, says("ann", approved=False))

    assert decided.status is ApprovalStatus.DENIED


def approve(store: ApprovalStore, approval_id: str) -> Approval:
    return store.decide(approval_id, says("ann", approved=True))


def deny(store: ApprovalStore, approval_id: str) -> Approval:
    return store.decide(approval_id, says("ann", approved=False))


def expire(store: ApprovalStore, approval_id: str) -> Approval:
    return store.expire(approval_id, WITHIN_TIME)


def void(store: ApprovalStore, approval_id: str) -> Approval:
    return store.void(approval_id, "the service was changed meanwhile")


@pytest.mark.parametrize("end", [approve, deny, expire, void])
def test_what_has_ended_cannot_be_decided_again(
    store: ApprovalStore, end: Callable[[ApprovalStore, str], Approval]
) -> None:
    approval = store.create(an_approval(NOON))
    ended = end(store, approval.approval_id)

    with pytest.raises(ConflictError, match=ended.status.value):
        store.decide(approval.approval_id, says("bob", approved=True))

    assert store.get(approval.approval_id) == ended


def test_a_decision_after_the_time_is_refused_even_before_anyone_expired_it(
    store: ApprovalStore,
) -> None:
    approval = store.create(an_approval(NOON))
    too_late = approval.expires_at

    with pytest.raises(ConflictError, match="expired"):
        store.decide(approval.approval_id, says("ann", approved=True, at=too_late))


@pytest.mark.parametrize(
    ("people", "needed"),
    [(100, 1), (100, 2), pytest.param(1000, 1, marks=pytest.mark.slow)],
)
def test_of_concurrent_decisions_exactly_as_many_count_as_are_needed(
    store: ApprovalStore, people: int, needed: int
) -> None:
    approval = store.create(an_approval(NOON, approvers_needed=needed))
    together = Barrier(_AT_ONCE)

    def decide(number: int) -> bool:
        if number < _AT_ONCE:
            together.wait()
        try:
            store.decide(approval.approval_id, says(f"person-{number}", approved=True))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        counted = list(pool.map(decide, range(people)))

    decided = store.get(approval.approval_id)
    assert sum(counted) == needed
    assert len(decided.decisions) == len(decided.agreed) == needed
    assert decided.status is ApprovalStatus.APPROVED


def test_of_a_yes_and_a_no_at_the_same_moment_one_counts(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON))
    together = Barrier(_AT_ONCE)

    def decide(number: int) -> bool:
        together.wait()
        word = says(f"person-{number}", approved=bool(number % 2))
        try:
            store.decide(approval.approval_id, word)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        counted = list(pool.map(decide, range(_AT_ONCE)))

    assert sum(counted) == 1
    assert len(store.get(approval.approval_id).decisions) == 1


def test_whoever_agreed_to_more_is_asked_again_for_what_is_left(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON, approvers_needed=2))

    def without_reason(one: Approval) -> Approval:
        plan = one.plan.model_copy(update={"round": 2})
        return one.model_copy(update={"plan": plan, "plan_hash": plan.plan_hash})

    store.decide(approval.approval_id, says("ann", approved=True))
    narrowed = store.decide(approval.approval_id, says("bob", approved=True), without_reason)
    both = store.decide(approval.approval_id, says("ann", approved=True))

    assert narrowed.status is ApprovalStatus.PENDING
    assert both.status is ApprovalStatus.APPROVED


def test_two_concurrent_approvals_both_count_where_two_are_needed(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON, approvers_needed=2))

    def decide(name: str) -> None:
        store.decide(approval.approval_id, says(name, approved=True))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(decide, ["ann", "bob"]))

    assert store.get(approval.approval_id).status is ApprovalStatus.APPROVED


def test_expiring_what_was_decided_at_the_last_moment_keeps_the_decision(
    store: ApprovalStore,
) -> None:
    approval = store.create(an_approval(NOON))
    decided = store.decide(approval.approval_id, says("ann", approved=True))

    assert store.expire(approval.approval_id, WITHIN_TIME) == decided


def test_voiding_keeps_why_and_leaves_a_denial_alone(store: ApprovalStore) -> None:
    approved, denied = store.create(an_approval(NOON)), store.create(an_approval(NOON))
    store.decide(approved.approval_id, says("ann", approved=True))
    store.decide(denied.approval_id, says("ann", approved=False))

    voided = store.void(approved.approval_id, "state changed")
    still = store.void(denied.approval_id, "state changed")

    assert (voided.status, voided.void_reason) == (ApprovalStatus.VOID, "state changed")
    assert still.status is ApprovalStatus.DENIED


def test_setting_the_token_shows_a_decision_made_before_it(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON))
    store.decide(approval.approval_id, says("ann", approved=True))

    known = store.set_token(approval.approval_id, "token")

    assert (known.status, known.task_token) == (ApprovalStatus.APPROVED, "token")
    assert "task_token" not in known.public()


def test_a_list_over_all_statuses_is_newest_first_and_pages(store: ApprovalStore) -> None:
    made = [store.create(an_approval(NOON + timedelta(minutes=minute))) for minute in range(4)]
    store.decide(made[1].approval_id, says("ann", approved=False))

    first = store.list(limit=3)
    rest = store.list(limit=3, cursor=first.cursor)

    found = [approval.approval_id for approval in (*first.items, *rest.items)]
    assert found == [approval.approval_id for approval in reversed(made)]
    assert rest.cursor is None


def test_a_list_can_be_narrowed_to_what_is_pending(store: ApprovalStore) -> None:
    pending, denied = store.create(an_approval(NOON)), store.create(an_approval(NOON))
    store.decide(denied.approval_id, says("ann", approved=False))

    assert store.list(status=ApprovalStatus.PENDING).items == (pending,)
    with pytest.raises(InvalidInputError):
        store.list(cursor="nonsense")


def test_what_was_asked_for_one_incident_is_found(store: ApprovalStore) -> None:
    approval = store.create(an_approval(NOON))
    store.create(an_approval(NOON, incident_id="INC-0000000B"))

    assert store.for_incident(approval.incident_id) == (approval,)


def test_an_unknown_approval_is_not_found(store: ApprovalStore) -> None:
    with pytest.raises(NotFoundError):
        store.decide("APR-00000000", says("ann", approved=True))
