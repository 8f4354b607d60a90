"""Tool servers inside a Lambda, and the way to them: what is counted, repeated and given up."""

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any, cast

import anyio
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from mcp import Client
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND
from pydantic import Field

from itops_core.errors import ToolUnavailableError
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.tools.lambda_entry import LambdaEntry
from itops_core.tools.lambda_gateway import LambdaToolGateway
from itops_core.tools.lambda_transport import lambda_transport
from itops_core.tools.tool_server import READS, ToolResult, ToolServer
from tests.support.tool_servers import LambdaStandIn, answered, outage, refused

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Echo(ToolResult):
    """What was said."""

    said: str


def a_server(hold: threading.Event | None = None) -> ToolServer:
    """Return a server whose one tool does what it is told."""
    server = ToolServer("probe", "Echoes.")

    @server.tool(annotations=READS)
    def say(word: Annotated[str, Field(max_length=40, description="What to say.")]) -> Echo:
        """Say a word, or fail in the way that the word names."""
        if word == "refuse":
            raise ToolError("that word is not said here; say another")
        if word == "outage":
            raise MCPError(INTERNAL_ERROR, "the backend is down")
        if word == "bug":
            raise KeyError("an internal detail")
        if word == "hang" and hold is not None:
            hold.wait(timeout=30)
        return Echo(said=word, data_source="test", query="say")

    return server


def reaching(aws: LambdaStandIn, timeout_seconds: float) -> LambdaToolGateway:
    client = cast("LambdaClient", aws)
    return LambdaToolGateway("probe", "ITOps-ProbeServer", client, timeout_seconds)


@pytest.fixture
def aws() -> LambdaStandIn:
    return LambdaStandIn(LambdaEntry(a_server()))


@pytest.fixture
def gateway(aws: LambdaStandIn) -> Iterator[LambdaToolGateway]:
    found = reaching(aws, 20)
    yield found
    found.close()


# --- the entry


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "text",
        {},
        {"jsonrpc": "1.0", "id": 1, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": 1, "method": 7},
        {"jsonrpc": "2.0", "id": {}, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": []},
    ],
)
def test_what_is_not_a_request_is_answered_with_an_error(message: object) -> None:
    reply = LambdaEntry(a_server()).answer(message)

    assert reply["error"]["code"] == INVALID_REQUEST


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tools/nothing", {"_meta": MODERN}, METHOD_NOT_FOUND),
        ("subscriptions/listen", {"_meta": MODERN, "notifications": {}}, METHOD_NOT_FOUND),
        ("tools/call", {"_meta": MODERN}, INVALID_PARAMS),
        ("tools/list", {"_meta": {next(iter(MODERN)): "2026-07-28"}}, INVALID_PARAMS),
    ],
)
def test_a_request_that_cannot_be_served_is_answered_at_once(
    method: str, params: dict[str, Any], code: int
) -> None:
    reply = LambdaEntry(a_server()).answer(
        {"jsonrpc": "2.0", "id": "a", "method": method, "params": params}
    )

    assert reply["id"] == "a"
    assert reply["error"]["code"] == code


def test_a_version_that_nobody_speaks_is_answered_with_those_we_do() -> None:
    meta = {**MODERN, next(iter(MODERN)): "2031-01-01"}

    reply = LambdaEntry(a_server()).answer(
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    )

    assert reply["error"]["data"]["supported"] == ["2026-07-28"]


def test_a_notification_is_taken_without_a_word() -> None:
    entry = LambdaEntry(a_server())

    assert entry.answer({"jsonrpc": "2.0", "method": "notifications/initialized"}) == {}


@pytest.mark.parametrize("mode", ["2026-07-28", "auto", "legacy"])
def test_the_stock_client_is_served_in_both_eras(mode: str) -> None:
    aws = LambdaStandIn(LambdaEntry(a_server()))

    def invoke(payload: bytes) -> bytes:
        return aws.invoke("probe", payload)["Payload"].read()

    async def conversation() -> tuple[str, list[str], Any, Any]:
        async with Client(lambda_transport(invoke), mode=mode) as client:
            tools = (await client.list_tools()).tools
            good = await client.call_tool("say", {"word": "hello"})
            bad = await client.call_tool("say", {"word": "refuse"})
            with pytest.raises(MCPError, match="the backend is down"):
                await client.call_tool("say", {"word": "outage"})
            return client.protocol_version, [tool.name for tool in tools], good, bad

    version, names, good, bad = anyio.run(conversation)

    assert version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
    assert names == ["say"]
    assert good.structured_content["said"] == "hello"
    assert bad.is_error


