"""AWS for one play, behind the boundary: ITOps's own tables and topics, its tools, its estate."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from botocore.exceptions import ReadTimeoutError

import fleet_server.handler
import incident_server.handler
import monitoring_server.handler
import operations_server.handler
from itops_cli.investigation.memory_table import KeySchema, MemoryTable, TableSchema
from itops_cli.investigation.stores import SCHEMAS, MemoryBucket
from itops_core.domain.remediation import Action, ActionRecord
from itops_core.domain.values import canonical_json
from tests.support.calls import Context
from tests.support.chaos.boundary import Boundary, Process
from tests.support.chaos.estate import Estate
from tests.support.chaos.workflow import MACHINE_ARN, Workflow
from tests.support.chaos.writes import WRITES

PREFIX = "ITOps-"
TOPIC = "arn:aws:sns:us-east-1:000000000000:ITOps-Notifications"
DEAD_LETTERS = "https://sqs/dead-letters"
SWITCH = "/ITOps/actions-enabled"
_TABLES = {
    **SCHEMAS,
    "Audit": TableSchema(KeySchema("chain", "item_key")),
}
_VARIABLES = {
    "Incidents": "INCIDENTS_TABLE",
    "AgentState": "AGENT_STATE_TABLE",
    "KnowledgeBase": "KNOWLEDGE_TABLE",
    "Approvals": "APPROVALS_TABLE",
    "Catalog": "CATALOG_TABLE",
    "Runtime": "RUNTIME_TABLE",
    "Audit": "AUDIT_TABLE",
    "Conversations": "CONVERSATIONS_TABLE",
    "Runs": "RUNS_TABLE",
}
_SERVERS: dict[str, Any] = {
    "MonitoringServer": monitoring_server.handler,
    "IncidentServer": incident_server.handler,
    "OperationsServer": operations_server.handler,
    "FleetServer": fleet_server.handler,
}
_STARTED = ("Notifier", "IncidentCloser")
"""Functions that others start without waiting for them."""
_ONLY_READ = ("MonitoringServer", "FleetServer")
ENVIRONMENT = {
    **{variable: f"{PREFIX}{name}" for name, variable in _VARIABLES.items()},
    **{f"{name[:-6].upper()}_SERVER_FUNCTION": f"{PREFIX}{name}" for name in _SERVERS},
    "NOTIFIER_FUNCTION": f"{PREFIX}Notifier",
    "INCIDENT_CLOSER_FUNCTION": f"{PREFIX}IncidentCloser",
    "APPROVAL_GATE_FUNCTION": f"{PREFIX}ApprovalGate",
    "CHAT_AGENT_FUNCTION": f"{PREFIX}ChatAgent",
    "DEAD_LETTER_QUEUE_URL": DEAD_LETTERS,
    "INTAKE_QUEUE_URL": "https://sqs/alarms",
    "INTAKE_DEAD_LETTERS_URL": "https://sqs/alarms-dead",
    "GOAL_RUN_ARN": MACHINE_ARN.replace("IncidentResponse", "GoalRun"),
    "STATE_MACHINE_ARN": MACHINE_ARN,
    "NOTIFICATIONS_TOPIC_ARN": TOPIC,
    "EVIDENCE_BUCKET": "evidence",
    "KILL_SWITCH_PARAMETER": SWITCH,
    "NAME_PREFIX": "ITOps",
    "ITOPS_REASONER": "offline",
    "ITOPS__VERIFICATION__WAIT_SECONDS": "60",
    "ITOPS__VERIFICATION__MAXIMUM_SECONDS": "300",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Acted:
    """A write to the estate: by which action, and what was on record when it was made."""

    operation: str
    tool: str
    request: Mapping[str, Any]
    parameters: Mapping[str, Any]
    record: ActionRecord | None
    switched_on: bool

    @property
    def key(self) -> str:
        """What must not be done twice."""
        told = [self.operation, self.tool, self.parameters, self.request["incident_id"]]
        return canonical_json([*told, self.request["round"], self.request["undo"]])


@dataclass
class Cloud:
    """Everything that boto3 reaches in one play."""

    boundary: Boundary
    workflow: Workflow
    estate: Estate
    left: Callable[[Process], None]
    """Told of a tool server that is left in the middle, to go on with it later."""
    started: Callable[[str, dict[str, Any]], None]
    """Told of a function that is started and not waited for."""
    tables: dict[str, MemoryTable] = field(default_factory=dict[str, MemoryTable])
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    dead_letters: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    acted: list[Acted] = field(default_factory=list[Acted])
    deleted: list[str] = field(default_factory=list[str])
    is_switched_on: bool = True
    _bucket: MemoryBucket = field(default_factory=MemoryBucket)

    def __post_init__(self) -> None:
        self.tables = {f"{PREFIX}{name}": MemoryTable(schema) for name, schema in _TABLES.items()}

    def ask(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """Answer one call of a boto3 client."""
        return self.boundary.call(
            service, operation, lambda: self._answer(service, operation, arguments)
        )

    def ask_table(self, name: str, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """Answer one call of a boto3 table."""
        if operation == "delete_item":
            self.deleted.append(name)
        perform = partial(getattr(self.tables[name], operation), **arguments)
        key = arguments.get("Key") or arguments.get("Item") or {}
        place = f"{name.removeprefix(PREFIX)} {key.get('item_key') or key.get('key', '')}"
        return self.boundary.call("dynamodb", f"{operation} {place}".strip(), perform)

    def _answer(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        match service, operation:
            case "sns", "publish":
                return _kept(self.messages, arguments)
            case "sqs", "send_message" if arguments["QueueUrl"] == DEAD_LETTERS:
                return _kept(self.dead_letters, arguments)
            case "ssm", "get_parameter" if arguments["Name"] == SWITCH:
                return {"Parameter": {"Value": "on" if self.is_switched_on else "off"}}
            case "lambda", "invoke":
                return self._invoked(**arguments)
            case _:
                return self._elsewhere(service, operation, arguments)

    def _elsewhere(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        if service == "s3":
            return getattr(self._bucket, operation)(**arguments)
        if service == "stepfunctions" and _is_own(arguments):
            return self.workflow.ask(operation, arguments)
        if (service, operation) in WRITES:
            self._note(f"{service}.{operation}")
        return self.estate.ask(service, operation, arguments)

    def _invoked(self, FunctionName: str, Payload: bytes, **_more: object) -> dict[str, Any]:  # noqa: N803
        name, message = FunctionName.removeprefix(PREFIX), json.loads(Payload)
        if name in _STARTED:
            self.started(name, message)
            return {"StatusCode": 202}
        if name in _ONLY_READ:
            return _reply(self._looked_up(name, message))
        process = Process(name, message.get("params") or {}, switched_on=self.is_switched_on)
        status, answer = self.boundary.begin(
            process, lambda: _SERVERS[name].handler(message, Context())
        )
        if status == "left":
            self.left(process)
            raise ReadTimeoutError(endpoint_url="https://lambda")
        if process.is_dead or status == "failed":
            told = {"errorType": "Runtime.ExitError", "errorMessage": f"exited: {answer}"}
            return {"FunctionError": "Unhandled", **_reply(told)}
        return _reply(answer)

    def _looked_up(self, server: str, message: dict[str, Any]) -> dict[str, Any]:
        """Return what a server that only reads says; of what nobody has changed, it said it."""
        asked = {key: value for key, value in message.items() if key != "id"}
        lists = message.get("method") != "tools/call"
        of_a_run = "get_evidence" in canonical_json(asked)
        if not lists and (self.estate.effects or of_a_run):
            return self._quietly(server, message)
        offered = any("redriveStatus" in one for one in self.estate.recording.executions)
        scene = "" if lists else f"{self.estate.run.name} {offered}"
        key = f"{server} {scene} {canonical_json(asked)}"
        known = _known_answers().get(key)
        if known is None:
            known = _known_answers()[key] = self._quietly(server, message)
        return {**known, "id": message.get("id")}

    def _quietly(self, server: str, message: dict[str, Any]) -> dict[str, Any]:
        before, self.boundary.is_quiet = self.boundary.is_quiet, True
        try:
            return _SERVERS[server].handler(message, Context())
        finally:
            self.boundary.is_quiet = before

    def _note(self, operation: str) -> None:
        called = self.boundary.stack[-1].event
        arguments = dict(called["arguments"])
        request = arguments.pop("request")
        table = self.tables[ENVIRONMENT["RUNTIME_TABLE"]]
        found = [
            ActionRecord.model_validate(json.loads(str(item["value"])))
            for item in table.scan()["Items"]
            if str(item["key"]).startswith("action#")
        ]
        wanted = Action(name=called["name"], parameters=arguments)
        record = next((one for one in found if _is_of(one, wanted, request)), None)
        on = self.boundary.stack[-1].switched_on
        self.acted.append(Acted(operation, called["name"], request, arguments, record, on))


def _is_of(record: ActionRecord, wanted: Action, request: Mapping[str, Any]) -> bool:
    told = (request["incident_id"], request["round"], wanted)
    return record.action_id == ActionRecord.id_for(*told, undo=bool(request["undo"]))


@lru_cache
def _known_answers() -> dict[str, dict[str, Any]]:
    return {}


def _is_own(arguments: Mapping[str, Any]) -> bool:
    named = f"{arguments.get('stateMachineArn')} {arguments.get('executionArn')}"
    return "taskToken" in arguments or "ITOps-IncidentResponse" in named


def _kept(letters: list[dict[str, Any]], letter: dict[str, Any]) -> dict[str, Any]:
    letters.append(letter)
    return {"MessageId": str(len(letters))}


def _reply(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(answer).encode())}
