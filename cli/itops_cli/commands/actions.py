"""`itops actions`: the kill switch, here or on AWS."""

from typing import Annotated, Any

import typer

from itops_cli.aws.target import sign_in
from itops_cli.embedded import address_of
from itops_cli.failures import aws_errors_told
from itops_cli.options import AsJson, Folder
from itops_cli.screen.console import print_json, say
from itops_core.errors import NotFoundError
from itops_core.remediation.kill_switch import OFF, ON, KillSwitch

app = typer.Typer(
    help="Switch all actions on or off; see how the switch stands.",
    no_args_is_help=True,
    add_completion=False,
)

OnAws = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Work on this stack in AWS, as whom you are signed in, not on the local cloud.",
    ),
]


@app.command("on")
def on(stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Let allowed remedies be carried out."""
    _turned(ON, stack, folder, as_json=as_json)


@app.command("off")
def off(stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Stop every action, also what was approved and also undoing, from the next step on."""
    _turned(OFF, stack, folder, as_json=as_json)


@app.command("status")
def status(stack: OnAws = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Tell whether actions are carried out."""
    with aws_errors_told():
        ssm, parameter = _place(stack, folder)
        _told(ssm, parameter, as_json=as_json)


def _turned(value: str, stack: str | None, folder: Folder, *, as_json: bool) -> None:
    with aws_errors_told():
        ssm, parameter = _place(stack, folder)
        ssm.put_parameter(Name=parameter, Value=value, Type="String", Overwrite=True)
        _told(ssm, parameter, as_json=as_json)


def _place(stack: str | None, folder: Folder) -> tuple[Any, str]:
    """Return a client for the switch, and the name it goes by."""
    if stack is None:
        address = address_of(folder)
        return address.client("ssm"), address.outputs["KillSwitchParameter"]
    target = sign_in(stack, None, None)
    outputs = target.outputs()
    if outputs is None:
        raise NotFoundError(f"there is no stack {stack!r} in {target.region}")
    return target.client("ssm"), outputs["KillSwitchParameter"]


def _told(ssm: Any, parameter: str, *, as_json: bool) -> None:  # noqa: ANN401 - a boto3 client
    reading = KillSwitch(ssm, parameter).read()
    if as_json:
        print_json({"on": reading.is_on, "reason": reading.reason, "parameter": parameter})
    elif reading.is_on:
        say("Actions are ON: allowed remedies are carried out.", "bold yellow")
    else:
        say("Actions are OFF: nothing is changed, whatever is or was approved.", "bold")
        say(reading.reason, "dim")
