"""Many incidents in numbers: what counts, and what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.domain.cost import Cost
from itops_core.domain.grade import PERCENT, Grade, Mark
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.remediation import ApprovalStatus, HumanDecision
from itops_core.domain.statistics import Stats, stats_of
from itops_core.domain.verdict import RootCause, Verdict, VerdictOutcome
from tests.support.values import an_approval

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
COST = Cost(
    steps=4, tool_calls=8, tool_calls_without_answer=0, input_tokens=10, cached_input_tokens=5,
    output_tokens=5, dollars=0.5, seconds_in_steps=1.0,
)  # fmt: skip


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def an_incident(status: Status, seconds: float = 60, **changes: Any) -> Incident:  # noqa: ANN401
    incident = open_incident(
        "Payments fail", "payment", after(10), fingerprint="f", symptom_started_at=AT
    )
    incident = incident.moved_to(Status.TRIAGING, after(20))
    closed = after(10 + seconds) if status not in (Status.TRIAGING,) else None
    return incident.model_copy(update={"status": status, "closed_at": closed, **changes})


def a_verdict(fault: str) -> Verdict:
    return Verdict(
        outcome=VerdictOutcome.FOUND,
        root_cause=RootCause(component="payment", fault=fault, mechanism="so"),
        confidence=0.9,
        summary="so",
        reasoner="offline",
    )


def a_grade(mark: Mark) -> Grade:
    return Grade(mark=mark, percent=PERCENT[mark], graded_by="ann", graded_at=AT)


def stats(*incidents: Incident, **more: Any) -> Stats:  # noqa: ANN401
    told = {"approvals": (), "costs": (), **more}
    return stats_of(incidents, told["approvals"], told["costs"], is_complete=True)


def test_no_incident_at_all_is_answered_without_a_number_made_up() -> None:
    found = stats()

    assert found.total == 0
    assert found.seconds_to_resolve.mean is None
    assert found.noise.share is None
    assert found.accuracy.mean_percent is None


def test_times_are_those_of_incidents_that_got_so_far() -> None:
    found = stats(
        an_incident(Status.RESOLVED, 60),
        an_incident(Status.RESOLVED, 120),
        an_incident(Status.ESCALATED, 9999),
        an_incident(Status.TRIAGING),
    )

    assert (found.seconds_to_detect.count, found.seconds_to_detect.median) == (4, 10)
    assert (found.seconds_to_resolve.count, found.seconds_to_resolve.mean) == (2, 90)
    assert found.phase_seconds["detect"].median == 20


def test_accuracy_counts_what_people_graded_and_nothing_else() -> None:
    found = stats(
        an_incident(Status.RESOLVED, grade=a_grade(Mark.RIGHT)),
        an_incident(Status.RESOLVED, grade=a_grade(Mark.BARELY)),
        an_incident(Status.RESOLVED),
    )

    assert (found.accuracy.graded, found.accuracy.mean_percent) == (2, 67.5)
    assert found.accuracy.by_mark == {"right": 1, "barely": 1}


def test_noise_is_what_was_folded_or_healthy_of_what_is_over() -> None:
    found = stats(
        an_incident(Status.DUPLICATE),
        an_incident(Status.CLOSED),
        an_incident(Status.RESOLVED),
        an_incident(Status.RESOLVED),
        an_incident(Status.TRIAGING),
    )

    assert (found.noise.duplicates, found.noise.healthy, found.noise.share) == (1, 1, 0.5)


def test_a_repeat_is_the_same_fault_of_the_same_component_again() -> None:
    found = stats(
        an_incident(Status.RESOLVED, verdict=a_verdict("out_of_memory")),
        an_incident(Status.RESOLVED, verdict=a_verdict("out_of_memory")),
        an_incident(Status.RESOLVED, verdict=a_verdict("bad_deployment")),
        an_incident(Status.DUPLICATE, verdict=a_verdict("out_of_memory")),
    )

    assert (found.repeats.with_cause, found.repeats.repeated) == (3, 1)


def test_approvals_tell_how_many_waited_in_vain_and_how_long_the_others_took() -> None:
    asked = an_approval(AT)
    decided = {"status": ApprovalStatus.APPROVED, "ended_at": after(90)}
    expired = {"status": ApprovalStatus.EXPIRED, "ended_at": after(1800)}

    found = stats(
        approvals=[asked, asked.model_copy(update=decided), asked.model_copy(update=expired)]
    )

    assert found.approvals.by_status == {"pending": 1, "approved": 1, "expired": 1}
    assert (found.approvals.seconds_to_decide.count, found.pending_approvals) == (1, 1)
    assert found.approvals.seconds_to_decide.median == 90


def test_what_people_decided_counts_also_where_it_became_void_afterwards() -> None:
    def word(*, approved: bool) -> HumanDecision:
        return HumanDecision(
            decided_by="ann", role="approver", approved=approved, reason="seen", decided_at=AT
        )

    asked, void = an_approval(AT), {"status": ApprovalStatus.VOID, "void_reason": "it moved"}
    yes = {"decisions": (word(approved=True),), "ended_at": after(60)}
    no = {"decisions": (word(approved=False),), "ended_at": after(30)}

    found = stats(
        approvals=[
            asked.model_copy(update={**yes, **void}),
            asked.model_copy(update={**yes, "status": ApprovalStatus.APPROVED}),
            asked.model_copy(update={**no, "status": ApprovalStatus.DENIED}),
            asked.model_copy(update=void),
        ]
    ).approvals

    assert (found.approved, found.denied, found.void_after_yes) == (2, 1, 1)
    assert found.by_status == {"void": 2, "approved": 1, "denied": 1}
    assert (found.seconds_to_decide.count, found.seconds_to_decide.median) == (3, 60)


def test_cost_is_the_mean_of_those_incidents_that_were_looked_at() -> None:
    found = stats(costs=[COST, COST.model_copy(update={"steps": 8})])

    assert (found.cost.incidents, found.cost.steps.mean, found.cost.tokens.mean) == (2, 6, 20)
