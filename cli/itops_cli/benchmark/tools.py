"""What a tool call costs on its way: over Lambda, over HTTP, in memory, beside a bare invocation.

The tool is `list_actions`, which asks nobody for anything: what is measured is the way.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mcp.client.streamable_http import streamable_http_client

from itops_cli.benchmark.imports import cpu_seconds_to_import
from itops_cli.benchmark.tool_tokens import tokens
from itops_core.tools.client_gateway import ClientGateway
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from itops_core.tools.lambda_gateway import LambdaToolGateway
from local_cloud.address import Address

SERVERS = ("monitoring", "incident", "operations", "fleet")
_SERVER, _TOOL = "operations", "list_actions"
_TIMES = 60
_WARMING = 8
_SECONDS = 30
_BARE = "def handler(event, context):\n    print('answered')\n    return event\n"
"""One line is printed, as ours log one: the embedded AWS waits for what a function prints."""


def calling(address: Address) -> dict[str, Any]:
    """Return the median milliseconds of a warm call by each way, and beside a bare invocation."""
    with ExitStack() as open_ways:
        ways = _ways(address, open_ways)
        for call in ways.values():
            for _ in range(_WARMING):
                call()
        taken: dict[str, list[float]] = {name: [] for name in ways}
        # One after the other, so that what else the machine does befalls all of them.
        for _ in range(_TIMES):
            for name, call in ways.items():
                began = time.perf_counter()
                call()
                taken[name].append((time.perf_counter() - began) * 1000)
    medians = {name: round(statistics.median(values), 2) for name, values in taken.items()}
    return {
        "tool": _TOOL,
        "calls": _TIMES,
        "milliseconds": medians,
        "times_a_bare_invocation": {
            name: round(value / medians["bare_invocation"], 2) for name, value in medians.items()
        },
    }


def standing() -> dict[str, Any]:
    """Return what the servers cost before and beside any call: imports and tokens."""
    return {
        "import_cpu_seconds": {
            name: cpu_seconds_to_import(f"{name}_server.handler") for name in SERVERS
        },
        **tokens(),
    }


def _ways(address: Address, open_ways: ExitStack) -> dict[str, Callable[[], object]]:
    client = address.client("lambda")
    prefix = address.outputs["RuntimeTable"].removesuffix("-Runtime")
    function = f"{prefix}-{_SERVER.title()}Server"
    told = client.get_function_configuration(FunctionName=function)
    variables = {**told["Environment"]["Variables"], **address.environment()}
    bare = open_ways.enter_context(_bare_function(client, told["Role"]))
    url = open_ways.enter_context(_over_http(variables))
    gateways: dict[str, ClientGateway] = {
        "lambda": LambdaToolGateway(_SERVER, function, client, _SECONDS),
        "http": ClientGateway(_SERVER, partial(streamable_http_client, url), _SECONDS),
        "memory": InMemoryToolGateway(_in_memory()),
    }
    for gateway in gateways.values():
        open_ways.callback(gateway.close)
    return {
        "bare_invocation": partial(_invoke, client, bare),
        **{name: partial(_call, gateway) for name, gateway in gateways.items()},
    }


def _invoke(client: Any, function: str) -> None:  # noqa: ANN401
    payload = json.dumps({"name": _TOOL}).encode()
    client.invoke(FunctionName=function, Payload=payload)["Payload"].read()


def _call(gateway: ToolGateway) -> None:
    answer = gateway.call(_TOOL, {})
    if not answer.ok:
        raise RuntimeError(f"{_TOOL}: {answer.message}")


def _in_memory() -> Any:  # noqa: ANN401
    from itops_cli.recorded_tools import recorded_server  # noqa: PLC0415 - slow

    return recorded_server(_SERVER, "payment-oom")


@contextmanager
def _bare_function(client: Any, role: str) -> Generator[str]:  # noqa: ANN401
    """A function that returns what it is given, for as long as the block lasts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bare.py", _BARE)
    name = "itops-bench-bare"
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="bare.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    try:
        yield name
    finally:
        client.delete_function(FunctionName=name)


@contextmanager
def _over_http(variables: Mapping[str, str]) -> Generator[str]:
    """The server as a process of its own, for as long as the block lasts; where it answers."""
    arguments = ["-P", "-m", f"{_SERVER}_server", "--transport", "http", "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "said"
        with told.open("w") as said:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, *arguments],
                env={"PATH": os.environ.get("PATH", os.defpath), **variables},
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        try:
            yield _said(process, told)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _said(process: "subprocess.Popen[bytes]", told: Path) -> str:
    ends = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < ends:
        for line in told.read_text().splitlines():
            if "MCP at http://" in line:
                return line.rsplit(" ", 1)[1]
        time.sleep(0.05)
    raise RuntimeError(f"the server over HTTP did not start: {told.read_text()[-500:]}")
