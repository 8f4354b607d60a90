"""The actions on ECS services and their tasks."""

from datetime import datetime
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.remediation.assessment import Outlook
from itops_core.remediation.services import (
    ServiceState,
    TaskState,
    restart_outlook,
    rollback_outlook,
    scale_outlook,
    stop_outlook,
)
from operations_server.estate import Estate
from operations_server.operation import LiveOperation, Surroundings, filled, text, whole


class ServiceOperation(LiveOperation[ServiceState]):
    """What all actions on an ECS service have in common."""

    def __init__(self, estate: Estate, around: Surroundings) -> None:
        super().__init__(around)
        self.estate = estate

    def state(self, action: Action) -> ServiceState:
        """Return the service as it is now."""
        return self.estate.service(text(action, "cluster"), text(action, "service"))

    def last_changed_at(self, state: ServiceState) -> datetime | None:
        """Return when its deployment last changed."""
        return state.deployment_changed_at


class Restart(ServiceOperation):
    """Replaces every task; it shows as another deployment than the one before."""

    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return restart_outlook(state)

    def change(self, record: ActionRecord, state: ServiceState) -> dict[str, Any]:
        """Start a new deployment of what runs."""
        del record
        return self.estate.restart(state).shown

    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether there is another deployment than before."""
        return state.deployment_id != record.before.get("deployment_id")


class Scale(ServiceOperation):
    """Sets an absolute number of tasks, so that doing it twice is doing it once."""

    def completed(self, action: Action) -> Action:
        """Return it with a step more tasks than now."""
        return filled(
            action, desired_count=self.state(action).desired_count + self.rules.scale_step
        )

    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different."""
        wanted = whole(action, "desired_count")
        return scale_outlook(state, wanted, self.rules.max_scale_step, undo=undo)

    def change(self, record: ActionRecord, state: ServiceState) -> dict[str, Any]:
        """Have so many tasks run."""
        return self.estate.scale(state, whole(record.action, "desired_count")).shown

    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether so many tasks are wanted."""
        return state.desired_count == whole(record.action, "desired_count")


class Rollback(ServiceOperation):
    """Goes back to an earlier revision; ECS does nothing if that is what runs."""

    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different."""
        wanted = self.estate.revision(text(action, "task_definition"))
        current = self.estate.revision(state.task_definition)
        return rollback_outlook(state, wanted, current, undo=undo)

    def change(self, record: ActionRecord, state: ServiceState) -> dict[str, Any]:
        """Have the revision run."""
        return self.estate.use_revision(state, text(record.action, "task_definition")).shown

    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether the revision is what is wanted now."""
        wanted = self.estate.revision(text(record.action, "task_definition"))
        return wanted is not None and wanted.arn == state.task_definition


class StopTask(LiveOperation[TaskState]):
    """Stops one task of a service; stopping it again does nothing."""

    def __init__(self, estate: Estate, around: Surroundings) -> None:
        super().__init__(around)
        self.estate = estate

    def state(self, action: Action) -> TaskState:
        """Return the task with its service; raise `ToolError` where no service replaces it."""
        cluster, name = text(action, "cluster"), text(action, "task")
        task = self.estate.task(cluster, name)
        if task is None:
            raise ToolError(
                f"cluster {cluster!r} has no task {name!r}, or it ended more than an hour ago"
            )
        if not task.service:
            raise ToolError(f"{name!r} is of no service: nothing would replace it")
        return TaskState(task=task, service=self.estate.service(cluster, task.service))

    def outlook(self, action: Action, state: TaskState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return stop_outlook(state)

    def change(self, record: ActionRecord, state: TaskState) -> dict[str, Any]:
        """Stop it."""
        stopped = self.estate.stop(state.service.cluster, state.task.arn, record.action_id)
        return TaskState(task=stopped, service=state.service).shown

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return what is left of the task if it has stopped; ECS forgets it after an hour."""
        name = text(record.action, "task")
        if self.estate.task(text(record.action, "cluster"), name) is None:
            return {**record.before, "task_status": "GONE"}
        return super().effect_of(record)

    def shows(self, record: ActionRecord, state: TaskState) -> bool:
        """Whether it has ended, or is about to."""
        del record
        return state.task.is_stopped
