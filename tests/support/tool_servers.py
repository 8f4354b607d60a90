"""The tool servers over one account of the emulator, and the ways to reach them in a test."""

import io
import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from incident_server.knowing import Knowing
from incident_server.reading import IncidentReading
from incident_server.server import build_server as build_incident_server
from incident_server.writing import IncidentWriting
from itops_core.domain.values import utc_now
from itops_core.errors import ToolUnavailableError
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.tools.gateway import ToolAnswer, ToolGateway
from itops_core.tools.lambda_entry import LambdaEntry
from itops_core.tools.tool_server import ToolServer
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


def incident_server(account: Account) -> ToolServer:
    """Return the incident server over `account`."""
    tables = Tables(account)
    incidents = IncidentStore(tables.incidents)
    return build_incident_server(
        IncidentReading(incidents),
        IncidentWriting(incidents, utc_now),
        Knowing(KnowledgeStore(tables.knowledge), CatalogStore(tables.catalog)),
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
