"""`itops mcp`: a tool server for an MCP client on this machine."""

import os
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from itops_cli.connection import home
from itops_cli.failures import aws_errors_told
from itops_cli.options import Folder
from itops_core.errors import InvalidInputError
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
    recorded: Annotated[
        str | None,
        typer.Option(help="Look at a scenario, or at a folder with a recording, not at AWS."),
    ] = None,
) -> None:
    """Serve over standard input and output, on the local cloud if one runs, else on AWS.

    On AWS the environment has to name the tables, as the deployed function's does.
    """
    arguments = [sys.executable, "-P", "-m", f"{server.value}_server"]
    if recorded is None:
        environment = {**os.environ, **_local_environment(server, folder)}
    else:
        if server is not Server.MONITORING:
            raise InvalidInputError(
                f"only the monitoring server can look at a recording, not {server}"
            )
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        arguments += ["--recorded", str(_recording(recorded))]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - becomes the server


def _recording(place: str) -> Path:
    """Return the folder of a recording: the one named, or one made of the scenario named."""
    from local_cloud.sandbox.recording import recorded_scenario  # noqa: PLC0415 - slow
    from monitoring_server.recorded.recording import RECORDING_FILE, save  # noqa: PLC0415

    if (Path(place) / RECORDING_FILE).is_file():
        return Path(place)
    made = Path(tempfile.mkdtemp(prefix="itops-recording-"))
    save(recorded_scenario(place), made)
    return made


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
