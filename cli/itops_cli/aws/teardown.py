"""`./cleanup.sh`: empties the buckets and deletes the stack, with everything in it."""

import sys
from typing import Annotated

import typer
from botocore.exceptions import WaiterError

from itops_cli.aws import model_key
from itops_cli.aws.deploy import Profile, Region, Stack
from itops_cli.aws.target import STACK, DeployError, Target, prefix_of, sign_in
from itops_cli.failures import aws_errors_told, exit_code_of
from itops_cli.screen.console import say
from itops_core.errors import InvalidInputError, ITOpsError

_BUCKETS = ("UiBucket", "EvidenceBucket")


def teardown(
    stack: Stack = STACK,
    region: Region = None,
    profile: Profile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete ITOps from the AWS account you are signed in to, incidents and evidence included."""
    with aws_errors_told():
        target = sign_in(stack, region, profile)
        where = f"account {target.account}, region {target.region}"
        outputs = target.outputs()
        if outputs is None:
            say(f"there is no stack {stack} in {where}")
            return
        if not yes:
            _ask(stack, where)
        for name in _BUCKETS:
            if bucket := outputs.get(name):
                say(f"emptying {bucket}", "bold")
                _empty(target, bucket)
        say(f"deleting the stack {stack} in {where}; this may take some minutes", "bold")
        _delete(target)
        model_key.forget(target, prefix_of(outputs))
    say("gone", "bold green")


def _ask(stack: str, where: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidInputError("this deletes all incidents and evidence; say --yes if you mean it")
    typed = typer.prompt(f"All incidents and evidence in {where} go. Type {stack} to go on")
    if typed != stack:
        raise InvalidInputError("nothing was deleted")


def _empty(target: Target, name: str) -> None:
    """Delete every object and every version of one."""
    target.resource("s3").Bucket(name).object_versions.delete()
    target.resource("s3").Bucket(name).objects.delete()


def _delete(target: Target) -> None:
    cloudformation = target.client("cloudformation")
    cloudformation.delete_stack(StackName=target.stack)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=target.stack, WaiterConfig={"Delay": 2, "MaxAttempts": 1800}
        )
    except WaiterError as error:
        raise DeployError(
            f"the stack {target.stack} could not be deleted; its events in the CloudFormation "
            "console name the resource that is in the way"
        ) from error


def main() -> None:
    """Run it; a failure is one sentence and an exit code."""
    try:
        typer.run(teardown)
    except ITOpsError as error:
        sys.stderr.write(f"cleanup: {error}\n")
        sys.exit(exit_code_of(error))


if __name__ == "__main__":
    main()
