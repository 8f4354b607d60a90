"""The real tool servers in this very process, over a recording and stores in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident_server.knowing import Knowing
from incident_server.reading import IncidentReading
from incident_server.server import build_server as incident_server
from incident_server.writing import IncidentWriting
from itops_cli.investigation.stores import Stores
from itops_core.errors import ToolUnavailableError
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Gate
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import policies
from itops_core.settings import Config
from itops_core.tools.gateway import ToolAnswer, ToolSchema
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.tools.tool_server import ToolServer
from monitoring_server.recorded.composition import recorded_clients, recorded_server
from monitoring_server.recorded.recording import Recording
from operations_server.claims import Claims
from operations_server.estate import Estate
from operations_server.execution import Executor
from operations_server.ledger import ActionLedger
from operations_server.operations import Reachable, operations
from operations_server.permission import Permissions, Records
from operations_server.pipelines import Pipelines
from operations_server.server import build_server as operations_server

_SWITCH = SwitchReading(is_on=True, reason="nothing that is recorded can be acted on")


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


def tool_gateways(
    around: Surroundings, down: Collection[str] = ()
) -> Mapping[str, InMemoryToolGateway | UnreachableGateway]:
    """Return the ways to the three servers that the agents may ask; those `down` lead nowhere."""
    stores = around.stores
    servers: tuple[ToolServer, ...] = (
        recorded_server(around.recording, stores.agent_state),
        incident_server(
            IncidentReading(stores.incidents),
            IncidentWriting(stores.incidents, around.now),
            Knowing(stores.knowledge, stores.catalog),
        ),
        _operations(around),
    )
    return {
        server.name: UnreachableGateway(server.name)
        if server.name in down
        else InMemoryToolGateway(server)
        for server in servers
    }


def gate_of(around: Surroundings) -> Gate:
    """Return the gate, with actions switched on: what is judged is what would happen."""
    known = around.config.remediation.auto_confidence
    return Gate(catalogue(), policies(), lambda: _SWITCH, known)


def _operations(around: Surroundings) -> ToolServer:
    client, nobody = recorded_clients(around.recording), _ReadOnly()
    stores, rules, known = around.stores, around.config.remediation, catalogue()
    pipelines = Pipelines(client("stepfunctions"), nobody, around.now)  # type: ignore[arg-type]
    estate = Estate(client("ecs"), nobody, nobody, "")  # type: ignore[arg-type]
    entries = stores.catalog.list
    ledger = ActionLedger(stores.runtime, 0)
    claims = Claims(stores.runtime, stores.incidents, rules.cooldown_seconds, around.now)
    records = Records(stores.incidents, stores.approvals, stores.agent_state, ledger, claims)
    gate = gate_of(around)
    permissions = Permissions(records, gate, entries, rules.blocked_keywords, around.now)
    acts = operations(
        Reachable(estate, pipelines), entries, known.blast_radius, rules.max_scale_step
    )
    return operations_server(Executor(known, acts, permissions, ledger, around.now))
