"""Every action that this server can carry out, by its name in the catalogue."""

from dataclasses import dataclass

from operations_server.devices import Devices, RestartDevice
from operations_server.estate import Estate
from operations_server.functions import Functions, SetConcurrency, SetMemory
from operations_server.operation import Operation, Surroundings
from operations_server.people import Message, People
from operations_server.pipelines import Pipelines, Redrive, Rerun
from operations_server.queues import Queues, RedriveQueue
from operations_server.services import Restart, Rollback, Scale, StopTask
from operations_server.tables import RaiseCapacity, Tables


@dataclass(frozen=True)
class Reachable:
    """What the server acts on."""

    estate: Estate
    pipelines: Pipelines
    functions: Functions
    tables: Tables
    queues: Queues
    devices: Devices
    people: People


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
        "notify_only": Message(on.people),
    }
