"""Runs: planned, looked into, judged; consented to, delivered once; tried again, also later."""

from collections.abc import Generator
from datetime import timedelta

import pytest

from itops_core.domain.incident import Status, open_incident
from itops_core.domain.question import Deliverable
from itops_core.domain.run import GoalRun, RunPhase, RunStatus
from itops_core.errors import ConflictError, InvalidInputError
from itops_core.workflow.rendering.html import page
from itops_core.workflow.run_report import outline_of
from tests.support.goals import APPROVER, GoalWorld, goal_world
from tests.support.tool_servers import Writable

SPIKES = "investigate error spikes in the last hour and create a ticket if needed"

PLATFORM = "pipeline-throttled-table"
TICKET = "find out why customer-etl fails and create a ticket if needed"


@pytest.fixture
def world() -> Generator[GoalWorld]:
    found = goal_world("payment-oom")
    yield found
    found.close()


def phases(world: GoalWorld, run: GoalRun) -> list[RunPhase]:
    return [step.phase for step in world.steps(run.run_id)]


def test_a_run_is_planned_executed_tool_by_tool_and_judged_before_anything_is_made(
    world: GoalWorld,
) -> None:
    run = world.executed(world.create(SPIKES).run_id)

    order = phases(world, run)
    assert order[0] is RunPhase.PLAN
    assert order[-2:] == [RunPhase.EVALUATE, RunPhase.APPROVAL]
    assert run.round > 1, "what was seen first led to a further plan"
    for step in world.steps(run.run_id):
        assert (step.observation is not None) == (step.phase is RunPhase.EXECUTE_TOOL)
    assert run.status is RunStatus.NEEDS_APPROVAL
    assert run.draft is not None
    assert (run.draft.kind, run.draft.service) == (Deliverable.TICKET, "payment-service")
    assert world.incidents.list().items == ()
    assert world.machines.started == []


@pytest.fixture
def platform() -> Generator[GoalWorld]:
    found = goal_world(PLATFORM)
    yield found
    found.close()


def test_with_consent_the_ticket_is_made_once_however_often_it_is_asked_for(
    platform: GoalWorld,
) -> None:
    run = platform.executed(platform.create(TICKET).run_id)

    done = platform.consented(run.run_id)
    platform.runs.decide(run.run_id, APPROVER, "again", approved=True)
    platform.walked(run.run_id)

    assert done.status is RunStatus.COMPLETED
    assert done.delivered is not None
    (ticket,) = platform.tickets_of(run.run_id)
    assert ticket.ticket_id == done.delivered.ticket_id
    assert run.run_id in ticket.body
    assert platform.machines.started == [done.delivered.incident_id]


def test_a_ticket_is_made_once_also_where_whoever_made_it_died_before_it_said_so(
    platform: GoalWorld,
) -> None:
    run = platform.executed(platform.create(TICKET).run_id)
    platform.runs.decide(run.run_id, APPROVER, "yes", approved=True)
    platform.walked(run.run_id, tasks=1)
    half_way = platform.run(run.run_id)

    # Made, and nobody wrote down that it was.
    platform.recorded.runner.deliver(half_way)
    platform.walked(run.run_id)

    assert len(platform.tickets_of(run.run_id)) == 1
    assert platform.run(run.run_id).status is RunStatus.COMPLETED


def test_what_is_denied_is_not_made(platform: GoalWorld) -> None:
    run = platform.executed(platform.create(TICKET).run_id)

    denied = platform.consented(run.run_id, approved=False)

    assert denied.status is RunStatus.COMPLETED
    assert denied.delivered is not None
    assert denied.delivered.outcome == "denied"
    assert platform.incidents.list().items == ()
    with pytest.raises(ConflictError):
        platform.runs.decide(run.run_id, APPROVER, "changed my mind", approved=True)


def test_consent_does_not_overrule_the_write_gate() -> None:
    world = goal_world(PLATFORM, may=Writable(allow_writes=False))
    run = world.executed(world.create(TICKET).run_id)

    done = world.consented(run.run_id)

    assert done.status is RunStatus.COMPLETED
    assert done.delivered is not None
    assert done.delivered.outcome == "refused"
    assert world.tickets_of(run.run_id) == ()
    world.close()


