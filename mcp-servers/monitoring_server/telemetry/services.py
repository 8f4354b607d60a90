"""ECS services: what runs, what was rolled out, and which tasks stopped and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking, code_of
from itops_core.tools.paging import items_page
from itops_core.tools.redaction import redacted_text
from itops_core.tools.tool_server import ToolResult
from monitoring_server.telemetry.windows import in_utc

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

_EVENTS, _EVENT_CHARACTERS = 10, 1800
_STOPPED_TASKS, _TASK_CHARACTERS = 10, 3500
_RUNNING_TASKS, _RUNNING_CHARACTERS = 12, 1600
_DEPLOYMENTS, _DEPLOYMENT_CHARACTERS = 6, 1400
_CONTAINERS = 4
_MESSAGE_CHARACTERS = 220
_REASON_CHARACTERS = 120
_TASKS_A_CALL = 100
_SUGGESTED = 10

DesiredStatus = Literal["RUNNING", "STOPPED"]

_NAME = r"^[A-Za-z0-9_:/-]+$"

Cluster = Annotated[
    str, Field(pattern=_NAME, max_length=512, description="ECS cluster, as the catalog has it.")
]
Service = Annotated[
    str, Field(pattern=_NAME, max_length=512, description="ECS service, as the catalog has it.")
]


class Deployment(Value):
    """One rollout; `PRIMARY` is the newest."""

    id: str
    status: str
    task_definition: str
    desired: int
    running: int
    created_at: Moment | None
    updated_at: Moment | None
    rollout_state: str


class ServiceEvent(Value):
    """One line of the service's own log."""

    at: Moment | None
    message: str


class StoppedContainer(Value):
    """How one container of a stopped task ended."""

    name: str
    exit_code: int | None
    reason: str


class StoppedTask(Value):
    """A task that is no more, in ECS's own words."""

    task_id: str
    task_definition: str
    stopped_at: Moment | None
    stopped_reason: str
    stop_code: str
    containers: list[StoppedContainer]


class RunningTask(Value):
    """A task that runs; its log stream's name ends with its id."""

    task_id: str
    health_status: str = Field(description="HEALTHY, UNHEALTHY, or UNKNOWN without a check.")
    started_at: Moment | None


class ServiceDescription(ToolResult):
    """An ECS service as it is now."""

    cluster: str
    service: str
    status: str
    desired_count: int
    running_count: int
    pending_count: int
    task_definition: str
    cpu: str
    memory: str
    deployments: list[Deployment]
    events: list[ServiceEvent]
    running_tasks: list[RunningTask] = Field(description="Those that are ill come first.")
    stopped_tasks: list[StoppedTask] = Field(description="The latest; ECS forgets after an hour.")
    note: str = ""


