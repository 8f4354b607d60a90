"""The scenario format: a rehearsed fault, how the world shows it, and what is true of it.

`docs/scenarios.md` explains every field to somebody who wants to add one.
"""

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from itops_core.domain.incident import Status
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity, VerdictOutcome
from itops_core.errors import InvalidInputError, NotFoundError
from local_cloud.sandbox.estate import MetricSpec, RoutineLog, ServiceSpec, merged, seeded_services
from local_cloud.sandbox.placeholders import check

SCENARIO_FILE = "scenario.yaml"


class Shape(StrEnum):
    """How a metric gets from its normal level to the fault's."""

    STEP = "step"
    RAMP = "ramp"
    SPIKE = "spike"
    SAWTOOTH = "sawtooth"


class Effect(Value):
    """What the fault does to one metric. Times count from the onset."""

    service: str
    metric: str
    to: float
    shape: Shape = Shape.STEP
    after_minutes: float = Field(default=0, ge=0)
    over_minutes: float = Field(default=5, gt=0, description="Of a ramp, spike or one tooth.")


class FaultLog(RoutineLog):
    """A log line that the fault causes, or an irrelevant one that is there all along."""

    service: str
    during: Literal["fault", "always"] = "fault"
    after_minutes: float = Field(default=0, ge=0)


class StoppedTasks(Value):
    """Tasks of a service that stop while the fault lasts, in AWS's own words."""

    service: str
    stopped_reason: str = Field(min_length=1, max_length=1024)
    exit_code: int | None = None
    container_reason: str = ""
    after_minutes: float = Field(default=1, ge=0)
    every_minutes: float = Field(default=4, ge=0.25)
    replaced: bool = Field(default=True, description="Whether ECS starts another in its place.")


class Change(Value):
    """Something people did before the onset: a deployment or a parameter."""

    change_id: str
    kind: Literal["deployment", "parameter"]
    minutes_before_onset: float = Field(gt=0)
    service: str | None = None
    image: str | None = None
    environment: dict[str, str] = Field(default_factory=dict)
    cpu: int | None = None
    memory: int | None = None
    parameter: str | None = None
    value_before: str | None = None
    value_after: str | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.kind == "deployment" and not self.service:
            raise ValueError("a deployment names its service")
        if self.kind == "parameter" and not (self.parameter and self.value_after):
            raise ValueError("a parameter change names parameter and value_after")
        return self


class AlarmSpec(Value):
    """The CloudWatch alarm that fires. Its metric has to be a gauge (see docs/scenarios.md)."""

    name: str = Field(min_length=1, max_length=200)
    service: str
    metric: str
    threshold: float
    comparison: Literal[
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ] = "GreaterThanThreshold"
    statistic: str = Field(default="Average", pattern=r"^(Average|Maximum|Minimum|p\d{1,2})$")
    period_seconds: int = Field(default=60, ge=1)
    evaluation_periods: int = Field(default=1, ge=1, le=15)
    datapoints_to_alarm: int = Field(default=1, ge=1, le=15)
    description: str = ""


class Missing(Value):
    """A source that is not there although the catalog names it."""

    kind: Literal["log_group", "metric", "catalog_entry"]
    service: str
    metric: str | None = None


class Condition(Value):
    """A state of the world, seen through ECS or the clock; nothing about agents."""

    when: Literal[
        "new_deployment",
        "revision_differs",
        "desired_count_at_least",
        "desired_count_below",
        "minutes_passed",
    ]
    service: str | None = None
    change_id: str | None = None
    count: int | None = None
    minutes: float | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        needed = {
            "new_deployment": (self.service,),
            "revision_differs": (self.service, self.change_id),
            "desired_count_at_least": (self.service, self.count),
            "desired_count_below": (self.service, self.count),
            "minutes_passed": (self.minutes,),
        }[self.when]
        if any(field is None for field in needed):
            raise ValueError(f"the condition {self.when} lacks a field; see docs/scenarios.md")
        return self