@pytest.mark.parametrize("may", [Writable(allow_writes=False), Writable(switch_on=False)])
def test_that_a_ticket_would_be_refused_is_said_before_and_opens_no_incident(
    may: Writable,
) -> None:
    world = goal_world(PLATFORM, may=may)
    run = world.executed(world.create(TICKET).run_id)
    assert run.draft is not None
    assert "the ticket would be refused: " in run.draft.outlook
    assert run.draft.refusal
    assert run.draft.outlook.endswith(run.draft.refusal)
    assert "--" not in run.draft.refusal
    assert run.draft.outlook in world.steps(run.run_id)[-1].title

    done = world.consented(run.run_id)

    assert done.delivered is not None
    assert "no incident was opened" in done.delivered.reason
    assert world.incidents.list().items == ()
    assert world.machines.started == []
    world.close()


def test_that_a_new_incident_is_opened_for_a_ticket_is_said_and_its_title_is_short(
    platform: GoalWorld,
) -> None:
    run = platform.executed(platform.create(TICKET).run_id)
    assert run.draft is not None
    assert "a new incident is opened on customer-etl" in run.draft.outlook
    assert run.draft.refusal == ""

    platform.consented(run.run_id)

    (incident,) = platform.incidents.list().items
    assert incident.title == run.draft.title
    assert len(incident.title) <= 100
    assert incident.title.startswith("customer-etl: WriteRegion of customer-load failed")


@pytest.mark.parametrize(
    ("status", "hours", "reused"),
    [
        (Status.INVESTIGATING, 100, True),
        (Status.ESCALATED, 1, True),
        (Status.ESCALATED, 100, False),
        (Status.RESOLVED, 1, False),
    ],
)
def test_a_ticket_goes_onto_the_incident_that_somebody_works_on(
    platform: GoalWorld, status: Status, hours: int, *, reused: bool
) -> None:
    opened_at = platform.at - timedelta(hours=hours)
    known = open_incident("it fails", "customer-etl", opened_at, fingerprint="a" * 32)
    platform.incidents.create(known.model_copy(update={"status": status}))

    run = platform.executed(platform.create(TICKET).run_id)
    done = platform.consented(run.run_id)

    assert run.draft is not None
    assert done.delivered is not None
    assert (known.incident_id in run.draft.outlook) is reused
    assert ("a new incident" in run.draft.outlook) is not reused
    assert (done.delivered.incident_id == known.incident_id) is reused
    assert len(platform.tickets_of(run.run_id)) == 1


def test_where_nothing_is_wrong_no_ticket_is_asked_for() -> None:
    world = goal_world("healthy-noise")

    goal = "find out why customer-etl failed; create a ticket if needed"
    run = world.executed(world.create(goal).run_id)

    assert (run.status, run.draft) == (RunStatus.COMPLETED, None)
    assert run.answer is not None
    assert run.answer.condition_met is False
    world.close()


def test_time_outs_of_the_database_are_found_under_their_other_name_by_a_second_plan() -> None:
    world = goal_world("pool-never-given-back")

    run = world.executed(world.create("database timeouts in the last 5 hours").run_id)

    assert run.status is RunStatus.COMPLETED
    assert run.answer is not None
    assert "timed out" in run.answer.summary
    assert run.round > 1
    world.close()


def test_a_server_out_of_reach_is_asked_again_after_waits_that_double(platform: GoalWorld) -> None:
    run = platform.create(TICKET)
    platform.servers["monitoring"].away = 2

    done = platform.executed(run.run_id)

    assert platform.waits == [5, 10]
    assert done.status is RunStatus.NEEDS_APPROVAL
    assert "attempt 2 of 4 in 5 s" in platform.steps(run.run_id)[1].title


def test_a_server_that_stays_away_is_a_gap_and_the_run_goes_on(world: GoalWorld) -> None:
    world.servers["monitoring"].away = 10_000

    run = world.executed(world.create("errors of payment-service in the last hour").run_id)

    assert run.status is RunStatus.COMPLETED
    assert run.answer is not None
    assert {gap.source for gap in run.answer.gaps} >= {"monitoring.list_alarms"}
    assert run.answer.confidence <= 0.1


