"""Pipelines in a real browser: registered by the form, and an execution opened as a drawing."""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import httpx2
import pytest

from itops_core.domain.people import Role
from local_cloud.address import Address
from tests.support.browser import (
    Visitor,
    answers,
    faults_for_disabled_people,
    needs_browser,
    sideways,
    signing_in,
)
from tests.support.eventually import eventually

pytest_plugins = ("tests.support.browser_fixtures",)
pytestmark = [needs_browser, pytest.mark.timeout(1200)]

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "states.amazonaws.com"},
        }
    ],
}
_PAYLOAD = "<img src=x onerror=alert(1)>"
_BOOKS = {
    "StartAt": "Read orders",
    "States": {
        "Read orders": {
            "Type": "Pass",
            "Result": {"orders": [{"quantity": 2}, {"quantity": _PAYLOAD}]},
            "Next": "Book each",
        },
        "Book each": {
            "Type": "Map",
            "ItemsPath": "$.orders",
            "ItemProcessor": {
                "StartAt": "Is it a number",
                "States": {
                    "Is it a number": {
                        "Type": "Choice",
                        "Choices": [
                            {"Variable": "$.quantity", "IsNumeric": True, "Next": "Book"}
                        ],
                        "Default": "No number",
                    },
                    "Book": {"Type": "Pass", "End": True},
                    "No number": {"Type": "Fail", "Error": "BadQuantity", "Cause": _PAYLOAD},
                },
            },
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}  # fmt: skip


@pytest.fixture
def failed(cloud: Address, unique: Callable[[str], str]) -> Iterator[str]:
    """The ARN of a state machine of this test's own, of which one execution failed."""
    machines, iam, name = cloud.client("stepfunctions"), cloud.client("iam"), unique("orders")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]
    arn = machines.create_state_machine(
        name=name, definition=json.dumps(_BOOKS), roleArn=role["Arn"]
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=arn, name="night")["executionArn"]
    eventually(lambda: machines.describe_execution(executionArn=execution)["status"] == "FAILED")
    # Functions that nobody called yet take long to begin.
    eventually(lambda: _answers(cloud, "/pipelines/customer-etl/executions"))
    yield arn
    machines.delete_state_machine(stateMachineArn=arn)
    iam.delete_role(RoleName=name)


def _answers(cloud: Address, path: str) -> bool:
    headers = {"Authorization": f"Bearer {cloud.token}"}
    found = httpx2.get(f"{cloud.api_url}{path}", headers=headers, trust_env=False, timeout=60)
    return found.status_code == HTTPStatus.OK


def _is_told_who_registers(cloud: Address, visitor: Visitor) -> None:
    """Look for unregistered ones as somebody who may look, and may not put them in."""
    page = visitor.page("phone")
    entry = {"entry_id": "orders-etl", "kind": "pipeline", "owner": "", "why": ""}
    found = {"items": [{"entry": entry, "fate": "new", "why": ""}], "written": []}
    answers(page, "**/api/pipelines/discover", found)
    page.goto(signing_in(cloud, "/pipelines", Role.RESPONDER))
    page.get_by_role("button", name="Look for unregistered ones").click()
    page.get_by_text("An approver puts it into the catalog.").wait_for()
    assert page.get_by_role("button", name="into the catalog").count() == 0
    assert page.get_by_role("link", name="Register a pipeline").count() == 0


def _register(page: Any, name: str, arn: str) -> None:  # noqa: ANN401
    page.get_by_role("heading", name="Register a pipeline", level=1).wait_for()
    page.get_by_role("button", name="Register").click()
    page.get_by_text("Say what alarms and people call it.").wait_for()
    page.get_by_text("A pipeline needs the ARN of its state machine.").wait_for()
    page.get_by_label("Name").fill(name)
    page.get_by_label("State machine").fill(arn)
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name=name, level=1).wait_for()


def test_a_pipeline_is_registered_and_its_failure_opened_as_a_drawing(
    cloud: Address, visitor: Visitor, failed: str
) -> None:
    name = failed.rsplit(":", 1)[-1]
    page = visitor.at(cloud, "/pipelines/new")
    _register(page, name, failed)

    page.get_by_role("link", name="night").click()

    page.get_by_role("heading", name="Why it failed").wait_for()
    page.get_by_text("No number (in item 1 of Book each) failed.").wait_for()
    drawing = page.get_by_role("region", name="State machine")
    drawing.get_by_role("button", name="No number, failed").wait_for()
    assert drawing.get_by_role("button", name="Done, not reached").count() == 1
    chosen = page.get_by_role("region", name="State No number")
    chosen.get_by_text("BadQuantity").wait_for()
    chosen.get_by_text(_PAYLOAD).first.wait_for()
    assert page.locator("img[src=x]").count() == 0
    drawing.get_by_role("button", name="Read orders, done").press("Enter")
    page.get_by_role("region", name="Output of Read orders").get_by_text("orders").wait_for()
    assert "state=Read+orders" in page.evaluate("location.hash")
    _is_told_who_registers(cloud, visitor)
    assert sideways(page) <= 0
    assert faults_for_disabled_people(page) == []
