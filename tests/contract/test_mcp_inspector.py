"""A client that is not ours, MCP Inspector, with every server, both eras and both transports."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet_server.recorded.story import SHIPPED
from tests.contract.test_tool_servers import ENVIRONMENT
from tests.support.node import inspect, needs_node
from tests.support.served import environment, recorded, served

pytestmark = needs_node

CALLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "monitoring": ("list_alarms", {"state": "ALARM"}, "alarms"),
    "incident": ("get_catalog_entry", {"name": "payment-service"}, "entry"),
    "operations": ("list_actions", {}, "actions"),
    "fleet": ("get_excursion_events", {"minutes_back": 240}, "events"),
}
"""What each is asked, and what of the answer has to hold something."""

# Each transport with one era always, and with the other in the long runs.
OVER_HTTP = ("legacy", pytest.param("modern", marks=pytest.mark.slow))
EACH = [
    name if name == "monitoring" else pytest.param(name, marks=pytest.mark.slow)
    for name in sorted(CALLS)
]
OVER_STDIO = ("modern", pytest.param("legacy", marks=pytest.mark.slow))


@pytest.fixture(scope="module", params=sorted(CALLS))
def over_http(request: pytest.FixtureRequest, an_outage: Path) -> Iterator[tuple[str, str]]:
    started = [*arguments(request.param, an_outage), "--transport", "http", "--port", "0"]
    with served(started, ENVIRONMENT) as server:
        yield request.param, server.url


def arguments(name: str, place: Path) -> list[str]:
    """Return how a server is started: over a recording, or without an AWS that answers."""
    match name:
        case "monitoring":
            return ["-m", "monitoring_server", "--recorded", str(place)]
        case "fleet":
            return ["-m", "fleet_server", "--recorded", str(SHIPPED)]
        case "operations":
            return ["-m", "operations_server"]
        case _:
            return recorded(name, place)


def asked(call: tuple[str, dict[str, Any], str]) -> list[str]:
    tool, given, _ = call
    pairs = [part for key, value in given.items() for part in ("--tool-arg", f"{key}={value}")]
    return ["--method", "tools/call", "--tool-name", tool, *pairs]


def is_content(name: str, target: list[str], era: str, folder: Path, given: dict[str, str]) -> None:
    """Inspector lists the tools without a complaint about them, calls one, and is answered."""
    where: dict[str, Any] = {"era": era, "folder": folder, "environment": given}

    listed = inspect(target, "--method", "tools/list", "--strict", **where)
    answer = inspect(target, *asked(CALLS[name]), **where)

    assert CALLS[name][0] in {tool["name"] for tool in listed["tools"]}
    assert all(tool["inputSchema"] and tool["outputSchema"] for tool in listed["tools"])
    assert not answer.get("isError")
    assert answer["structuredContent"][CALLS[name][2]]


@pytest.mark.parametrize("era", OVER_HTTP)
def test_a_foreign_client_lists_and_calls_over_http(
    era: str, over_http: tuple[str, str], tmp_path: Path
) -> None:
    name, url = over_http

    is_content(name, [url], era, tmp_path, {})


@pytest.mark.parametrize("era", OVER_STDIO)
@pytest.mark.parametrize("name", EACH)
def test_a_foreign_client_lists_and_calls_over_stdio(
    name: str, era: str, an_outage: Path, tmp_path: Path
) -> None:
    target = [sys.executable, *arguments(name, an_outage)]

    is_content(name, target, era, tmp_path, environment(**ENVIRONMENT))
