"""Every action that this server can carry out, by its name in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.remediation.assessment import preview_of_message
from itops_core.remediation.catalogue import ActionSpec
from operations_server.devices import Devices, RestartDevice
from operations_server.estate import Estate
from operations_server.functions import Functions, SetConcurrency, SetMemory
from operations_server.operation import InTime, Operation, Surroundings, whenever
from operations_server.pipelines import Pipelines, Redrive, Rerun
from operations_server.queues import Queues, RedriveQueue
from operations_server.services import Restart, Rollback, Scale, StopTask
from operations_server.tables import RaiseCapacity, Tables


class Message(Operation):
    """Tells people; what was told cannot be looked up, so a repeat after a crash tells again."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def completed(self, action: Action) -> Action:
        """Return it as it is: it leaves nothing open."""
        return action

    def preview(self, action: Action, spec: ActionSpec, *, undo: bool) -> ActionPreview:
        """Return what would be told."""
        del undo
        return preview_of_message(action, spec)

    def act(self, record: ActionRecord, in_time: InTime = whenever) -> dict[str, Any]:
        """Tell it."""
        in_time()
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


@dataclass(frozen=True)
class Reachable:
    """What the server acts on."""

    estate: Estate
    pipelines: Pipelines
    functions: Functions
    tables: Tables
    queues: Queues
    devices: Devices


def operations(on: Reachable, around: Surroundings) -> dict[str, Operation]:
    """Return every action that this server can carry out, by its name in the catalogue."""
    return {
        "restart_ecs_service": Restart(on.estate, around),
        "stop_ecs_task": StopTask(on.estate, around),
        "scale_ecs_service": Scale(on.estate, around),
        "rollback_ecs_deployment": Rollback(on.estate, around),
        "redrive_queue": RedriveQueue(on.queues, around),
        "redrive_execution": Redrive(on.pipelines, around),
        "rerun_execution": Rerun(on.pipelines, around),
        "set_lambda_concurrency": SetConcurrency(on.functions, around),
        "set_lambda_memory": SetMemory(on.functions, around),
        "raise_dynamodb_capacity": RaiseCapacity(on.tables, around),
        "restart_device": RestartDevice(on.devices, around),
        "notify_only": Message(on.estate),
    }
