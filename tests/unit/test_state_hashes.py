"""A yes is bound to what people saw: what would make them look again changes the hash of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from itops_core.domain.values import Value
from itops_core.remediation.assessment import LiveState
from itops_core.remediation.devices import DeviceState
from itops_core.remediation.functions import FunctionState
from itops_core.remediation.queues import QueueState
from itops_core.remediation.services import ServiceState, Task, TaskState
from tests.support.live_states import TABLE

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FUNCTION = FunctionState(
    arn="arn:f", function_name="f", memory_mb=128, reserved_concurrency=5, code_sha256="c"
)
QUEUE = QueueState(arn="arn:q", queue_name="q", url="u", messages=3, source_arns=("arn:s",))
DEVICE = DeviceState(arn="arn:d", device_id="d")
RUNNING = Task(arn="arn:k", status="RUNNING", desired_status="RUNNING", service="s")
TASK = TaskState(
    task=RUNNING,
    service=ServiceState(
        arn="arn:s",
        cluster="c",
        service="s",
        status="ACTIVE",
        task_definition="s:1",
        desired_count=2,
        running_count=2,
    ),
)
STOPPED = RUNNING.model_copy(update={"desired_status": "STOPPED"})
STARTED_ANEW = RUNNING.model_copy(update={"arn": "arn:l"})


@pytest.mark.parametrize(
    ("state", "change"),
    [
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
        (TASK, {"task": STOPPED}),
        (TASK, {"task": STARTED_ANEW}),
        (TASK, {"service": TASK.service.model_copy(update={"desired_count": 1})}),
    ],
)
def test_what_people_would_look_at_again_is_another_state(
    state: LiveState, change: dict[str, Any]
) -> None:
    assert _with(state, change).state_hash != state.state_hash


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
