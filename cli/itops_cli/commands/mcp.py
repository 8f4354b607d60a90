"""`itops mcp`: a tool server for an MCP client."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from itops_cli.connection import home
from itops_cli.failures import OutOfReachError, aws_errors_told
from itops_cli.options import Folder
from itops_core.tools.serving import DEFAULT_HOST, DEFAULT_PORT, TOKEN_VARIABLE
from local_cloud import cloud

app = typer.Typer(
    help="Serve a tool server to an MCP client.", no_args_is_help=True, add_completion=False
)


class Server(StrEnum):
    """The tool servers."""

    MONITORING = "monitoring"
    INCIDENT = "incident"
    OPERATIONS = "operations"
    FLEET = "fleet"


class Transport(StrEnum):
    """How a client speaks to it."""

    STDIO = "stdio"
    HTTP = "http"


@app.callback()
def mcp() -> None:
    """Serve a tool server to an MCP client."""


@app.command()
def serve(  # noqa: PLR0913 - a command's options
    server: Annotated[Server, typer.Argument(help="Which one.")],
    *,
    transport: Annotated[
        Transport, typer.Option("--transport", help="stdio, or streamable HTTP.")
    ] = Transport.STDIO,
    host: Annotated[str, typer.Option("--host", help="Where to listen (http).")] = DEFAULT_HOST,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0: any free one (http).")
    ] = DEFAULT_PORT,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar=TOKEN_VARIABLE,
            help="What clients have to bear (http); needed unless only this machine can connect.",
            show_default=False,
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="A name by which clients know this machine (http)."),
    ] = None,
    allow_write: Annotated[
        bool,
        typer.Option(
            "--allow-write",
            help="Let messages leave: tickets, issues, pages, if switch and policies agree.",
        ),
    ] = False,
    folder: Folder = None,
    recorded: Annotated[
        str | None,
        typer.Option(
            help="Look at a scenario, at a folder with a recording, or (fleet) at cold-chain."
        ),
    ] = None,
) -> None:
    """Serve one tool server, on the local cloud if one runs, else on AWS.

    On AWS the environment has to name the tables, as the deployed function's does.
    """
    if recorded is None:
        environment = {**os.environ, **_local_environment(server, folder)}
        program = [f"{server.value}_server"]
        if allow_write:
            environment["ITOPS__WRITING__ALLOW_WRITES"] = "true"
    else:
        # Nothing of the machine's credentials reaches what answers from a recording.
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        program = ["itops_cli.recorded_tools", server.value, recorded]
    arguments = [sys.executable, "-P", "-m", *program]
    if transport is Transport.HTTP:
        arguments += ["--transport", "http", "--host", host, "--port", str(port)]
        arguments += [part for name in allow_host or () for part in ("--allow-host", name)]
    # An argument is shown to everybody by `ps`; a variable is not.
    environment.pop(TOKEN_VARIABLE, None)
    if token:
        environment[TOKEN_VARIABLE] = token
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - becomes the server


def _local_environment(server: Server, folder: Folder) -> dict[str, str]:
    """Return what the deployed server is told of, and where the local cloud answers."""
    address = cloud.status(home(folder))
    if address is None:
        if server is not Server.FLEET and not any(name.endswith("_TABLE") for name in os.environ):
            raise OutOfReachError(
                f"no local cloud runs in {home(folder)}: start one with `itops local up`, look at "
                "a recording with --recorded, or name the tables of a stack in the environment"
            )
        return {}
    with aws_errors_told():
        prefix = address.outputs["RuntimeTable"].removesuffix("-Runtime")
        function = f"{prefix}-{server.value.title()}Server"
        told = address.client("lambda").get_function_configuration(FunctionName=function)
    return {**told.get("Environment", {}).get("Variables", {}), **address.environment()}
