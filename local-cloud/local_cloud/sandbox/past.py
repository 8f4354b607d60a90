"""Building services that have been there for days, and writing down what happened to them."""

from collections.abc import Sequence

from local_cloud.sandbox.changes import Change
from local_cloud.sandbox.components import ComponentSpec
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.standing import Components
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.telemetry import past
from local_cloud.sandbox.world import World, backdated, rewriting

LONG_AGO_SECONDS = 9 * 86_400
"""Age of every service that nobody deployed lately."""
_LOG_SECONDS = 3600
_MOST_STOPS = 6


def build_service(world: World, service: ServiceSpec, now: float) -> None:
    """Start a service that has been there for days, with an empty log."""
    with backdated(now - LONG_AGO_SECONDS):
        world.create_service(service)
    world.recreate_log_group(service)


def tell_past(world: World, components: Components, run: Run) -> Run:
    """Make everything that happened before the injection so; return the run with revisions."""
    story, scenario, now = run.story(), run.scenario, run.injected_at
    revisions: dict[str, str] = {}
    for service in run.own_services():
        build_service(world, service, now)
        changes = changes_of(scenario.changes, service.name)
        revisions |= _deploy_changes(world, service, changes, run.onset)
    revisions |= _build_components(world, components, run)
    told_by_one = {log.service for log in scenario.logs if log.task is not None}
    tasks = {one.name: world.tasks_of(one) for one in run.own_services() if one.name in told_by_one}
    run = run.model_copy(update={"revisions": revisions, "tasks": tasks})
    tell_telemetry(world, run, story)
    _change_parameters(world, scenario.changes, run.onset)
    for gap in scenario.missing:
        if gap.kind == "log_group":
            world.remove_log_group(scenario.part(gap.service or ""))
    for stop in story.stops(run.onset, now)[-_MOST_STOPS:]:
        with backdated(stop.at):
            world.stop_task(scenario.service(stop.how.service), stop.how)
    return run


def tell_telemetry(world: World, run: Run, story: Story) -> None:
    """Write the metrics and log lines that the run's parts left behind."""
    now = run.injected_at
    begin = now - 60 * story.scenario.history_minutes
    parts = run.own_parts()
    with rewriting():
        world.write_metrics(point for part in parts for point in past(story, part, begin, now))
    gaps = {gap.service for gap in story.scenario.missing if gap.kind == "log_group"}
    for part in parts:
        if part.name not in gaps:
            tell_logs(world, story, part, now, run.tasks.get(part.name, ()))


def tell_logs(
    world: World, story: Story, part: Part, now: float, tasks: Sequence[str] = ()
) -> None:
    """Write what the part logged in the last hour of its history."""
    reach = min(60 * story.scenario.history_minutes, _LOG_SECONDS)
    world.write_logs(part, story.log_lines(part, now - reach, now), tasks)


def changed(service: ServiceSpec, change: Change) -> ServiceSpec:
    """Return the service as a deployment leaves it."""
    return service.model_copy(
        update={
            "image": change.image or service.image,
            "environment": change.environment_after(service.environment),
            "cpu": change.cpu or service.cpu,
            "memory": change.memory or service.memory,
        }
    )


def reconfigured(component: ComponentSpec, change: Change) -> ComponentSpec:
    """Return the function as a change of its code or configuration leaves it."""
    before = component.settings
    settings = before.model_copy(
        update={
            "environment": change.environment_after(before.environment),
            "memory_mb": change.memory_mb or before.memory_mb,
            "timeout_seconds": change.timeout_seconds or before.timeout_seconds,
            "runtime": change.runtime or before.runtime,
        }
    )
    return component.model_copy(update={"settings": settings})


def _build_components(world: World, components: Components, run: Run) -> dict[str, str]:
    """Build the run's own components and change the functions; return their revisions."""
    revisions: dict[str, str] = {}
    own = run.own_components()
    for component in own:
        with backdated(run.injected_at - LONG_AGO_SECONDS):
            components.build(component)
        world.recreate_log_group(component)
        for change in changes_of(run.scenario.changes, component.name):
            component = reconfigured(component, change)  # noqa: PLW2901 - the same one, later
            with backdated(run.onset - change.minutes_before_onset * 60):
                revisions[change.change_id] = components.change(component, change)
    components.join_queues(own)
    return revisions


def changes_of(changes: Sequence[Change], part: str) -> list[Change]:
    """Return the changes of the part itself, oldest first."""
    kinds = {"deployment", "function_code", "function_configuration"}
    ours = [one for one in changes if one.service == part and one.kind in kinds]
    return sorted(ours, key=lambda change: -change.minutes_before_onset)


def _deploy_changes(
    world: World, service: ServiceSpec, changes: Sequence[Change], onset: float
) -> dict[str, str]:
    revisions: dict[str, str] = {}
    for change in changes:
        service = changed(service, change)
        with backdated(onset - change.minutes_before_onset * 60):
            revisions[change.change_id] = world.register(service)
            world.deploy(service, revisions[change.change_id])
    return revisions


def _change_parameters(world: World, changes: Sequence[Change], onset: float) -> None:
    for change in changes:
        name = change.parameter_name
        if name is None or change.value_after is None:
            continue
        if change.value_before is not None:
            with backdated(onset - LONG_AGO_SECONDS):
                world.change_parameter(name, change.value_before)
        with backdated(onset - change.minutes_before_onset * 60):
            world.change_parameter(name, change.value_after)
