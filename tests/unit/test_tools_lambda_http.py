"""A tool server behind a Function URL or an HTTP API: events in payload format 2.0."""

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from pydantic import Field

from itops_core.tools.lambda_entry import LambdaEntry
from itops_core.tools.tool_server import READS, VERSION, ToolResult, ToolServer
from tests.support.served import CHECKOUT

PING = '{"jsonrpc": "2.0", "id": 1, "method": "ping"}'


class Echo(ToolResult):
    said: str


@pytest.fixture(scope="module")
def entry() -> LambdaEntry:
    server = ToolServer("probe", "Echoes.")

    @server.tool(annotations=READS)
    def say(word: Annotated[str, Field(max_length=40, description="What.")]) -> Echo:
        """Say a word."""
        return Echo(said=word, data_source="test", query="say")

    return LambdaEntry(server)


def event(body: str | None = PING, method: str = "POST", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "version": "2.0",
        "headers": {"Content-Type": "application/json", "Accept": "application/json"},
        "requestContext": {"http": {"method": method, "path": "/"}},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


def told(answer: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return json.loads(answer["body"]) if answer["body"] else None


def test_a_message_in_an_event_is_answered_as_a_response(entry: LambdaEntry) -> None:
    answer = entry.answer(event())

    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert told(answer) == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_a_body_may_come_encoded(entry: LambdaEntry) -> None:
    encoded = base64.b64encode(PING.encode()).decode()

    assert told(entry.answer(event(encoded, isBase64Encoded=True)))["result"] == {}


def test_a_notification_is_accepted_without_a_word(entry: LambdaEntry) -> None:
    answer = entry.answer(event('{"jsonrpc": "2.0", "method": "notifications/initialized"}'))

    assert (answer["statusCode"], answer["body"]) == (202, "")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (event(None), 400),
        (event("not base64!", isBase64Encoded=True), 400),
        (event("{"), 400),
        (event(PING, method="GET"), 405),
        (event(PING, headers={"content-type": "text/plain"}), 415),
        (event(PING, headers=None), 415),
        (event("\ud800"), 400),
    ],
)
def test_an_event_that_carries_no_message_is_refused_with_a_status(
    given: dict[str, Any], status: int, entry: LambdaEntry
) -> None:
    answer = entry.answer(given)

    assert answer["statusCode"] == status
    assert told(answer)["error"]["message"]


@pytest.mark.parametrize("given", [None, [], "x", {}, {"requestContext": 5}, {"Records": []}])
def test_what_is_neither_event_nor_message_is_refused(given: object, entry: LambdaEntry) -> None:
    assert entry.answer(given)["error"]["code"] == -32600


def test_a_message_that_pretends_to_be_an_event_is_still_a_message(entry: LambdaEntry) -> None:
    mixed = {**json.loads(PING), "requestContext": {"http": {"method": "GET"}}}

    assert entry.answer(mixed) == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_the_version_that_clients_see_is_that_of_the_project() -> None:
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'version = "{VERSION}"' in text
