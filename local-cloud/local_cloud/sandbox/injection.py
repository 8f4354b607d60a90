"""Injecting a fault and putting the world right again."""

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from itops_core.domain.incident import Incident
from itops_core.settings import bundled
from local_cloud.sandbox.catalog import guest_catalog
from local_cloud.sandbox.effects import AlarmSpec
from local_cloud.sandbox.estate import seeded_estate, seeded_services
from local_cloud.sandbox.history import incident_of
from local_cloud.sandbox.past import build_service, tell_past
from local_cloud.sandbox.pipelines.building import PipelineWorld
from local_cloud.sandbox.pipelines.rehearsing import Moment, put_right, rehearse
from local_cloud.sandbox.records import records
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.runs import Run, RunStore, baseline_of
from local_cloud.sandbox.scenario import Scenario, folder_of, load, slugs
from local_cloud.sandbox.standing import Components
from local_cloud.sandbox.world import Address, World

DEFAULT_PREFIX = "ITOps"


def library() -> Path:
    """Return the folder of the scenarios that come with the project."""
    return bundled("scenarios")


def list_scenarios() -> tuple[str, ...]:
    """Return the slugs that can be injected by name."""
    return slugs(library())


def list_active(address: Address) -> tuple[Run, ...]:
    """Return the faults that are active now."""
    return runs_of(address).list()


def inject(
    address: Address,
    scenario: str | Path,
    *,
    suffix: str | None = None,
    history_minutes: int | None = None,
    name_prefix: str = DEFAULT_PREFIX,
) -> Run:
    """Make a fault happen: a slug of the library, or any folder with a `scenario.yaml`.

    A run of the same name, or one that strikes the same services, is cleared first. With
    `suffix` every service, log group and alarm gets a name of its own: runs with different
    suffixes do not touch each other.
    """
    slug = folder_of(scenario, library()).resolve().name
    told = load(scenario, library())
    if history_minutes is not None:
        told = told.model_copy(update={"history_minutes": history_minutes})
    if suffix:
        told = suffixed(told, suffix)
    name = f"{slug}.{suffix}" if suffix else slug
    return inject_scenario(address, name, told, name_prefix)


def inject_scenario(
    address: Address, name: str, scenario: Scenario, name_prefix: str = DEFAULT_PREFIX
) -> Run:
    """Make the fault of `scenario` happen; the run is called `name`."""
    world, runs = world_of(address), runs_of(address)
    for other in runs.list():
        if other.name == name or set(other.rebuilt) & scenario.struck:
            clear(address, other.name, name_prefix=name_prefix)
    now = time.time()
    components = components_of(address)
    run = _planned(world, name, scenario, now)
    if scenario.pipelines:
        moment = Moment(run.onset, now)
        rehearse(pipelines_of(address), scenario.pipelines, scenario.pipeline_faults, moment)
    run = tell_past(world, components, run)
    run = _as_it_stands(world, components, run)
    runs.save(run)
    unlisted = {gap.service for gap in scenario.missing if gap.kind == "catalog_entry"}
    catalog = guest_catalog(address, name_prefix)
    for part in scenario.parts:
        if part.name in run.guests and part.name not in unlisted:
            catalog.register(part.catalog_entry())
    for pipeline in scenario.pipelines:
        for entry in pipeline.pieces():
            catalog.register(entry)
    records(address, name_prefix).keep(_past(run))
    topic = world.alarms_topic(name_prefix)
    world.cloudwatch.delete_alarms(AlarmNames=[alarm.name for alarm in scenario.alarms])
    for alarm in scenario.alarms:
        put_alarm(world, scenario, alarm, topic)
    return run


