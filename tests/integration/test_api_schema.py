"""Every operation, probed from its own description: inside it and outside it."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from schemathesis.checks import CHECKS

from incident_api import watching
from incident_api.openapi import document
from itops_core.domain.people import Role
from itops_core.wiring import stores, workflow
from tests.support.accounts import Account
from tests.support.api_operations import few, operations, requests, schema
from tests.support.chat_function import ChatFunction
from tests.support.gateway import gateway

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

SCHEMA = schema()
SCHEMA.app = gateway
_rejection = SCHEMA.config.checks.negative_data_rejection
_rejection.expected_statuses = [*_rejection.expected_statuses, "413"]
WANTED: Any = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)


@pytest.fixture(autouse=True)
def answering(process: Account, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Let questions be answered in this process, and rounds be asked for: no function is there."""
    function, client = ChatFunction(process), workflow.client

    def either(name: str, *patience: int) -> object:
        return function if name == "lambda" else client(name, *patience)

    monkeypatch.setattr(workflow, "client", either)
    monkeypatch.setenv("WATCHDOG_FUNCTION", "Watchdog")
    monkeypatch.setattr(watching, "client", rounds)
    yield
    function.close()


class Rounds:
    """Where boto3's Lambda client stands: a round is asked for, and nobody waits for it."""

    def invoke(self, FunctionName: str, InvocationType: str, Payload: str) -> dict[str, Any]:  # noqa: N803
        """Take an event as Lambda does."""
        assert (FunctionName, InvocationType) == ("Watchdog", "Event")
        assert json.loads(Payload).keys() <= {"watch", "ask"}
        return {"StatusCode": 202}


def rounds(_service: str) -> Rounds:
    """Stand for boto3's client of a service: only Lambda's is asked for."""
    return Rounds()


def _by_tag() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for operation in operations(SCHEMA):
        found.setdefault(operation.definition.raw["tags"][0], []).append(operation)
    return found


OPERATIONS = _by_tag()


# One test for all operations on one kind of thing: each test has tables made for it.
@pytest.mark.parametrize("tag", sorted(OPERATIONS))
def test_every_answer_is_one_that_the_document_describes(tag: str) -> None:
    for operation in OPERATIONS[tag]:

        @given(requests(operation))
        @few(5)
        def tried(case: Any) -> None:  # noqa: ANN401
            token = stores.tokens().create("schemathesis", Role.ADMIN)

            answer = case.call(headers={"Authorization": f"Bearer {token}"})

            case.validate_response(answer, checks=WANTED)

        tried()


def test_every_operation_is_tried() -> None:
    described = [one for path in document()["paths"].values() for one in path.values()]

    assert sum(len(some) for some in OPERATIONS.values()) == len(described)
