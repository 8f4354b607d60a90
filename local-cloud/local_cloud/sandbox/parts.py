"""What every part of a rehearsed system has: a name, people, metrics, a log.

A part is an ECS service (`estate.ServiceSpec`) or anything else (`components.ComponentSpec`).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Value

MetricKind = Literal["gauge", "count"]
LogFormat = Literal[
    "plain", "json", "bare", "lambda_python", "lambda_node", "logback", "postgres", "go"
]


class MetricSpec(Value):
    """One metric and its normal shape: a level, a daily swing and noise, in percent of it."""

    key: str = Field(description="How effects and the alarm of a scenario call it.")
    namespace: str
    name: str
    dimensions: dict[str, str]
    unit: str = "None"
    kind: MetricKind = "gauge"
    level: float = 0
    noise_percent: float = Field(default=4, ge=0)
    daily_percent: float = Field(default=0, ge=0, le=90)
    maximum: float | None = None
    product_of: tuple[str, str] | None = Field(
        default=None, description="Keys of a count and of a percentage: it follows from these."
    )
    published: bool = Field(default=True, description="Else it only shapes others and traces.")

    @model_validator(mode="after")
    def _counts_follow(self) -> Self:
        if self.product_of and self.kind != "count":
            raise ValueError(f"{self.key}: what follows from two others is a count")
        return self


class RoutineLog(Value):
    """A log line as a template; `docs/scenarios.md` lists the placeholders."""

    level: Literal["DEBUG", "INFO", "WARN", "ERROR", "FATAL"] = "INFO"
    message: str = Field(min_length=1)
    per_minute: float = Field(gt=0, le=120)


class Part(Value, ABC):
    """One part of a system, as people and CloudWatch know it."""

    name: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,80}$")
    tier: int = Field(default=2, ge=1, le=4)
    owner: str = ""
    description: str = ""
    depends_on: tuple[str, ...] = ()
    runbook: str | None = None
    log_group: str | None = Field(default=None, description="A usual one of its kind unless said.")
    log_format: LogFormat = "plain"
    metrics: tuple[MetricSpec, ...] = Field(default=(), description="Besides the usual ones.")
    routine_logs: tuple[RoutineLog, ...] = ()

    @property
    def log_group_name(self) -> str:
        """The CloudWatch log group it writes to; empty where it writes to none."""
        return self.log_group or ""

    @property
    def instances(self) -> int:
        """How many write to the log, each into a stream of its own."""
        return 1

    def log_stream(self, task: int = 0, tasks: Sequence[str] = ()) -> str:  # noqa: ARG002 - of tasks
        """Return the stream of one instance; `tasks` are the ARNs of the running ones."""
        return self.name

    @property
    def segment_origin(self) -> str:
        """What X-Ray calls the kind of its segments; empty: only its callers tell of it."""
        return ""

    @property
    def slowness(self) -> str:
        """The key of the metric that tells how long a request takes."""
        return "latency"

    def all_metrics(self) -> tuple[MetricSpec, ...]:
        """Return the usual metrics of its kind, then its own."""
        return self.metrics

    def metric(self, key: str) -> MetricSpec | None:
        """Return one of them."""
        return next((one for one in self.all_metrics() if one.key == key), None)

    @abstractmethod
    def catalog_entry(self) -> CatalogEntry:
        """Return what the catalog says of it."""
