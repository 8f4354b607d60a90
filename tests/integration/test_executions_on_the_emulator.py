"""Pipelines that really fail, on the emulator: explained, compared, and repeated by the gate."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionStatus
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.eventually import eventually
from tests.support.shop_estate import Shop, open_shop
from tests.support.tool_servers import answered, monitoring_server

pytest_plugins = ("tests.emulator",)

Definition = dict[str, Any]
_PUT = "arn:aws:states:::dynamodb:putItem"


@pytest.fixture
def monitoring(account: Account, tables: Tables) -> Iterator[ToolGateway]:
    gateway = InMemoryToolGateway(monitoring_server(account))
    yield gateway
    gateway.close()


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


def machine(account: Account, name: str, definition: Definition) -> str:
    made = account.client("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn=f"arn:aws:iam::{account.account_id}:role/pipeline",
    )
    return made["stateMachineArn"]


def ended(account: Account, machine_arn: str, given: Any, name: str) -> str:  # noqa: ANN401
    """Run an execution to its end and return its ARN."""
    client = account.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine_arn, name=name, input=json.dumps(given))[
        "executionArn"
    ]
    eventually(lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")
    return arn


def pipeline(account: Account) -> Definition:
    """Return a Map that puts each order into a table, an order at a time."""
    account.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {
        "Type": "Task",
        "Resource": _PUT,
        "Parameters": {
            "TableName": "orders",
            "Item": {"pk": {"S.$": "$.id"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        },
        "Retry": [
            {
                "ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"],
                "IntervalSeconds": 1,
                "MaxAttempts": 1,
            }
        ],
        "End": True,
    }
    each = {
        "Type": "Map",
        "ItemsPath": "$.orders",
        "MaxConcurrency": 1,
        "ItemProcessor": {"StartAt": "Put", "States": {"Put": put}},
        "End": True,
    }
    return {"StartAt": "Orders", "States": {"Orders": each}}


def test_the_item_that_failed_in_a_map_is_found_with_its_retries(
    account: Account, monitoring: ToolGateway
) -> None:
    arn = machine(account, "orders", pipeline(account))
    good = ended(account, arn, {"orders": [{"id": "a"}]}, "good")

    bad = ended(account, arn, {"orders": [{"id": "b"}, {"id": "c"}, {"id": "a"}]}, "bad")
    told = answered(monitoring, "explain_execution_failure", execution_arn=bad)

    failure, retries = told["sections"]["failure"], told["sections"]["retries"]
    assert failure["state"]["name"] == "Put"
    assert failure["state"]["where"][0]["index"] == 2
    assert failure["state"]["item"] == '{"id":"a"}'
    assert failure["error"]["family"] == "condition_not_met"
    assert retries["retries"] == 1
    assert retries["attempts"][1]["delay_seconds"] >= 0.9
    assert any("places are inferred" in gap for gap in told["gaps"])

    beside = answered(monitoring, "compare_executions", execution_arn=bad)
    assert beside["good"] == good
    assert beside["comparison"]["diverges_at"]["state"] == "Orders"

    listed = answered(monitoring, "list_failed_executions", state_machine="orders")
    assert listed["families"][0]["error"] == "DynamoDB.ConditionalCheckFailedException"


def test_an_expression_that_cannot_be_evaluated_is_told_as_such(
    account: Account, monitoring: ToolGateway
) -> None:
    price = {
        "Type": "Pass",
        "Output": {"total": "{% $states.input.rate * $states.input.price %}"},
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Price", "States": {"Price": price}}
    arn = machine(account, "prices", definition)

    bad = ended(account, arn, {"rate": "much", "price": 2}, "bad")
    told = answered(monitoring, "explain_execution_failure", execution_arn=bad)

    assert told["chain"][0]["state"] == "Price"
    assert told["sections"]["failure"]["error"]["family"] == "evaluation"
    assert told["sections"]["advice"]["step"] == "fix_then_rerun"


def test_a_rerun_waits_for_a_person_and_then_happens_once(shop: Shop, account: Account) -> None:
    arn = machine(
        account,
        "nightly",
        {"StartAt": "Refuse", "States": {"Refuse": {"Type": "Fail", "Error": "Late"}}},
    )
    shop.catalog.put(CatalogEntry(entry_id="nightly", kind="pipeline", state_machine_arn=arn))
    bad = ended(account, arn, {"day": 1}, "first")
    rerun = Action(name="rerun_execution", parameters={"execution_arn": bad})
    incident = shop.incident_with(rerun)

    alone = shop.carry_out(rerun, incident)
    approval = shop.approved(incident, "ada")
    done = shop.carry_out(rerun, incident, approval_id=approval.approval_id)
    again = shop.carry_out(rerun, incident, approval_id=approval.approval_id)

    runs = account.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    assert alone.status is ActionStatus.VOID
    assert "cannot be undone" in alone.message
    assert done.status is ActionStatus.DONE
    assert again == done
    assert sorted(one["name"] for one in runs) == ["first", f"itops-{done.action_id}"]


def test_where_there_is_no_redrive_the_action_fails_and_says_so(
    shop: Shop, account: Account
) -> None:
    arn = machine(
        account,
        "weekly",
        {"StartAt": "Refuse", "States": {"Refuse": {"Type": "Fail", "Error": "Late"}}},
    )
    shop.catalog.put(CatalogEntry(entry_id="weekly", kind="pipeline", state_machine_arn=arn))
    bad = ended(account, arn, {"day": 1}, "first")
    redrive = Action(name="redrive_execution", parameters={"execution_arn": bad})
    incident = shop.incident_with(redrive)
    approval = shop.approved(incident, "ada")

    record = shop.carry_out(redrive, incident, approval_id=approval.approval_id)

    assert record.status is ActionStatus.FAILED
    assert "states:RedriveExecution refused" in record.message
