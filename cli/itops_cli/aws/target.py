"""Where a deployment goes: an account, a region, a stack; checked before anything is built."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from itops_core.errors import InvalidInputError, ITOpsError

STACK = "ITOps"
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, s3={"addressing_style": "path"})
_GONE = "ValidationError"


class DeployError(ITOpsError):
    """A deployment could not be finished; the message says what to do."""


@dataclass(frozen=True)
class Target:
    """The account and region that somebody is signed in to, and the stack meant there."""

    session: boto3.session.Session
    stack: str
    account: str
    caller: str
    profile: str | None = None

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self.session.region_name)

    def client(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 client there."""
        return self.session.client(name, config=_CONFIG)  # pyright: ignore[reportCallIssue, reportArgumentType]

    def resource(self, name: str) -> Any:  # noqa: ANN401
        """Return a boto3 resource there."""
        return self.session.resource(name, config=_CONFIG)  # pyright: ignore[reportCallIssue, reportArgumentType]

    def outputs(self) -> Mapping[str, str] | None:
        """Return the stack's outputs, or `None` where there is no such stack."""
        try:
            stacks = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == _GONE:
                return None
            raise
        return {item["OutputKey"]: item["OutputValue"] for item in stacks[0].get("Outputs", [])}


def prefix_of(outputs: Mapping[str, str]) -> str:
    """Return the NamePrefix that a stack was deployed with."""
    return outputs["IncidentsTable"].removesuffix("-Incidents")


def sign_in(stack: str, region: str | None, profile: str | None) -> Target:
    """Return the target, or say what is missing: profile, region or valid credentials."""
    try:
        session = boto3.session.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise InvalidInputError(f"{error}; `aws configure list-profiles` shows them") from error
    if not session.region_name:
        raise InvalidInputError(
            "no AWS region is set: give --region, set AWS_REGION, or run `aws configure`"
        )
    try:
        identity = session.client("sts", config=_CONFIG).get_caller_identity()
    except ClientError as error:
        reason = error.response.get("Error", {}).get("Message", str(error))
        raise InvalidInputError(
            f"AWS does not accept the credentials: {reason}. Sign in again, for example with "
            "`aws sso login`, and run this once more"
        ) from error
    except BotoCoreError as error:
        raise InvalidInputError(
            f"no usable AWS credentials: {error}. Run `aws configure` or `aws sso login`, or "
            "set AWS_PROFILE. Without an AWS account: ./deploy.sh --local"
        ) from error
    return Target(session, stack, identity["Account"], identity["Arn"], profile)