class Worsening(Condition):
    """A condition under which the fault bites harder."""

    factor: float = Field(default=1.5, gt=1, le=5)


class Physics(Value):
    """What makes the world better or worse. Any one condition suffices."""

    recovers_when: tuple[Condition, ...] = ()
    worsens_when: tuple[Worsening, ...] = ()
    recovery_seconds: float = Field(default=2.0, ge=0)


class Truth(Value):
    """What is so: the yardstick for diagnosis and remedy. Never shown to an agent."""

    outcome: VerdictOutcome
    component: str | None = None
    fault: str | None = Field(default=None, description="Identifier in the fault library.")
    severity: tuple[Severity, ...] = Field(min_length=1)
    acceptable_actions: tuple[str, ...] = ()
    forbidden_actions: tuple[str, ...] = ()
    required_evidence: tuple[str, ...] = Field(default=(), description="Tools to have asked.")
    gaps: tuple[str, ...] = Field(default=(), description="Sources the verdict has to miss.")
    needs_human: bool
    final_status: Status

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.outcome is VerdictOutcome.FOUND and not (self.component and self.fault):
            raise ValueError("a fault that can be found has a component and a fault")
        if set(self.acceptable_actions) & set(self.forbidden_actions):
            raise ValueError("an action is acceptable or forbidden, not both")
        return self


class Scenario(Value):
    """One rehearsed fault."""

    title: str = Field(min_length=1, max_length=200)
    description: str = ""
    seed: int = 1
    history_minutes: int = Field(default=150, ge=10, le=1200)
    onset_minutes_ago: float = Field(default=9, gt=0)
    estate: tuple[ServiceSpec, ...] = Field(min_length=1)
    effects: tuple[Effect, ...] = ()
    logs: tuple[FaultLog, ...] = ()
    stopped_tasks: tuple[StoppedTasks, ...] = ()
    changes: tuple[Change, ...] = ()
    alarm: AlarmSpec
    missing: tuple[Missing, ...] = ()
    physics: Physics = Physics()
    truth: Truth

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = {service.name for service in self.estate}
        for part in (*self.effects, *self.logs, *self.stopped_tasks, *self.missing, self.alarm):
            if part.service not in names:
                raise ValueError(f"{part.service!r} is not in this scenario's estate")
        for effect in (*self.effects, self.alarm):
            self.metric(effect.service, effect.metric)
        if self.metric(self.alarm.service, self.alarm.metric).kind != "gauge":
            raise ValueError("the alarm's metric has to be a gauge; counts come once a minute")
        for log in (*self.logs, *(log for one in self.estate for log in one.routine_logs)):
            check(log.message)
        self._check_changes(names)
        return self

    def _check_changes(self, names: set[str]) -> None:
        deployed = {change.change_id for change in self.changes if change.kind == "deployment"}
        for change in self.changes:
            if change.service is not None and change.service not in names:
                raise ValueError(f"{change.service!r} is not in this scenario's estate")
        for condition in (*self.physics.recovers_when, *self.physics.worsens_when):
            if condition.service is not None and condition.service not in names:
                raise ValueError(f"{condition.service!r} is not in this scenario's estate")
            if condition.change_id is not None and condition.change_id not in deployed:
                raise ValueError(f"no deployment {condition.change_id!r} among the changes")

    def service(self, name: str) -> ServiceSpec:
        """Return the service of that name."""
        return next(service for service in self.estate if service.name == name)

    def metric(self, service: str, key: str) -> MetricSpec:
        """Return one metric of a service, or raise a `ValueError` that lists the known ones."""
        known = {metric.key: metric for metric in self.service(service).all_metrics()}
        if key not in known:
            raise ValueError(f"{service} has no metric {key!r}, only {', '.join(sorted(known))}")
        return known[key]

    @property
    def struck(self) -> frozenset[str]:
        """The services whose state or telemetry this fault changes."""
        parts = (*self.effects, *self.logs, *self.stopped_tasks, *self.missing, self.alarm)
        changed = {change.service for change in self.changes if change.service}
        return frozenset({part.service for part in parts} | changed)


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
