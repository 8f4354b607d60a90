"""What people do to an incident themselves, on tables in memory: its open question ends with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from itops_cli.investigation.stores import memory_stores
from itops_core.domain.audit import AuditKind
from itops_core.domain.incident import Incident, Status
from itops_core.domain.notification import Occasion
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import (
    ActionStatus,
    ApprovalStatus,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.verdict import Severity
from itops_core.errors import ForbiddenError
from itops_core.workflow.deciding import Word
from itops_core.workflow.intervening import Interventions
from itops_core.workflow.reporting import Reporter
from tests.support.approval_desk import Desk
from tests.support.values import a_record

ANN = Caller(name="ann", role=Role.RESPONDER)


@dataclass
class People:
    """Who intervenes at a desk, and what was told of it."""

    desk: Desk
    told: list[Occasion] = field(default_factory=list[Occasion])

    def by_hand(self) -> Interventions:
        desk = self.desk
        return Interventions(
            desk.stores.incidents, desk.decider, self.hear, desk.clock, desk.audited.append
        )

    def hear(self, _incident: Incident, occasion: Occasion) -> None:
        self.told.append(occasion)

    def close(self) -> None:
        self.by_hand().amend(self.desk.incident_id, ANN, {"status": Status.CLOSED}, None)

    def resolve(self) -> None:
        self.by_hand().resolve(self.desk.incident_id, ANN, "Load is gone.")

    def amend(self, **changes: Any) -> Incident:  # noqa: ANN401
        return self.by_hand().amend(self.desk.incident_id, ANN, changes, None)


@pytest.fixture
def people() -> People:
    return People(Desk(memory_stores([], ()), dependants=0))


@pytest.mark.parametrize("end", [People.close, People.resolve])
def test_who_ends_an_incident_ends_its_question_and_nothing_of_it_is_done(
    people: People, end: Callable[[People], None]
) -> None:
    desk = people.desk
    asked = desk.ask()

    end(people)

    question = desk.stores.approvals.get(asked.approval_id)
    assert question.status is ApprovalStatus.VOID
    assert "by ann" in (question.void_reason or "")
    ended = [one for one in desk.audited if one.kind is AuditKind.APPROVAL_ENDED]
    assert [one.message.split(" void: ")[0] for one in ended] == [asked.approval_id]
    assert len(people.told) == 1
    assert desk.service.writes == []


def test_a_word_is_on_record_as_soon_as_it_counts(people: People) -> None:
    desk = people.desk
    asked = desk.ask()
    bob = Caller(name="bob", role=Role.APPROVER)

    desk.decider.decide(asked.approval_id, bob, Word(approved=True, reason="Do it."))

    (decided,) = (one for one in desk.audited if one.kind is AuditKind.APPROVAL_DECIDED)
    assert decided.actor == "bob"


@pytest.mark.parametrize("end", [People.close, People.resolve])
def test_what_people_said_yes_to_is_not_done_once_the_incident_is_over(
    people: People, end: Callable[[People], None]
) -> None:
    desk = people.desk
    asked = desk.ask()
    end(people)
    answered = desk.stores.approvals.get(asked.approval_id)
    desk.stores.incidents.update(
        desk.incident_id, lambda one: one.changed(desk.now, approval_id=answered.approval_id)
    )

    record = desk.carried_out_as_it_is()

    assert record.status is ActionStatus.REFUSED
    assert "nothing more is done" in record.message
    assert desk.service.writes == []


def test_of_what_is_over_anybody_who_responds_may_say_how_bad_it_was(people: People) -> None:
    with pytest.raises(ForbiddenError, match="only an approver lowers a severity"):
        people.amend(severity=Severity.LOW)

    people.resolve()

    assert people.amend(severity=Severity.LOW).severity is Severity.LOW


def test_who_resolves_it_while_an_action_is_not_measured_is_told_that_it_is_not(
    people: People,
) -> None:
    desk = people.desk
    record = a_record(desk.incident_id, desk.now)
    desk.stores.incidents.update(desk.incident_id, lambda one: one.with_action(record, desk.now))

    incident = people.by_hand().resolve(desk.incident_id, ANN, "Load is gone.")

    loose = (
        "done, but whether it helped was not measured: restart_ecs_service on service/shop/payment"
    )
    assert incident.resolution == f"Load is gone.; {loose}"
    report = Reporter(desk.stores.incidents, desk.stores.agent_state, desk.stores.approvals)
    assert loose in report.report(desk.incident_id).follow_ups
    people.close()
    assert desk.stores.incidents.get(desk.incident_id).resolution == incident.resolution


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (ActionStatus.DONE, VerificationOutcome.RECOVERED),
        (ActionStatus.UNDONE, None),
        (ActionStatus.REFUSED, None),
    ],
)
def test_what_was_measured_taken_back_or_never_done_is_no_loose_end(
    people: People, status: ActionStatus, outcome: VerificationOutcome | None
) -> None:
    desk = people.desk
    record = a_record(desk.incident_id, desk.now, status=status)
    measured = outcome and Verification(
        outcome=outcome, probes=(), observed_from=desk.now, observed_to=desk.now, samples=4,
        round=1,
    )  # fmt: skip
    desk.stores.incidents.update(
        desk.incident_id,
        lambda one: one.with_action(record, desk.now).changed(desk.now, verification=measured),
    )

    people.resolve()

    assert desk.stores.incidents.get(desk.incident_id).resolution == "Load is gone."
