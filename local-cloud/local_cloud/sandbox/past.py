"""Building services that have been there for days, and writing down what happened to them."""

from collections.abc import Sequence

from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.scenario import Change
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


def tell_past(world: World, run: Run) -> Run:
    """Make everything that happened before the injection so; return the run with revisions."""
    story, scenario, now = run.story(), run.scenario, run.injected_at
    revisions: dict[str, str] = {}
    for service in run.own_services():
        build_service(world, service, now)
        changes = [one for one in scenario.changes if one.service == service.name]
        revisions |= _deploy_changes(world, service, changes, run.onset)
    tell_telemetry(world, run, story)
    _change_parameters(world, scenario.changes, run.onset)
    for gap in scenario.missing:
        if gap.kind == "log_group":
            world.remove_log_group(scenario.service(gap.service))
    for stop in story.stops(run.onset, now)[-_MOST_STOPS:]:
        with backdated(stop.at):
            world.stop_task(scenario.service(stop.how.service), stop.how)
    return run.model_copy(update={"revisions": revisions})


def tell_telemetry(world: World, run: Run, story: Story) -> None:
    """Write the metrics and log lines that the run's services left behind."""
    now = run.injected_at
    begin = now - 60 * story.scenario.history_minutes
    services = run.own_services()
    with rewriting():
        world.write_metrics(
            point for service in services for point in past(story, service, begin, now)
        )
    gaps = {gap.service for gap in story.scenario.missing if gap.kind == "log_group"}
    for service in services:
        if service.name not in gaps:
            tell_logs(world, story, service, now)


def tell_logs(world: World, story: Story, service: ServiceSpec, now: float) -> None:
    """Write what the service logged in the last hour of its history."""
    reach = min(60 * story.scenario.history_minutes, _LOG_SECONDS)
    world.write_logs(service, story.log_lines(service, now - reach, now))


def changed(service: ServiceSpec, change: Change) -> ServiceSpec:
    """Return the service as a deployment leaves it."""
    return service.model_copy(
        update={
            "image": change.image or service.image,
            "environment": {**service.environment, **change.environment},
            "cpu": change.cpu or service.cpu,
            "memory": change.memory or service.memory,
        }
    )


def _deploy_changes(
    world: World, service: ServiceSpec, changes: Sequence[Change], onset: float
) -> dict[str, str]:
    revisions: dict[str, str] = {}
    for change in sorted(changes, key=lambda one: -one.minutes_before_onset):
        service = changed(service, change)
        with backdated(onset - change.minutes_before_onset * 60):
            revisions[change.change_id] = world.register(service)
            world.deploy(service, revisions[change.change_id])
    return revisions


def _change_parameters(world: World, changes: Sequence[Change], onset: float) -> None:
    for change in changes:
        if change.parameter is None or change.value_after is None:
            continue
        if change.value_before is not None:
            with backdated(onset - LONG_AGO_SECONDS):
                world.change_parameter(change.parameter, change.value_before)
        with backdated(onset - change.minutes_before_onset * 60):
            world.change_parameter(change.parameter, change.value_after)
