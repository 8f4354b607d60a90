"""The seeded estate: a web shop on ECS, its services and what they normally look like.

What a service is to people (tier, owner, dependencies) stands in `config/catalog.yaml`; how it
runs and what its telemetry looks like stands in `scenarios/estate.yaml`.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import yaml
from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Value
from itops_core.settings import bundled
from local_cloud.sandbox.parts import MetricSpec, Part

_FAILED_REQUESTS = ("requests", "error_rate")


class Levels(Value):
    """The normal levels of the metrics that every service has."""

    cpu: float = 30
    memory: float = 50
    requests: float = Field(default=600, description="A minute.")
    error_rate: float = Field(default=0.2, description="Percent of requests.")
    latency: float = Field(default=180, description="99th percentile, milliseconds.")
    unhealthy_hosts: float = 0


class ServiceSpec(Part):
    """One service on ECS: what it is, how it runs, what it normally looks like."""

    cluster: str = "shop"
    image: str = "shop/service:1.0.0"
    cpu: int = 512
    memory: int = 1024
    desired_count: int = Field(default=2, ge=1, le=50)
    environment: dict[str, str] = Field(default_factory=dict)
    metric_namespace: str = "Shop"
    levels: Levels = Levels()

    @property
    def log_group_name(self) -> str:
        """The CloudWatch log group its tasks write to."""
        return self.log_group or f"/ecs/{self.name}"

    @property
    def instances(self) -> int:
        """Each task writes into a stream of its own."""
        return self.desired_count

    def log_stream(self, task: int = 0, tasks: Sequence[str] = ()) -> str:
        """Return the stream of one task, by its id where that is known."""
        known = tasks[task].rsplit("/", 1)[-1] if task < len(tasks) else self.task_id(task)
        return f"{self.name}/{self.name}/{known}"

    def task_id(self, number: int) -> str:
        """Return the id of a task, where nothing runs that would have one."""
        return hashlib.sha256(f"{self.name}:{number}".encode()).hexdigest()[:32]

    @property
    def segment_origin(self) -> str:
        """What X-Ray calls a container of ECS."""
        return "AWS::ECS::Container"

    @property
    def target_group(self) -> str:
        """The load balancer dimension of its target group, as CloudWatch writes it."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:16]
        return f"targetgroup/{self.name[:32]}/{digest}"

    @property
    def target_group_arn(self) -> str:
        """The ARN of its target group, as ECS writes it in a stopped task's reason."""
        return f"arn:aws:elasticloadbalancing:us-east-1:000000000000:{self.target_group}"

    def all_metrics(self) -> tuple[MetricSpec, ...]:
        """Return the usual metrics of any service, then its own."""
        return (*_usual_metrics(self), *self.metrics)

    def catalog_entry(self) -> CatalogEntry:
        """Return what the catalog says of it."""
        return CatalogEntry(
            entry_id=self.name,
            kind="ecs_service",
            tier=self.tier,
            owner=self.owner,
            description=self.description,
            cluster=self.cluster,
            ecs_service=self.name,
            log_groups=(self.log_group_name,),
            metric_namespace=self.metric_namespace,
            metric_dimensions={"Service": self.name},
            runbook=self.runbook,
            depends_on=self.depends_on,
        )


def _usual_metrics(service: ServiceSpec) -> tuple[MetricSpec, ...]:
    ecs = {"ClusterName": service.cluster, "ServiceName": service.name}
    shop = {"Service": service.name}
    target = {"TargetGroup": service.target_group}
    levels, own = service.levels, service.metric_namespace
    rows: tuple[tuple[str, str, str, dict[str, str], dict[str, Any]], ...] = (
        ("cpu", "AWS/ECS", "CPUUtilization", ecs, _percent(levels.cpu, 6, 12)),
        ("memory", "AWS/ECS", "MemoryUtilization", ecs, _percent(levels.memory, 1.5, 0)),
        ("error_rate", own, "ErrorRate", shop, _percent(levels.error_rate, 20, 0)),
        (
            "latency",
            own,
            "LatencyP99",
            shop,
            {"unit": "Milliseconds", "level": levels.latency, "noise_percent": 6},
        ),
        ("requests", own, "RequestCount", shop, _count(levels.requests, 5)),
        ("errors", own, "ErrorCount", shop, {**_count(0, 0), "product_of": _FAILED_REQUESTS}),
        (
            "unhealthy_hosts",
            "AWS/ApplicationELB",
            "UnHealthyHostCount",
            target,
            _hosts(levels.unhealthy_hosts),
        ),
        (
            "healthy_hosts",
            "AWS/ApplicationELB",
            "HealthyHostCount",
            target,
            _hosts(service.desired_count - levels.unhealthy_hosts),
        ),
    )
    return tuple(
        MetricSpec(key=key, namespace=namespace, name=name, dimensions=dimensions, **shape)
        for key, namespace, name, dimensions, shape in rows
    )


def _percent(level: float, noise: float, daily: float) -> dict[str, Any]:
    return {
        "unit": "Percent",
        "level": level,
        "noise_percent": noise,
        "daily_percent": daily,
        "maximum": 100,
    }


def _count(level: float, noise: float) -> dict[str, Any]:
    return {
        "unit": "Count",
        "kind": "count",
        "level": level,
        "noise_percent": noise,
        "daily_percent": 15,
    }


def _hosts(level: float) -> dict[str, Any]:
    return {"unit": "Count", "level": level, "noise_percent": 0}


@lru_cache
def seeded_services() -> dict[str, dict[str, Any]]:
    """Return the fields of each seeded service: the catalog's, then how it runs."""
    return {name: {**entry, **_runs().get(name, {})} for name, entry in _catalog().items()}


def seeded_estate() -> tuple[ServiceSpec, ...]:
    """Return the services that are there from the start."""
    return tuple(ServiceSpec.model_validate(fields) for fields in seeded_services().values())


def merged(service: object, seeded: dict[str, dict[str, Any]]) -> object:
    """Return a service of a scenario with what is not said taken from the seeded estate."""
    if not isinstance(service, dict):
        return service
    return {**seeded.get(str(service.get("name")), {}), **service}


def catalog_entries() -> tuple[CatalogEntry, ...]:
    """Return all of `config/catalog.yaml`."""
    raw = yaml.safe_load((bundled("config") / "catalog.yaml").read_text(encoding="utf-8"))
    return tuple(CatalogEntry.model_validate(entry) for entry in raw["entries"])


def _catalog() -> dict[str, dict[str, Any]]:
    return {
        entry.entry_id: {
            "name": entry.entry_id,
            "tier": entry.tier,
            "owner": entry.owner,
            "description": entry.description,
            "depends_on": entry.depends_on,
            "runbook": entry.runbook,
            "cluster": entry.cluster,
        }
        for entry in catalog_entries()
        if entry.kind == "ecs_service"
    }


def _runs() -> dict[str, dict[str, Any]]:
    raw = yaml.safe_load((bundled("scenarios") / "estate.yaml").read_text(encoding="utf-8"))
    return {service["name"]: service for service in raw["services"]}
