"""The scenario format: a rehearsed fault, how the world shows it, and what is true of it.

`docs/scenarios.md` explains every field to somebody who wants to add one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, ValidationError, model_validator

from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError, NotFoundError
from local_cloud.sandbox.changes import Change
from local_cloud.sandbox.components import ComponentSpec, with_defaults
from local_cloud.sandbox.conditions import Physics
from local_cloud.sandbox.databases import DatabaseStory
from local_cloud.sandbox.effects import AlarmSpec, Effect, FaultLog, StoppedTasks
from local_cloud.sandbox.estate import ServiceSpec, merged, seeded_services
from local_cloud.sandbox.gaps import Missing
from local_cloud.sandbox.history import PastIncident
from local_cloud.sandbox.parts import MetricSpec, Part
from local_cloud.sandbox.pipelines.seeded import with_seeded
from local_cloud.sandbox.pipelines.specs import PipelineFault, PipelineSpec, check_faults
from local_cloud.sandbox.placeholders import check
from local_cloud.sandbox.truth import Truth

SCENARIO_FILE = "scenario.yaml"


class Scenario(Value):
    """One rehearsed fault."""

    title: str = Field(min_length=1, max_length=200)
    description: str = ""
    seed: int = 1
    noise: float = Field(default=1.0, ge=0, le=4, description="Of all metrics, times their own.")
    history_minutes: int = Field(default=150, ge=10, le=1200)
    onset_minutes_ago: float = Field(default=9, gt=0)
    estate: tuple[ServiceSpec, ...] = ()
    components: tuple[ComponentSpec, ...] = ()
    pipelines: tuple[PipelineSpec, ...] = ()
    pipeline_faults: tuple[PipelineFault, ...] = ()
    effects: tuple[Effect, ...] = ()
    logs: tuple[FaultLog, ...] = ()
    stopped_tasks: tuple[StoppedTasks, ...] = ()
    databases: tuple[DatabaseStory, ...] = ()
    changes: tuple[Change, ...] = ()
    past_incidents: tuple[PastIncident, ...] = ()
    alarm: AlarmSpec
    further_alarms: tuple[AlarmSpec, ...] = Field(default=(), description="Quiet ones, too.")
    missing: tuple[Missing, ...] = ()
    physics: Physics = Physics()
    truth: Truth

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [part.name for part in self.parts]
        if not names or len(set(names)) != len(names):
            raise ValueError("estate and components name at least one part, and each only once")
        for name in self._named():
            if name not in names:
                raise ValueError(
                    f"{name!r} is not in this scenario's estate, components or pipelines"
                )
        services = {service.name for service in self.estate}
        for stopped in self.stopped_tasks:
            if stopped.service not in services:
                raise ValueError(f"{stopped.service!r} is no ECS service: it has no tasks")
        for effect in self.effects:
            if self.metric(effect.service, effect.metric).product_of:
                raise ValueError(f"{effect.metric} follows from others; let the effect be on these")
        for alarm in self.alarms:
            _check_alarm(alarm, self.metric(alarm.service, alarm.metric))
        for log in (*self.logs, *(log for one in self.parts for log in one.routine_logs)):
            check(log.message)
        self._check_changes()
        check_faults(self.pipelines, self.pipeline_faults)
        return self

    def _named(self) -> Iterator[str]:
        """Yield every part that something of this scenario is about."""
        told = (*self.effects, *self.logs, *self.stopped_tasks, *self.alarms, *self.missing)
        pieces = {name for pipeline in self.pipelines for name in pipeline.names()}
        asked = [one for one in self.physics.conditions if one.service not in pieces]
        for one in (*told, *self.databases, *self.changes, *self.past_incidents, *asked):
            if one.service is not None:
                yield one.service

    def _check_changes(self) -> None:
        kinds = {change.change_id: change.kind for change in self.changes}
        fitting = {
            "revision_differs": {"deployment"},
            "function_differs": {"function_code", "function_configuration"},
            "parameter_differs": {"parameter", "flag"},
        }
        for condition in self.physics.conditions:
            wanted = fitting.get(condition.when)
            if wanted and kinds.get(condition.change_id or "") not in wanted:
                sort = " or ".join(sorted(wanted))
                raise ValueError(f"no {sort} {condition.change_id!r} among the changes")
        if self.truth.change is not None and self.truth.change not in kinds:
            raise ValueError(f"the truth blames {self.truth.change!r}, which is no change here")

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that this scenario tells of."""
        return (*self.estate, *self.components, *self.pipelines)

    @property
    def alarms(self) -> tuple[AlarmSpec, ...]:
        """The alarm that opens the incident, then the others."""
        return (self.alarm, *self.further_alarms)

    def part(self, name: str) -> Part:
        """Return the part of that name."""
        return next(part for part in self.parts if part.name == name)

    def service(self, name: str) -> ServiceSpec:
        """Return the ECS service of that name."""
        return next(service for service in self.estate if service.name == name)

    def component(self, name: str) -> ComponentSpec:
        """Return the component of that name."""
        return next(one for one in self.components if one.name == name)

    def metric(self, part: str, key: str) -> MetricSpec:
        """Return one metric of a part, or raise a `ValueError` that lists the known ones."""
        known = {metric.key: metric for metric in self.part(part).all_metrics()}
        if key not in known:
            raise ValueError(f"{part} has no metric {key!r}, only {', '.join(sorted(known))}")
        return known[key]

    @property
    def struck(self) -> frozenset[str]:
        """The parts whose state or telemetry this fault changes; any pipeline it names."""
        told = (*self.effects, *self.logs, *self.stopped_tasks, *self.alarms, *self.missing)
        named = {one.service for one in (*told, *self.changes) if one.service}
        return frozenset(named | {one.name for one in self.pipelines})


