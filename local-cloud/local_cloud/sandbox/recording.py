"""A scenario as a recording of AWS: what the tools would see, without any cloud.

The same story that the sandbox tells through the AWS API, written down in AWS's shapes.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from itops_core.domain.catalog import CatalogEntry
from local_cloud.address import ACCOUNT
from local_cloud.sandbox import recorded_databases, recorded_parts
from local_cloud.sandbox.estate import catalog_entries, seeded_estate
from local_cloud.sandbox.history import incident_of
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.past import LONG_AGO_SECONDS
from local_cloud.sandbox.pipelines.recorded import recorded_pipelines
from local_cloud.sandbox.pipelines.rehearsing import Moment
from local_cloud.sandbox.recorded_alarms import alarms_of
from local_cloud.sandbox.recorded_scene import Scene, moment
from local_cloud.sandbox.recorded_services import running_tasks, services_of, stopped_tasks
from local_cloud.sandbox.scenario import Scenario, load
from local_cloud.sandbox.seeded import calm_story
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.telemetry import past
from local_cloud.sandbox.tracing import Tracer, around, past_moments
from monitoring_server.recorded.recording import (
    LogEvent,
    Outage,
    Raw,
    RecordedMetric,
    Recording,
)

_LOG_SECONDS = 3600


def recorded_scenario(place: str | Path, now: float | None = None) -> Recording:
    """Return the recording of a scenario: a slug of the library, or a folder."""
    return recorded(load(place, library()), now)


def recorded(scenario: Scenario, now: float | None = None) -> Recording:
    """Return what a look at AWS would show of `scenario`, `onset_minutes_ago` after its onset."""
    now = time.time() if now is None else now
    story = Story(scenario, now - scenario.onset_minutes_ago * 60, seed="recorded")
    told: dict[str, tuple[Part, Story]] = {
        service.name: (service, calm_story(service)) for service in seeded_estate()
    }
    told |= {part.name: (part, story) for part in scenario.parts}
    scene = Scene(scenario, story, told, now)
    alarms, history = alarms_of(scene)
    services, definitions = services_of(scene)
    ran = recorded_pipelines(
        scenario.pipelines, scenario.pipeline_faults, Moment(story.onset, now), f"{scenario.seed}"
    )
    return Recording(
        recorded_at=moment(now),
        alarms=tuple(alarms),
        alarm_history=tuple(history),
        services=tuple(services),
        task_definitions=tuple(definitions),
        stopped_tasks=tuple(stopped_tasks(scene)),
        running_tasks=tuple(running_tasks(scene)),
        parameters=tuple(_parameters(scene)),
        functions=(*recorded_parts.functions(scenario, story, now), *ran.functions),
        function_concurrency=recorded_parts.concurrency(scenario),
        queues=tuple(recorded_parts.queues(scenario, story, now)),
        tables=(*recorded_parts.tables(scenario), *ran.tables),
        executions=ran.executions,
        state_machines=ran.state_machines,
        things=tuple(recorded_parts.things(scenario)),
        trail_events=tuple(recorded_parts.trail_events(scenario, story.onset)),
        databases=tuple(recorded_databases.instances(scenario, now)),
        database_events=tuple(recorded_databases.events(scenario, story.onset, now)),
        database_loads=tuple(recorded_databases.loads(scenario, story, now)),
        outages=tuple(_outages(scene)),
        unreachable=tuple(gap.server or "" for gap in scene.missing("tool_server")),
        catalog=tuple(_catalog(scene)),
        incidents=tuple(incident_of(past, now) for past in scenario.past_incidents),
        log_groups=(*_log_groups(scene), *ran.log_groups),
        metrics=tuple(_metrics(scene)),
        log_events=(*_log_events(scene), *ran.log_events),
        segments=tuple(_segments(scene)),
    )


def _segments(scene: Scene) -> Iterator[str]:
    if scene.missing("traces"):
        return
    told = around(scene.told, scene.scenario.struck)
    yield from Tracer("recorded").traces(told, past_moments(scene.story.onset, scene.now))


def _outages(scene: Scene) -> Iterator[Outage]:
    for gap in scene.missing("backend"):
        if gap.source is not None:
            yield Outage(source=gap.source, how=gap.how)


def _log_groups(scene: Scene) -> Iterator[str]:
    for part in scene.parts():
        if part.log_group_name and not scene.lacks("log_group", part.name):
            yield part.log_group_name


def _metrics(scene: Scene) -> Iterator[RecordedMetric]:
    for part, story in scene.told.values():
        begin = scene.now - 60 * scene.scenario.history_minutes
        series: dict[str, list[tuple[float, float]]] = {}
        for point in past(story, part, begin, scene.now):
            series.setdefault(point.metric.key, []).append((point.at, point.value))
        for metric in part.all_metrics():
            if metric.key in series:
                yield RecordedMetric(
                    namespace=metric.namespace,
                    metric=metric.name,
                    dimensions=metric.dimensions,
                    unit=metric.unit,
                    points=tuple(sorted(series[metric.key])),
                )


def _log_events(scene: Scene) -> Iterator[LogEvent]:
    for part, story in scene.told.values():
        if not part.log_group_name or scene.lacks("log_group", part.name):
            continue
        reach = min(60 * scene.scenario.history_minutes, _LOG_SECONDS)
        for line in story.log_lines(part, scene.now - reach, scene.now):
            yield LogEvent(
                log_group=part.log_group_name,
                timestamp=int(line.at * 1000),
                stream=part.log_stream(line.task),
                message=line.message,
            )


def _parameters(scene: Scene) -> Iterator[Raw]:
    for change in scene.scenario.changes:
        values: Sequence[tuple[str | None, float]] = (
            (change.value_before, scene.story.onset - LONG_AGO_SECONDS),
            (change.value_after, scene.at_change(change.minutes_before_onset)),
        )
        if change.parameter_name is None:
            continue
        kept = [(value, at) for value, at in values if value is not None]
        for version, (value, at) in enumerate(kept, 1):
            yield {
                "Name": change.parameter_name,
                "Type": "String",
                "Value": value,
                "Version": version,
                "LastModifiedDate": moment(at),
                "LastModifiedUser": f"arn:aws:iam::{ACCOUNT}:root",
            }


def _catalog(scene: Scene) -> Iterator[CatalogEntry]:
    """Yield what the catalog of the project has, and what the scenario brings along."""
    known = {entry.entry_id: entry for entry in catalog_entries()}
    for service in scene.scenario.estate:
        known.setdefault(service.name, service.catalog_entry())
    known |= {one.name: one.catalog_entry() for one in scene.scenario.components}
    known |= {one.entry_id: one for part in scene.scenario.pipelines for one in part.entries()}
    for name, entry in known.items():
        if not scene.lacks("catalog_entry", name):
            yield entry
