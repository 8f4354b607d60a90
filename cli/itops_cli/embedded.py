"""The local cloud as the command line meets it: found in its folder, its failures translated."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from itops_cli.connection import deployment_named, home
from itops_cli.failures import OutOfReachError, aws_errors_told
from itops_core.errors import InvalidInputError, ITOpsError
from local_cloud import cloud
from local_cloud.address import Address
from local_cloud.deployer import DeployError
from local_cloud.environment import Folders


class CloudFailedError(ITOpsError):
    """The local cloud could not be brought up or down."""


def address_of(folder: Path | None) -> Address:
    """Return where the local cloud of `folder` answers, or say how to start it.

    Who named another deployment is not given the local one in its place.
    """
    named = deployment_named()
    if named and folder is None:
        raise InvalidInputError(
            f"ITOPS_API_URL names {named}, but this works on the local cloud, or with --stack or "
            "--aws where it has that option; unset the variable, or name the cloud with --folder"
        )
    place = home(folder)
    found = cloud.status(place)
    if found is None and cloud.is_running(place.resolve()):
        raise OutOfReachError(
            f"the local cloud in {place} runs, but does not answer: it may be busy or frozen; "
            f"`itops local down` stops it and keeps its state, the log is {log_of(place)}"
        )
    if found is None:
        raise OutOfReachError(f"no local cloud runs in {place}; start one with `itops local up`")
    return found


def log_of(folder: Path) -> Path:
    """Return the local cloud's log."""
    return Folders(folder.expanduser().resolve()).log


@contextmanager
def sandbox_errors_told() -> Generator[None]:
    """Turn what AWS and a scenario's files can go wrong with into one sentence."""
    with aws_errors_told():
        try:
            yield
        except (FileNotFoundError, ValueError) as error:
            raise InvalidInputError(str(error)) from error


@contextmanager
def cloud_errors_told(folder: Path) -> Generator[None]:
    """Turn a failed start, stop or deployment into one sentence that names the log."""
    with aws_errors_told():
        try:
            yield
        except (cloud.CloudError, DeployError) as error:
            raise CloudFailedError(f"{error}\nthe log is {log_of(folder)}") from error
