"""How a process comes by its tools: from the environment, and from the allow-list."""

from collections.abc import Iterator

import pytest

from itops_core.domain.investigation import Agent, ObservationStatus, ToolCall
from itops_core.settings import places
from itops_core.wiring import clients, tools

ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "RUNTIME_TABLE": "ITOps-Runtime",
    "MONITORING_SERVER_FUNCTION": "ITOps-MonitoringServer",
    "INCIDENT_SERVER_FUNCTION": "ITOps-IncidentServer",
}
CACHES = (places, clients.client, tools.gateway, tools.circuits, tools.toolbox)


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that was told of two servers, in an AWS that does not answer."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OPERATIONS_SERVER_FUNCTION", raising=False)
    for cache in CACHES:
        cache.cache_clear()
    yield
    for cache in CACHES:
        cache.cache_clear()


def test_a_server_that_cannot_be_reached_is_observed_and_its_tools_are_still_named() -> None:
    toolbox = tools.toolbox(Agent.TRIAGE)
    call = ToolCall(server="monitoring", tool="list_alarms")

    observation, evidence = toolbox.run(call, "INC-0A1B2C3D", 1, 0)

    assert observation.status is ObservationStatus.UNAVAILABLE
    assert evidence is None
    assert {schema.name for schema in toolbox.schemas()} >= {"list_alarms", "get_catalog_entry"}


def test_a_server_that_the_function_is_not_told_of_is_not_offered() -> None:
    servers = {schema.server for schema in tools.toolbox(Agent.REMEDIATION).schemas()}

    assert servers == {"monitoring", "incident"}


def test_a_process_has_one_gateway_a_server() -> None:
    assert tools.gateway("monitoring") is tools.gateway("monitoring")
    assert tools.gateway("monitoring").server == "monitoring"
