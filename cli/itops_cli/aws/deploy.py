"""`./deploy.sh`: build, `sam deploy`, seed, web page, addresses. May run again; it converges."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from itops_cli.aws import furnish, model_key
from itops_cli.aws.sam import deploy_stack, parameters_of
from itops_cli.aws.staging import CHECKOUT, stage
from itops_cli.aws.target import STACK, DeployError, Target, prefix_of, sign_in
from itops_cli.failures import aws_errors_told, exit_code_of
from itops_cli.screen.console import say
from itops_core.errors import InvalidInputError, ITOpsError
from local_cloud.page import begin_build

_SAM = CHECKOUT / ".venv-sam" / "bin" / "sam"
_KEY = "ANTHROPIC_API_KEY"

Stack = Annotated[str, typer.Option(help="Name of the CloudFormation stack.")]
Region = Annotated[str | None, typer.Option(help="AWS region; else your configuration's.")]
Profile = Annotated[str | None, typer.Option(help="AWS profile; else your configuration's.")]


def deploy(
    stack: Stack = STACK,
    region: Region = None,
    profile: Profile = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="A template parameter as NAME=VALUE; may be given several times."),
    ] = None,
    anthropic_key: Annotated[
        bool,
        typer.Option("--anthropic-key", help=f"Think with Claude; the key is read from {_KEY}."),
    ] = False,
) -> None:
    """Bring ITOps up in the AWS account you are signed in to."""
    parameters = parameters_of(parameter or [], CHECKOUT / "template.yaml")
    with aws_errors_told():
        target = sign_in(stack, region, profile)
        say(f"account {target.account}, region {target.region}, as {target.caller}", "bold")
        if not _SAM.is_file():
            raise DeployError(f"there is no {_SAM.relative_to(CHECKOUT)}; run ./deploy.sh")
        if anthropic_key:
            parameters |= _with_model_key(target, parameters)
        building = begin_build()
        template = _built()
        say(f"deploying the stack {stack}", "bold")
        deploy_stack(target, template, parameters, _SAM, CHECKOUT / "samconfig.toml")
        outputs = target.outputs() or {}
        say("seeding knowledge and catalog, uploading the web page", "bold")
        written = furnish.seed_stores(target, outputs)
        trouble = building.trouble()
        furnish.publish_page(target, outputs)
        token = furnish.first_token(target, outputs)
        switch = _kill_switch(target, outputs)
    _tell(target, outputs, written, token, switch)
    if trouble:
        say(trouble, "bold yellow")


def _built() -> Path:
    say("building layers and functions for Lambda (python3.12, arm64)", "bold")
    laid_out = stage()
    note = "" if laid_out.compiled else "; not compiled: there is no Python 3.12 here"
    say(f"  {laid_out.megabytes:.0f} MB unpacked{note}", "dim")
    return laid_out.template


def _with_model_key(target: Target, parameters: Mapping[str, str]) -> dict[str, str]:
    key = os.environ.get(_KEY, "")
    if not key:
        raise InvalidInputError(f"--anthropic-key needs the key in {_KEY}")
    present = target.outputs()
    prefix = parameters.get("NamePrefix") or (prefix_of(present) if present else STACK)
    chosen = {"ModelKeySecretArn": model_key.keep(target, prefix, key)}
    return chosen if "ClaudeBackend" in parameters else {**chosen, "ClaudeBackend": "anthropic"}


def _kill_switch(target: Target, outputs: Mapping[str, str]) -> str:
    name = outputs["KillSwitchParameter"]
    return target.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


def _tell(
    target: Target, outputs: Mapping[str, str], written: int, token: str | None, switch: str
) -> None:
    api = f"{outputs['UiUrl']}/api" if outputs.get("UiUrl") else outputs["ApiUrl"]
    say()
    say("ITOps is up", "bold green")
    say(f"web page       {outputs.get('UiUrl') or 'none: the parameter Cloud leaves it out'}")
    say(f"REST API       {api}")
    say(f"alarms go to   {outputs['AlarmsTopicArn']}")
    say(f"knowledge      {written} articles and catalog entries written")
    if token:
        say(f"admin token    {token}   (shown this once; keep it safe)")
        say(f'  curl -H "Authorization: Bearer {token}" {api}/incidents')
        say(f"  itops link --stack {target.stack}   prints a link that signs in to the page, once")
    else:
        say("admin token    there is one already")
    if pool := outputs.get("UserPoolId"):
        say("people         sign in on the page; the first one is made with")
        say(f"  aws cognito-idp admin-create-user --user-pool-id {pool} --username YOU@EXAMPLE.COM")
        say(
            f"  aws cognito-idp admin-add-user-to-group --user-pool-id {pool}"
            " --username YOU@EXAMPLE.COM --group-name admin"
        )
    if switch == "on":
        say("Actions are ON: allowed remedies are carried out.", "bold yellow")
    else:
        say("Actions are OFF: ITOps reads, reasons and asks, and changes nothing. To let it act:")
        say(f"  itops actions on --stack {target.stack}")
    say("Take it down again with ./cleanup.sh")


def main() -> None:
    """Run it; a failure is one sentence and an exit code."""
    try:
        typer.run(deploy)
    except ITOpsError as error:
        sys.stderr.write(f"deploy: {error}\n")
        sys.exit(exit_code_of(error))


if __name__ == "__main__":
    main()