def clear(address: Address, name: str, *, name_prefix: str = DEFAULT_PREFIX) -> None:
    """Put the world right again after the run of that name, or raise `NotFoundError`."""
    world, runs = world_of(address), runs_of(address)
    run = runs.get(name)
    world.cloudwatch.delete_alarms(AlarmNames=[alarm.name for alarm in run.scenario.alarms])
    runs.delete(name)
    usual = {service.name: service for service in seeded_estate()}
    catalog = guest_catalog(address, name_prefix)
    for service in run.own_services():
        if service.name in run.guests:
            world.remove_service(service)
            world.remove_log_group(service)
            catalog.forget(service.name)
        else:
            build_service(world, usual[service.name], time.time())
    for component in run.own_components():
        components_of(address).remove(component)
        world.remove_log_group(component)
        catalog.put_back(component.name)
    records(address, name_prefix).forget(_past(run))
    if run.scenario.pipelines:
        put_right(pipelines_of(address), run.scenario.pipelines, time.time())
    for pipeline in run.scenario.pipelines:
        for entry in pipeline.entries():
            catalog.put_back(entry.entry_id)
    for change in run.scenario.changes:
        parameter = change.parameter_name
        if parameter and change.value_before is not None and change.kind == "parameter":
            world.change_parameter(parameter, change.value_before)
        elif parameter:
            world.remove_parameter(parameter)


def put_alarm(world: World, scenario: Scenario, alarm: AlarmSpec, topic: str | None) -> None:
    """Put one of the scenario's alarms, telling `topic`; CloudWatch judges it by itself."""
    world.cloudwatch.put_metric_alarm(
        **alarm_of(scenario, alarm),
        ActionsEnabled=True,
        AlarmActions=[topic] if topic else [],
        OKActions=[topic] if topic else [],
    )


def alarm_of(scenario: Scenario, alarm: AlarmSpec) -> dict[str, Any]:
    """Return one of the scenario's alarms, as CloudWatch is told it."""
    metric = scenario.metric(alarm.service, alarm.metric)
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in metric.dimensions.items()],
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "Period": alarm.period_seconds,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": min(alarm.datapoints_to_alarm, alarm.evaluation_periods),
        "TreatMissingData": alarm.treat_missing,
        **_statistic(alarm),
    }


@lru_cache(maxsize=4)
def world_of(address: Address) -> World:
    """Return the sandbox's hands on that cloud; its clients are shared by all threads."""
    return World(address)


@lru_cache(maxsize=4)
def components_of(address: Address) -> Components:
    """Return the functions, tables, queues and devices of that cloud."""
    return Components(address)


@lru_cache(maxsize=4)
def pipelines_of(address: Address) -> PipelineWorld:
    """Return the pipelines of that cloud."""
    return PipelineWorld(address)


@lru_cache(maxsize=4)
def runs_of(address: Address) -> RunStore:
    """Return the active runs of that cloud."""
    return RunStore(world_of(address))


def _planned(world: World, name: str, scenario: Scenario, now: float) -> Run:
    seeded = seeded_services()
    standing = world.state_of(scenario.estate)
    rebuilt = tuple(
        part.name
        for part in scenario.parts
        if part.name in scenario.struck or part.name not in seeded
    )
    absent = tuple(
        service.name
        for service in scenario.estate
        if service.name not in standing and service.name not in rebuilt
    )
    onset = now - scenario.onset_minutes_ago * 60
    over = [
        onset + condition.minutes * 60
        for condition in scenario.physics.recovers_when
        if condition.when == "minutes_passed" and condition.minutes is not None
    ]
    return Run(
        name=name,
        scenario=scenario,
        onset=onset,
        injected_at=now,
        rebuilt=(*rebuilt, *absent),
        guests=tuple(one.name for one in scenario.parts if one.name not in seeded),
        baseline={},
        revisions={},
        turnings=tuple((at, 0.0) for at in sorted(over)[:1] if at <= now),
    )


def _past(run: Run) -> list[Incident]:
    """Return what is on record from before this run."""
    return [incident_of(past, run.injected_at) for past in run.scenario.past_incidents]


def _as_it_stands(world: World, components: Components, run: Run) -> Run:
    """Return the run with how everything stood at the injection."""
    baseline = baseline_of(world.state_of(run.own_services()))
    for condition in run.scenario.physics.conditions:
        if condition.when == "task_stopped" and condition.service in baseline:
            tasks = world.tasks_of(run.scenario.service(condition.service))
            before = baseline[condition.service]
            baseline[condition.service] = before.model_copy(update={"tasks": tasks})
    return run.model_copy(
        update={"baseline": baseline, "facts": components.facts(run.own_components())}
    )


def _statistic(alarm: AlarmSpec) -> dict[str, str]:
    if alarm.statistic.startswith("p"):
        return {"ExtendedStatistic": alarm.statistic}
    return {"Statistic": alarm.statistic}
