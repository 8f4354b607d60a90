"""A pipeline of a real function on the emulator: its lines, its owner, and the command line."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from itops_cli.commands.executions import app
from itops_core.domain.catalog import CatalogEntry
from itops_core.stores.catalog import CatalogStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.eventually import eventually
from tests.support.functions import make_function
from tests.support.tool_servers import answered, monitoring_server

pytest_plugins = ("tests.emulator",)

_CODE = """
def handler(event, context):
    print(f"INFO {context.aws_request_id} reading order {event['id']}")
    return {"total": event["total"]}
"""


@pytest.fixture
def monitoring(account: Account, tables: Tables) -> Iterator[ToolGateway]:
    gateway = InMemoryToolGateway(monitoring_server(account))
    yield gateway
    gateway.close()


@pytest.fixture
def failed(account: Account, tables: Tables) -> str:
    """Run a pipeline whose function misses a field, after one that went well."""
    make_function(account, "read-orders", _CODE)
    machine = account.client("stepfunctions").create_state_machine(
        name="orders",
        definition=json.dumps(
            {
                "StartAt": "Read",
                "States": {
                    "Read": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Parameters": {"FunctionName": "read-orders", "Payload.$": "$"},
                        "End": True,
                    }
                },
            }
        ),
        roleArn=f"arn:aws:iam::{account.account_id}:role/pipeline",
    )["stateMachineArn"]
    store = CatalogStore(tables.catalog)
    store.put(
        CatalogEntry(
            entry_id="orders",
            kind="pipeline",
            owner="order-team",
            state_machine_arn=machine,
            depends_on=("order-reader",),
        )
    )
    store.put(CatalogEntry(entry_id="order-reader", kind="lambda", resource="read-orders"))
    store.put(CatalogEntry(entry_id="invoices", kind="pipeline", depends_on=("orders",)))
    ended(account, machine, {"id": 1, "total": 5})
    return ended(account, machine, {"id": 2})


@pytest.fixture
def credentials(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody with credentials for this account, and with no session of another one."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)


def ended(account: Account, machine: str, given: Any) -> str:  # noqa: ANN401
    client = account.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    eventually(lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")
    return arn


def test_the_lines_of_the_call_stand_beside_it_and_no_others(
    monitoring: ToolGateway, failed: str
) -> None:
    told = answered(monitoring, "explain_execution_failure", execution_arn=failed)

    words = [one["message"] for one in told["sections"]["logs"]]
    assert any("reading order 2" in line for line in words)
    assert not any("reading order 1" in line for line in words)
    assert any("KeyError: 'total'" in line for line in words)
    assert told["sections"]["involved"][0]["entry_id"] == "order-reader"


@pytest.mark.usefixtures("credentials")
def test_the_terminal_tells_what_failed_whose_it_is_and_who_waits_for_it(
    failed: str,
) -> None:
    listed = CliRunner().invoke(app, ["failed", "--aws"])
    told = CliRunner().invoke(app, ["explain", "--aws", failed])
    beside = CliRunner().invoke(app, ["compare", "--aws", failed])

    assert listed.exit_code == told.exit_code == beside.exit_code == 0
    assert failed in listed.output.replace("\n", "")
    assert "✘ Read  Task  ← failed first" in told.output
    assert "reading order 2" in told.output
    assert "owner       order-team (orders, tier 2)" in told.output
    assert "upstream    order-reader" in told.output
    assert "downstream  invoices" in told.output
    assert "$.total" in beside.output


@pytest.mark.usefixtures("credentials")
def test_a_script_gets_the_way_down_the_lines_and_the_catalog(
    failed: str,
) -> None:
    result = CliRunner().invoke(app, ["explain", "--aws", failed, "--json"])
    assert result.exit_code == 0, result.exception
    told = json.loads(result.output)

    assert [one["state"] for one in told["chain"]] == ["Read"]
    assert told["catalog"]["owner"] == "order-team"
    assert told["logs"]
