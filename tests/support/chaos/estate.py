"""What the actions act on: AWS as it was recorded, and as it stands since somebody changed it.

Reads are answered by the recorded clients of the tool servers. Writes change what they read, and
the physics of the scenario, those of the sandbox, decide what that does to the telemetry.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from itops_core.remediation.devices import REQUESTED_AT
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.parts import MetricSpec, Part
from local_cloud.sandbox.physics import intensity_now
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.runs import Baseline, Run
from local_cloud.sandbox.scenario import Scenario, load
from local_cloud.sandbox.standing import State
from local_cloud.sandbox.story import Story, Turning
from local_cloud.sandbox.world import ServiceState
from monitoring_server.recorded.answering import Answer, refusal
from monitoring_server.recorded.cloudwatch import RecordedCloudWatch
from monitoring_server.recorded.composition import recorded_clients
from monitoring_server.recorded.recording import Raw, Recording
from monitoring_server.recorded.remediable import RecordedQueues, RecordedThings
from tests.support.chaos.clock import Clock
from tests.support.chaos.writes import PERFORMERS, named

BEGINNING = 1_790_000_000.0
"""When every recording ends and every play begins."""

_NEVER_KNEW = "ResourceNotFoundException"
_MINUTE = 60


@lru_cache
def scene(
    slug: str, physics: tuple[str, str] | None = None, *, redrivable: bool = False
) -> tuple[Scenario, Recording]:
    """Return a scenario and its recording; `physics` replaces what it recovers and worsens by."""
    scenario = load(slug, library())
    if physics is not None:
        recovers, worsens = physics
        told = {"recovers_when": json.loads(recovers), "worsens_when": json.loads(worsens)}
        changed = type(scenario.physics).model_validate(told)
        scenario = scenario.model_copy(update={"physics": changed})
    recording = recorded(scenario, BEGINNING)
    if redrivable:
        offered = tuple({**one, **_redrive_of(one)} for one in recording.executions)
        recording = recording.model_copy(update={"executions": offered})
    return scenario, recording


def _redrive_of(execution: Raw) -> Raw:
    """Return what AWS says of redriving an execution."""
    failed = execution["status"] in {"FAILED", "TIMED_OUT", "ABORTED"}
    return {"redriveStatus": "REDRIVABLE" if failed else "NOT_REDRIVABLE", "redriveCount": 0}


@dataclass(frozen=True)
class Effect:
    """One write that took effect."""

    at: float
    operation: str
    arguments: str


@dataclass
class Estate:
    """The account of one play."""

    scenario: Scenario
    recording: Recording
    clock: Clock
    effects: list[Effect] = field(default_factory=list[Effect])
    turnings: list[Turning] = field(default_factory=list[Turning])
    moves: list[Raw] = field(default_factory=list[Raw])
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.run = _run_of(self)

    def ask(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """Answer a call, by the name that boto3 has for it."""
        write = PERFORMERS.get((service, operation))
        if write is not None:
            answer = write(self, arguments)
            told = json.dumps(arguments, sort_keys=True, default=str)
            self.effects.append(Effect(self.clock.at, f"{service}.{operation}", told))
            self._turn()
            return answer
        if service in ("cloudwatch", "sqs"):
            self._turn()
        known = getattr(self._client(service), operation, None)
        if known is None:
            raise refusal(operation, _NEVER_KNEW, "it was not recorded")
        return known(**arguments)

    def change(self, **parts: Any) -> None:  # noqa: ANN401
        """Have AWS stand otherwise from now on."""
        self.recording = self.recording.model_copy(update=parts)
        self._clients.clear()

    @property
    def intensity(self) -> float:
        """How hard the fault bites."""
        return self.turnings[-1].intensity if self.turnings else 1.0

    def story(self) -> Story:
        """Return the telemetry as a function of time."""
        return Story(self.scenario, self.run.onset, self.turnings, seed="recorded")

    def states(self) -> dict[str, State]:
        """Return how everything stands that a remedy could have changed."""
        found: dict[str, State] = {}
        for one in self.recording.services:
            deployment = next(it for it in one["deployments"] if it["status"] == "PRIMARY")
            found[one["serviceName"]] = ServiceState(
                deployment["id"],
                one["taskDefinition"],
                one["desiredCount"],
                tuple(
                    task["taskArn"]
                    for task in self.recording.running_tasks
                    if task["group"] == f"service:{one['serviceName']}"
                ),
            )
        for component in self.scenario.components:
            facts = self._facts(component.kind, component.aws_name)
            if facts is not None:
                found[component.name] = facts
        for pipeline in self.scenario.pipelines:
            ran = [it for it in self.recording.executions if it["stateMachineArn"] == pipeline.arn]
            later = [it for it in ran if it["startDate"].timestamp() > BEGINNING]
            if later:
                found[pipeline.name] = {"newest": str(later[-1]["status"])}
        return found

    def _facts(self, kind: str, name: str) -> dict[str, float | str] | None:
        recording = self.recording
        match kind:
            case "lambda":
                one = named(recording.functions, "FunctionName", name, Version="$LATEST")
                reserved = recording.function_concurrency.get(name, 1e9)
                return {"memory_mb": one.get("MemorySize", 128), "concurrency": reserved}
            case "table":
                given = named(recording.tables, "TableName", name).get("ProvisionedThroughput", {})
                reads, writes = given.get("ReadCapacityUnits"), given.get("WriteCapacityUnits")
                return {"read_units": reads or 0, "write_units": writes or 0}
            case "queue":
                one = next(it for it in recording.queues if it["QueueArn"].endswith(f":{name}"))
                return {"depth": float(one["ApproximateNumberOfMessages"])}
            case "device":
                shadow = named(recording.things, "thingName", name).get("shadow") or {}
                wanted = shadow.get("state", {}).get("desired", {})
                return {"restart": str(wanted.get(REQUESTED_AT) or "")}
            case _:
                return None

    def _turn(self) -> None:
        intensity = intensity_now(self.run, self.states(), self.clock.at)
        if intensity != self.intensity:
            self.turnings.append(Turning(self.clock.at, intensity))
            self._clients.clear()

    def _client(self, service: str) -> Any:  # noqa: ANN401
        if service not in self._clients:
            made: dict[str, Callable[[], Any]] = {
                "cloudwatch": lambda: _LiveCloudWatch(self),
                "sqs": lambda: _LiveQueues(self),
                "iot": lambda: _LiveThings(self),
                "iot-data": lambda: _LiveThings(self),
            }
            usual = recorded_clients(self.recording)
            try:
                self._clients[service] = made.get(service, lambda: usual(service))()
            except KeyError:
                self._clients[service] = None
        return self._clients[service]


class _LiveCloudWatch(RecordedCloudWatch):
    """CloudWatch whose metrics go on after the recording, as the story goes on."""

    def __init__(self, estate: Estate) -> None:
        super().__init__(estate.recording)
        self._estate = estate
        self._parts: dict[tuple[str, str, str], tuple[Part, MetricSpec]] = {
            (metric.namespace, metric.name, _text(metric.dimensions)): (part, metric)
            for part in estate.scenario.parts
            for metric in part.all_metrics()
        }
        self._known_until: dict[tuple[str, str, str], float] = {}

    def describe_alarms(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return alarms; the scenario's own is OK two minutes after its fault has gone."""
        answer = super().describe_alarms(**query)
        turned = self._estate.turnings[-1] if self._estate.turnings else None
        if turned is None or turned.intensity or self._estate.clock.at < turned.at + 2 * _MINUTE:
            return answer
        own = {alarm.name for alarm in self._estate.scenario.alarms}
        since = datetime.fromtimestamp(turned.at + 2 * _MINUTE, UTC)
        ok = {"StateValue": "OK", "StateReason": "It is over.", "StateUpdatedTimestamp": since}
        alarms = [
            {**one, **ok} if one["AlarmName"] in own else one for one in answer["MetricAlarms"]
        ]
        wanted = query.get("StateValue")
        shown = [one for one in alarms if wanted in (None, one["StateValue"])]
        return {**answer, "MetricAlarms": shown}

    def _points(
        self, asked: Raw, start: datetime, end: datetime, period: int
    ) -> list[tuple[int, list[float]]]:
        pairs = {one["Name"]: one["Value"] for one in asked.get("Dimensions", [])}
        key = (asked["Namespace"], asked["MetricName"], _text(pairs))
        if key in self._parts:
            self._tell_on(key, pairs)
        return super()._points(asked, start, end, period)

    def _tell_on(self, key: tuple[str, str, str], pairs: dict[str, str]) -> None:
        known = self._metrics.get((key[0], key[1], frozenset(pairs.items())))
        if known is None:
            return
        part, metric = self._parts[key]
        story, step = self._estate.story(), _MINUTE if metric.kind == "count" else 10
        since = self._known_until.get(key, BEGINNING)
        until = self._estate.clock.at // step * step
        points = [
            (at, story.value(part, metric, at + step / 2))
            for at in range(int(since // step * step) + step, int(until), step)
        ]
        self._known_until[key] = max(since, until - step)
        longer = known.model_copy(update={"points": (*known.points, *points)})
        self._metrics[key[0], key[1], frozenset(pairs.items())] = longer


class _LiveQueues(RecordedQueues):
    """SQS which remembers what was sent back."""

    def __init__(self, estate: Estate) -> None:
        super().__init__(estate.recording)
        self._estate = estate

    def list_message_move_tasks(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the moves from a queue, the latest first."""
        return {
            "Results": [one for one in self._estate.moves if one["SourceArn"] == query["SourceArn"]]
        }


class _LiveThings(RecordedThings):
    """AWS IoT whose devices report while nothing ails them."""

    def __init__(self, estate: Estate) -> None:
        super().__init__(estate.recording)
        self._estate = estate

    def list_things(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return all of them."""
        told = [{**one, "attributes": one.get("attributes", {})} for one in self._things.values()]
        return {"things": told}

    def get_thing_shadow(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return a shadow, with the time of its device's latest report."""
        answer = super().get_thing_shadow(**query)
        shadow = json.loads(answer["payload"].read())
        healed = self._estate.intensity == 0
        at = int(self._estate.clock.at if healed else BEGINNING)
        reported = {name: {"timestamp": at} for name in shadow["state"].get("reported", {})}
        shadow["metadata"] = {"reported": reported}
        return {"payload": io.BytesIO(json.dumps(shadow).encode())}


def _run_of(estate: Estate) -> Run:
    scenario, states = estate.scenario, estate.states()
    onset = BEGINNING - scenario.onset_minutes_ago * 60
    definitions = {one["serviceName"]: one["taskDefinition"] for one in estate.recording.services}
    return Run(
        name=scenario.alarm.name,
        scenario=scenario,
        onset=onset,
        injected_at=onset,
        rebuilt=(),
        guests=(),
        baseline={
            name: Baseline(
                deployment=state.deployment,
                task_definition=state.task_definition,
                desired_count=state.desired_count,
                tasks=state.tasks,
            )
            for name, state in states.items()
            if isinstance(state, ServiceState)
        },
        facts={name: state for name, state in states.items() if isinstance(state, dict)},
        revisions={
            one.change_id: definitions[one.service]
            for one in scenario.changes
            if one.service in definitions
        },
    )


def _text(pairs: dict[str, str]) -> str:
    return json.dumps(pairs, sort_keys=True)
