"""An MCP client transport over `lambda:Invoke`: every message is one invocation."""

import json
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)
from mcp.client._transport import TransportStreams
from mcp.shared.message import SessionMessage
from mcp.types import ErrorData, JSONRPCError, JSONRPCRequest, jsonrpc_message_adapter
from mcp_types import INTERNAL_ERROR
from pydantic import ValidationError

from itops_core.errors import ToolUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

Invoke = Callable[[bytes], bytes]

_THROTTLED = {"TooManyRequestsException", "ThrottlingException", "EC2ThrottledException"}
_REASON_CHARACTERS = 200
_PAUSES = (0.1, 0.4)
"""Seconds before another attempt, where the first one certainly did nothing."""


class Invoker:
    """Invokes one tool server's function; tries again only what never reached it.

    A time-out or an error of the function itself is not repeated: the tool may have acted.
    """

    def __init__(self, server: str, function_name: str, client: "LambdaClient") -> None:
        self._server = server
        self._function_name = function_name
        self._client = client

    def __call__(self, payload: bytes) -> bytes:
        """Return the function's reply, or raise `ToolUnavailableError`."""
        pauses = iter(_PAUSES)
        while True:
            try:
                return self._invoke(payload)
            except (BotoCoreError, ClientError) as error:
                pause = next(pauses, None)
                if pause is None or not _did_nothing(error):
                    raise self._unavailable(error) from error
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311

    def _invoke(self, payload: bytes) -> bytes:
        reply = self._client.invoke(FunctionName=self._function_name, Payload=payload)
        body = reply["Payload"].read()
        if fault := reply.get("FunctionError"):
            raise ToolUnavailableError(self._server, f"its function failed: {_told(body, fault)}")
        return body

    def _unavailable(self, error: BotoCoreError | ClientError) -> ToolUnavailableError:
        reason = _code(error) if isinstance(error, ClientError) else type(error).__name__
        return ToolUnavailableError(self._server, f"{reason} from {self._function_name}: {error}")


@asynccontextmanager
async def lambda_transport(invoke: Invoke) -> AsyncGenerator[TransportStreams]:
    """Yield the streams of a client whose every message goes through `invoke`.

    `invoke` runs on a worker thread, one for each message under way.
    """
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](16)
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage](16)

    async def pump() -> None:
        async for message in from_client:
            # A notification would find no session to tell: it is not worth an invocation.
            if isinstance(message.message, JSONRPCRequest):
                group.start_soon(_exchange, invoke, message.message, to_client)

    async with (
        to_client,
        from_server,
        to_server,
        from_client,
        anyio.create_task_group() as group,
    ):
        group.start_soon(pump)
        try:
            yield from_server, to_server
        finally:
            group.cancel_scope.cancel()


async def _exchange(
    invoke: Invoke,
    request: JSONRPCRequest,
    to_client: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    body = request.model_dump_json(by_alias=True, exclude_none=True).encode()
    try:
        raw = await anyio.to_thread.run_sync(invoke, body, abandon_on_cancel=True)
        reply = jsonrpc_message_adapter.validate_json(raw)
    except (ToolUnavailableError, ValidationError) as error:
        reply = _fault(request, error)
    # A client that gave up has closed its end; the late reply is nobody's.
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await to_client.send(SessionMessage(reply))


def _fault(request: JSONRPCRequest, error: ToolUnavailableError | ValidationError) -> JSONRPCError:
    known = isinstance(error, ToolUnavailableError)
    reason = error.reason if known else "its reply is not a JSON-RPC message"
    return JSONRPCError(
        jsonrpc="2.0", id=request.id, error=ErrorData(code=INTERNAL_ERROR, message=reason)
    )


def _told(body: bytes, fault: str) -> str:
    """Return what a failed function says of it, without its stack."""
    try:
        told = json.loads(body)
        return f"{told['errorType']}: {told['errorMessage']}"[:_REASON_CHARACTERS]
    except (ValueError, KeyError, TypeError):
        return fault


def _did_nothing(error: BotoCoreError | ClientError) -> bool:
    if isinstance(error, ClientError):
        return _code(error) in _THROTTLED
    return isinstance(error, EndpointConnectionError | ConnectTimeoutError)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
