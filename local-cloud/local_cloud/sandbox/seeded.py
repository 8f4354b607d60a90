"""The estate that is there from the start: services with hours behind them and quiet alarms."""

import time

from itops_core.domain.incident import Status
from itops_core.domain.verdict import Severity, VerdictOutcome
from local_cloud.sandbox.effects import AlarmSpec
from local_cloud.sandbox.estate import ServiceSpec, seeded_estate
from local_cloud.sandbox.injection import DEFAULT_PREFIX, pipelines_of, put_alarm, world_of
from local_cloud.sandbox.past import build_service, tell_logs
from local_cloud.sandbox.pipelines.rehearsing import build_seeded
from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.telemetry import past
from local_cloud.sandbox.truth import Truth
from local_cloud.sandbox.world import Address, rewriting

_ALWAYS_LATER = 4_102_444_800.0
"""An onset that never comes."""


def seed_estate(address: Address, *, name_prefix: str = DEFAULT_PREFIX) -> tuple[str, ...]:
    """Start the seeded services that are not there yet and return the names of all.

    Each brings its quiet alarm, so that not every alarm of the account tells of a fault.
    """
    world = world_of(address)
    estate = seeded_estate()
    standing = world.state_of(estate)
    topic = world.alarms_topic(name_prefix)
    now = time.time()
    absent = [(one, calm_story(one)) for one in estate if one.name not in standing]
    for service, _ in absent:
        build_service(world, service, now)
    with rewriting():
        world.write_metrics(
            point
            for service, story in absent
            for point in past(story, service, now - 60 * story.scenario.history_minutes, now)
        )
    for service, story in absent:
        tell_logs(world, story, service, now)
        put_alarm(world, story.scenario, story.scenario.alarm, topic)
    build_seeded(pipelines_of(address), now)
    return tuple(service.name for service in estate)


def calm_story(service: ServiceSpec) -> Story:
    """Return the story of a service that nothing ails: its baseline and its quiet alarm."""
    alarm = AlarmSpec(
        name=f"{service.name}-error-rate",
        service=service.name,
        metric="error_rate",
        threshold=max(5.0, round(service.levels.error_rate * 8, 1)),
        evaluation_periods=3,
        datapoints_to_alarm=3,
        description=f"Errors of {service.name} beyond what customers put up with.",
    )
    calm = Scenario(
        title=f"{service.name} as usual",
        estate=(service,),
        alarm=alarm,
        truth=Truth(
            outcome=VerdictOutcome.HEALTHY,
            severity=(Severity.LOW,),
            needs_human=False,
            final_status=Status.CLOSED,
        ),
    )
    return Story(calm, _ALWAYS_LATER, seed="estate")
