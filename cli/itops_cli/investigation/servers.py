"""The real tool servers in this very process, over a recording and stores in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, cast

from fleet_server.recorded.composition import recorded_server as recorded_fleet_server
from incident_server.insight import Insight
from incident_server.knowing import Knowing
from incident_server.reading import IncidentReading
from incident_server.server import build_server as incident_server
from incident_server.writing import IncidentWriting
from itops_cli.investigation.fleet import fleet_of
from itops_cli.investigation.stores import Stores
from itops_core.errors import ToolUnavailableError
from itops_core.remediation.autonomy import TrackRecords, of_seeds_alone, seeds
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Bar, Gate
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import policies
from itops_core.settings import Config
from itops_core.tools.gateway import ToolAnswer, ToolGateway, ToolSchema
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.tools.tool_server import ToolServer
from monitoring_server.recorded.answering import refusal
from monitoring_server.recorded.composition import RECORDED, recorded_clients, recorded_server
from monitoring_server.recorded.recording import Recording
from operations_server.claims import Claims
from operations_server.devices import Devices
from operations_server.estate import Estate
from operations_server.execution import Executor
from operations_server.functions import Functions
from operations_server.ledger import ActionLedger
from operations_server.metrics import RecentMetrics
from operations_server.operation import Surroundings as Acting
from operations_server.operations import Reachable, operations
from operations_server.permission import Permissions, Records
from operations_server.pipelines import Pipelines
from operations_server.queues import Queues
from operations_server.server import build_server as operations_server
from operations_server.tables import Tables
from operations_server.traffic import TrafficReader

_SWITCH = SwitchReading(is_on=True, reason="nothing that is recorded can be acted on")


class OpenGateway(ToolGateway, Protocol):
    """A way to a server that somebody has to let go of."""

    def close(self) -> None:
        """Let go of it."""
        ...


class UnreachableGateway:
    """The way to a server that does not answer."""

    def __init__(self, server: str) -> None:
        self._server = server

    @property
    def server(self) -> str:
        """The server's name."""
        return self._server

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Say that it is out of reach."""
        del tool, arguments
        raise ToolUnavailableError(self._server, "out of reach")

    def list_tools(self) -> tuple[ToolSchema, ...]:
        """Say that it is out of reach."""
        raise ToolUnavailableError(self._server, "out of reach")

    def close(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True)
class Surroundings:
    """What an investigation looks at, writes down, and goes by."""

    recording: Recording
    stores: Stores
    config: Config

    def now(self) -> datetime:
        """Return the moment at which the recording stands."""
        return self.recording.recorded_at


class NobodyActsError(RuntimeError):
    """A recording was to be changed."""


class _ReadOnly:
    """Stands where a client that writes would: an investigation only proposes."""

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401
        raise NobodyActsError(f"{operation}: a recording cannot be changed")


def tool_gateways(around: Surroundings, down: Collection[str] = ()) -> Mapping[str, OpenGateway]:
    """Return the ways to the servers that the agents may ask; those `down` lead nowhere."""
    return {
        server.name: UnreachableGateway(server.name)
        if server.name in down
        else InMemoryToolGateway(server)
        for server in tool_servers(around)
    }


def tool_servers(around: Surroundings) -> tuple[ToolServer, ...]:
    """Return every tool server, over the recording and the stores."""
    stores = around.stores
    reading = IncidentReading(stores.incidents)
    return (
        recorded_server(around.recording, stores.agent_state),
        incident_server(
            reading,
            IncidentWriting(stores.incidents, around.now),
            Knowing(stores.knowledge, stores.catalog),
            Insight(reading, stores.agent_state, stores.catalog),
        ),
        _operations(around),
        recorded_fleet_server(fleet_of(around.recording)),
    )


def gate_of(around: Surroundings) -> Gate:
    """Return the gate, with actions switched on: what is judged is what would happen."""
    records = TrackRecords(of_seeds_alone, seeds(), around.config.autonomy)
    bar = Bar(around.config.remediation.auto_confidence, records.standing)
    return Gate(catalogue(), policies(), lambda: _SWITCH, bar)


class _Untold:
    """Stands before a recorded client: what the recording does not tell, AWS does not know."""

    def __init__(self, client: object) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401
        known = getattr(self._client, operation, None)
        return known or partial(_not_recorded, operation)


def _not_recorded(operation: str, *_arguments: object, **_query: object) -> Any:  # noqa: ANN401
    raise refusal(operation, "ResourceNotFoundException", "it was not recorded")


def _operations(around: Surroundings) -> ToolServer:
    stores, rules, known = around.stores, around.config.remediation, catalogue()
    entries = stores.catalog.list
    ledger = ActionLedger(stores.runtime, 0)
    claims = Claims(stores.runtime, stores.incidents, rules.cooldown_seconds, around.now)
    records = Records(stores.incidents, stores.approvals, stores.agent_state, ledger, claims)
    gate = gate_of(around)
    permissions = Permissions(records, gate, entries, rules.blocked_keywords, around.now)
    traffic = TrafficReader(_metrics(around), known.traffic)
    acts = operations(_reachable(around), Acting(entries, known.blast_radius, rules, traffic))
    return operations_server(Executor(known, acts, permissions, ledger, around.now))


def _metrics(around: Surroundings) -> RecentMetrics:
    recorded = cast(Any, _Untold(recorded_clients(around.recording)("cloudwatch")))
    return RecentMetrics(recorded, around.now)


def _reachable(around: Surroundings) -> Reachable:
    clients, nobody = recorded_clients(around.recording), cast(Any, _ReadOnly())

    def reader(name: str) -> Any:  # noqa: ANN401
        return _Untold(clients(name) if name in RECORDED else None)

    return Reachable(
        Estate(reader("ecs"), nobody),
        Pipelines(reader("stepfunctions"), nobody, around.now),
        Functions(reader("lambda"), nobody, _metrics(around)),
        Tables(reader("dynamodb"), nobody, _metrics(around)),
        Queues(reader("sqs"), nobody),
        Devices(reader("iot"), reader("iot-data"), nobody),
        nobody,
    )
