"""The tool servers over one account of the emulator, and the ways to reach them in a test."""

import io
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident_server.articles import Articles
from incident_server.insight import Insight
from incident_server.knowing import Knowing
from incident_server.outward import Outward
from incident_server.reading import IncidentReading
from incident_server.reports import Reports
from incident_server.sending import Sender
from incident_server.server import Desk
from incident_server.server import build_server as build_incident_server
from incident_server.writing import IncidentWriting
from itops_core.domain.values import utc_now
from itops_core.errors import ToolUnavailableError
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.writing import WriteGate, message_policies
from itops_core.settings import config
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.approvals import ApprovalStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.notifications import NotificationStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.stores.tickets import TicketStore
from itops_core.tools.gateway import ToolAnswer, ToolGateway
from itops_core.tools.lambda_entry import LambdaEntry
from itops_core.tools.tool_server import ToolServer
from itops_core.workflow.channels.github_issues import GitHubIssues
from itops_core.workflow.executions import Executions
from itops_core.workflow.notifications import Notifications
from itops_core.workflow.opening import Opener
from itops_core.workflow.reporting import Reporter
from monitoring_server.assembly import Sources, telemetry_over
from monitoring_server.server import build_server
from tests.support.accounts import Account, Tables


def monitoring_server(
    account: Account,
    now: Callable[[], datetime] = utc_now,
    clients: Mapping[str, Any] | None = None,
) -> ToolServer:
    """Return the monitoring server over `account`; `clients` stand in for the account's."""

    def client(name: str) -> Any:  # noqa: ANN401
        return (clients or {}).get(name) or account.client(name)

    tables = Tables(account)
    sources = Sources(
        client=client,
        catalog=CatalogStore(tables.catalog),
        evidence=AgentStateStore(tables.agent_state),
        now=now,
    )
    return build_server(telemetry_over(sources))


@dataclass(frozen=True)
class Writable:
    """How the incident server of a test may write: on by default, to the last stage."""

    switch_on: bool = True
    allow_writes: bool = True
    mode: str = "incident"
    messages_per_incident: int = 10
    github: GitHubIssues | None = None
    machine: str = "arn:aws:states:us-east-1:000000000000:stateMachine:none"

    def gate(self) -> WriteGate:
        """Return the gate with these settings."""
        chosen = {
            "allow_writes": self.allow_writes,
            "mode": self.mode,
            "messages_per_incident": self.messages_per_incident,
        }
        rules = config().writing.model_copy(update=chosen)
        reading = SwitchReading(is_on=self.switch_on, reason="the test says so")
        return WriteGate(rules, message_policies, lambda: reading)


def incident_server(account: Account, writable: Writable | None = None) -> ToolServer:
    """Return the incident server over `account`."""
    may, tables = writable or Writable(), Tables(account)
    incidents, catalog = IncidentStore(tables.incidents), CatalogStore(tables.catalog)
    knowledge, runtime = KnowledgeStore(tables.knowledge), RuntimeStore(tables.runtime)
    agent_state, tickets = AgentStateStore(tables.agent_state), TicketStore(tables.incidents)
    executions = Executions(account.client("stepfunctions"), may.machine)
    notifications = Notifications(NotificationStore(tables.incidents), lambda _incident_id: None)
    reading, gate = IncidentReading(incidents), may.gate()
    reporter = Reporter(incidents, agent_state, ApprovalStore(tables.approvals))
    sender = Sender(incidents, runtime, gate, utc_now)
    opener = Opener(incidents, executions, page=lambda _incident: None)
    return build_incident_server(
        reading,
        IncidentWriting(incidents, utc_now, opener.open_once, gate),
        Knowing(knowledge, catalog),
        Insight(reading, agent_state, catalog, tickets),
        Desk(
            Reports(reporter, incidents, gate, utc_now),
            Articles(knowledge, incidents, gate),
            Outward(sender, tickets, notifications, may.github),
        ),
    )


class LambdaStandIn:
    """Stands where boto3's Lambda client does; runs the entry of a server in this process."""

    def __init__(self, entry: LambdaEntry) -> None:
        self._entry = entry
        self._counting = threading.Lock()
        self.invocations = 0
        self.faults: list[Exception | dict[str, Any]] = []
        """What the next invocations meet: an error to raise, or a reply to give."""

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803, ARG002
        """Run one invocation, payload and reply as Lambda would carry them."""
        with self._counting:
            self.invocations += 1
            fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        if fault is not None:
            return fault
        reply = self._entry.answer(json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(reply).encode())}


def answered(
    gateway: ToolGateway,
    tool: str,
    **arguments: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Return what the tool says; fail where it refuses."""
    answer = gateway.call(tool, arguments)
    assert answer.ok, answer.message
    return answer.content


def refused(gateway: ToolGateway, tool: str, **arguments: Any) -> str:  # noqa: ANN401
    """Return the advice with which the tool refuses."""
    answer: ToolAnswer = gateway.call(tool, arguments)
    assert not answer.ok, answer.content
    return answer.message


def outage(gateway: ToolGateway, tool: str, **arguments: Any) -> str:  # noqa: ANN401
    """Return why the server is unavailable; fail where it is not."""
    try:
        answer = gateway.call(tool, arguments)
    except ToolUnavailableError as error:
        return error.reason
    raise AssertionError(f"{tool} answered {answer}")