# --- what a caller sees


@pytest.mark.parametrize("way", ["lambda", "in memory"])
def test_answers_refusals_and_outages_are_told_apart(way: str, gateway: LambdaToolGateway) -> None:
    reached = gateway if way == "lambda" else InMemoryToolGateway(a_server())

    assert answered(reached, "say", word="hello")["said"] == "hello"
    assert refused(reached, "say", word="refuse") == "that word is not said here; say another"
    assert outage(reached, "say", word="outage") == "the backend is down"
    assert "say failed on its side" in refused(reached, "say", word="bug")
    assert "internal detail" not in refused(reached, "say", word="bug")
    assert "word holds more than 40 characters" in refused(reached, "say", word="x" * 41)
    assert refused(reached, "say", words="x") == "say does not take words; it takes word"
    assert refused(reached, "shout") == "no tool 'shout' here; there are say"
    [schema] = reached.list_tools()
    assert (schema.server, schema.name, schema.read_only) == ("probe", "say", True)


def test_a_warm_call_costs_one_invocation_and_the_list_is_asked_for_once(
    gateway: LambdaToolGateway, aws: LambdaStandIn
) -> None:
    counted: list[int] = []

    for _ in range(3):
        answered(gateway, "say", word="hello")
        counted.append(aws.invocations)
    for _ in range(3):
        gateway.list_tools()
    counted.append(aws.invocations)

    assert counted == [2, 3, 4, 5]


def test_many_callers_at_once_get_each_their_own_answer(gateway: LambdaToolGateway) -> None:
    words = [f"word {number}" for number in range(40)]

    with ThreadPoolExecutor(20) as pool:
        running = [pool.submit(answered, gateway, "say", word=word) for word in words]

    assert [answer.result()["said"] for answer in running] == words


def test_a_closed_gateway_opens_again_at_the_next_call(gateway: LambdaToolGateway) -> None:
    answered(gateway, "say", word="hello")

    gateway.close()

    assert answered(gateway, "say", word="again")["said"] == "again"


# --- a Lambda that fails


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Invoke")


def reply(body: bytes, **fields: str) -> dict[str, Any]:
    return {"Payload": io.BytesIO(body), **fields}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            reply(
                b'{"errorType": "Boom", "errorMessage": "no", "stackTrace": ["x"]}',
                FunctionError="Unhandled",
            ),
            "its function failed: Boom: no",
        ),
        (reply(b"killed", FunctionError="Unhandled"), "its function failed: Unhandled"),
        (reply(b"not json"), "not a JSON-RPC message"),
        (reply(b'{"message": "Internal server error"}'), "not a JSON-RPC message"),
        (client_error("AccessDeniedException"), "AccessDeniedException"),
        (client_error("ServiceException"), "ServiceException"),
        (ReadTimeoutError(endpoint_url="https://lambda.example"), "ReadTimeoutError"),
    ],
)
def test_a_function_that_fails_is_an_outage_and_is_not_asked_twice(
    gateway: LambdaToolGateway,
    aws: LambdaStandIn,
    fault: Exception | dict[str, Any],
    reason: str,
) -> None:
    answered(gateway, "say", word="hello")
    before = aws.invocations
    aws.faults.append(fault)

    assert reason in outage(gateway, "say", word="hello")
    assert aws.invocations == before + 1
    assert answered(gateway, "say", word="hello")["said"] == "hello"


@pytest.mark.parametrize(
    "fault",
    [
        client_error("TooManyRequestsException"),
        ConnectTimeoutError(endpoint_url="https://lambda.example"),
    ],
)
def test_what_never_reached_the_function_is_tried_again(
    gateway: LambdaToolGateway, aws: LambdaStandIn, fault: Exception
) -> None:
    answered(gateway, "say", word="hello")
    aws.faults.extend([fault, fault])

    assert answered(gateway, "say", word="hello")["said"] == "hello"

    aws.faults.extend([fault] * 3)
    with pytest.raises(ToolUnavailableError):
        gateway.call("say", {"word": "hello"})


def test_a_tool_that_takes_too_long_is_an_outage() -> None:
    hold = threading.Event()
    aws = LambdaStandIn(LambdaEntry(a_server(hold)))
    gateway = reaching(aws, 0.3)

    try:
        assert "imed out" in outage(gateway, "say", word="hang")
    finally:
        hold.set()
    gateway.close()
