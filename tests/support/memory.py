"""The engine's stores in memory, with their promises, and a tool server made of functions."""

from collections.abc import Callable, Mapping
from typing import Any

from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident, TimelineEvent
from itops_core.domain.investigation import Step
from itops_core.errors import NotFoundError, ToolUnavailableError
from itops_core.tools.gateway import ToolAnswer, ToolSchema

Content = dict[str, Any]


class MemoryStores:
    """The stores that the engine needs, in memory, with their promises."""

    def __init__(self, incident: Incident) -> None:
        self.incident = incident
        self.transcript: list[Step] = []
        self.evidence: dict[str, Evidence] = {}
        self.events: dict[str, TimelineEvent] = {}

    def get(self, incident_id: str) -> Incident:
        assert incident_id == self.incident.incident_id
        return self.incident

    def add_event(self, event: TimelineEvent) -> None:
        self.events.setdefault(event.event_id, event)

    def put_step(self, step: Step) -> bool:
        if any(known.number == step.number for known in self.transcript):
            return False
        self.transcript.append(Step.model_validate_json(step.model_dump_json()))
        return True

    def steps(self, incident_id: str, after: int = 0) -> tuple[Step, ...]:
        assert incident_id == self.incident.incident_id
        return tuple(step for step in self.transcript if step.number > after)

    def put_evidence(self, evidence: Evidence) -> Evidence:
        return self.evidence.setdefault(evidence.evidence_id, evidence)

    def get_evidence(self, incident_id: str, evidence_id: str) -> Evidence:
        assert incident_id == self.incident.incident_id
        if evidence_id not in self.evidence:
            raise NotFoundError(evidence_id)
        return self.evidence[evidence_id]


class Server:
    """One tool server that answers from functions; a tool that is `down` takes it down."""

    def __init__(self, server: str, tools: Mapping[str, Callable[..., Content]]) -> None:
        self.server = server
        self._tools = tools
        self.down: set[str] = set()
        self.asked: list[str] = []

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        self.asked.append(tool)
        if tool in self.down:
            raise ToolUnavailableError(self.server, "circuit open")
        if tool not in self._tools:
            return ToolAnswer(ok=False, content={}, message=f"there is no tool {tool!r}")
        try:
            content = self._tools[tool](**arguments)
        except NotFoundError as error:
            return ToolAnswer(ok=False, content={}, message=str(error))
        return ToolAnswer(ok=True, content={"data_source": "rehearsal", "query": {}, **content})

    def list_tools(self) -> tuple[ToolSchema, ...]:
        return tuple(
            ToolSchema(
                server=self.server,
                name=name,
                description=f"The tool {name}.",
                input_schema={"type": "object", "properties": {}},
                read_only=True,
            )
            for name in self._tools
        )
