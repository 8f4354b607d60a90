"""What a component is: by its catalog entry, or by the dimensions of an alarm."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.reasoning.offline.reading import text_of

_COMMON = {
    "service", "services", "api", "table", "queue", "svc", "server", "app", "prod", "the", "db",
    "function", "lambda", "internal", "main", "shop", "events", "data", "store", "system", "core",
    "v1", "v2", "worker", "gateway", "provider", "external", "cache", "database",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """The component in question, as the catalog has it, or as the alarm's dimensions tell."""

    name: str
    kind: str | None
    tier: int | None = None
    cluster: str = ""
    ecs_service: str = ""
    log_groups: tuple[str, ...] = ()
    metric_namespace: str = ""
    metric_dimensions: tuple[tuple[str, str], ...] = ()
    depends_on: tuple[str, ...] = ()
    dependants: tuple[str, ...] = ()
    state_machine: str = ""
    is_catalogued: bool = False
    resource: str = ""
    owner: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Every name that it goes by."""
        return frozenset(name for name in (self.name, self.ecs_service, self.resource) if name)

    @property
    def places(self) -> tuple[tuple[str, dict[str, str]], ...]:
        """Return where its metrics are: namespaces, each with the dimensions that are its own."""
        found: list[tuple[str, dict[str, str]]] = []
        if self.cluster and self.ecs_service:
            ecs = {"ClusterName": self.cluster, "ServiceName": self.ecs_service}
            found.append(("AWS/ECS", ecs))
        if self.metric_namespace:
            found.append((self.metric_namespace, dict(self.metric_dimensions)))
        native = _NATIVE.get(self.kind or "")
        if native and self.resource and native[0] != self.metric_namespace:
            found.append((native[0], {native[1]: self.resource}))
        return tuple(found)


_KIND_BY_DIMENSION = {
    "FunctionName": "lambda",
    "TableName": "table",
    "QueueName": "queue",
    "StateMachineArn": "pipeline",
    "ApiName": "api",
    "ApiId": "api",
    "DBInstanceIdentifier": "database",
    "DBClusterIdentifier": "database",
    "DeviceId": "device",
    "ThingName": "device",
}
_NATIVE = {
    "lambda": ("AWS/Lambda", "FunctionName"),
    "table": ("AWS/DynamoDB", "TableName"),
    "queue": ("AWS/SQS", "QueueName"),
    "api": ("AWS/ApiGateway", "ApiName"),
    "database": ("AWS/RDS", "DBInstanceIdentifier"),
}


def entry_in(content: dict[str, Any]) -> dict[str, Any] | None:
    """Return the catalog entry in an answer, whether it is the answer or a field of it."""
    for candidate in (content, content.get("entry"), content.get("catalog_entry")):
        if isinstance(candidate, dict) and candidate.get("entry_id"):
            return candidate
    return None


def is_of(target: Target, asked: Mapping[str, Any]) -> bool:
    """Whether a question's arguments name a log, metrics or a device of `target`."""
    if "log_group" in asked:
        return asked["log_group"] in target.log_groups
    if "device_id" in asked:
        return asked["device_id"] in target.names
    dimensions = dict(asked.get("dimensions") or {})
    return any(
        asked.get("namespace") == namespace and own and own.items() <= dimensions.items()
        for namespace, own in target.places
    )


def from_catalog(entry: dict[str, Any], answer: dict[str, Any], service: str) -> Target:
    """Return what a catalog entry tells; `service` is how whoever asked called it."""
    dimensions = entry.get("metric_dimensions") or {}
    kind, resource = text_of(entry, "kind") or None, text_of(entry, "resource")
    groups = tuple(str(group) for group in entry.get("log_groups") or ())
    if not groups and kind == "lambda" and resource:
        groups = (f"/aws/lambda/{resource}",)
    return Target(
        name=str(entry.get("entry_id") or service),
        kind=kind,
        tier=entry["tier"] if isinstance(entry.get("tier"), int) else None,
        cluster=text_of(entry, "cluster"),
        ecs_service=text_of(entry, "ecs_service"),
        log_groups=groups,
        metric_namespace=text_of(entry, "metric_namespace"),
        metric_dimensions=tuple((str(key), str(value)) for key, value in dimensions.items()),
        depends_on=tuple(str(name) for name in entry.get("depends_on") or ()),
        dependants=tuple(str(name) for name in answer.get("dependants") or ()),
        state_machine=text_of(entry, "state_machine_arn"),
        is_catalogued=True,
        resource=resource,
        owner=text_of(entry, "owner"),
    )


def from_alarm(alarm: Alarm | None, service: str) -> Target:
    """Return what an alarm's dimensions tell of the component it watches."""
    dimensions = alarm.dimensions if alarm else {}
    if {"ClusterName", "ServiceName"} <= set(dimensions):
        name = dimensions["ServiceName"]
        return on_ecs(service, dimensions["ClusterName"], name)
    for dimension, kind in _KIND_BY_DIMENSION.items():
        if name := dimensions.get(dimension):
            groups = (f"/aws/lambda/{name}",) if kind == "lambda" else ()
            return Target(name=service, kind=kind, log_groups=groups, resource=name)
    return Target(name=service, kind=None, log_groups=(f"/ecs/{service}", f"/aws/lambda/{service}"))


def on_ecs(name: str, cluster: str, service: str) -> Target:
    """Return a component that is known to run on ECS, and no more of it."""
    return Target(
        name=name,
        kind="ecs_service",
        cluster=cluster,
        ecs_service=service,
        log_groups=(f"/ecs/{service}",),
    )


def telling_parts(name: str) -> list[str]:
    """Return the parts of a name that tell it from others: of `catalog-service` the first."""
    parts = re.split(r"[^a-z0-9]+", name.lower())
    return [part for part in parts if part not in _COMMON and len(part) > 3]
