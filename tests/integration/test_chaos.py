"""The whole workflow, with something going wrong in it: what must hold afterwards, holds.

A run that fails is printed with its seed, its number and the least that still makes it fail:
`ITOPS_CHAOS_SEED=<seed> ITOPS_CHAOS_RUN=<number> pytest tests/integration/test_chaos.py` plays it
again. The seed is the same in every round of tests, so that a red one tells of a change;
`ITOPS_CHAOS_SEED=random` draws another. How it is played, and what is real of it, stands in
`tests/support/chaos/play.py`.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.support.chaos.boundary import Trouble
from tests.support.chaos.faults import AROUND, AT_CALLS, Fault, Plan, Traces, drawn
from tests.support.chaos.given import Play
from tests.support.chaos.invariants import faults_in, left_standing
from tests.support.chaos.play import Stage, stage
from tests.support.chaos.stories import STORIES, Story, outline
from tests.support.chaos.workflow import machine

_ASKED = os.environ.get("ITOPS_CHAOS_SEED", "20261120")
SEED = secrets.randbelow(10**9) if _ASKED == "random" else int(_ASKED)
ONE_RUN = os.environ.get("ITOPS_CHAOS_RUN")
RUNS = 100
"""In every round of tests; the long round has the rest."""

RUNS_OF_THE_LONG_ROUND = 500


@pytest.fixture(scope="module")
def a_stage() -> Iterator[Stage]:
    with stage() as found:
        # The first call of a process asks the tool servers for their tools, too.
        found.give(STORIES[0])
        yield found


@pytest.fixture(scope="module")
def calm(a_stage: Stage) -> dict[str, Play]:
    """Every story where nothing goes wrong."""
    return {story.name: a_stage.give(story) for story in STORIES}


def plan_of(number: int, calm: dict[str, Play]) -> tuple[Story, Plan]:
    """Return what run `number` of this seed is."""
    story = STORIES[number % len(STORIES)]
    traces: Traces = calm[story.name].traces
    return story, drawn(SEED, number // len(STORIES), traces)


def held(a_stage: Stage, story: Story, plan: Plan) -> list[str]:
    """Play it, and return what does not hold."""
    return faults_in(a_stage.give(story, plan))


def shrunk(a_stage: Stage, story: Story, plan: Plan) -> Plan:
    """Return the least of a plan that still makes the run fail."""
    for fault in plan.faults:
        less = plan.without(fault)
        if len(plan.faults) > 1 and held(a_stage, story, less):
            return shrunk(a_stage, story, less)
    return plan


def assert_all_hold(a_stage: Stage, calm: dict[str, Play], numbers: Sequence[int]) -> None:
    for number in numbers if ONE_RUN is None else [int(ONE_RUN)]:
        story, plan = plan_of(number, calm)
        broken = held(a_stage, story, plan)
        if broken:
            least = shrunk(a_stage, story, plan)
            pytest.fail(
                f"ITOPS_CHAOS_SEED={SEED} ITOPS_CHAOS_RUN={number}: {story.name}\n"
                + "\n".join(broken)
                + f"\nleast: {least}"
            )


def test_where_nothing_goes_wrong_every_story_ends_as_told(calm: dict[str, Play]) -> None:
    for story in STORIES:
        play = calm[story.name]

        assert faults_in(play) == [], story.name
        assert (story.name, play.incident().status) == (story.name, story.ends)
        assert (story.name, outline(play.states)) == (story.name, list(story.way))
        assert (story.name, left_standing(play)) == (story.name, list(story.stands))
    tasks = {name for name, state in machine()["States"].items() if state["Type"] == "Task"}
    visited = {state for play in calm.values() for state in play.states}
    # Only what fails comes to it; the runs see to that.
    assert tasks - visited == {"RecordAgentFailure"}


def test_whatever_goes_wrong_the_invariants_hold(
    a_stage: Stage, calm: dict[str, Play], record_property: Callable[[str, object], None]
) -> None:
    record_property("told", f"chaos: {RUNS} runs, seed {SEED}")
    assert_all_hold(a_stage, calm, range(RUNS))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whatever_goes_wrong_in_a_long_round_the_invariants_hold(
    a_stage: Stage, calm: dict[str, Play], record_property: Callable[[str, object], None]
) -> None:
    record_property("told", f"chaos: {RUNS_OF_THE_LONG_ROUND} more runs, seed {SEED}")
    assert_all_hold(a_stage, calm, range(RUNS, RUNS + RUNS_OF_THE_LONG_ROUND))


def test_the_same_seed_and_number_give_the_same_run(a_stage: Stage, calm: dict[str, Play]) -> None:
    story, plan = plan_of(17, calm)

    first, again = a_stage.give(story, plan), a_stage.give(story, plan)

    assert plan_of(17, calm) == (story, plan)
    assert first.happened == again.happened
    assert first.states == again.states
    assert first.traces == again.traces


def test_every_trouble_is_met_somewhere(a_stage: Stage, calm: dict[str, Play]) -> None:
    story = next(one for one in STORIES if one.name == "a rollback that people want")
    calls = len(calm[story.name].traces["ExecuteAction", 1])

    met: set[str] = set()
    for number, trouble in enumerate((*AT_CALLS, *AROUND)):
        for call in range(number % 5, calls, 5):
            play = a_stage.give(story, Plan((Fault("ExecuteAction", 1, call, trouble),)))
            assert faults_in(play) == [], (trouble, call)
            if play.happened:
                met.add(trouble)
                break

    assert met == set(Trouble)
