"""The operations server: what can be done, what it would do, and doing what was allowed."""

from typing import Annotated, Any

from pydantic import Field

from itops_core.domain.remediation import Action, ActionPreview
from itops_core.domain.values import Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import READS, ToolResult, ToolServer
from operations_server.acting import add_repeating_tools, add_resource_tools, add_service_tools
from operations_server.execution import Executor

_INSTRUCTIONS = (
    "Previews and carries out the actions of the remediation catalogue. Actions happen only for "
    "an incident whose stored plan says so, once, and only as far as policy, people and the kill "
    "switch allow; asking for anything else is answered with the reason."
)

_SOURCES = {
    "ecs_service": "ecs",
    "execution": "states",
    "lambda": "lambda",
    "table": "dynamodb",
    "queue": "sqs",
    "device": "iot",
    "people": "catalogue",
}
"""Whose live state a preview rests on."""


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
    add_service_tools(server, executor)
    add_repeating_tools(server, executor)
    add_resource_tools(server, executor)
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
                        key: parameter.model_dump(
                            mode="json", exclude_defaults=True, exclude={"pattern"}
                        )
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
            Field(
                max_length=20,
                description=(
                    "As list_actions describes them. What is `sized` there may be left out: code "
                    "picks it from live state, and the answer's `action` holds it."
                ),
            ),
        ],
    ) -> PreviewResult:
        """Say what an action would do now, and do nothing; a `sized` number may be left out."""
        with asking("dynamodb"):
            preview = executor.preview(Action(name=name, parameters=parameters))
        return PreviewResult(
            **dict(preview),
            data_source=_SOURCES[executor.catalogue.spec(name).kind],
            query={"name": name, "parameters": parameters},
        )
