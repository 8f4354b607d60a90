"""The states of an execution, read from histories as Step Functions writes them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.workflow.visits import visits_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def entered(state: str, second: int, given: object) -> dict[str, Any]:
    return {
        "type": "TaskStateEntered",
        "timestamp": NOON + timedelta(seconds=second),
        "stateEnteredEventDetails": {"name": state, "input": json.dumps(given)},
    }


def exited(state: str, second: int, gave: object) -> dict[str, Any]:
    return {
        "type": "TaskStateExited",
        "timestamp": NOON + timedelta(seconds=second),
        "stateExitedEventDetails": {"name": state, "output": json.dumps(gave)},
    }


def test_each_stay_tells_what_went_in_and_what_came_out() -> None:
    first, second = visits_of(
        [
            {"type": "ExecutionStarted", "timestamp": NOON},
            entered("Triage", 1, {"incident_id": "INC-00000001"}),
            {"type": "TaskScheduled", "timestamp": NOON},
            exited("Triage", 3, {"outcome": "continue"}),
            entered("AfterTriage", 3, {"outcome": "continue"}),
        ]
    )

    assert (first.number, first.state) == (1, "Triage")
    assert first.input == {"incident_id": "INC-00000001"}
    assert first.output == {"outcome": "continue"}
    assert first.exited_at == NOON + timedelta(seconds=3)
    assert (second.number, second.exited_at, second.output) == (2, None, None)


def test_what_a_task_was_handed_is_not_told_as_it_may_carry_a_token() -> None:
    scheduled = {
        "type": "TaskScheduled",
        "timestamp": NOON,
        "taskScheduledEventDetails": {"parameters": '{"token": "secret"}'},
    }

    (visit,) = visits_of([entered("AwaitApproval", 0, {"round": 1}), scheduled])

    assert "secret" not in visit.model_dump_json()


def test_an_execution_that_fails_says_so_of_the_state_it_was_in() -> None:
    failed = {
        "type": "ExecutionFailed",
        "timestamp": NOON,
        "executionFailedEventDetails": {"error": "Lambda.Unknown", "cause": "it died"},
    }

    (visit,) = visits_of([entered("Triage", 0, {}), failed])

    assert visit.error == "Lambda.Unknown: it died"


def test_what_is_no_object_is_told_as_a_value() -> None:
    (visit,) = visits_of([entered("Begin", 0, "words"), exited("Begin", 1, [1])])

    assert visit.input == {"value": "words"}
    assert visit.output == {"value": [1]}
