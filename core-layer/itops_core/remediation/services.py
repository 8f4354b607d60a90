"""ECS services and their tasks: their state, and what each action on them would do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import BlastSize
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.assessment import Outlook

_SHOWN = {"task_definition", "desired_count", "running_count", "deployment_id", "rollout_state"}
_BOUND = frozenset({"task_definition", "desired_count", "deployment_id"})
_STOPPED = {"STOPPING", "DEPROVISIONING", "DEACTIVATING", "STOPPED", "DELETED"}


class ServiceState(Value):
    """An ECS service as it is now."""

    arn: str
    cluster: str
    service: str
    status: str
    task_definition: str
    desired_count: int
    running_count: int
    pending_count: int = 0
    deployment_id: str = ""
    rollout_state: str = ""
    minimum_healthy_percent: int = 100
    deployment_changed_at: datetime | None = None
    """When its deployment last changed, its number of tasks among it; AWS tells."""
    target_groups: tuple[str, ...] = ()
    """Of its load balancers, as CloudWatch writes them."""

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.arn

    @property
    def name(self) -> str:
        """How people call it."""
        return self.service

    @property
    def state_hash(self) -> str:
        """What a yes is bound to, and a failed rollout; one that ends well is what they expect."""
        bound = {name: self.shown[name] for name in sorted(_BOUND)}
        return sha256_of([self.arn, bound, self.rollout_state == "FAILED"])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return self.model_dump(mode="json", include=_SHOWN)

    @property
    def bound(self) -> frozenset[str]:
        """What runs, how many of it, and since which deployment."""
        return _BOUND

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...]:
        """The requests that its load balancers send to it."""
        groups = tuple(
            TrafficMetric(
                namespace="AWS/ApplicationELB",
                metric="RequestCount",
                dimensions={"TargetGroup": group},
            )
            for group in self.target_groups
        )
        return (groups,) if groups else ()

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means this service: the same name in the same cluster."""
        return (entry.ecs_service, entry.cluster) == (self.service, self.cluster)

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether it is configured as `recorded`: nobody has changed it since."""
        now = (self.task_definition, self.desired_count)
        return now == (recorded.get("task_definition"), recorded.get("desired_count"))


class Revision(Value):
    """One revision of a task definition."""

    arn: str
    family: str
    revision: int
    status: str


class Task(Value):
    """One task as it is now; `service` is empty where none keeps it running."""

    arn: str
    status: str
    desired_status: str
    service: str

    @property
    def is_stopped(self) -> bool:
        """Whether it has ended, or is about to."""
        return self.status in _STOPPED or self.desired_status == "STOPPED"


class TaskState(Value):
    """A task of a service. What is claimed is the service: it is the one that feels it."""

    task: Task
    service: ServiceState

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.service.arn

    @property
    def name(self) -> str:
        """How people call it."""
        return self.service.service

    @property
    def state_hash(self) -> str:
        """A task that has ended by itself is not what they said yes to."""
        return sha256_of([self.service.state_hash, self.task.arn, self.task.is_stopped])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        of_task = {"task": self.task.arn, "task_status": self.task.status}
        return {**self.service.shown, **of_task}

    @property
    def bound(self) -> frozenset[str]:
        """What its service is bound by: the task is named by the action."""
        return self.service.bound

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...]:
        """What reaches its service."""
        return self.service.traffic_metrics

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means the service of the task."""
        return self.service.is_entry(entry)

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether the service is configured as `recorded`."""
        return self.service.rests_on(recorded)


def restart_outlook(state: ServiceState) -> Outlook:
    """Return what replacing every task would do."""
    fault = _inactive(state)
    if fault is None and state.desired_count < 1:
        fault = f"{state.service} is scaled to 0: there is nothing to restart"
    return Outlook(
        after={**state.shown, "deployment_id": "a new one", "rollout_state": "IN_PROGRESS"},
        note=(
            f"All {state.desired_count} tasks are replaced, one after the other; nothing to undo: "
            "configuration is unchanged."
        ),
        fault=fault,
        riskier=_two_at_once(state),
        blast=_while_replacing(state),
    )


def stop_outlook(state: TaskState) -> Outlook:
    """Return what stopping one task would do."""
    service, task = state.service, state.task
    fault = _inactive(service)
    if fault is None and task.is_stopped:
        fault = f"{task.arn} is stopping or has stopped already"
    elif fault is None and service.desired_count < 1:
        fault = f"{service.service} is scaled to 0: nothing would replace the task"
    alone = service.running_count <= 1
    return Outlook(
        after={**state.shown, "task_status": "STOPPED"},
        note=(
            f"One of {service.running_count} tasks stops, and the service starts another; nothing "
            "to undo: configuration is unchanged."
        ),
        fault=fault,
        riskier=_two_at_once(service),
        blast=BlastSize.MEDIUM if alone else BlastSize.SMALL,
    )


def scale_outlook(state: ServiceState, desired_count: int, max_step: int, *, undo: bool) -> Outlook:
    """Return what running `desired_count` tasks would do. Undoing may go down, and any step."""
    fault = _inactive(state)
    if fault is None and desired_count == state.desired_count:
        fault = f"{state.service} wants {desired_count} tasks already"
    elif fault is None and not undo:
        most = state.desired_count + max_step
        if not state.desired_count < desired_count <= most:
            fault = f"desired_count must lie above {state.desired_count}, and be at most {most}"
    return Outlook(
        after={**state.shown, "desired_count": desired_count},
        note=f"From {state.desired_count} to {desired_count} tasks.",
        fault=fault,
        riskier=_two_at_once(state),
    )


def rollback_outlook(
    state: ServiceState, wanted: Revision | None, current: Revision | None, *, undo: bool
) -> Outlook:
    """Return what going back to `wanted` would do. Undoing may go to a later revision."""
    if wanted is None or current is None:
        return Outlook(after=state.shown, note="", fault="there is no such task definition")
    fault = _inactive(state)
    if fault is None and wanted.status != "ACTIVE":
        fault = f"{wanted.family}:{wanted.revision} is {wanted.status.lower()}"
    elif fault is None and wanted.family != current.family:
        fault = f"{wanted.family} is another family than {current.family}, which runs now"
    elif fault is None and wanted.arn == current.arn:
        fault = f"{state.service} runs {wanted.family}:{wanted.revision} already"
    elif fault is None and not undo and wanted.revision > current.revision:
        fault = f"revision {wanted.revision} is later than {current.revision}, which runs now"
    return Outlook(
        after={**state.shown, "task_definition": wanted.arn},
        note=f"From {current.family}:{current.revision} to {wanted.family}:{wanted.revision}.",
        fault=fault,
        riskier=_two_at_once(state),
        blast=_while_replacing(state),
    )


def _inactive(state: ServiceState) -> str | None:
    if state.status == "ACTIVE":
        return None
    return f"{state.service} is {state.status.lower()}, not active"


def _while_replacing(state: ServiceState) -> BlastSize:
    """Replacing the tasks may leave none running for a moment."""
    leaves_none = state.desired_count * state.minimum_healthy_percent < 100
    return BlastSize.MEDIUM if leaves_none else BlastSize.SMALL


def _two_at_once(state: ServiceState) -> str | None:
    """A deployment under way makes everything riskier: two changes at once."""
    return "a deployment is under way" if state.rollout_state == "IN_PROGRESS" else None