def test_a_back_off_survives_a_restart_and_waits_no_longer_than_what_is_left(
    platform: GoalWorld,
) -> None:
    run = platform.create(TICKET)
    platform.servers["monitoring"].away = 3
    platform.runs.execute(run.run_id)
    platform.walked(run.run_id, tasks=4)  # dies while it waits for the third time
    waiting = platform.run(run.run_id)
    assert waiting.next_attempt_at is not None
    left = waiting.next_attempt_at - platform.at

    platform.at += left - timedelta(seconds=3)
    platform.at = max(platform.at, waiting.updated_at + timedelta(seconds=15))
    remaining = max(0.0, (waiting.next_attempt_at - platform.at).total_seconds())
    platform.waits.clear()
    assert platform.runs.reconcile() == {"resumed": 1}
    platform.walked(run.run_id)

    assert platform.run(run.run_id).status is RunStatus.NEEDS_APPROVAL
    assert sum(platform.waits) <= remaining + 1
    assert platform.run(run.run_id).executions == 2


@pytest.mark.parametrize("dies_after", [1, 3, 6, 9])
def test_a_run_whose_execution_dies_anywhere_comes_to_the_same_end(dies_after: int) -> None:
    whole, broken = goal_world(PLATFORM), goal_world(PLATFORM)
    expected = whole.executed(whole.create(TICKET).run_id)

    run = broken.create(TICKET)
    broken.runs.execute(run.run_id)
    broken.walked(run.run_id, tasks=dies_after)
    broken.at += timedelta(minutes=1)
    broken.runs.reconcile()
    broken.walked(run.run_id)

    ended = broken.run(run.run_id)
    assert (ended.status, ended.steps, ended.round) == (
        expected.status,
        expected.steps,
        expected.round,
    )
    assert phases(broken, ended) == phases(whole, expected)
    for world in (whole, broken):
        world.close()


def test_two_that_work_on_one_run_make_no_step_twice(platform: GoalWorld) -> None:
    run = platform.create(TICKET)
    platform.runs.execute(run.run_id)

    while platform.run(run.run_id).status is RunStatus.RUNNING:
        platform.walked(run.run_id, tasks=1)
        platform.walked(run.run_id, tasks=2)

    numbers = [step.number for step in platform.steps(run.run_id)]
    assert numbers == list(range(1, len(numbers) + 1))
    calls = [step.observation.call for step in platform.steps(run.run_id) if step.observation]
    assert len({call.model_dump_json() for call in calls}) == len(calls)


def test_a_run_that_dies_again_and_again_is_given_up_and_says_so(platform: GoalWorld) -> None:
    run = platform.create(TICKET)
    platform.runs.execute(run.run_id)

    for _ in range(12):
        platform.at += timedelta(minutes=1)
        platform.runs.reconcile()

    ended = platform.run(run.run_id)
    assert (ended.status, ended.error) == (RunStatus.FAILED, "it died 10 times")


def test_the_report_shows_claims_with_their_evidence_and_draws_what_was_measured(
    world: GoalWorld,
) -> None:
    run = world.executed(world.create(SPIKES).run_id)

    report = world.recorded.report(run.run_id)
    shown = page(outline_of(report))

    known = {source.evidence_id for source in report.evidence}
    assert report.answer is not None
    assert {c.evidence_id for claim in report.answer.evidence for c in claim.citations} <= known
    assert len(report.charts) == shown.count("<svg") >= 1
    assert "ErrorCount" in " ".join(chart.title for chart in report.charts)
    assert "<script" not in shown


@pytest.mark.parametrize(
    ("goal", "word"),
    [("", "empty"), ("   ", "empty"), ("x" * 5000, "5000"), ("make me rich", "rich"),
     ("errors of the last 10000 hours", "336"), ("why did custmer-etl fail", "customer-etl")],
)  # fmt: skip
def test_a_goal_that_nobody_can_work_on_is_refused_and_nothing_is_stored(
    platform: GoalWorld, goal: str, word: str
) -> None:
    with pytest.raises(InvalidInputError, match=word):
        platform.create(goal)

    assert platform.recorded.around.stores.runs.list().items == ()


def test_the_same_key_makes_one_run_only(platform: GoalWorld) -> None:
    given = ("errors of the last 6 hours", "ada", "a-key", (None, Deliverable.ANSWER, False))

    assert platform.runs.create(*given) == platform.runs.create(*given)
    assert len(platform.recorded.around.stores.runs.list().items) == 1
