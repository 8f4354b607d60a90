"""Each action of the catalogue: what it would do, doing it, and whether it has been done."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.remediation.assessment import (
    Blast,
    Outlook,
    ServiceState,
    preview_of_message,
    preview_of_service,
    reach_of,
    restart_outlook,
    rollback_outlook,
    scale_outlook,
)
from itops_core.remediation.catalogue import ActionSpec, BlastThresholds
from operations_server.estate import Estate
from operations_server.operation import Entries, Operation
from operations_server.pipelines import Pipelines, Redrive, Rerun


class Message(Operation):
    """Tells people; what was told cannot be looked up, so a repeat after a crash tells again."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what would be told."""
        del undo
        return preview_of_message(action, spec)

    def act(self, record: ActionRecord) -> dict[str, Any]:
        """Tell it."""
        message = str(record.action.parameters["message"])
        self._estate.tell(f"ITOps {record.incident_id}", message)
        return {"message": message}

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Nothing shows whether it was told."""
        del record
        return None

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """There is nothing that anyone could have changed."""
        del action, recorded
        return True


class ServiceOperation(ABC, Operation):
    """What all actions on an ECS service have in common."""

    def __init__(self, estate: Estate, entries: Entries, thresholds: BlastThresholds) -> None:
        self._estate = estate
        self._entries = entries
        self._thresholds = thresholds

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what it would do to the service as it is now."""
        state = self._state(action)
        blast = Blast(
            service=state.service,
            reach=reach_of(state.service, state.cluster, self._entries()),
            thresholds=self._thresholds,
        )
        return preview_of_service(action, spec, state, self.outlook(action, state, undo), blast)

    def act(self, record: ActionRecord) -> dict[str, Any]:
        """Do it and return the service after it."""
        return self.change(record.action, self._state(record.action)).shown

    def effect_of(self, record: ActionRecord) -> dict[str, Any] | None:
        """Return the service as it is if the change of `record` shows in it."""
        state = self._state(record.action)
        return state.shown if self.shows(record, state) else None

    def is_untouched(self, action: Action, recorded: Mapping[str, Any]) -> bool:
        """Whether task definition and desired count are as recorded."""
        return self._state(action).rests_on(recorded)

    @abstractmethod
    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different, or why it cannot be done."""

    @abstractmethod
    def change(self, action: Action, state: ServiceState) -> ServiceState:
        """Change the service."""

    @abstractmethod
    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether `state` is what `record` was to bring about."""

    def _state(self, action: Action) -> ServiceState:
        return self._estate.service(
            str(action.parameters["cluster"]), str(action.parameters["service"])
        )


class Restart(ServiceOperation):
    """Replaces every task; it shows as another deployment than the one before."""

    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different."""
        del action, undo
        return restart_outlook(state)

    def change(self, action: Action, state: ServiceState) -> ServiceState:
        """Start a new deployment of what runs."""
        del action
        return self._estate.restart(state)

    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether there is another deployment than before."""
        return state.deployment_id != record.before.get("deployment_id")


class Scale(ServiceOperation):
    """Sets an absolute number of tasks, so that doing it twice is doing it once."""

    def __init__(
        self, estate: Estate, entries: Entries, thresholds: BlastThresholds, max_step: int
    ) -> None:
        super().__init__(estate, entries, thresholds)
        self._max_step = max_step

    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different."""
        return scale_outlook(state, _wanted(action), self._max_step, undo=undo)

    def change(self, action: Action, state: ServiceState) -> ServiceState:
        """Have so many tasks run."""
        return self._estate.scale(state, _wanted(action))

    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether so many tasks are wanted."""
        return state.desired_count == _wanted(record.action)


class Rollback(ServiceOperation):
    """Goes back to an earlier revision; ECS does nothing if that is what runs."""

    def outlook(self, action: Action, state: ServiceState, undo: bool) -> Outlook:
        """Return what would be different."""
        wanted = self._estate.revision(_revision(action))
        current = self._estate.revision(state.task_definition)
        return rollback_outlook(state, wanted, current, undo=undo)

    def change(self, action: Action, state: ServiceState) -> ServiceState:
        """Have the revision run."""
        return self._estate.use_revision(state, _revision(action))

    def shows(self, record: ActionRecord, state: ServiceState) -> bool:
        """Whether the revision is what is wanted now."""
        wanted = self._estate.revision(_revision(record.action))
        return wanted is not None and wanted.arn == state.task_definition


@dataclass(frozen=True)
class Reachable:
    """What the server acts on."""

    estate: Estate
    pipelines: Pipelines


def operations(
    reachable: Reachable, entries: Entries, thresholds: BlastThresholds, max_scale_step: int
) -> dict[str, Operation]:
    """Return every action that this server can carry out, by its name in the catalogue."""
    estate, pipelines = reachable.estate, reachable.pipelines
    return {
        "restart_ecs_service": Restart(estate, entries, thresholds),
        "scale_ecs_service": Scale(estate, entries, thresholds, max_scale_step),
        "rollback_ecs_deployment": Rollback(estate, entries, thresholds),
        "redrive_execution": Redrive(pipelines, entries, thresholds),
        "rerun_execution": Rerun(pipelines, entries, thresholds),
        "notify_only": Message(estate),
    }


def _wanted(action: Action) -> int:
    return int(action.parameters["desired_count"])


def _revision(action: Action) -> str:
    return str(action.parameters["task_definition"])
