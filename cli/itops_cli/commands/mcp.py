"""`itops mcp`: a tool server for an MCP client on this machine."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from itops_cli.connection import home
from itops_cli.failures import aws_errors_told
from itops_cli.options import Folder
from local_cloud import cloud

app = typer.Typer(
    help="Serve a tool server to an MCP client.", no_args_is_help=True, add_completion=False
)


class Server(StrEnum):
    """The tool servers."""

    MONITORING = "monitoring"
    INCIDENT = "incident"
    OPERATIONS = "operations"


class Transport(StrEnum):
    """How a client speaks to it."""

    STDIO = "stdio"


@app.callback()
def mcp() -> None:
    """Serve a tool server to an MCP client."""


@app.command()
def serve(
    server: Annotated[Server, typer.Argument(help="Which one.")],
    _transport: Annotated[Transport, typer.Option("--transport")] = Transport.STDIO,
    folder: Folder = None,
) -> None:
    """Serve over standard input and output, on the local cloud if one runs, else on AWS.

    On AWS the environment has to name the tables, as the deployed function's does.
    """
    environment = {**os.environ, **_local_environment(server, folder)}
    module = f"{server.value}_server"
    arguments = [sys.executable, "-P", "-m", module]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - becomes the server


def _local_environment(server: Server, folder: Folder) -> dict[str, str]:
    """Return what the deployed server is told of, and where the local cloud answers."""
    address = cloud.status(home(folder))
    if address is None:
        return {}
    with aws_errors_told():
        prefix = address.outputs["RuntimeTable"].removesuffix("-Runtime")
        function = f"{prefix}-{server.value.title()}Server"
        told = address.client("lambda").get_function_configuration(FunctionName=function)
    return {**told.get("Environment", {}).get("Variables", {}), **address.environment()}
