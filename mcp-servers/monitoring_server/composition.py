"""Where this server's settings become objects."""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from itops_core.domain.values import utc_now
from itops_core.settings import places
from itops_core.tools.tool_server import ToolServer
from itops_core.wiring.stores import agent_state, catalog
from monitoring_server.server import Telemetry, build_server
from monitoring_server.telemetry.alarm_history import AlarmChanges
from monitoring_server.telemetry.alarms import Alarms
from monitoring_server.telemetry.changes import Changes
from monitoring_server.telemetry.deployments import Deployments
from monitoring_server.telemetry.evidence import EvidencePages
from monitoring_server.telemetry.logs import Logs
from monitoring_server.telemetry.metrics import Metrics
from monitoring_server.telemetry.parameters import ParameterChanges
from monitoring_server.telemetry.services import Services

_LOOKING = Config(
    connect_timeout=2,
    # Two attempts of this stay within the time a caller gives a tool.
    read_timeout=7,
    retries={"mode": "standard", "total_max_attempts": 2},
)


@lru_cache
def server() -> ToolServer:
    """Return the monitoring server of this process."""
    cloudwatch, ecs = _client("cloudwatch"), _client("ecs")
    sources = (
        Deployments(ecs),
        ParameterChanges(_client("ssm"), _hidden_parameters()),
        AlarmChanges(cloudwatch),
    )
    return build_server(
        Telemetry(
            metrics=Metrics(cloudwatch, utc_now),
            alarms=Alarms(cloudwatch),
            logs=Logs(_client("logs"), utc_now),
            services=Services(ecs),
            changes=Changes(sources, catalog(), utc_now),
            evidence=EvidencePages(agent_state()),
        )
    )


def _hidden_parameters() -> tuple[str, ...]:
    """Return the prefixes of parameters that are ITOps' own, and of those the template names."""
    named = places().get("HIDDEN_PARAMETERS").split(",")
    own = f"/{places().get('NAME_PREFIX', 'ITOps')}/"
    return (own, *(prefix.strip() for prefix in named if prefix.strip()))


def _client(name: str) -> Any:  # noqa: ANN401
    return boto3.client(name, config=_LOOKING)  # pyright: ignore[reportCallIssue, reportArgumentType]
