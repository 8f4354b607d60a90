"""Whatever people, clocks and crashes do, in whatever order: approvals keep their promises."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from itops_cli.investigation.stores import MemoryBucket, Stores, memory_stores
from itops_core.domain.narrowing import ActionEdit, PlanEdit
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import ActionStatus, Approval, ApprovalStatus
from itops_core.errors import ConflictError, InvalidInputError
from itops_core.stores.agent_state import AgentStateStore, EvidenceBucket
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.deciding import Word
from tests.support.accounts import Account, Tables
from tests.support.approval_desk import RESTART, Desk, later, scale_to

pytest_plugins = ("tests.emulator",)

_AS_SLOW_AS_IT_IS = (HealthCheck.too_slow, HealthCheck.data_too_large)
PEOPLE = ("ada", "bob", "cid")
ENDED = {status for status in ApprovalStatus if status is not ApprovalStatus.PENDING}
LESS = st.sampled_from(
    [
        None,
        None,
        PlanEdit(actions=(ActionEdit(number=1, parameters={"desired_count": 4}),)),
        PlanEdit(actions=(ActionEdit(number=1), ActionEdit(number=2))),
        PlanEdit(actions=(ActionEdit(number=2),)),
    ]
)
ANYTHING = st.lists(
    st.builds(
        ActionEdit,
        number=st.integers(1, 3),
        parameters=st.one_of(
            st.just({}), st.fixed_dictionaries({"desired_count": st.integers(0, 9)})
        ),
    ),
    min_size=1,
    max_size=2,
).map(lambda edits: PlanEdit(actions=tuple(edits)))
EDITS = st.one_of(LESS, LESS, ANYTHING)


class Approvals(RuleBasedStateMachine):
    """People decide, change their minds, come too late, and somebody always wants to act."""

    new_stores: Callable[[], Stores] = staticmethod(lambda: memory_stores((), ()))

    @initialize(dependants=st.sampled_from([0, 10]))
    def begin(self, dependants: int) -> None:
        self.desk = Desk(self.new_stores(), dependants)
        self.ended: dict[str, ApprovalStatus] = {}
        self.won: dict[str, int] = {}
        self.desk.ask()

    @property
    def pending(self) -> Approval | None:
        approval = self.desk.approval
        return approval if approval and approval.status is ApprovalStatus.PENDING else None

    @precondition(lambda self: not self.desk.service.writes and self.pending is None)
    @rule()
    def ask(self) -> None:
        approval = self.desk.approval
        if approval is not None and approval.status is not ApprovalStatus.VOID:
            return
        if self.desk.service.desired_count < 6 and self.desk.is_on:
            self.desk.stop_waiting()
            self.desk.ask()

    @precondition(lambda self: self.desk.approval is not None)
    @rule(
        person=st.sampled_from(PEOPLE), yes=st.sampled_from([True, True, True, False]), edit=EDITS
    )
    def say(self, person: str, yes: bool, edit: PlanEdit | None) -> None:
        self._said(person, Word(approved=yes, reason="so", edit=edit))

    @precondition(lambda self: self.pending is not None)
    @rule(
        edit=EDITS,
        between=st.sampled_from(["", "", "lapse", "void", "switch", "hand", "restart", "one"]),
    )
    def people_agree_something_comes_between_and_it_is_carried_out(
        self, edit: PlanEdit | None, between: str
    ) -> None:
        self._said("ada", Word(approved=True, reason="so", edit=edit))
        if between != "one":
            self._said("bob", Word(approved=True, reason="so"))
        if between == "lapse":
            self.let_time_pass(45)
        elif between == "void":
            self.end_the_question("void")
        elif between == "switch":
            self.turn_the_switch(is_on=False)
        elif between == "hand":
            self.desk.service.desired_count += 1
        elif between == "restart":
            self.desk.service.deployments += 1
        self.carry_out(())

    @precondition(lambda self: self.pending is not None)
    @rule(edit=EDITS)
    def all_say_at_once(self, edit: PlanEdit | None) -> None:
        with ThreadPoolExecutor(len(PEOPLE)) as pool:
            words = [Word(approved=True, reason="so", edit=edit)] * len(PEOPLE)
            list(pool.map(self._said, PEOPLE, words))

    @precondition(lambda self: self.desk.approval is not None)
    @rule(actions=st.sampled_from([(), (), (scale_to(6), RESTART), (scale_to(9),), (RESTART,)]))
    def try_to_carry_out(self, actions: tuple[Any, ...]) -> None:
        self.carry_out(actions)

    def carry_out(self, actions: tuple[Any, ...]) -> None:
        records = self.desk.carry_out(*actions)
        approval = self.desk.approval
        assert approval is not None
        if any(record.status is ActionStatus.VOID for record in records):
            self.desk.stores.approvals.void(approval.approval_id, "the state changed")

    @rule(minutes=st.sampled_from([1, 1, 20, 45]))
    def let_time_pass(self, minutes: int) -> None:
        self.desk.now += later(minutes)

    @rule(is_on=st.sampled_from([True, True, False]))
    def turn_the_switch(self, is_on: bool) -> None:
        self.desk.is_on = is_on

    @precondition(lambda self: not self.desk.service.writes)
    @rule(count=st.integers(1, 5))
    def somebody_scales_it_by_hand(self, count: int) -> None:
        self.desk.service.desired_count = count

    @precondition(lambda self: not self.desk.service.writes)
    @rule()
    def somebody_restarts_it_by_hand(self) -> None:
        self.desk.service.deployments += 1

    @precondition(lambda self: self.desk.approval is not None)
    @rule(how=st.sampled_from(["expire", "void"]))
    def end_the_question(self, how: str) -> None:
        approval, store = self.desk.approval, self.desk.stores.approvals
        assert approval is not None
        if how == "expire":
            store.expire(approval.approval_id, self.desk.now)
        else:
            store.void(approval.approval_id, "looked at anew")

    @invariant()
    def what_has_ended_stays_so_but_for_a_yes_that_became_void(self) -> None:
        for name in self.desk.asked:
            status = self.desk.stores.approvals.get(name).status
            before = self.ended.get(name)
            if before is ApprovalStatus.APPROVED:
                assert status in {ApprovalStatus.APPROVED, ApprovalStatus.VOID}
            elif before is not None:
                assert status is before
            if status in ENDED:
                self.ended[name] = status

    @invariant()
    def a_yes_is_that_of_enough_different_people_for_the_plan_as_it_is(self) -> None:
        for name in self.desk.asked:
            approval = self.desk.stores.approvals.get(name)
            needed = approval.decision.approvers_needed
            assert self.won.get(name, 0) <= 1
            assert len(approval.agreed) <= needed
            if self.ended.get(name) is ApprovalStatus.APPROVED:
                assert len(approval.agreed) == needed
            assert len({word.decided_by for word in approval.counting}) == len(approval.counting)

    @invariant()
    def a_plan_only_ever_becomes_smaller(self) -> None:
        for name in self.desk.asked:
            approval = self.desk.stores.approvals.get(name)
            hashes = [one.from_plan_hash for one in approval.narrowings] + [approval.plan_hash]
            assert len(set(hashes)) == len(hashes)
            kept = [planned.action for planned in approval.plan.actions]
            assert kept
            assert [preview.action for preview in approval.previews] == kept
            for preview in approval.previews:
                count = preview.action.parameters.get("desired_count", 6)
                assert preview.before["desired_count"] < count <= 6 or count == 6

    @invariant()
    def every_word_is_on_record(self) -> None:
        told = {event.event_id for event in self.desk.audited}
        words = [
            word
            for name in self.desk.asked
            for word in self.desk.stores.approvals.get(name).decisions
        ]
        assert len(told) == len(words)

    @invariant()
    def nothing_is_done_twice(self) -> None:
        writes = self.desk.service.writes
        assert sum("desiredCount" in one for one in writes) <= 1
        assert sum("forceNewDeployment" in one for one in writes) <= 1

    def _said(self, person: str, word: Word) -> None:
        approval = self.desk.approval
        assert approval is not None
        caller = Caller(name=person, role=Role.APPROVER)
        try:
            decided = self.desk.decider.decide(approval.approval_id, caller, word)
        except (ConflictError, InvalidInputError):
            return
        if decided.status is not ApprovalStatus.PENDING:
            name = decided.approval_id
            self.won[name] = self.won.get(name, 0) + 1


# `begin` makes what the invariants look at.
TestApprovals = Approvals.TestCase
TestApprovals.settings = settings(
    max_examples=100,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=_AS_SLOW_AS_IT_IS,
)


@pytest.mark.slow
def test_the_promises_hold_on_the_emulators_tables_as_well(account: Account) -> None:
    class OnTables(Approvals):
        number = 0

        @staticmethod
        def new_stores() -> Stores:
            OnTables.number += 1
            tables = Tables(account, f"Run{OnTables.number}")
            tables.create()
            rest = memory_stores((), ())
            return Stores(
                incidents=IncidentStore(tables.incidents),
                agent_state=AgentStateStore(
                    tables.agent_state, EvidenceBucket(cast(Any, MemoryBucket()), "memory")
                ),
                knowledge=rest.knowledge,
                catalog=CatalogStore(tables.catalog),
                approvals=ApprovalStore(tables.approvals),
                runtime=RuntimeStore(tables.runtime),
                conversations=rest.conversations,
                runs=rest.runs,
            )

    run_state_machine_as_test(
        OnTables,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=_AS_SLOW_AS_IT_IS,
        ),
    )
