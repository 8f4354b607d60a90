"""The operations server: what can be done, what it would do, and doing what was allowed."""

from typing import Annotated, Any

from pydantic import Field

from itops_core.domain.remediation import Action, ActionPreview
from itops_core.domain.values import Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import CHANGES, READS, ToolResult, ToolServer, offered
from operations_server.acting import Acting
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


class Looking:
    """Tells what can be done, and what it would do; does nothing."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_actions(self) -> ActionList:
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
                for spec in self._executor.catalogue.actions.values()
            ],
            data_source="catalogue",
            query="config/actions.yaml",
        )

    def preview_action(
        self,
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
            preview = self._executor.preview(Action(name=name, parameters=parameters))
        return PreviewResult(
            **dict(preview),
            data_source=_SOURCES[self._executor.catalogue.spec(name).kind],
            query={"name": name, "parameters": parameters},
        )


def build_server(executor: Executor) -> ToolServer:
    """Return the operations server, acting through `executor`."""
    looking, acting = Looking(executor), Acting(executor)
    tools = [
        *offered(READS, looking.list_actions, looking.preview_action),
        *offered(CHANGES, *acting.tools),
    ]
    return ToolServer("operations", _INSTRUCTIONS, tools)
