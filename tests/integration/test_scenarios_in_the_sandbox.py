"""Faults in an emulator with nothing deployed: what AWS shows, and how the world answers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_cloud import cloud
from local_cloud.address import Address
from local_cloud.sandbox import clear, inject, list_active, seed_estate
from local_cloud.sandbox.runs import Run
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually
from tests.support.scenarios import REHEARSED


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    factory = CloudFactory(tmp_path_factory.mktemp("sandbox"))
    try:
        yield factory.bare()
    finally:
        factory.stop_all()


@pytest.mark.parametrize("slug", REHEARSED)
def test_the_alarm_fires_by_itself_within_seconds(emulator: Address, slug: str) -> None:
    run = inject(emulator, slug, suffix=f"fires-{REHEARSED.index(slug)}")

    assert eventually(lambda: alarm_state(emulator, run) == "ALARM")


def test_a_restart_ends_the_leak_and_the_metric_falls_within_seconds(emulator: Address) -> None:
    run = inject(emulator, "payment-oom", suffix="restart")
    service = run.scenario.alarm.service
    assert latest(emulator, run) > run.scenario.alarm.threshold

    emulator.client("ecs").update_service(cluster="shop", service=service, forceNewDeployment=True)

    assert eventually(lambda: latest(emulator, run) < 70)


def test_restarting_a_bad_revision_changes_nothing_and_rolling_back_does(
    emulator: Address,
) -> None:
    run = inject(emulator, "bad-deploy-5xx", suffix="rollback")
    ecs, service = emulator.client("ecs"), run.scenario.alarm.service
    family, _, revision = run.revisions["new-prices"].rpartition(":")

    ecs.update_service(cluster="shop", service=service, forceNewDeployment=True)
    restarted = datetime.now(UTC)
    eventually(lambda: latest_at(emulator, run) > restarted + timedelta(seconds=4))
    after_restart = latest(emulator, run)
    ecs.update_service(
        cluster="shop", service=service, taskDefinition=f"{family}:{int(revision) - 1}"
    )

    assert after_restart > run.scenario.alarm.threshold
    assert eventually(lambda: latest(emulator, run) < 1)


def test_an_action_that_is_undone_brings_the_fault_back(emulator: Address) -> None:
    run = inject(emulator, "checkout-traffic-spike", suffix="undone")
    ecs, alarm = emulator.client("ecs"), run.scenario.alarm

    ecs.update_service(cluster="shop", service=alarm.service, desiredCount=5)
    eventually(lambda: latest(emulator, run) < 600)
    ecs.update_service(cluster="shop", service=alarm.service, desiredCount=3)

    assert eventually(lambda: latest(emulator, run) > alarm.threshold)


def test_deployments_and_stopped_tasks_carry_the_time_of_the_story(emulator: Address) -> None:
    run = inject(emulator, "unhealthy-tasks", suffix="dated")
    ecs, cart = emulator.client("ecs"), run.scenario.truth.component

    service = ecs.describe_services(cluster="shop", services=[cart])["services"][0]
    stopped = stopped_tasks(emulator, str(cart))

    assert service["deployments"][0]["createdAt"] < datetime.now(UTC) - timedelta(days=8)
    reasons = [task for task in stopped if task["stoppedReason"].startswith("Task failed ELB")]
    onset = datetime.fromtimestamp(run.onset, UTC)
    assert len(reasons) == 3
    assert {task["stopCode"] for task in reasons} == {"ServiceSchedulerInitiated"}
    assert all(onset < task["stoppedAt"] < datetime.now(UTC) for task in reasons)


def test_a_container_killed_for_memory_has_exit_code_and_reason(emulator: Address) -> None:
    run = inject(emulator, "payment-oom", suffix="killed")

    containers = [
        task["containers"][0] for task in stopped_tasks(emulator, run.scenario.alarm.service)
    ]

    assert {137} == {one.get("exitCode") for one in containers if one.get("reason")}


def test_a_missing_log_group_does_not_exist(emulator: Address) -> None:
    run = inject(emulator, "blind-spot", suffix="gone")
    logs = emulator.client("logs")
    group = run.scenario.service(run.scenario.alarm.service).log_group_name

    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName=group)


def test_injecting_twice_gives_one_fresh_run_and_one_alarm(emulator: Address) -> None:
    first = inject(emulator, "payment-oom", suffix="twice")
    second = inject(emulator, "payment-oom", suffix="twice")

    assert second.onset > first.onset
    assert [run.name for run in list_active(emulator)].count(second.name) == 1
    assert eventually(lambda: alarm_state(emulator, second) == "ALARM")


def test_clearing_puts_the_seeded_world_right_and_removes_guests(emulator: Address) -> None:
    seed_estate(emulator)
    seeded = inject(emulator, "blind-spot")
    guest = inject(emulator, "blind-spot", suffix="guest")

    clear(emulator, seeded.name)
    clear(emulator, guest.name)
    cleared_at = datetime.now(UTC).timestamp() * 1000

    ecs, logs = emulator.client("ecs"), emulator.client("logs")
    names = ["inventory", guest.scenario.alarm.service]
    states = ecs.describe_services(cluster="shop", services=names)["services"]
    assert [state["status"] for state in states] == ["ACTIVE", "INACTIVE"]
    # What was on its way into the log while it was cleared may still arrive; nothing is added.
    told = logs.filter_log_events(logGroupName="/ecs/inventory")["events"]
    assert [one for one in told if one["timestamp"] > cleared_at] == []
    assert alarm_state(emulator, seeded) is None
    active = {run.name for run in list_active(emulator)}
    assert not active & {seeded.name, guest.name}


def test_a_scenario_from_anywhere_brings_its_own_services(
    emulator: Address, tmp_path: Path
) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(STRANGER)

    run = inject(emulator, folder)

    assert eventually(lambda: alarm_state(emulator, run) == "ALARM")
    assert run.guests == ("loyalty-points",)


def test_a_restart_of_the_cloud_does_not_end_the_story(cloud_factory: CloudFactory) -> None:
    before = cloud_factory.bare("restarted")
    run = inject(before, "payment-oom", suffix="survives", history_minutes=30)
    cloud.stop(before.folder)
    after = cloud_factory.bare("restarted")
    restarted = datetime.now(UTC)

    eventually(lambda: latest_at(after, run) > restarted)
    still = latest(after, run)
    after.client("ecs").update_service(
        cluster="shop", service=run.scenario.alarm.service, forceNewDeployment=True
    )

    assert still > run.scenario.alarm.threshold
    assert eventually(lambda: latest(after, run) < 70)


def alarm_state(address: Address, run: Run) -> str | None:
    found = address.client("cloudwatch").describe_alarms(AlarmNames=[run.alarm_name])
    return next((alarm["StateValue"] for alarm in found["MetricAlarms"]), None)


def latest(address: Address, run: Run) -> float:
    return float(_points(address, run)["Values"][-1])


def latest_at(address: Address, run: Run) -> datetime:
    return _points(address, run)["Timestamps"][-1]


def stopped_tasks(address: Address, service: str) -> list[dict[str, Any]]:
    ecs = address.client("ecs")
    listed = ecs.list_tasks(cluster="shop", serviceName=service, desiredStatus="STOPPED")
    return ecs.describe_tasks(cluster="shop", tasks=listed["taskArns"])["tasks"]


def _points(address: Address, run: Run) -> dict[str, Any]:
    alarm, now = run.scenario.alarm, datetime.now(UTC)
    metric = run.scenario.metric(alarm.service, alarm.metric)
    query = {
        "Id": "telling",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in metric.dimensions.items()
                ],
            },
            "Period": 1,
            "Stat": alarm.statistic,
        },
    }
    answer = address.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=3),
        EndTime=now + timedelta(seconds=1),
        MetricDataQueries=[query],
    )
    found = answer["MetricDataResults"][0]
    assert found["Values"], "nothing was written of late"
    return found


STRANGER = """
title: Points are granted slowly
estate: [{name: loyalty-points}]
effects: [{service: loyalty-points, metric: latency, to: 4000}]
alarm: {name: loyalty-slow, service: loyalty-points, metric: latency, threshold: 2000}
truth:
  {outcome: unresolved, severity: [medium], needs_human: true, final_status: escalated}
"""
