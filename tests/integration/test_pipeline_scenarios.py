"""Every fault of a pipeline through the whole chain, on state machines that really run and fail."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from itops_cli.demo import wake
from local_cloud.address import Address
from local_cloud.sandbox import Run, clear, inject, inject_scenario
from local_cloud.sandbox.injection import library, list_scenarios
from local_cloud.sandbox.pipelines.seeded import seeded_pipelines
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.scenario import load
from local_cloud.sandbox.variants import vary
from tests.support.chain import assert_true_to, carried_through
from tests.support.eventually import eventually

IN_VAIN = "pipeline-partner-still-slow"
PIPELINES = tuple(slug for slug in list_scenarios() if slug.startswith("pipeline-"))
LONG = (
    "pipeline-batch-missed",
    "pipeline-permission-lost",
    "pipeline-slow-partner",
    "pipeline-throttled-table",
)
ELSEWHERE = ("pipeline-batch-missed", "pipeline-poisoned-item")
"""Those that are tried live under other names, too; the others are varied as recordings."""
SEED = 2027


@pytest.fixture(scope="module", autouse=True)
def awake(cloud: Address) -> None:
    """Start the tool servers' workers: a machine busy with tests may take too long for a step."""
    wake(cloud)


def test_the_data_platform_stands_from_the_start_with_good_executions_behind_it(
    cloud: Address,
) -> None:
    for pipeline in (one for one in seeded_pipelines() if not one.nested):
        ran = eventually(partial(_succeeded, cloud, pipeline.arn))
        assert all(one["stopDate"] < datetime.now(UTC) for one in ran)


def test_clearing_takes_away_what_a_fault_brought(
    cloud: Address, unique: Callable[[str], str]
) -> None:
    suffix = unique("gone")
    run = inject(cloud, "pipeline-quota-exceeded", suffix=suffix)

    clear(cloud, run.name)

    functions = cloud.client("lambda").list_functions()["Functions"]
    tables = cloud.client("dynamodb").list_tables()["TableNames"]
    roles = cloud.client("iam").list_roles()["Roles"]
    machines = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    known = [one["FunctionName"] for one in functions] + tables
    known += [one["RoleName"] for one in roles] + [one["name"] for one in machines]
    assert not [name for name in known if suffix in name]


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param(slug, marks=pytest.mark.slow) if slug in LONG else slug
        for slug in sorted({*PIPELINES} - {IN_VAIN})
    ],
)
def test_a_failed_pipeline_is_explained_and_dealt_with(
    cloud: Address, slug: str, unique: Callable[[str], str]
) -> None:
    run = inject(cloud, slug, suffix=unique("s"))

    _ends_as_it_should(cloud, run)


@pytest.mark.slow
@pytest.mark.parametrize("slug", ELSEWHERE)
def test_the_same_fault_of_another_pipeline_is_dealt_with_just_as_well(
    cloud: Address, slug: str, unique: Callable[[str], str]
) -> None:
    scenario = suffixed(vary(load(slug, library()), SEED), unique("v"))
    run = inject_scenario(cloud, f"variant-{slug}", scenario)

    _ends_as_it_should(cloud, run)


@pytest.mark.slow
def test_what_an_action_repeats_in_vain_is_handed_to_people_as_it_stands(
    cloud: Address, unique: Callable[[str], str]
) -> None:
    run = inject(cloud, IN_VAIN, suffix=unique("again"))

    try:
        outcome = carried_through(cloud, run)

        assert_true_to(outcome)
        repeats = [one for one in outcome.incident.actions if one.action.name == "rerun_execution"]
        started = str(repeats[0].after["started"])
        ended = cloud.client("stepfunctions").describe_execution(executionArn=started)
        assert len(repeats) == 1
        assert ended["status"] == "FAILED"
        assert outcome.incident.escalation is not None
    finally:
        clear(cloud, run.name)


def _ends_as_it_should(cloud: Address, run: Run) -> None:
    try:
        assert_true_to(carried_through(cloud, run))
    finally:
        clear(cloud, run.name)


def _succeeded(cloud: Address, machine: str) -> list[dict[str, Any]]:
    machines = cloud.client("stepfunctions")
    return machines.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]