class Services:
    """Reads ECS."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs

    def describe_ecs_service(self, cluster: Cluster, service: Service) -> ServiceDescription:
        """Return a service's counts, rollouts, latest events and stopped tasks with reasons."""
        with asking("ecs"):
            found = self._service(cluster, service)
            definition = self._definition(found.get("taskDefinition", ""))
            stopped = self._tasks(cluster, found["serviceName"], "STOPPED")
            running = self._tasks(cluster, found["serviceName"], "RUNNING")
        events = found.get("events", [])
        rollouts = items_page(
            [_deployment(raw) for raw in found.get("deployments", [])],
            None,
            _DEPLOYMENTS,
            _DEPLOYMENT_CHARACTERS,
        )
        told = items_page(
            [_event(raw) for raw in events[: _EVENTS + 1]], None, _EVENTS, _EVENT_CHARACTERS
        )
        tasks = items_page(
            [_stopped_task(raw) for raw in stopped[: _STOPPED_TASKS + 1]],
            None,
            _STOPPED_TASKS,
            _TASK_CHARACTERS,
        )
        alive = items_page(
            [_running_task(raw) for raw in sorted(running, key=_is_well)],
            None,
            _RUNNING_TASKS,
            _RUNNING_CHARACTERS,
        )
        more = any(page.cursor is not None for page in (rollouts, told, tasks, alive))
        return ServiceDescription(
            cluster=cluster,
            service=found["serviceName"],
            status=found.get("status", ""),
            desired_count=found.get("desiredCount", 0),
            running_count=found.get("runningCount", 0),
            pending_count=found.get("pendingCount", 0),
            task_definition=short_name(found.get("taskDefinition", "")),
            cpu=str(definition.get("cpu", "")),
            memory=str(definition.get("memory", "")),
            deployments=rollouts.items,
            events=told.items,
            running_tasks=alive.items,
            stopped_tasks=tasks.items,
            data_source="ecs",
            query={"cluster": cluster, "services": [service]},
            note=_note(len(events), len(running), len(stopped)) if more else "",
            truncated=more,
        )

    def _service(self, cluster: str, service: str) -> dict[str, Any]:
        try:
            answer = self._ecs.describe_services(cluster=cluster, services=[service])
        except ClientError as error:
            if code_of(error) == "ClusterNotFoundException":
                names = _last_parts(self._ecs.list_clusters()["clusterArns"])
                raise ToolError(f"no ECS cluster {cluster!r}; there are {names}") from error
            raise
        if not answer["services"]:
            names = _last_parts(self._ecs.list_services(cluster=cluster)["serviceArns"])
            raise ToolError(f"cluster {cluster!r} has no service {service!r}; it has {names}")
        return dict(answer["services"][0])

    def _definition(self, task_definition: str) -> Mapping[str, Any]:
        """Return the task definition, or nothing where it is gone or may not be read."""
        if not task_definition:
            return {}
        try:
            answer = self._ecs.describe_task_definition(taskDefinition=task_definition)
        except ClientError as error:
            if code_of(error) in {"ClientException", "AccessDeniedException"}:
                return {}
            raise
        return answer["taskDefinition"]

    def _tasks(self, cluster: str, service: str, desired: DesiredStatus) -> list[Any]:
        listed = self._ecs.list_tasks(
            cluster=cluster,
            serviceName=service,
            desiredStatus=desired,
            maxResults=_TASKS_A_CALL,
        )["taskArns"]
        if not listed:
            return []
        tasks = self._ecs.describe_tasks(cluster=cluster, tasks=listed)["tasks"]
        return sorted(tasks, key=_stopped_at, reverse=True)


def short_name(arn: str) -> str:
    """Return what stands behind the last slash of an ARN: `payment:7`."""
    return arn.rsplit("/", 1)[-1]


def _note(events: int, running: int, stopped: int) -> str:
    return f"some of {events} events, {running} tasks that run and {stopped} that stopped"


def _is_well(task: Mapping[str, Any]) -> bool:
    return task.get("healthStatus") != "UNHEALTHY"


def _running_task(raw: Mapping[str, Any]) -> RunningTask:
    return RunningTask(
        task_id=short_name(raw.get("taskArn", "")),
        health_status=raw.get("healthStatus") or "UNKNOWN",
        started_at=_moment(raw.get("startedAt")),
    )


def _stopped_at(task: Mapping[str, Any]) -> float:
    stopped = task.get("stoppedAt")
    return stopped.timestamp() if stopped else 0.0


def _deployment(raw: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=raw.get("id", ""),
        status=raw.get("status", ""),
        task_definition=short_name(raw.get("taskDefinition", "")),
        desired=raw.get("desiredCount", 0),
        running=raw.get("runningCount", 0),
        created_at=_moment(raw.get("createdAt")),
        updated_at=_moment(raw.get("updatedAt")),
        rollout_state=raw.get("rolloutState", ""),
    )


def _event(raw: Mapping[str, Any]) -> ServiceEvent:
    return ServiceEvent(
        at=_moment(raw.get("createdAt")),
        message=redacted_text(raw.get("message", ""))[:_MESSAGE_CHARACTERS],
    )


def _stopped_task(raw: Mapping[str, Any]) -> StoppedTask:
    return StoppedTask(
        task_id=short_name(raw.get("taskArn", "")),
        task_definition=short_name(raw.get("taskDefinitionArn", "")),
        stopped_at=_moment(raw.get("stoppedAt")),
        stopped_reason=redacted_text(raw.get("stoppedReason", ""))[:_MESSAGE_CHARACTERS],
        stop_code=raw.get("stopCode", ""),
        containers=[
            StoppedContainer(
                name=container.get("name", ""),
                exit_code=container.get("exitCode"),
                reason=redacted_text(container.get("reason", ""))[:_REASON_CHARACTERS],
            )
            for container in raw.get("containers", [])[:_CONTAINERS]
        ],
    )


def _moment(raw: datetime | None) -> Moment | None:
    return in_utc(raw) if raw else None


def _last_parts(arns: list[str]) -> str:
    names = sorted(short_name(arn) for arn in arns)
    more = f" and {len(names) - _SUGGESTED} more" if len(names) > _SUGGESTED else ""
    return (", ".join(names[:_SUGGESTED]) or "none") + more
