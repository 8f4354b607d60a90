"""A scenario as a recording of AWS: what the tools would see, without any cloud.

The same story that the sandbox tells through the AWS API, written down in AWS's shapes.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from itops_core.domain.catalog import CatalogEntry
from local_cloud.address import ACCOUNT, REGION
from local_cloud.alarms import NO_DATA, Window, judge
from local_cloud.sandbox import recorded_databases, recorded_parts
from local_cloud.sandbox.backdating import stop_code_of
from local_cloud.sandbox.effects import AlarmSpec
from local_cloud.sandbox.estate import ServiceSpec, catalog_entries, seeded_estate
from local_cloud.sandbox.gaps import Missing
from local_cloud.sandbox.history import incident_of
from local_cloud.sandbox.injection import alarm_of, library
from local_cloud.sandbox.parts import Part
from local_cloud.sandbox.past import LONG_AGO_SECONDS, changed, changes_of
from local_cloud.sandbox.pipelines.recorded import recorded_pipelines
from local_cloud.sandbox.pipelines.rehearsing import Moment
from local_cloud.sandbox.scenario import Scenario, load
from local_cloud.sandbox.seeded import calm_story
from local_cloud.sandbox.story import Stop, Story
from local_cloud.sandbox.telemetry import past
from local_cloud.sandbox.tracing import Told, Tracer, around, past_moments
from local_cloud.sandbox.world import task_definition_of
from monitoring_server.recorded.recording import (
    LogEvent,
    Outage,
    Raw,
    RecordedMetric,
    Recording,
)

_LOG_SECONDS = 3600
_MOST_STOPS = 6


@dataclass(frozen=True)
class _Scene:
    """A scenario placed in time, among the services that nothing ails."""

    scenario: Scenario
    story: Story
    told: Told
    now: float

    def parts(self) -> list[Part]:
        return [part for part, _ in self.told.values()]

    def services(self) -> list[ServiceSpec]:
        return [part for part in self.parts() if isinstance(part, ServiceSpec)]

    def at_change(self, minutes_before_onset: float) -> float:
        return self.story.onset - minutes_before_onset * 60

    def missing(self, kind: str) -> list[Missing]:
        return [gap for gap in self.scenario.missing if gap.kind == kind]

    def lacks(self, kind: str, part: str) -> bool:
        return any(gap.service == part for gap in self.missing(kind))


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
    scene = _Scene(scenario, story, told, now)
    alarms, history = _alarms(scene)
    services, definitions = _services(scene)
    ran = recorded_pipelines(
        scenario.pipelines, scenario.pipeline_faults, Moment(story.onset, now), f"{scenario.seed}"
    )
    return Recording(
        recorded_at=_at(now),
        alarms=tuple(alarms),
        alarm_history=tuple(history),
        services=tuple(services),
        task_definitions=tuple(definitions),
        stopped_tasks=tuple(_stopped(scene)),
        running_tasks=tuple(_running(scene)),
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


def _segments(scene: _Scene) -> Iterator[str]:
    if scene.missing("traces"):
        return
    told = around(scene.told, scene.scenario.struck)
    yield from Tracer("recorded").traces(told, past_moments(scene.story.onset, scene.now))


def _outages(scene: _Scene) -> Iterator[Outage]:
    for gap in scene.missing("backend"):
        if gap.source is not None:
            yield Outage(source=gap.source, how=gap.how)


def _log_groups(scene: _Scene) -> Iterator[str]:
    for part in scene.parts():
        if part.log_group_name and not scene.lacks("log_group", part.name):
            yield part.log_group_name


def _metrics(scene: _Scene) -> Iterator[RecordedMetric]:
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


def _log_events(scene: _Scene) -> Iterator[LogEvent]:
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


def _alarms(scene: _Scene) -> tuple[list[Raw], list[Raw]]:
    """Return every alarm as it stands, and what they went through."""
    alarms: list[Raw] = []
    history: list[Raw] = []
    told = {
        alarm.name: (story, alarm)
        for _, story in scene.told.values()
        for alarm in story.scenario.alarms
    }
    for story, spec in told.values():
        alarm, went_through = _alarm(story, spec, scene)
        alarms.append(alarm)
        history.extend(went_through)
    return alarms, history


def _alarm(story: Story, spec: AlarmSpec, scene: _Scene) -> tuple[Raw, list[Raw]]:
    """Judge an alarm by the minute, as CloudWatch does, from shortly before the onset on."""
    alarm = alarm_of(story.scenario, spec)
    standing: Raw = {
        **alarm,
        "StateValue": "OK",
        "StateReason": "Threshold Crossed: no datapoint was beyond the threshold.",
        "StateUpdatedTimestamp": _at(scene.now - LONG_AGO_SECONDS),
    }
    history: list[Raw] = []
    begin = scene.story.onset - 300
    for minute in range(int((scene.now - begin) // 60) + 1):
        at = min(begin + minute * 60, scene.now)
        judged = judge(alarm, _windows(story, spec, at), at)
        if judged is None or judged.state in {standing["StateValue"], NO_DATA}:
            continue
        history.append(_transition(alarm, standing, (judged.state, judged.reason), at))
        standing |= {
            "StateValue": judged.state,
            "StateReason": judged.reason,
            "StateUpdatedTimestamp": _at(at),
        }
    return standing, history


def _windows(story: Story, alarm: AlarmSpec, at: float) -> list[Window]:
    part = story.scenario.part(alarm.service)
    metric = story.scenario.metric(alarm.service, alarm.metric)
    if story.is_missing(part.name, metric):
        return []
    known_until = at - story.seconds_late(part.name)
    minutes = alarm.period_seconds / 60 if metric.kind == "count" else 1.0
    starts = [at - (index + 1) * alarm.period_seconds for index in range(alarm.evaluation_periods)]
    return [
        Window(index, start, minutes * story.value(part, metric, start + alarm.period_seconds / 2))
        for index, start in enumerate(starts)
        if start + alarm.period_seconds <= known_until
        and not story.is_silent(part.name, start)
    ]


def _transition(alarm: Raw, standing: Raw, to: tuple[str, str], at: float) -> Raw:
    before = str(standing["StateValue"])
    state, reason = to
    told = {
        "version": "1.0",
        "oldState": {"stateValue": before, "stateReason": standing["StateReason"]},
        "newState": {"stateValue": state, "stateReason": reason},
    }
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "MetricAlarm",
        "Timestamp": _at(at),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {before} to {state}",
        "HistoryData": json.dumps(told),
    }


def _services(scene: _Scene) -> tuple[list[Raw], list[Raw]]:
    """Return every service as it runs now, and all revisions of all of them."""
    services: list[Raw] = []
    definitions: list[Raw] = []
    for service in scene.services():
        revision, rolled_out = 1, scene.now - LONG_AGO_SECONDS
        definitions.append(_definition(service, revision, rolled_out))
        for change in changes_of(scene.scenario.changes, service.name):
            service = changed(service, change)  # noqa: PLW2901 - the same one, later
            revision, rolled_out = revision + 1, scene.at_change(change.minutes_before_onset)
            definitions.append(_definition(service, revision, rolled_out))
        services.append(_service(service, definitions[-1], rolled_out))
    return services, definitions


def _definition(service: ServiceSpec, revision: int, at: float) -> Raw:
    return {
        **task_definition_of(service),
        "taskDefinitionArn": _arn(f"task-definition/{service.name}:{revision}"),
        "revision": revision,
        "status": "ACTIVE",
        "registeredAt": _at(at),
    }


def _service(service: ServiceSpec, definition: Raw, rolled_out: float) -> Raw:
    arn = definition["taskDefinitionArn"]
    rollout = {
        "id": f"ecs-svc/{_digits(arn)}",
        "status": "PRIMARY",
        "taskDefinition": arn,
        "desiredCount": service.desired_count,
        "runningCount": service.desired_count,
        "createdAt": _at(rolled_out),
        "updatedAt": _at(rolled_out),
        "rolloutState": "COMPLETED",
    }
    steady = f"(service {service.name}) has reached a steady state."
    return {
        "serviceName": service.name,
        "serviceArn": _arn(f"service/{service.cluster}/{service.name}"),
        "clusterArn": _arn(f"cluster/{service.cluster}"),
        "status": "ACTIVE",
        "desiredCount": service.desired_count,
        "runningCount": service.desired_count,
        "pendingCount": 0,
        "taskDefinition": arn,
        "deployments": [rollout],
        "events": [{"id": _digits(steady), "createdAt": _at(rolled_out), "message": steady}],
    }


def _stopped(scene: _Scene) -> Iterator[Raw]:
    for number, stop in enumerate(scene.story.stops(scene.story.onset, scene.now)[-_MOST_STOPS:]):
        yield _task(scene.scenario.service(stop.how.service), stop, number)


def _running(scene: _Scene) -> Iterator[Raw]:
    for service in scene.services():
        for number in range(service.desired_count):
            yield {
                "taskArn": _arn(f"task/{service.cluster}/{service.task_id(number)}"),
                "clusterArn": _arn(f"cluster/{service.cluster}"),
                "group": f"service:{service.name}",
                "startedBy": f"ecs-svc/{_digits(service.name)}",
                "taskDefinitionArn": _arn(f"task-definition/{service.name}:1"),
                "lastStatus": "RUNNING",
                "desiredStatus": "RUNNING",
                "startedAt": _at(scene.now - LONG_AGO_SECONDS),
                "containers": [{"name": service.name, "lastStatus": "RUNNING"}],
            }


def _task(service: ServiceSpec, stop: Stop, number: int) -> Raw:
    reason = stop.how.stopped_reason.replace("{target_group}", service.target_group_arn)
    name = hashlib.sha256(f"{service.name}:{number}:{stop.at}".encode()).hexdigest()[:32]
    container = {"name": service.name, "reason": stop.how.container_reason}
    if stop.how.exit_code is not None:
        container |= {"exitCode": stop.how.exit_code}
    return {
        "taskArn": _arn(f"task/{service.cluster}/{name}"),
        "clusterArn": _arn(f"cluster/{service.cluster}"),
        "group": f"service:{service.name}",
        "taskDefinitionArn": _arn(f"task-definition/{service.name}:1"),
        "lastStatus": "STOPPED",
        "stoppedAt": _at(stop.at),
        "stoppedReason": reason,
        "stopCode": stop_code_of(reason),
        "containers": [container],
    }


def _parameters(scene: _Scene) -> Iterator[Raw]:
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
                "LastModifiedDate": _at(at),
                "LastModifiedUser": f"arn:aws:iam::{ACCOUNT}:root",
            }


def _catalog(scene: _Scene) -> Iterator[CatalogEntry]:
    """Yield what the catalog of the project has, and what the scenario brings along."""
    known = {entry.entry_id: entry for entry in catalog_entries()}
    for service in scene.scenario.estate:
        known.setdefault(service.name, service.catalog_entry())
    known |= {one.name: one.catalog_entry() for one in scene.scenario.components}
    known |= {one.entry_id: one for part in scene.scenario.pipelines for one in part.entries()}
    for name, entry in known.items():
        if not scene.lacks("catalog_entry", name):
            yield entry


def _arn(resource: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:{resource}"


def _digits(text: str) -> str:
    return str(int(hashlib.sha256(text.encode()).hexdigest()[:16], 16))


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
