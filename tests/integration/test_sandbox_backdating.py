"""What the sandbox adds to the emulator, shown beside the untouched one."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local_cloud.address import Address
from local_cloud.sandbox.effects import StoppedTasks
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.world import Point, World, backdated, rewriting
from tests.support.accounts import Account
from tests.support.clouds import CloudFactory

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.cloud

LONG_AGO = timedelta(days=3)
Names = Callable[[str], str]


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("backdating"))
    try:
        yield factory.bare()
    finally:
        factory.stop_all()


def a_service(name: str) -> ServiceSpec:
    return ServiceSpec(name=name, cluster="old-town")


def age_of_deployment(world: World, name: str) -> timedelta:
    with backdated((datetime.now(UTC) - LONG_AGO).timestamp()):
        world.create_service(a_service(name))
    answer = world.ecs.describe_services(cluster="old-town", services=[name])
    return datetime.now(UTC) - answer["services"][0]["deployments"][0]["createdAt"]


def test_a_deployment_can_be_as_old_as_its_story(
    patched: Address, account: Account, unique: Names
) -> None:
    assert age_of_deployment(World(patched), unique("aged")) >= LONG_AGO

    assert age_of_deployment(World(account), unique("aged")) < timedelta(minutes=1)


def age_of_parameter(world: World, name: str) -> timedelta:
    with backdated((datetime.now(UTC) - LONG_AGO).timestamp()):
        world.change_parameter(f"/{name}", "x")
    answer = world.ssm.get_parameter(Name=f"/{name}")
    return datetime.now(UTC) - answer["Parameter"]["LastModifiedDate"]


def test_a_parameter_can_have_been_changed_before(
    patched: Address, account: Account, unique: Names
) -> None:
    assert age_of_parameter(World(patched), unique("setting")) >= LONG_AGO

    assert age_of_parameter(World(account), unique("setting")) < timedelta(minutes=1)


def stopped_by_the_agent(world: World, name: str) -> int | None:
    world.create_service(a_service(name))
    how = StoppedTasks(
        service=name, stopped_reason="Essential container in task exited", exit_code=137
    )
    world.stop_task(a_service(name), how)
    listed = world.ecs.list_tasks(cluster="old-town", serviceName=name, desiredStatus="STOPPED")
    if not listed["taskArns"]:
        return None
    tasks = world.ecs.describe_tasks(cluster="old-town", tasks=listed["taskArns"])["tasks"]
    return tasks[0]["containers"][0]["exitCode"]


def test_an_agent_may_report_how_a_container_ended(
    patched: Address, account: Account, unique: Names
) -> None:
    assert stopped_by_the_agent(World(patched), unique("ended")) == 137

    assert stopped_by_the_agent(World(account), unique("ended")) is None


def mean_after_two_rehearsals(world: World, name: str) -> float:
    metric = a_service(name).all_metrics()[0]
    now = float(int(time.time() // 60) * 60)
    for value in (10.0, 90.0):
        with rewriting():
            world.write_metrics(Point(metric, now - age, value) for age in (120, 60, 0))
    answer = world.cloudwatch.get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": key, "Value": value} for key, value in metric.dimensions.items()],
        StartTime=datetime.fromtimestamp(now - 150, UTC),
        EndTime=datetime.fromtimestamp(now + 30, UTC),
        Period=60,
        Statistics=["Average"],
    )
    return max(point["Average"] for point in answer["Datapoints"])


def test_a_second_rehearsal_does_not_mix_with_the_first(
    patched: Address, account: Account, unique: Names
) -> None:
    assert mean_after_two_rehearsals(World(patched), unique("again")) == 90

    assert mean_after_two_rehearsals(World(account), unique("again")) == 50
