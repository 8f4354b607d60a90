"""A foreign client, MCP Inspector, with the whole incident server: portable tools, and a gate."""

import sys
from pathlib import Path

import pytest

from tests.contract.test_tool_servers import ENVIRONMENT, SERVERS
from tests.support.accounts import Account, Tables
from tests.support.node import inspect, needs_node

pytestmark = needs_node
pytest_plugins = ("tests.emulator",)


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_foreign_client_finds_every_tool_fit_for_any_host(era: str, tmp_path: Path) -> None:
    listed = inspect(
        _served(), "--method", "tools/list", "--strict",
        era=era, folder=tmp_path, environment=ENVIRONMENT,
    )  # fmt: skip

    assert {tool["name"] for tool in listed["tools"]} == SERVERS["incident"]


def test_a_foreign_client_that_asks_for_a_page_is_told_why_not(
    process: Account, tables: Tables, tmp_path: Path
) -> None:
    given = {**ENVIRONMENT, **process.environment, **tables.environment}
    machine = process.client("stepfunctions").list_state_machines()["stateMachines"][0]
    given["STATE_MACHINE_ARN"] = machine["stateMachineArn"]
    words = ["title=Payments fail", "service=cart", "key=from-inspector"]
    opened = inspect(_served(), *_calling("create_incident", words), era="modern",
                     folder=tmp_path, environment=given)["structuredContent"]  # fmt: skip

    page = [f"incident_id={opened['incident_id']}", "message=wake up", "key=from-inspector"]
    answer = inspect(_served(), *_calling("publish_sns_escalation", page), era="modern",
                     folder=tmp_path, environment=given)["structuredContent"]  # fmt: skip

    assert process.executions() == {opened["incident_id"]: "RUNNING"}
    assert (answer["outcome"], answer["rules"]) == ("refused", ["kill-switch"])


def _served() -> list[str]:
    return [sys.executable, "-m", "incident_server"]


def _calling(tool: str, arguments: list[str]) -> list[str]:
    pairs = [part for argument in arguments for part in ("--tool-arg", argument)]
    return ["--method", "tools/call", "--tool-name", tool, *pairs]
