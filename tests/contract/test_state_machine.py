"""The state machine keeps the workflow contract: on paper, and on every scripted way through it."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.workflow_cases import (
    CONCLUSIONS,
    FUNCTION_OF,
    OUTCOMES,
    Case,
    answers,
    cases,
    scripted,
)
from tests.support.asl_interpreter import ASL_FILE, TaskFailure, Walk, definition, walk

MACHINE = definition()
STATES: dict[str, dict[str, Any]] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
INCIDENT = "INC-0000000A"
_LAST_WORDS = {"CloseIncident", "Escalate", "RecordAgentFailure"}


def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).parent / "statelint"

    found = subprocess.run(
        [linter, "--yaml", "--eval-jsonata", ASL_FILE], capture_output=True, text=True, check=False
    )

    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_only_the_common_ground_of_both_clouds_is_used() -> None:
    types = {state["Type"] for state in STATES.values()}

    assert types <= {"Task", "Choice", "Pass", "Wait", "Succeed", "Fail"}
    assert all(isinstance(task["TimeoutSeconds"], int) for task in TASKS.values())
    assert not any("HeartbeatSeconds" in task for task in TASKS.values())


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_is_retried_with_backoff_and_its_failure_recorded(name: str) -> None:
    retry, catch = TASKS[name]["Retry"], TASKS[name]["Catch"]

    assert all(rule["BackoffRate"] > 1 and rule["MaxAttempts"] >= 2 for rule in retry)
    assert any("Lambda.TooManyRequestsException" in rule["ErrorEquals"] for rule in retry)
    assert any("States.TaskFailed" in rule["ErrorEquals"] for rule in retry)
    expected = "FailureNotRecorded" if name == "RecordAgentFailure" else "RecordAgentFailure"
    assert catch[-1]["ErrorEquals"] == ["States.ALL"]
    assert catch[-1]["Next"] == expected


@pytest.mark.parametrize("name", sorted(FUNCTION_OF))
def test_every_task_calls_the_function_of_the_contract(name: str) -> None:
    function, operation = FUNCTION_OF[name]
    arguments = TASKS[name]["Arguments"]

    assert arguments["FunctionName"] == f"${{{function}FunctionArn}}"
    assert arguments["Payload"].get("operation") == operation


def test_people_have_half_an_hour_and_then_the_question_is_closed() -> None:
    state = STATES["AwaitApproval"]

    assert state["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert state["TimeoutSeconds"] == 1800
    assert state["Catch"][0]["ErrorEquals"] == ["States.Timeout"]
    assert state["Catch"][0]["Next"] == "ExpireApproval"
    assert not any("States.Timeout" in rule["ErrorEquals"] for rule in state["Retry"])


def test_an_answer_that_no_choice_knows_goes_to_a_person() -> None:
    choices = {name: state for name, state in STATES.items() if state["Type"] == "Choice"}

    assert {state["Default"] for state in choices.values()} == {"Escalate"}


def test_a_step_of_an_agent_costs_two_transitions() -> None:
    for agent in ("Triage", "InvestigateStep", "ProposeRemediation"):
        follow_up = STATES[agent]["Next"]
        again = [rule for rule in STATES[follow_up]["Choices"] if "'continue'" in rule["Condition"]]

        assert [rule["Next"] for rule in again] == [agent]


def test_every_state_can_be_reached_and_every_successor_exists() -> None:
    successors = {name: _successors(state) for name, state in STATES.items()}
    reached, edge = {MACHINE["StartAt"]}, [MACHINE["StartAt"]]
    while edge:
        fresh = successors[edge.pop()] - reached
        reached |= fresh
        edge.extend(fresh)

    assert reached == set(STATES)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_each_way_leads_where_the_contract_says(case: Case) -> None:
    result = walk(MACHINE, case.execution_input(INCIDENT), answers(case.script))

    followed = [state for state in result.states if STATES[state]["Type"] != "Choice"]
    if case.state == "Begin":
        assert followed[0] == case.next_state
    else:
        assert case.next_state in _after(followed, case.state)
    payloads = [payload for state, payload in result.tasks if state == case.next_state]
    assert all(payload["incident_id"] == INCIDENT for _, payload in result.tasks)
    assert case.expected_payload.items() <= (payloads[-1] if payloads else {}).items()


def test_a_cause_may_be_missing_or_huge_and_the_failure_is_still_recorded() -> None:
    for cause in (None, "x" * 50_000):

        def answer(state: str, _payload: object, cause: str | None = cause) -> object:
            if state == "Triage":
                raise TaskFailure("Lambda.Unknown", cause)
            return CONCLUSIONS[state]

        result = walk(MACHINE, {"incident_id": INCIDENT}, answer)

        told = result.tasks[-1][1]
        assert result.states[-2:] == ["RecordAgentFailure", "Failed"]
        assert (told["state"], told["error"]) == ("Triage", "Lambda.Unknown")
        assert len(told["cause"]) <= 2000


@pytest.mark.parametrize("answer", [None, "text", 3, [], {"outcome": None}, {"outcome": ["done"]}])
def test_an_answer_of_another_shape_never_ends_in_silence(answer: object) -> None:
    for broken in OUTCOMES:

        def said(state: str, _payload: object, broken: str = broken) -> object:
            return answer if state == broken else scripted(CONCLUSIONS[state])

        result = walk(MACHINE, {"incident_id": INCIDENT}, said)

        assert _last_word(result) in _LAST_WORDS


_ANSWERS = st.sampled_from(
    [
        *({"outcome": outcome} for outcomes in OUTCOMES.values() for outcome in outcomes),
        {"outcome": "investigate", "severity": "critical"},
        {"outcome": "watching", "wait_seconds": 7},
        {"outcome": "watching", "wait_seconds": -3.5},
        {"outcome": "watching", "wait_seconds": "soon"},
        {"raises": "Lambda.TooManyRequestsException"},
        {"raises": "States.Timeout"},
        {"raises": "SomethingElse"},
        {"outcome": "nonsense"},
        {},
    ]
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    sequence=st.lists(_ANSWERS, max_size=30),
    resume=st.sampled_from([None, *STATES, "Nowhere", ""]),
)
def test_no_execution_ends_without_the_incident_at_rest(
    sequence: list[dict[str, Any]], resume: str | None
) -> None:
    script = iter(sequence)
    answered: dict[str, object] = {}

    def answer(state: str, _payload: object) -> object:
        said = next(script, CONCLUSIONS[state])
        answered[state] = said
        return scripted(said)

    entry = {"resume": {"state": resume}} if resume is not None else {}
    result = walk(MACHINE, {"incident_id": INCIDENT} | entry, answer)

    word = _last_word(result)
    assert word in _LAST_WORDS | {"Duplicate", "Stopped"}
    if result.states[-1] == "FailureNotRecorded":
        assert "raises" in str(answered["RecordAgentFailure"])
    elif word in _LAST_WORDS:
        assert "raises" not in str(answered[word])


def _after(states: list[str], state: str) -> set[str]:
    return {after for before, after in itertools.pairwise(states) if before == state}


def _last_word(result: Walk) -> str:
    """The last state that put the incident somewhere, or the end that needs none."""
    assert result.status in {"SUCCEEDED", "FAILED"}
    if result.states[-1] in {"Duplicate", "Stopped"}:
        return result.states[-1]
    return next(state for state in reversed(result.states) if state in TASKS)


def _successors(state: dict[str, Any]) -> set[str]:
    rules = [state, *state.get("Choices", []), *state.get("Catch", [])]
    found = {rule["Next"] for rule in rules if "Next" in rule}
    return found | ({state["Default"]} if "Default" in state else set[str]())
