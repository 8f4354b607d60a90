"""What can be seen and changed in AWS of ECS services."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.remediation.services import Revision, ServiceState, Task
from itops_core.tools.aws_errors import asking, code_of

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class Estate:
    """Reads retry; writes do not, for a write that timed out may have happened."""

    def __init__(self, reader: "ECSClient", writer: "ECSClient") -> None:
        self._reader = reader
        self._writer = writer

    def service(self, cluster: str, service: str) -> ServiceState:
        """Return the service as it is now; raise `ToolError` where there is none."""
        with asking("ecs"):
            found = self._reader.describe_services(cluster=cluster, services=[service])["services"]
        if not found:
            raise ToolError(
                f"cluster {cluster!r} has no ECS service {service!r}; get_catalog_entry tells the "
                "cluster and the ECS service of everything in the catalog"
            )
        return _state(cluster, dict(found[0]))

    def revision(self, task_definition: str) -> Revision | None:
        """Return one revision of a task definition, or `None` where there is none."""
        with asking("ecs"):
            try:
                answer = self._reader.describe_task_definition(taskDefinition=task_definition)
            except ClientError as error:
                if code_of(error) == "ClientException":
                    return None
                raise
        found = answer["taskDefinition"]
        return Revision(
            arn=found.get("taskDefinitionArn", ""),
            family=found.get("family", ""),
            revision=found.get("revision", 0),
            status=found.get("status", ""),
        )

    def task(self, cluster: str, task: str) -> Task | None:
        """Return one task of a cluster, or `None` where ECS knows of none."""
        with asking("ecs"):
            found = self._reader.describe_tasks(cluster=cluster, tasks=[task])["tasks"]
        return _task(dict(found[0])) if found else None

    def stop(self, cluster: str, task: str, action_id: str) -> Task:
        """Stop one task, and say who did."""
        with asking("ecs"):
            answer = self._writer.stop_task(
                cluster=cluster, task=task, reason=f"stopped by ITOps, {action_id}"
            )
        return _task(dict(answer["task"]))

    def restart(self, state: ServiceState) -> ServiceState:
        """Replace every task by a fresh one."""
        return self._update(state, forceNewDeployment=True)

    def scale(self, state: ServiceState, desired_count: int) -> ServiceState:
        """Have so many tasks run."""
        return self._update(state, desiredCount=desired_count)

    def use_revision(self, state: ServiceState, task_definition: str) -> ServiceState:
        """Have another revision run."""
        return self._update(state, taskDefinition=task_definition)

    def _update(self, state: ServiceState, **change: Any) -> ServiceState:  # noqa: ANN401
        with asking("ecs"):
            answer = self._writer.update_service(
                cluster=state.cluster, service=state.service, **change
            )
        return _state(state.cluster, dict(answer["service"]))


def _state(cluster: str, found: dict[str, Any]) -> ServiceState:
    primary: dict[str, Any] = next(
        (one for one in found.get("deployments", []) if one.get("status") == "PRIMARY"), {}
    )
    rules = found.get("deploymentConfiguration", {})
    return ServiceState(
        arn=found["serviceArn"],
        cluster=cluster,
        service=found["serviceName"],
        status=found.get("status", ""),
        task_definition=found.get("taskDefinition", ""),
        desired_count=found.get("desiredCount", 0),
        running_count=found.get("runningCount", 0),
        pending_count=found.get("pendingCount", 0),
        deployment_id=primary.get("id", ""),
        rollout_state=primary.get("rolloutState", ""),
        deployment_changed_at=primary.get("updatedAt"),
        minimum_healthy_percent=rules.get("minimumHealthyPercent", 100),
        target_groups=tuple(
            sorted(
                one["targetGroupArn"].rsplit(":", 1)[-1]
                for one in found.get("loadBalancers", [])
                if one.get("targetGroupArn")
            )
        ),
    )


def _task(found: dict[str, Any]) -> Task:
    kind, _, name = str(found.get("group", "")).partition(":")
    return Task(
        arn=found["taskArn"],
        status=found.get("lastStatus", ""),
        desired_status=found.get("desiredStatus", ""),
        service=name if kind == "service" else "",
    )
