"""Where this server's settings become objects."""

from functools import lru_cache
from typing import Any

from itops_core.domain.values import utc_now
from itops_core.remediation.catalogue import catalogue
from itops_core.settings import config
from itops_core.tools.tool_server import ToolServer
from itops_core.wiring.clients import client
from itops_core.wiring.notifier import notifier
from itops_core.wiring.remediation import gate, writer
from itops_core.wiring.stores import (
    agent_state,
    approvals,
    audit,
    catalog,
    incidents,
    notifications,
    runtime,
)
from itops_core.workflow.notifications import Notifications
from operations_server.claims import Claims
from operations_server.devices import Devices
from operations_server.estate import Estate
from operations_server.execution import Executor
from operations_server.functions import Functions
from operations_server.ledger import WRITE_CONNECT_SECONDS, WRITE_READ_SECONDS, ActionLedger
from operations_server.metrics import RecentMetrics
from operations_server.operation import Surroundings
from operations_server.operations import Reachable, operations
from operations_server.people import People
from operations_server.permission import Permissions, Records
from operations_server.pipelines import Pipelines
from operations_server.queues import Queues
from operations_server.server import build_server
from operations_server.tables import Tables
from operations_server.traffic import TrafficReader

_WAIT_SECONDS = 8
"""How long a call waits for another that is at the same action; less than any client waits."""

_TRAFFIC_SECONDS = 4
"""CloudWatch is asked once for traffic, and not waited for longer: a lease runs meanwhile."""


@lru_cache
def server() -> ToolServer:
    """Return the operations server of this process."""
    rules = config().remediation
    ledger = ActionLedger(runtime(), _WAIT_SECONDS, witness=audit().append)
    entries = catalog().list
    known = catalogue()
    claims = Claims(runtime(), incidents(), rules.cooldown_seconds, utc_now)
    records = Records(incidents(), approvals(), agent_state(), ledger, claims)
    permissions = Permissions(records, gate(), entries, rules.blocked_keywords, utc_now)
    once = writer("cloudwatch", WRITE_CONNECT_SECONDS, _TRAFFIC_SECONDS)
    traffic = TrafficReader(RecentMetrics(once, utc_now), known.traffic)
    acts = operations(_reachable(), Surroundings(entries, known.blast_radius, rules, traffic))
    return build_server(Executor(known, acts, permissions, ledger, utc_now))


def _reachable() -> Reachable:
    metrics = RecentMetrics(client("cloudwatch"), utc_now)
    return Reachable(
        Estate(client("ecs"), _writer("ecs")),
        Pipelines(client("stepfunctions"), _writer("stepfunctions"), utc_now),
        Functions(client("lambda"), _writer("lambda"), metrics),
        Tables(client("dynamodb"), _writer("dynamodb"), metrics),
        Queues(client("sqs"), _writer("sqs")),
        Devices(client("iot"), client("iot-data"), _writer("iot-data")),
        People(notifier().tell, _outbox().is_stored),
    )


def _outbox() -> Notifications:
    return Notifications(notifications(), notifier().deliver)


def _writer(name: str) -> Any:  # noqa: ANN401 - a boto3 client of any service
    return writer(name, WRITE_CONNECT_SECONDS, WRITE_READ_SECONDS)
