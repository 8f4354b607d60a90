"""The sandbox's hands: everything it does to the local cloud, by public AWS calls."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from local_cloud.sandbox.effects import StoppedTasks
from local_cloud.sandbox.estate import ServiceSpec
from local_cloud.sandbox.parts import MetricSpec, Part
from local_cloud.sandbox.story import LogLine

AT_HEADER = "x-sandbox-at"
REWRITE_HEADER = "x-sandbox-rewrite"
"""What `backdating` teaches the local cloud to understand; AWS would ignore both."""

_DATA_A_CALL = 1000
_SERVICES_A_CALL = 10
_LINES_A_CALL = 5000
_SEGMENTS_A_CALL = 50
_Item = TypeVar("_Item")
_NONE: Mapping[str, str] = MappingProxyType({})
_headers: ContextVar[Mapping[str, str]] = ContextVar("sandbox_headers", default=_NONE)


class Address(Protocol):
    """Where the local cloud answers."""

    def client(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 client of that service."""
        ...

    def resource(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 resource of that service."""
        ...


@dataclass(frozen=True)
class Point:
    """One datapoint on its way to CloudWatch."""

    metric: MetricSpec
    at: float
    value: float


@dataclass(frozen=True)
class ServiceState:
    """What ECS says of a service, as far as physics cares."""

    deployment: str
    task_definition: str
    desired_count: int
    tasks: tuple[str, ...] = ()


@contextmanager
def backdated(at: float) -> Generator[None]:
    """Make ECS and SSM take the calls of this block to happen at `at`."""
    token = _headers.set({**_headers.get(), AT_HEADER: f"{at:.3f}"})
    try:
        yield
    finally:
        _headers.reset(token)


@contextmanager
def rewriting() -> Generator[None]:
    """Make the metric data of this block replace what is stored of the same minutes."""
    token = _headers.set({**_headers.get(), REWRITE_HEADER: "1"})
    try:
        yield
    finally:
        _headers.reset(token)


class World:
    """ECS, CloudWatch and SSM of one local cloud. Every call may be repeated."""

    def __init__(self, address: Address) -> None:
        self.ecs = with_headers(address.client("ecs"))
        self.cloudwatch = with_headers(address.client("cloudwatch"))
        self.logs = address.client("logs")
        self.ssm = with_headers(address.client("ssm"))
        self.sns = address.client("sns")
        self.xray = address.client("xray")
        self.machines = address.client("stepfunctions")
        self.tables = address.client("dynamodb")

    def state_of(self, services: Iterable[ServiceSpec]) -> dict[str, ServiceState]:
        """Return the state of those services that exist and are active."""
        by_cluster: dict[str, list[str]] = {}
        for service in services:
            by_cluster.setdefault(service.cluster, []).append(service.name)
        found: dict[str, ServiceState] = {}
        for cluster, names in by_cluster.items():
            for chunk in _chunks(sorted(set(names)), _SERVICES_A_CALL):
                try:
                    answer = self.ecs.describe_services(cluster=cluster, services=list(chunk))
                except self.ecs.exceptions.ClusterNotFoundException:
                    break
                for raw in answer["services"]:
                    if raw["status"] == "ACTIVE":
                        found[raw["serviceName"]] = _state(raw)
        return found

    def tasks_of(self, service: ServiceSpec) -> tuple[str, ...]:
        """Return the ARNs of the service's running tasks, the oldest first."""
        listed = self.ecs.list_tasks(cluster=service.cluster, serviceName=service.name)
        return tuple(listed["taskArns"])

    def create_service(self, service: ServiceSpec) -> None:
        """Start a service from a fresh revision, in place of the one of that name, if any."""
        self.remove_service(service)
        self.ecs.create_cluster(clusterName=service.cluster)
        self.ecs.create_service(
            cluster=service.cluster,
            serviceName=service.name,
            taskDefinition=self.register(service),
            desiredCount=service.desired_count,
            launchType="FARGATE",
        )

    def remove_service(self, service: ServiceSpec) -> None:
        """Delete a service and its revisions; there may be none."""
        if self.state_of([service]):
            self.ecs.delete_service(cluster=service.cluster, service=service.name, force=True)
        for arn in self._revisions(service):
            self.ecs.deregister_task_definition(taskDefinition=arn)

    def register(self, service: ServiceSpec) -> str:
        """Register a revision of the service's task definition; return its ARN."""
        answer = self.ecs.register_task_definition(**task_definition_of(service))
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def deploy(self, service: ServiceSpec, task_definition: str) -> None:
        """Roll a revision out."""
        self.ecs.update_service(
            cluster=service.cluster, service=service.name, taskDefinition=task_definition
        )

    def stop_task(self, service: ServiceSpec, how: StoppedTasks) -> None:
        """Stop the service's oldest task the way `how` tells, and let ECS replace it."""
        listed = self.ecs.list_tasks(cluster=service.cluster, serviceName=service.name)
        if not listed["taskArns"]:
            return
        container: dict[str, Any] = {"containerName": service.name, "status": "STOPPED"}
        if how.exit_code is not None:
            container["exitCode"] = how.exit_code
        if how.container_reason:
            container["reason"] = how.container_reason
        self.ecs.submit_task_state_change(
            cluster=service.cluster,
            task=listed["taskArns"][0],
            status="STOPPED",
            reason=how.stopped_reason.replace("{target_group}", service.target_group_arn),
            containers=[container],
        )
        if how.replaced:
            self.ecs.update_service(cluster=service.cluster, service=service.name)

    def recreate_log_group(self, part: Part) -> None:
        """Give the part an empty log group, if it is one that logs."""
        self.remove_log_group(part)
        if part.log_group_name:
            self.logs.create_log_group(logGroupName=part.log_group_name)
            self.logs.put_retention_policy(logGroupName=part.log_group_name, retentionInDays=3)

    def remove_log_group(self, part: Part) -> None:
        """Delete the part's log group; there may be none."""
        with suppress(self.logs.exceptions.ResourceNotFoundException):
            if part.log_group_name:
                self.logs.delete_log_group(logGroupName=part.log_group_name)

    def write_logs(self, part: Part, lines: Sequence[LogLine], tasks: Sequence[str] = ()) -> None:
        """Append lines, oldest first, to the part's streams; without a group they are lost."""
        by_stream: dict[str, list[LogLine]] = {}
        for line in lines if part.log_group_name else ():
            stream = part.log_stream(line.task if tasks else 0, tasks)
            by_stream.setdefault(stream, []).append(line)
        for stream, ours in by_stream.items():
            self._write_stream(part.log_group_name, stream, ours)

    def _write_stream(self, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        missing = self.logs.exceptions.ResourceNotFoundException
        for chunk in _chunks(lines, _LINES_A_CALL):
            events = [{"timestamp": int(line.at * 1000), "message": line.message} for line in chunk]
            call = {"logGroupName": group, "logStreamName": stream, "logEvents": events}
            with suppress(missing):
                try:
                    self.logs.put_log_events(**call)
                except missing:
                    self.logs.create_log_stream(logGroupName=group, logStreamName=stream)
                    self.logs.put_log_events(**call)

    def write_metrics(self, points: Iterable[Point]) -> None:
        """Put datapoints, as few calls as possible."""
        by_namespace: dict[str, list[dict[str, Any]]] = {}
        for point in points:
            by_namespace.setdefault(point.metric.namespace, []).append(_datum(point))
        for namespace, data in by_namespace.items():
            for chunk in _chunks(data, _DATA_A_CALL):
                self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=list(chunk))

    def write_traces(self, documents: Iterable[str]) -> None:
        """Put segments of traces."""
        for chunk in _chunks(documents, _SEGMENTS_A_CALL):
            self.xray.put_trace_segments(TraceSegmentDocuments=list(chunk))

    def alarms_topic(self, prefix: str) -> str | None:
        """Return the topic that alarms tell, or `None` before anything is deployed."""
        for page in self.sns.get_paginator("list_topics").paginate():
            for topic in page["Topics"]:
                if topic["TopicArn"].endswith(f":{prefix}-Alarms"):
                    return str(topic["TopicArn"])
        return None

    def change_parameter(self, name: str, value: str) -> None:
        """Set a plain SSM parameter."""
        self.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def parameter(self, name: str) -> str:
        """Return the value of an SSM parameter."""
        return str(self.ssm.get_parameter(Name=name)["Parameter"]["Value"])

    def remove_parameter(self, name: str) -> None:
        """Delete an SSM parameter; there may be none."""
        try:
            self.ssm.delete_parameter(Name=name)
        except self.ssm.exceptions.ParameterNotFound:
            return

    def _revisions(self, service: ServiceSpec) -> list[str]:
        pages = self.ecs.get_paginator("list_task_definitions").paginate(familyPrefix=service.name)
        family = f"task-definition/{service.name}:"
        return [arn for page in pages for arn in page["taskDefinitionArns"] if family in arn]


def task_definition_of(service: ServiceSpec) -> dict[str, Any]:
    """Return the service's task definition, as it is registered."""
    container = {
        "name": service.name,
        "image": service.image,
        "essential": True,
        "environment": [
            {"name": name, "value": value} for name, value in service.environment.items()
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": service.log_group_name,
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": service.name,
            },
        },
    }
    return {
        "family": service.name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": str(service.cpu),
        "memory": str(service.memory),
        "containerDefinitions": [container],
    }


def with_headers(client: Any) -> Any:  # noqa: ANN401
    """Return `client`, made to send the sandbox's headers wherever a block asks for them."""

    def send(params: dict[str, Any], **_: object) -> None:
        params["headers"].update(_headers.get())

    client.meta.events.register("before-call", send, unique_id="sandbox-headers")
    return client


def _state(raw: Mapping[str, Any]) -> ServiceState:
    primary = next(one for one in raw["deployments"] if one["status"] == "PRIMARY")
    return ServiceState(primary["id"], raw["taskDefinition"], raw["desiredCount"])


def _datum(point: Point) -> dict[str, Any]:
    return {
        "MetricName": point.metric.name,
        "Dimensions": [
            {"Name": name, "Value": value} for name, value in point.metric.dimensions.items()
        ],
        "Timestamp": datetime.fromtimestamp(point.at, UTC),
        "Value": point.value,
        "Unit": point.metric.unit,
        "StorageResolution": 1 if point.metric.kind == "gauge" else 60,
    }


def _chunks(items: Iterable[_Item], size: int) -> Iterator[tuple[_Item, ...]]:
    remaining = iter(items)
    while chunk := tuple(islice(remaining, size)):
        yield chunk
