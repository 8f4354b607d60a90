"""Parts of a system other than ECS services: functions, tables, queues, APIs, databases, devices.

What each kind looks like on an ordinary day stands in `scenarios/components.yaml`.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import yaml
from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Value
from itops_core.settings import bundled
from local_cloud.sandbox.estate import catalog_entries
from local_cloud.sandbox.parts import LogFormat, MetricSpec, Part, RoutineLog

ComponentKind = Literal[
    "lambda", "table", "queue", "api", "database", "device", "external", "other"
]

_ORIGINS = {"lambda": "AWS::Lambda::Function", "api": "AWS::ApiGateway::Stage"}


class KindMetric(Value):
    """A metric that every component of a kind has."""

    key: str
    name: str = ""
    unit: str = "None"
    kind: Literal["gauge", "count"] = "gauge"
    level: float = 0
    noise_percent: float = 4
    daily_percent: float = 0
    maximum: float | None = None
    product_of: tuple[str, str] | None = None
    published: bool = True
    dimensions: dict[str, str] = Field(default_factory=dict, description="Further ones.")


class Kind(Value):
    """What all components of a kind have in common."""

    namespace: str = ""
    dimension: str = ""
    slowness: str = "latency"
    log_group: str = ""
    log_format: LogFormat = "plain"
    settings: dict[str, Any] = Field(default_factory=dict)
    metrics: tuple[KindMetric, ...] = ()
    routine_logs: tuple[RoutineLog, ...] = ()


class Settings(Value):
    """How a component is set up; only what its kind has counts."""

    runtime: str = "python3.12"
    memory_mb: int = Field(default=256, ge=128, le=10240, description="Of a function.")
    timeout_seconds: int = Field(default=10, ge=1, le=900, description="Of a function.")
    reserved_concurrency: int | None = Field(default=None, ge=0, description="Of a function.")
    environment: dict[str, str] = Field(default_factory=dict, description="Of a function.")
    read_units: int | None = Field(default=None, ge=1, description="None: on demand.")
    write_units: int | None = Field(default=None, ge=1, description="None: on demand.")
    dead_letter_queue: str | None = Field(default=None, description="Name of another component.")
    gives_up_after: int = Field(default=5, ge=1, le=1000, description="Receives of a message.")
    messages: int = Field(default=0, ge=0, le=500, description="That lie in a queue really.")
    engine: str = Field(default="postgres", description="Of a database.")
    instance_class: str = Field(default="db.r6g.large", description="Of a database.")
    allocated_gib: int = Field(default=100, ge=20, description="Of a database.")
    multi_az: bool = Field(default=True, description="Of a database.")
    replica_of: str | None = Field(default=None, description="Name of another database.")
    fleet: str = Field(default="cold-chain", description="Thing type of a device.")
    attributes: dict[str, str] = Field(default_factory=dict, description="Of a device.")
    reported: dict[str, Any] = Field(default_factory=dict, description="By a device's shadow.")


class ComponentSpec(Part):
    """One part of a system that is no ECS service."""

    kind: ComponentKind
    resource: str | None = Field(default=None, description="Its name in AWS, if not `name`.")
    levels: dict[str, float] = Field(default_factory=dict, description="By key of a metric.")
    settings: Settings = Settings()

    @property
    def aws_name(self) -> str:
        """What AWS calls it."""
        return self.resource or self.name

    @property
    def log_group_name(self) -> str:
        """The log group it writes to; tables, queues and what is not ours have none."""
        return self.log_group or kinds()[self.kind].log_group.replace("<resource>", self.aws_name)

    def log_stream(self, task: int = 0, tasks: Sequence[str] = ()) -> str:  # noqa: ARG002 - has none
        """Return the stream in it, as that kind names them."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:32]
        return f"2026/11/20/[$LATEST]{digest}" if self.kind == "lambda" else self.aws_name

    @property
    def segment_origin(self) -> str:
        """What X-Ray calls its segments; most kinds write none."""
        return _ORIGINS.get(self.kind, "")

    @property
    def slowness(self) -> str:
        """The key of the metric that tells how long a request takes."""
        return kinds()[self.kind].slowness

    @property
    def dimensions(self) -> dict[str, str]:
        """What its metrics go by."""
        kind = kinds()[self.kind]
        return {kind.dimension: self.aws_name} if kind.dimension else {}

    def all_metrics(self) -> tuple[MetricSpec, ...]:
        """Return the usual metrics of its kind at its own levels, then its own metrics."""
        kind = kinds()[self.kind]
        usual = (self._usual(metric, kind) for metric in kind.metrics)
        return (*usual, *self.metrics)

    def catalog_entry(self) -> CatalogEntry:
        """Return what the catalog says of it."""
        kind = kinds()[self.kind]
        return CatalogEntry(
            entry_id=self.name,
            kind=self.kind,
            tier=self.tier,
            owner=self.owner,
            description=self.description,
            resource=self.aws_name if self.dimensions else None,
            log_groups=(self.log_group_name,) if self.log_group_name else (),
            metric_namespace=kind.namespace or None,
            metric_dimensions=self.dimensions,
            runbook=self.runbook,
            depends_on=self.depends_on,
        )

    def _usual(self, metric: KindMetric, kind: Kind) -> MetricSpec:
        known = {"read_units": self.settings.read_units, "write_units": self.settings.write_units}
        level = self.levels.get(metric.key, known.get(metric.key) or metric.level)
        return MetricSpec.model_validate(
            {
                **metric.model_dump(),
                "name": metric.name or metric.key,
                "namespace": kind.namespace,
                "dimensions": {**self.dimensions, **metric.dimensions},
                "level": level,
            }
        )


@lru_cache
def kinds() -> dict[str, Kind]:
    """Return what `scenarios/components.yaml` says of each kind."""
    text = (bundled("scenarios") / "components.yaml").read_text(encoding="utf-8")
    return {name: Kind.model_validate(raw) for name, raw in yaml.safe_load(text).items()}


@lru_cache
def known_components() -> dict[str, dict[str, Any]]:
    """Return what the catalog says of the components that it names."""
    return {
        entry.entry_id: {
            "name": entry.entry_id,
            "kind": entry.kind,
            "tier": entry.tier,
            "owner": entry.owner,
            "description": entry.description,
            "depends_on": entry.depends_on,
            "runbook": entry.runbook,
        }
        for entry in catalog_entries()
        if entry.kind in kinds()
    }


def with_defaults(component: object) -> object:
    """Return a component of a scenario with what is not said taken from catalog and kind."""
    if not isinstance(component, dict):
        return component
    fields = {**known_components().get(str(component.get("name")), {}), **component}
    kind = kinds().get(str(fields.get("kind")))
    if kind is None:
        return fields
    given = fields.get("settings")
    settings = {**kind.settings, **(given if isinstance(given, dict) else {})}
    fields["settings"] = settings
    fields.setdefault("log_format", kind.log_format)
    if "routine_logs" not in fields:
        fields["routine_logs"] = [_spelled(log, settings) for log in kind.routine_logs]
    return fields


def _spelled(log: RoutineLog, settings: dict[str, Any]) -> dict[str, Any]:
    """Return a kind's usual line with `<memory_mb>` and the like filled in."""
    told = Settings.model_validate(settings).model_dump()
    message = log.message
    for name, value in told.items():
        message = message.replace(f"<{name}>", str(value))
    return {**log.model_dump(), "message": message}
