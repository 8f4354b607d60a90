"""The state machine of runs: what the linter says, and where each answer of its function leads."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.asl_interpreter import TaskFailure, walk
from tests.support.goals import ASL, MACHINE

RUN = "RUN-0000000A"


def answers(*outcomes: dict[str, Any]) -> Any:  # noqa: ANN401
    left = list(outcomes)

    def answer(state: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert payload["run_id"] == RUN
        return left.pop(0) if state == "Step" else {"outcome": "over"}

    return answer


def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).parent / "statelint"

    found = subprocess.run(
        [linter, "--yaml", "--eval-jsonata", ASL], capture_output=True, text=True, check=False
    )

    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@pytest.mark.parametrize("last", ["over", "needs_approval"])
def test_it_goes_round_until_the_run_is_over_or_asks(last: str) -> None:
    steps = ({"outcome": "continue"}, {"outcome": "wait", "wait_seconds": 5}, {"outcome": last})

    result = walk(MACHINE, {"run_id": RUN}, answers(*steps))

    assert result.status == "SUCCEEDED"
    assert [name for name, _ in result.tasks] == ["Step"] * 3
    assert "WaitToTryAgain" in result.states


@pytest.mark.parametrize("said", [{"outcome": "sing"}, {}, {"outcome": None}])
def test_an_answer_that_nobody_knows_marks_the_run_as_failed(said: dict[str, Any]) -> None:
    result = walk(MACHINE, {"run_id": RUN}, answers(said))

    assert result.status == "FAILED"
    assert result.tasks[-1][0] == "RecordFailure"
    assert "nobody knows" in result.tasks[-1][1]["failure"]


def test_a_function_that_keeps_failing_is_tried_again_and_then_marked() -> None:
    def answer(state: str, _payload: dict[str, Any]) -> dict[str, Any]:
        if state == "Step":
            raise TaskFailure("Lambda.ServiceException", "out of order")
        return {"outcome": "over"}

    result = walk(MACHINE, {"run_id": RUN}, answer)

    assert result.status == "FAILED"
    assert [name for name, _ in result.tasks].count("Step") == 6
    assert "out of order" in result.tasks[-1][1]["failure"]


@pytest.mark.parametrize("seconds", [None, "soon", -3, 10_000])
def test_no_wait_is_endless_whatever_the_function_says(seconds: object) -> None:
    said = {"outcome": "wait", "wait_seconds": seconds}

    result = walk(MACHINE, {"run_id": RUN}, answers(said, {"outcome": "over"}))

    assert result.status == "SUCCEEDED"
