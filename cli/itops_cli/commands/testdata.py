"""`itops testdata`: makes incidents to try the system with, in the stack itself."""

import json
from typing import Annotated, Any

import boto3
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from itops_cli.embedded import address_of
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import command, console, print_json, say, tame
from itops_core.errors import ForbiddenError, ITOpsError

app = typer.Typer(
    help="Make incidents to try the system with.", no_args_is_help=True, add_completion=False
)
_OUTPUT = "TestDataFunction"


@app.callback()
def testdata() -> None:
    """Make incidents to try the system with."""


@app.command()
def generate(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    count: Annotated[int, typer.Option("--count", min=1, max=20, help="How many.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The same seed, the same stories.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="This one; chance chooses, if left out.")
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option("--stack", metavar="NAME", help="In this stack in AWS, not on this machine."),
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Write a fault's metrics and logs under names of their own, and ring its alarm."""
    wish: dict[str, Any] = {"action": "generate_incident", "seed": seed, "scenario": scenario}
    if count > 1:
        wish |= {"action": "generate_multiple", "count": count}
    with aws_errors_told():
        answer = _asked(wish, stack, folder)
    if answer.get("outcome") != "generated":
        raise ForbiddenError(str(answer.get("reason") or answer.get("errorMessage") or answer))
    if as_json:
        print_json(answer)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("scenario", "service", "what", "datapoints", "log lines"):
        table.add_column(name, overflow="fold")
    for one in answer["generated"]:
        counts = (str(one["datapoints"]), str(one["log_lines"]))
        table.add_row(one["scenario"], one["service"], Text(tame(one["title"], 80)), *counts)
    console().print(table)
    say(f"their alarms have rung; see {command('incidents list')}", "dim")


def _asked(wish: dict[str, Any], stack: str | None, folder: Folder) -> dict[str, Any]:
    if stack is None:
        address = address_of(folder)
        client, outputs = address.client("lambda"), address.outputs
    else:
        told = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        client = boto3.client("lambda")
        outputs = {
            item.get("OutputKey", ""): item.get("OutputValue", "")
            for item in told.get("Outputs", [])
        }
    if not outputs.get(_OUTPUT):
        raise ForbiddenError("this stack makes no test data: its environment is no sandbox or demo")
    said = client.invoke(FunctionName=outputs[_OUTPUT], Payload=json.dumps(wish).encode())
    answer = json.loads(said["Payload"].read())
    if said.get("FunctionError"):
        raise ITOpsError(f"the generator failed: {answer.get('errorMessage', answer)}")
    return answer
