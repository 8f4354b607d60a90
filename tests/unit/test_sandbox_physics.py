from typing import Any

import pytest

from local_cloud.sandbox.physics import intensity_now, watched, watched_parameters
from local_cloud.sandbox.runs import Baseline, Run
from local_cloud.sandbox.scenario import parse
from local_cloud.sandbox.standing import State
from local_cloud.sandbox.world import ServiceState
from tests.support.scenarios import a_scenario

ONSET = 1_800_000_000.0
AS_INJECTED = ServiceState("ecs-svc/1", "ledger:2", 2)
CHANGES = [
    {"change_id": "bad", "kind": "deployment", "service": "ledger", "minutes_before_onset": 3}
]


def run_of(recovers: list[dict[str, Any]], worsens: list[dict[str, Any]] | None = None) -> Run:
    physics = {"recovers_when": recovers, "worsens_when": worsens or []}
    scenario = parse(a_scenario(changes=CHANGES, physics=physics))
    baseline = Baseline(deployment="ecs-svc/1", task_definition="ledger:2", desired_count=2)
    return Run(
        name="rehearsal",
        scenario=scenario,
        onset=ONSET,
        injected_at=ONSET + 540,
        rebuilt=("ledger",),
        guests=("ledger",),
        baseline={"ledger": baseline},
        revisions={"bad": "ledger:2"},
    )


@pytest.mark.parametrize(
    ("condition", "cure"),
    [
        ({"when": "new_deployment"}, ServiceState("ecs-svc/2", "ledger:2", 2)),
        (
            {"when": "revision_differs", "change_id": "bad"},
            ServiceState("ecs-svc/2", "ledger:1", 2),
        ),
        ({"when": "desired_count_at_least", "count": 4}, ServiceState("ecs-svc/1", "ledger:2", 4)),
        ({"when": "desired_count_below", "count": 2}, ServiceState("ecs-svc/1", "ledger:2", 1)),
    ],
)
def test_the_world_recovers_by_its_cure_and_by_nothing_else(
    condition: dict[str, Any], cure: ServiceState
) -> None:
    run = run_of([{**condition, "service": "ledger"}])

    assert intensity_now(run, {"ledger": AS_INJECTED}, ONSET + 600) == 1
    assert intensity_now(run, {"ledger": cure}, ONSET + 600) == 0
    assert intensity_now(run, {}, ONSET + 600) == 1


def test_restarting_a_bad_revision_does_not_help() -> None:
    run = run_of([{"when": "revision_differs", "service": "ledger", "change_id": "bad"}])

    restarted = ServiceState("ecs-svc/9", "ledger:2", 2)

    assert intensity_now(run, {"ledger": restarted}, ONSET + 600) == 1


def test_some_faults_pass_by_themselves() -> None:
    run = run_of([{"when": "minutes_passed", "minutes": 10}])

    assert intensity_now(run, {}, ONSET + 599) == 1
    assert intensity_now(run, {}, ONSET + 600) == 0


def test_the_wrong_remedy_makes_it_worse_unless_the_right_one_is_applied_too() -> None:
    run = run_of(
        [{"when": "desired_count_at_least", "service": "ledger", "count": 4}],
        [{"when": "new_deployment", "service": "ledger", "factor": 1.4}],
    )

    restarted = ServiceState("ecs-svc/2", "ledger:2", 2)
    restarted_and_scaled = ServiceState("ecs-svc/2", "ledger:2", 4)

    assert intensity_now(run, {"ledger": restarted}, ONSET + 600) == 1.4
    assert intensity_now(run, {"ledger": restarted_and_scaled}, ONSET + 600) == 0
    assert watched(run) == {"ledger"}


COMPONENTS = [
    {"name": "render", "kind": "lambda", "settings": {"memory_mb": 512, "reserved_concurrency": 5}},
    {"name": "rows", "kind": "table", "settings": {"read_units": 60, "write_units": 80}},
    {"name": "letters", "kind": "queue", "settings": {"messages": 9}},
    {"name": "fridge", "kind": "device"},
]
AS_BUILT: dict[str, State] = {
    "render": {"memory_mb": 512.0, "concurrency": 5.0, "revision": "changed"},
    "rows": {"read_units": 60.0, "write_units": 80.0},
    "letters": {"depth": 9.0},
    "fridge": {"restart": ""},
    "/flags/new-path": {"value": "on"},
}
THEIR_CHANGES = [
    {
        "change_id": "code",
        "kind": "function_code",
        "service": "render",
        "minutes_before_onset": 2,
    },
    {
        "change_id": "flag",
        "kind": "flag",
        "flag": "new-path",
        "value_before": "off",
        "value_after": "on",
        "minutes_before_onset": 2,
    },
]


@pytest.mark.parametrize(
    ("condition", "name", "cure"),
    [
        (
            {"when": "function_memory_at_least", "service": "render", "memory_mb": 1024},
            "render",
            {"memory_mb": 1024.0, "concurrency": 5.0, "revision": "changed"},
        ),
        (
            {"when": "function_concurrency_at_least", "service": "render", "count": 10},
            "render",
            {"memory_mb": 512.0, "concurrency": 1e9, "revision": "changed"},
        ),
        (
            {"when": "function_concurrency_below", "service": "render", "count": 5},
            "render",
            {"memory_mb": 512.0, "concurrency": 1.0, "revision": "changed"},
        ),
        (
            {"when": "function_differs", "service": "render", "change_id": "code"},
            "render",
            {"memory_mb": 512.0, "concurrency": 5.0, "revision": "as before"},
        ),
        (
            {"when": "table_capacity_at_least", "service": "rows", "write_units": 120},
            "rows",
            {"read_units": 60.0, "write_units": 120.0},
        ),
        ({"when": "queue_depth_below", "service": "letters", "count": 1}, "letters", {"depth": 0}),
        (
            {"when": "device_restarted", "service": "fridge"},
            "fridge",
            {"restart": "2026-11-20T08:00:00+00:00"},
        ),
        (
            {"when": "parameter_differs", "change_id": "flag"},
            "/flags/new-path",
            {"value": "off"},
        ),
    ],
)
def test_a_component_recovers_by_its_own_remedy_and_by_nothing_else(
    condition: dict[str, Any], name: str, cure: State
) -> None:
    scenario = parse(
        a_scenario(
            components=COMPONENTS,
            changes=THEIR_CHANGES,
            physics={"recovers_when": [condition]},
        )
    )
    run = run_of([]).model_copy(
        update={
            "scenario": scenario,
            "facts": {"fridge": {"restart": ""}},
            "revisions": {"code": "changed"},
        }
    )

    assert intensity_now(run, AS_BUILT, ONSET + 600) == 1
    assert intensity_now(run, {**AS_BUILT, name: cure}, ONSET + 600) == 0
    assert intensity_now(run, {}, ONSET + 600) == 1


def test_what_decides_is_watched_parts_and_parameters() -> None:
    conditions = [
        {"when": "queue_depth_below", "service": "letters", "count": 1},
        {"when": "parameter_differs", "change_id": "flag"},
    ]
    scenario = parse(
        a_scenario(
            components=COMPONENTS, changes=THEIR_CHANGES, physics={"recovers_when": conditions}
        )
    )
    run = run_of([]).model_copy(update={"scenario": scenario})

    assert watched(run) == {"letters"}
    assert watched_parameters(run) == {"/flags/new-path"}