def _check_alarm(alarm: AlarmSpec, metric: MetricSpec) -> None:
    if not metric.published:
        raise ValueError(f"{alarm.name}: CloudWatch does not have {metric.key}")
    if (metric.kind == "count") != (alarm.statistic == "Sum"):
        raise ValueError(f"{alarm.name}: a count is judged by its Sum, a gauge never")


def load(place: str | Path, library: Path) -> Scenario:
    """Return the scenario of a folder, or of a slug in `library`; raise what is wrong with it."""
    folder = folder_of(place, library)
    try:
        raw = yaml.safe_load((folder / SCENARIO_FILE).read_text(encoding="utf-8"))
        return parse(raw)
    except (yaml.YAMLError, ValidationError, ValueError) as error:
        raise InvalidInputError(f"{folder.name}/{SCENARIO_FILE}: {error}") from error


def parse(raw: object) -> Scenario:
    """Return the scenario that `raw` (parsed YAML) describes, seeded services filled in."""
    if not isinstance(raw, dict):
        raise InvalidInputError("a scenario is a mapping; see docs/scenarios.md")
    fields = {str(key): value for key, value in raw.items()}
    estate = fields.get("estate")
    if isinstance(estate, list):
        fields["estate"] = [merged(service, seeded_services()) for service in estate]
    components = fields.get("components")
    if isinstance(components, list):
        fields["components"] = [with_defaults(component) for component in components]
    pipelines = fields.get("pipelines")
    if isinstance(pipelines, list):
        fields["pipelines"] = [with_seeded(pipeline) for pipeline in pipelines]
    return Scenario.model_validate(fields)


def folder_of(place: str | Path, library: Path) -> Path:
    """Return the folder that holds the scenario, or raise `NotFoundError` with the known slugs."""
    for folder in (Path(place), library / str(place)):
        if (folder / SCENARIO_FILE).is_file():
            return folder
    raise NotFoundError(f"no scenario {str(place)!r}; there are: {', '.join(slugs(library))}")


def slugs(library: Path) -> tuple[str, ...]:
    """Return the slugs of all scenarios in `library`."""
    return tuple(sorted(path.parent.name for path in library.glob(f"*/{SCENARIO_FILE}")))
