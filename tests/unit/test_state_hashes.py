"""A yes is bound to what people saw: what would make them look again changes the hash of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from itops_core.domain.approval_card import changes_in
from itops_core.domain.values import Value
from itops_core.remediation.assessment import LiveState, Outlook
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.devices import DeviceState, restart_device_outlook
from itops_core.remediation.functions import FunctionState, concurrency_outlook, memory_outlook
from itops_core.remediation.pipelines import ExecutionState, redrive_outlook, rerun_outlook
from itops_core.remediation.queues import QueueState, redrive_queue_outlook
from itops_core.remediation.services import (
    Revision,
    ServiceState,
    Task,
    TaskState,
    restart_outlook,
    rollback_outlook,
    scale_outlook,
    stop_outlook,
)
from itops_core.remediation.tables import Capacity, capacity_outlook
from tests.support.live_states import TABLE

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FUNCTION = FunctionState(
    arn="arn:f", function_name="f", memory_mb=128, reserved_concurrency=5, code_sha256="c"
)
QUEUE = QueueState(arn="arn:q", queue_name="q", url="u", messages=3, source_arns=("arn:s",))
DEVICE = DeviceState(arn="arn:d", device_id="d")
RUNNING = Task(arn="arn:k", status="RUNNING", desired_status="RUNNING", service="s")
SERVICE = ServiceState(
    arn="arn:s",
    cluster="c",
    service="s",
    status="ACTIVE",
    task_definition="arn:s:2",
    desired_count=2,
    running_count=2,
    deployment_id="d-1",
)
TASK = TaskState(task=RUNNING, service=SERVICE)
EXECUTION = ExecutionState(arn="arn:e", state_machine_arn="arn:m", status="FAILED")
FIRST, SECOND = (
    Revision(arn=f"arn:s:{number}", family="s", revision=number, status="ACTIVE")
    for number in (1, 2)
)
STOPPED = RUNNING.model_copy(update={"desired_status": "STOPPED"})
STARTED_ANEW = RUNNING.model_copy(update={"arn": "arn:l"})


CHANGES: list[tuple[LiveState, dict[str, Any]]] = [
    (FUNCTION, {"arn": "arn:g"}),
    (FUNCTION, {"memory_mb": 256}),
    (FUNCTION, {"reserved_concurrency": -1}),
    (FUNCTION, {"code_sha256": "d"}),
    (TABLE, {"arn": "arn:u"}),
    (TABLE, {"billing_mode": "PAY_PER_REQUEST"}),
    (TABLE, {"read_units": 6}),
    (TABLE, {"write_units": 6}),
    (QUEUE, {"source_arns": ("arn:r",)}),
    (QUEUE, {"messages": 0}),
    (QUEUE, {"moved_at": 1}),
    (DEVICE, {"request_id": "ACT-1"}),
    (DEVICE, {"requested_at": "2026-11-20T12:00:00+00:00"}),
    (DEVICE, {"restarted_at": "2026-11-20T12:00:00+00:00"}),
    (SERVICE, {"task_definition": "arn:s:1"}),
    (SERVICE, {"desired_count": 3}),
    (SERVICE, {"deployment_id": "d-2"}),
    (EXECUTION, {"status": "RUNNING"}),
    (EXECUTION, {"redrive_count": 1}),
    (TASK, {"task": STOPPED}),
    (TASK, {"task": STARTED_ANEW}),
    (TASK, {"service": TASK.service.model_copy(update={"desired_count": 1})}),
    (TASK, {"service": TASK.service.model_copy(update={"deployment_id": "d-2"})}),
    (TASK, {"service": TASK.service.model_copy(update={"task_definition": "arn:s:1"})}),
]
DONE_BY_OTHERS: dict[str, tuple[LiveState, Outlook, dict[str, Any]]] = {
    "restart_ecs_service": (SERVICE, restart_outlook(SERVICE), {"deployment_id": "d-2"}),
    "stop_ecs_task": (TASK, stop_outlook(TASK), {"task": STOPPED}),
    "scale_ecs_service": (
        SERVICE, scale_outlook(SERVICE, 3, 4, undo=False), {"desired_count": 3},
    ),
    "rollback_ecs_deployment": (
        SERVICE,
        rollback_outlook(SERVICE, FIRST, SECOND, undo=False),
        {"task_definition": FIRST.arn},
    ),
    "redrive_queue": (QUEUE, redrive_queue_outlook(QUEUE, 9), {"moved_at": 1}),
    "redrive_execution": (
        EXECUTION, redrive_outlook(EXECUTION, NOON), {"status": "RUNNING", "redrive_count": 1},
    ),
    "set_lambda_concurrency": (
        FUNCTION,
        concurrency_outlook(FUNCTION, 9, 99, undo=False),
        {"reserved_concurrency": 9},
    ),
    "set_lambda_memory": (
        FUNCTION, memory_outlook(FUNCTION, 256, 512, undo=False), {"memory_mb": 256},
    ),
    "raise_dynamodb_capacity": (
        TABLE,
        capacity_outlook(TABLE, Capacity(read_units=6, write_units=6), 99, undo=False),
        {"read_units": 6, "write_units": 6},
    ),
    "restart_device": (DEVICE, restart_device_outlook(DEVICE), {"request_id": "ACT-1"}),
}  # fmt: skip
"""By action: on what, what its card says of it, and how it looks once somebody else has done it."""
COMES_AND_GOES = {"rollout_state", "move_status", "messages", "task_status"}
"""On a card, and gone by without anybody: a rollout ends, messages come in. Where it matters, the
hash knows what became of it: a rollout that failed, a queue that is empty, a task that stopped."""


@pytest.mark.parametrize(("state", "change"), CHANGES)
def test_what_people_would_look_at_again_is_another_state(
    state: LiveState, change: dict[str, Any]
) -> None:
    assert _with(state, change).state_hash != state.state_hash


@pytest.mark.parametrize("name", sorted(DONE_BY_OTHERS))
def test_what_a_card_shows_as_before_is_hashed_where_the_action_changes_it(name: str) -> None:
    state, outlook, change = DONE_BY_OTHERS[name]

    shown = {one.name for one in changes_in(state.shown, outlook.after)}

    assert outlook.fault is None
    assert shown
    assert shown <= state.bound | COMES_AND_GOES
    assert _with(state, change).state_hash != state.state_hash


def test_no_action_is_left_out_but_those_that_leave_the_thing_as_it_was() -> None:
    rerun = rerun_outlook(EXECUTION)

    # Whether another incident ran it again is known by its claim.
    left_out = {"notify_only", "rerun_execution"}
    assert set(catalogue().actions) - set(DONE_BY_OTHERS) == left_out
    assert [one.name for one in changes_in(EXECUTION.shown, rerun.after)] == ["started"]


@pytest.mark.parametrize("state", [FUNCTION, TABLE, QUEUE, DEVICE, SERVICE, TASK, EXECUTION])
def test_whatever_a_yes_is_bound_to_is_shown_and_hashed(state: LiveState) -> None:
    hashed = {
        one.name
        for known, change in CHANGES
        if known is state
        for one in changes_in(state.shown, _with(state, change).shown)
    }

    assert state.bound <= hashed & state.shown.keys()


@pytest.mark.parametrize(
    ("state", "change"),
    [
        (FUNCTION, {"peak_concurrency": 9, "unreserved": 900, "configuration_changed_at": NOON}),
        (TABLE, {"status": "UPDATING", "capacity_changed_at": NOON}),
        (QUEUE, {"messages": 4, "in_flight": 1}),
        (DEVICE, {"version": 7, "reported_at": "2026-11-20T12:00:00+00:00"}),
        (TASK, {"service": TASK.service.model_copy(update={"running_count": 1})}),
    ],
)
def test_what_goes_on_all_the_time_makes_no_yes_void(
    state: LiveState, change: dict[str, Any]
) -> None:
    assert _with(state, change).state_hash == state.state_hash


@pytest.mark.parametrize(
    ("state", "change"),
    [
        (FUNCTION, {"memory_mb": 256}),
        (FUNCTION, {"reserved_concurrency": -1}),
        (TABLE, {"read_units": 6}),
        (TABLE, {"write_units": 6}),
        (TABLE, {"billing_mode": "PAY_PER_REQUEST"}),
        (QUEUE, {"moved_at": 1}),
        (DEVICE, {"request_id": "ACT-1"}),
        (TASK, {"service": TASK.service.model_copy(update={"desired_count": 1})}),
    ],
)
def test_what_others_changed_no_longer_rests_on_what_was_recorded(
    state: LiveState, change: dict[str, Any]
) -> None:
    assert state.rests_on(state.shown)
    assert not _with(state, change).rests_on(state.shown)


def _with(state: LiveState, change: dict[str, Any]) -> LiveState:
    assert isinstance(state, Value)
    return state.model_copy(update=change)
