"""The tools that act, one for each action of the catalogue."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from itops_core.domain.remediation import Action, ActionRecord
from itops_core.tools.aws_errors import asking
from operations_server.execution import Executor
from operations_server.request import ActionRequest

Cluster = Annotated[str, Field(max_length=255, description="Name of the ECS cluster.")]
Service = Annotated[str, Field(max_length=255, description="Name of the ECS service.")]
TaskId = Annotated[str, Field(max_length=400, description="Id or ARN of a task of a service.")]
DesiredCount = Annotated[int, Field(ge=0, le=1000, description="Tasks that should run.")]
TaskDefinition = Annotated[
    str, Field(max_length=512, description="Earlier revision, as `family:revision` or its ARN.")
]
ExecutionArn = Annotated[
    str, Field(max_length=400, description="ARN of a failed Standard execution.")
]
Message = Annotated[str, Field(max_length=4000, description="What people should know or do.")]
QueueName = Annotated[str, Field(max_length=80, description="Name of the dead-letter queue.")]
FunctionName = Annotated[str, Field(max_length=140, description="Name of the function.")]
ReservedConcurrency = Annotated[
    int, Field(ge=-1, le=100_000, description="Runs at once; -1 takes the reservation away.")
]
MemoryMb = Annotated[int, Field(ge=128, le=10_240, description="Memory in MB; more than now.")]
TableName = Annotated[str, Field(max_length=255, description="Name of the table.")]
Units = Annotated[
    int, Field(ge=1, le=40_000, description="Capacity units; not fewer than the table has now.")
]
DeviceId = Annotated[str, Field(max_length=128, description="Name of the thing.")]
Request = Annotated[ActionRequest, Field(description="On whose behalf, and with whose consent.")]
Tool = Callable[..., ActionRecord]


class Acting:
    """Has the executor carry out one action; what comes back is its record, refusals included."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @property
    def tools(self) -> tuple[Tool, ...]:
        """One for each action of the catalogue."""
        return (
            self.restart_ecs_service,
            self.stop_ecs_task,
            self.scale_ecs_service,
            self.rollback_ecs_deployment,
            self.notify_only,
            self.redrive_queue,
            self.redrive_execution,
            self.rerun_execution,
            self.set_lambda_concurrency,
            self.set_lambda_memory,
            self.raise_dynamodb_capacity,
            self.restart_device,
        )

    def restart_ecs_service(
        self, cluster: Cluster, service: Service, request: Request
    ) -> ActionRecord:
        """Replace every task of an ECS service by a fresh one, one after the other."""
        return self._act("restart_ecs_service", request, cluster=cluster, service=service)

    def stop_ecs_task(self, cluster: Cluster, task: TaskId, request: Request) -> ActionRecord:
        """Stop one task of an ECS service, which starts another in its place."""
        return self._act("stop_ecs_task", request, cluster=cluster, task=task)

    def scale_ecs_service(
        self, cluster: Cluster, service: Service, desired_count: DesiredCount, request: Request
    ) -> ActionRecord:
        """Set how many tasks an ECS service runs."""
        target = {"cluster": cluster, "service": service}
        return self._act("scale_ecs_service", request, desired_count=desired_count, **target)

    def rollback_ecs_deployment(
        self, cluster: Cluster, service: Service, task_definition: TaskDefinition, request: Request
    ) -> ActionRecord:
        """Put an ECS service back on an earlier task definition of the same family."""
        target = {"cluster": cluster, "service": service}
        return self._act(
            "rollback_ecs_deployment", request, task_definition=task_definition, **target
        )

    def notify_only(self, message: Message, request: Request) -> ActionRecord:
        """Tell the people on call; change nothing."""
        return self._act("notify_only", request, message=message)

    def redrive_queue(self, queue_name: QueueName, request: Request) -> ActionRecord:
        """Send the messages of a dead-letter queue back to where they failed."""
        return self._act("redrive_queue", request, queue_name=queue_name)

    def redrive_execution(self, execution_arn: ExecutionArn, request: Request) -> ActionRecord:
        """Go on with a failed execution from the state that failed; what succeeded is kept."""
        return self._act("redrive_execution", request, execution_arn=execution_arn)

    def rerun_execution(self, execution_arn: ExecutionArn, request: Request) -> ActionRecord:
        """Start a failed execution anew with the same input; every state runs again."""
        return self._act("rerun_execution", request, execution_arn=execution_arn)

    def set_lambda_concurrency(
        self,
        function_name: FunctionName,
        reserved_concurrency: ReservedConcurrency,
        request: Request,
    ) -> ActionRecord:
        """Reserve so many concurrent runs for a function, which is also its limit."""
        return self._act(
            "set_lambda_concurrency",
            request,
            function_name=function_name,
            reserved_concurrency=reserved_concurrency,
        )

    def set_lambda_memory(
        self, function_name: FunctionName, memory_mb: MemoryMb, request: Request
    ) -> ActionRecord:
        """Give a function more memory, and CPU with it."""
        return self._act(
            "set_lambda_memory", request, function_name=function_name, memory_mb=memory_mb
        )

    def raise_dynamodb_capacity(
        self, table_name: TableName, read_units: Units, write_units: Units, request: Request
    ) -> ActionRecord:
        """Let a table with provisioned capacity take more reads and writes a second."""
        units = {"read_units": read_units, "write_units": write_units}
        return self._act("raise_dynamodb_capacity", request, table_name=table_name, **units)

    def restart_device(self, device_id: DeviceId, request: Request) -> ActionRecord:
        """Ask a device to restart, by its shadow."""
        return self._act("restart_device", request, device_id=device_id)

    def _act(self, name: str, request: ActionRequest, **parameters: str | int) -> ActionRecord:
        with asking("dynamodb"):
            return self._executor.carry_out(Action(name=name, parameters=parameters), request)
