"""One step of any agent: budgets, refusals, races, and what is kept of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.incident import Status
from itops_core.domain.investigation import (
    Agent,
    Case,
    ObservationStatus,
    ToolCall,
    Turn,
    Usage,
)
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.errors import ConflictError, ModelUnavailableError
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.reasoner import UnusableAnswerError
from itops_core.settings import Budget, bundled, config
from local_cloud.sandbox.scenario import load
from tests.support.rehearsal import Rehearsal

SERVICE = ToolCall(
    server="monitoring",
    tool="describe_ecs_service",
    arguments={"cluster": "shop", "service": "payment-service"},
)
LOGS = ToolCall(
    server="monitoring",
    tool="query_cloudwatch_logs",
    arguments={"log_group": "/ecs/payment-service"},
)
CONCLUDED = Verdict(
    outcome=VerdictOutcome.UNRESOLVED, confidence=0.2, summary="Nothing.", reasoner="scripted"
)


class Scripted:
    """A reasoner that says what it is told to, and keeps the cases it was shown."""

    def __init__(
        self, turns: Sequence[Turn | Exception], *, name: str = "scripted", is_paid: bool = False
    ) -> None:
        self._turns = list(turns)
        self.name = name
        self.is_paid = is_paid
        self.cases: list[Case] = []

    def next_turn(self, case: Case) -> Turn:
        self.cases.append(case)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        if isinstance(turn, Exception):
            raise turn
        return turn


def asks(*calls: ToolCall, **more: Any) -> Turn:  # noqa: ANN401
    return Turn(thought="Let me see.", calls=calls, reasoner="scripted", **more)


def answers(**more: Any) -> Turn:  # noqa: ANN401
    return Turn(thought="I know.", verdict=CONCLUDED, reasoner="scripted", **more)


def a_case() -> Rehearsal:
    return Rehearsal(load("payment-oom", bundled("scenarios")))


def an_engine(case: Rehearsal, *ladder: Scripted, **budget: float) -> StepEngine:
    limits = Budget.model_validate({**config().budget.model_dump(), **budget})
    tools = case.engine(Agent.ROOT_CAUSE).toolbox
    return StepEngine(case.stores, case.stores, tools, ladder, limits, lone_confidence=0.7)


def taken(case: Rehearsal, engine: StepEngine, agent: Agent = Agent.ROOT_CAUSE) -> Any:  # noqa: ANN401
    return engine.take_step(case.stores.incident.incident_id, agent)


def test_a_step_keeps_what_was_asked_and_the_evidence_it_points_to() -> None:
    case = a_case()

    step = taken(case, an_engine(case, Scripted([asks(SERVICE, LOGS)]))).step

    assert [seen.call for seen in step.observations] == [SERVICE, LOGS]
    for seen in step.observations:
        assert case.stores.evidence[seen.evidence_id].sha256 == seen.sha256
    assert case.stores.events["step-000001"].fields["looked_at"][0]["status"] == "ok"


def test_an_incident_that_is_over_is_not_thought_about() -> None:
    case = a_case()
    case.stores.incident = case.stores.incident.moved_to(Status.RESOLVED, case.now)
    thinker = Scripted([answers()])

    outcome = taken(case, an_engine(case, thinker))

    assert outcome.stopped
    assert thinker.cases == []
    assert case.stores.transcript == []


def test_an_answer_of_this_round_is_returned_and_not_thought_of_again() -> None:
    case = a_case()
    thinker = Scripted([answers()])
    engine = an_engine(case, thinker)

    first, second = taken(case, engine), taken(case, engine)

    assert second.step == first.step
    assert len(thinker.cases) == 1


def test_an_answer_that_is_out_of_date_is_thought_of_again() -> None:
    case = a_case()
    engine = an_engine(case, Scripted([answers()]))
    first = taken(case, engine).step

    later = first.started_at + timedelta(milliseconds=1)
    second = engine.take_step(
        case.stores.incident.incident_id, Agent.ROOT_CAUSE, not_before=later
    ).step

    assert second is not None
    assert second.number == first.number + 1


def test_a_new_round_asks_again() -> None:
    case = a_case()
    engine = an_engine(case, Scripted([asks(SERVICE), answers(), asks(SERVICE), answers()]))
    taken(case, engine)
    taken(case, engine)
    case.stores.incident = case.stores.incident.changed(case.now, round=2)

    again = taken(case, engine).step

    assert again.round == 2
    assert again.observations[0].status is ObservationStatus.OK


def test_the_same_question_twice_is_refused_with_the_evidence_of_its_answer() -> None:
    case = a_case()
    engine = an_engine(case, Scripted([asks(SERVICE)]))
    first = taken(case, engine).step.observations[0]

    second = taken(case, engine).step.observations[0]

    assert second.status is ObservationStatus.REFUSED
    assert second.evidence_id == first.evidence_id
    assert first.evidence_id in second.message
    assert case.monitoring.asked == ["describe_ecs_service"]


def test_the_same_question_twice_in_one_turn_is_asked_once() -> None:
    case = a_case()

    seen = taken(case, an_engine(case, Scripted([asks(SERVICE, SERVICE)]))).step.observations

    assert [one.status for one in seen] == [ObservationStatus.OK, ObservationStatus.REFUSED]


def test_a_source_that_is_down_is_tried_twice_and_then_left_alone() -> None:
    case = a_case()
    case.monitoring.down = {"describe_ecs_service"}
    engine = an_engine(case, Scripted([asks(SERVICE)]))

    statuses = [taken(case, engine).step.observations[0].status for _ in range(3)]

    assert statuses == [
        ObservationStatus.UNAVAILABLE,
        ObservationStatus.UNAVAILABLE,
        ObservationStatus.REFUSED,
    ]


def test_calls_beyond_the_budget_are_refused() -> None:
    case = a_case()
    engine = an_engine(case, Scripted([asks(SERVICE, LOGS)]), tool_calls=1)

    seen = taken(case, engine).step.observations

    assert [one.status for one in seen] == [ObservationStatus.OK, ObservationStatus.REFUSED]
    assert "budget" in seen[1].message


@pytest.mark.parametrize(
    ("limit", "value"), [("steps", 2), ("steps_per_agent", 2), ("tool_calls", 1)]
)
def test_the_last_step_of_the_budget_has_to_answer(limit: str, value: int) -> None:
    case = a_case()
    thinker = Scripted([asks(SERVICE), answers()])
    engine = an_engine(case, thinker, **{limit: value})

    taken(case, engine)
    taken(case, engine)

    assert [shown.must_answer for shown in thinker.cases] == [False, True]


def test_who_does_not_answer_at_the_end_is_answered_for_by_code() -> None:
    case = a_case()
    engine = an_engine(case, Scripted([asks(SERVICE)]), steps=1)

    step = taken(case, engine).step

    assert step.turn.verdict.outcome is VerdictOutcome.UNRESOLVED
    assert step.turn.reasoner == "engine"
    assert step.observations == ()


def test_beyond_the_budget_nobody_is_asked() -> None:
    case = a_case()
    thinker = Scripted([asks(SERVICE)])
    engine = an_engine(case, thinker, steps=1)
    taken(case, engine)

    for agent in (Agent.TRIAGE, Agent.REMEDIATION):
        assert taken(case, engine, agent).answer is not None
    assert len(thinker.cases) == 1


@pytest.mark.parametrize(
    ("usage", "most"),
    [
        (Usage(input_tokens=500), {"tokens": 400}),
        (Usage(input_tokens=300, cached_input_tokens=60, output_tokens=60), {"tokens": 400}),
        (Usage(input_tokens=5, dollars=0.5), {"dollars": 0.4}),
    ],
)
def test_when_tokens_or_dollars_are_used_up_a_reasoner_that_costs_none_goes_on(
    usage: Usage, most: dict[str, Any]
) -> None:
    case = a_case()
    dear = Scripted([asks(SERVICE, usage=usage)], name="claude", is_paid=True)
    free = Scripted([answers()], name="offline")
    engine = an_engine(case, dear, free, **most)
    taken(case, engine)

    second = taken(case, engine).step

    assert len(dear.cases) == 1
    assert second.turn.answer is not None
    assert "budget" in second.turn.degraded


def test_the_next_of_the_ladder_thinks_where_the_first_cannot_and_it_is_told() -> None:
    case = a_case()
    broken = Scripted([ModelUnavailableError("HTTP 529")], name="claude", is_paid=True)

    step = taken(case, an_engine(case, broken, Scripted([answers()]))).step

    assert step.turn.degraded == "claude: HTTP 529"
    assert case.stores.events["step-000001"].fields["degraded"] == "claude: HTTP 529"


def test_what_was_paid_for_nothing_is_counted() -> None:
    case = a_case()
    useless = Scripted([UnusableAnswerError("gibberish", Usage(output_tokens=7))], name="claude")

    step = taken(case, an_engine(case, useless, Scripted([answers()]))).step

    assert step.turn.usage.output_tokens == 7


def test_of_two_steps_taken_at_once_the_one_recorded_first_counts_for_both() -> None:
    world = a_case()
    other = an_engine(world, Scripted([answers()]))

    class Meanwhile(Scripted):
        def next_turn(self, case: Case) -> Turn:
            taken(world, other)
            return super().next_turn(case)

    outcome = taken(world, an_engine(world, Meanwhile([asks(SERVICE)])))

    assert outcome.verdict is not None
    assert len(world.stores.transcript) == 1
    assert list(world.stores.events) == ["step-000001"]


def test_a_number_that_another_agent_has_taken_is_a_conflict() -> None:
    world = a_case()
    other = an_engine(world, Scripted([asks(LOGS)]))

    class Meanwhile(Scripted):
        def next_turn(self, case: Case) -> Turn:
            taken(world, other, Agent.TRIAGE)
            return super().next_turn(case)

    with pytest.raises(ConflictError):
        taken(world, an_engine(world, Meanwhile([asks(SERVICE)])))


def test_a_step_run_again_after_a_crash_points_to_what_it_saw_itself() -> None:
    case = a_case()
    engine = an_engine(case, Scripted([asks(SERVICE), asks(LOGS)]))
    lost = taken(case, engine).step.observations[0]
    case.stores.transcript.clear()

    kept = taken(case, engine).step.observations[0]

    assert kept.evidence_id != lost.evidence_id
    assert case.stores.evidence[kept.evidence_id].sha256 == kept.sha256
    assert case.stores.evidence[kept.evidence_id].tool == LOGS.tool


def test_an_answer_of_the_wrong_kind_is_no_answer() -> None:
    case = a_case()

    step = taken(case, an_engine(case, Scripted([answers()])), Agent.TRIAGE).step

    assert step.turn.reasoner == "engine"
    assert step.turn.triage is not None
