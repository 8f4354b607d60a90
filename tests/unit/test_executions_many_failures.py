"""Executions in which more than one thing failed: items at once, or one that was started."""

import json
from typing import Any

import pytest

from monitoring_server.analysis.executions.advising import Advice, Below, advise
from monitoring_server.analysis.executions.definitions import Definition, parse_definition
from monitoring_server.analysis.executions.explaining import explain, explain_record
from monitoring_server.analysis.executions.redriving import Circumstances
from monitoring_server.analysis.executions.walking import read_record
from tests.support.histories import START, HistoryWriter
from tests.support.recordings import definition, history

ITEMS = [{"sku": name} for name in "abcd"]
BOOK = ("lambda", "invoke")


def a_map(**more: object) -> Definition:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    each = {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "Book", "States": {"Book": task}},
        "End": True,
        **more,
    }
    return parse_definition(json.dumps({"StartAt": "Orders", "States": {"Orders": each}}))


def broken(item: int) -> dict[str, Any]:
    return {"error": "ValueError", "cause": f"item {item} cannot be booked"}


def one_attempt(told: HistoryWriter, entered: int, failing: tuple[int, ...]) -> int:
    """Write a Map whose items begin together and of which several fail; the first one decides."""
    begun = told.add("MapStateStarted", entered, length=len(ITEMS))
    starts = {}
    for item in failing:
        told.add("MapIterationStarted", begun, name="Orders", index=item)
        starts[item] = told.enter("Task", "Book", ITEMS[item])
    ends = {item: told.task(BOOK, 1, broken(item), starts[item]) for item in failing}
    over = [
        told.add("MapIterationFailed", ends[item], name="Orders", index=item) for item in failing
    ]
    return told.add("MapStateFailed", over[0])


def several_items_fail(*attempts: tuple[int, ...]) -> list[dict[str, Any]]:
    told = HistoryWriter()
    told.begin(ITEMS)
    before = told.enter("Map", "Orders", ITEMS)
    for failing in attempts:
        before = one_attempt(told, before, failing)
    told.add("ExecutionFailed", before, **broken(attempts[-1][0]))
    return told.events


def unlinked(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "previousEventId": 0} for event in events]


@pytest.mark.parametrize("failing", [(2, 0, 3), (0, 1), (3, 2)])
def test_of_several_items_that_fail_the_one_that_failed_the_map_is_named(
    failing: tuple[int, ...],
) -> None:
    told = explain(several_items_fail(failing), a_map())

    assert told.failed_state is not None
    assert told.failed_state.where[0].index == failing[0]
    assert told.error is not None
    assert told.error.message == f"item {failing[0]} cannot be booked"
    assert json.loads(told.failed_state.item) == ITEMS[failing[0]]


def test_a_map_that_was_tried_again_is_judged_by_its_last_attempt() -> None:
    told = explain(several_items_fail((1, 2), (3, 1)), a_map())

    assert told.failed_state is not None
    assert told.failed_state.where[0].index == 3


def test_without_links_the_first_of_items_that_fail_alike_is_named() -> None:
    events = several_items_fail((0, 1))
    alike = json.loads(json.dumps(unlinked(events)).replace("item 1 cannot", "item 0 cannot"))

    told = explain(alike, a_map())

    assert told.failed_state is not None
    assert told.failed_state.where[0].index == 0


def test_a_redrive_may_fail_in_another_item_than_before() -> None:
    events = several_items_fail((1, 2))
    told = HistoryWriter()
    told.events, told.now = events, START
    redriven = told.add("ExecutionRedriven", 0, redriveCount=1)
    told.add("MapIterationStarted", redriven, name="Orders", index=2)
    told.enter("Task", "Book", ITEMS[2])
    told.task(BOOK, 1, broken(2))
    over = told.add("MapIterationFailed", name="Orders", index=2)
    failed = told.add("MapStateFailed", over)
    told.add("ExecutionFailed", failed, **broken(2))

    again = explain(told.events, a_map())

    assert again.failed_state is not None
    assert again.failed_state.where[0].index == 2


def advised(name: str, below: Below | None = None, **changes: object) -> Advice:
    record = read_record(history(name), definition(name))
    circumstances = Circumstances.model_validate(
        {"now": START, "redrive_status": "REDRIVABLE", **changes}
    )
    known = definition(name)
    return advise(explain_record(record, known), record, known, circumstances, below)


@pytest.mark.parametrize(
    ("leaf", "step"),
    [
        ("sns-permission-lost", "fix_then_redrive"),
        ("lambda-throttled", "redrive"),
        ("jsonpath-not-found", "fix_then_redrive"),
        ("fail-state-by-choice", "look_first"),
    ],
)
def test_what_helps_an_execution_is_what_helps_the_one_it_started(leaf: str, step: str) -> None:
    inner = advised(leaf)

    told = advised("nested-execution-failed", Below(execution="load", advice=inner))

    assert told.step == step
    assert told.why.startswith("in load, where it failed first: ")
    assert inner.why in told.why


def test_what_a_started_execution_does_twice_counts_for_the_one_that_started_it() -> None:
    inner = advised("caught-then-failed")

    told = advised("nested-execution-failed", Below(execution="load", advice=inner))

    assert inner.rerun_is == "unsafe"
    assert told.redrive_is == "unsafe"
    assert "load: TellOwner" in {one.state for one in told.effects}


def test_an_item_of_a_map_run_goes_on_where_it_failed() -> None:
    inner = advised("caught-then-failed")
    below = Below(execution="import/Files", advice=inner, is_item=True)

    told = advised("map-run-over-threshold", below)

    assert told.step == inner.step
    assert told.redrive_is == inner.redrive_is
    assert told.rerun_is == "unsafe"


def test_a_wrong_definition_is_mended_before_anything_is_repeated() -> None:
    told = advised("jsonpath-not-found")

    assert told.step == "fix_then_rerun"
    assert told.redrive_possible
    assert not told.redrive_helps
    assert "would fail again" in told.redrive_note
    assert "as it is now" in told.rerun_note


def test_what_a_changed_definition_no_longer_tells_is_not_called_safe() -> None:
    record, known = read_record(history("map-poisoned-item")), definition("caught-then-failed")

    told = advise(explain_record(record, known), record, known, Circumstances(now=START))

    assert (told.redrive_is, told.rerun_is) == ("unknown", "unknown")
    assert any(one.startswith("Book: the definition does not hold it") for one in told.not_known)


def test_a_rerun_by_a_version_is_said_to_keep_that_version() -> None:
    record = read_record(history("jsonpath-not-found"), definition("jsonpath-not-found"))
    record.version_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:bill:4"
    known = definition("jsonpath-not-found")

    told = advise(explain_record(record, known), record, known, Circumstances(now=START))

    assert told.rerun_note.startswith("it takes version 4 again")


def test_where_it_broke_is_the_code_that_called_and_not_the_language_itself() -> None:
    told = HistoryWriter()
    told.begin({})
    told.enter("Task", "Price", {})
    cause = {
        "errorMessage": "'PLAN_SOURCES'",
        "errorType": "KeyError",
        "stackTrace": [
            '  File "/var/task/price.py", line 12, in handler\n    plans = os.environ["P"]\n',
            '  File "<frozen os>", line 685, in __getitem__\n',
        ],
    }
    failure: dict[str, Any] = {"error": "KeyError", "cause": json.dumps(cause)}
    told.task(BOOK, 1, failure)
    told.add("ExecutionFailed", **failure)

    said = explain(told.events, None).summary

    assert "/var/task/price.py" in said
    assert "frozen" not in said
