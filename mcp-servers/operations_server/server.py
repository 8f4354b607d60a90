"""The operations server: what can be done, what it would do, and doing what was allowed."""

from typing import Annotated, Any

from pydantic import Field

from itops_core.domain.remediation import Action, ActionPreview, ActionRecord
from itops_core.domain.values import Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import CHANGES, READS, ToolResult, ToolServer
from operations_server.execution import Executor
from operations_server.permission import ActionRequest

_INSTRUCTIONS = (
    "Previews and carries out the actions of the remediation catalogue. Actions happen only for "
    "an incident whose stored plan says so, once, and only as far as policy, people and the kill "
    "switch allow; asking for anything else is answered with the reason."
)

_SOURCES = {"service": "ecs", "execution_arn": "states"}
"""Whose live state a preview rests on, by the parameter that names it."""

Cluster = Annotated[
    str, Field(max_length=255, description="Name of the ECS cluster, as the catalog has it.")
]
Service = Annotated[
    str, Field(max_length=255, description="Name of the ECS service, as the catalog has it.")
]
ExecutionArn = Annotated[
    str, Field(max_length=400, description="ARN of a failed Standard execution.")
]
Request = Annotated[ActionRequest, Field(description="On whose behalf, and with whose consent.")]


class ActionDescription(Value):
    """One action of the catalogue."""

    name: str
    description: str
    parameters: dict[str, Any]
    precondition: str
    inverse: str | None
    reversible: bool
    risk: str
    blast: str
    cost: str


class ActionList(ToolResult):
    """Everything that can be done."""

    actions: list[ActionDescription]


class PreviewResult(ActionPreview, ToolResult):
    """What an action would do now."""


def build_server(executor: Executor) -> ToolServer:
    """Return the operations server, acting through `executor`."""
    server = ToolServer("operations", _INSTRUCTIONS)
    _add_reading(server, executor)
    _add_acting(server, executor)
    _add_repeating(server, executor)
    return server


def _add_reading(server: ToolServer, executor: Executor) -> None:
    @server.tool(annotations=READS)
    def list_actions() -> ActionList:
        """List every remedy there is: what it does, what it takes, its risk and its inverse."""
        return ActionList(
            actions=[
                ActionDescription(
                    name=spec.name,
                    description=spec.description,
                    parameters={
                        key: parameter.model_dump(mode="json", exclude_none=True)
                        for key, parameter in spec.parameters.items()
                    },
                    precondition=spec.precondition,
                    inverse=spec.inverse.name if spec.inverse else None,
                    reversible=spec.reversible,
                    risk=spec.risk.value,
                    blast=spec.blast.value,
                    cost=spec.cost,
                )
                for spec in executor.catalogue.actions.values()
            ],
            data_source="catalogue",
            query="config/actions.yaml",
        )

    @server.tool(annotations=READS)
    def preview_action(
        name: Annotated[str, Field(max_length=64, description="An action of list_actions.")],
        parameters: Annotated[
            dict[str, Any],
            Field(max_length=20, description="Its parameters, as list_actions describes them."),
        ],
    ) -> PreviewResult:
        """Say what an action would do right now (before, after, risk, inverse); do nothing."""
        with asking("dynamodb"):
            preview = executor.preview(Action(name=name, parameters=parameters))
        source = _SOURCES.get(next(iter({*parameters} & {*_SOURCES}), ""), "catalogue")
        return PreviewResult(
            **dict(preview), data_source=source, query={"name": name, "parameters": parameters}
        )


def _add_acting(server: ToolServer, executor: Executor) -> None:
    def carried_out(name: str, request: ActionRequest, **parameters: str | int) -> ActionRecord:
        with asking("dynamodb"):
            return executor.carry_out(Action(name=name, parameters=parameters), request)

    @server.tool(annotations=CHANGES)
    def restart_ecs_service(cluster: Cluster, service: Service, request: Request) -> ActionRecord:
        """Replace every task of an ECS service by a fresh one, one after the other."""
        return carried_out("restart_ecs_service", request, cluster=cluster, service=service)

    @server.tool(annotations=CHANGES)
    def scale_ecs_service(
        cluster: Cluster,
        service: Service,
        desired_count: Annotated[int, Field(ge=0, le=1000, description="Tasks that should run.")],
        request: Request,
    ) -> ActionRecord:
        """Set how many tasks an ECS service runs."""
        return carried_out(
            "scale_ecs_service",
            request,
            cluster=cluster,
            service=service,
            desired_count=desired_count,
        )

    @server.tool(annotations=CHANGES)
    def rollback_ecs_deployment(
        cluster: Cluster,
        service: Service,
        task_definition: Annotated[
            str,
            Field(max_length=512, description="Earlier revision, as `family:revision` or its ARN."),
        ],
        request: Request,
    ) -> ActionRecord:
        """Put an ECS service back on an earlier task definition of the same family."""
        return carried_out(
            "rollback_ecs_deployment",
            request,
            cluster=cluster,
            service=service,
            task_definition=task_definition,
        )

    @server.tool(annotations=CHANGES)
    def notify_only(
        message: Annotated[
            str, Field(max_length=4000, description="What people should know or do.")
        ],
        request: Request,
    ) -> ActionRecord:
        """Tell the people on call; change nothing."""
        return carried_out("notify_only", request, message=message)


def _add_repeating(server: ToolServer, executor: Executor) -> None:
    def repeated(name: str, request: ActionRequest, execution_arn: str) -> ActionRecord:
        with asking("dynamodb"):
            action = Action(name=name, parameters={"execution_arn": execution_arn})
            return executor.carry_out(action, request)

    @server.tool(annotations=CHANGES)
    def redrive_execution(execution_arn: ExecutionArn, request: Request) -> ActionRecord:
        """Go on with a failed execution from the state that failed; what succeeded is kept."""
        return repeated("redrive_execution", request, execution_arn)

    @server.tool(annotations=CHANGES)
    def rerun_execution(execution_arn: ExecutionArn, request: Request) -> ActionRecord:
        """Start a failed execution anew with the same input; every state runs again."""
        return repeated("rerun_execution", request, execution_arn)
