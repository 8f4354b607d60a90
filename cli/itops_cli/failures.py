"""What can go wrong at the command line, and the exit code it ends with."""

from collections.abc import Generator
from contextlib import contextmanager

from itops_core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    ITOpsError,
    NotFoundError,
)

FAILED = 1


class OutOfReachError(ITOpsError):
    """The API or the local cloud does not answer."""


class NotOverError(ITOpsError):
    """It was still not over when the time was up."""


_CODES: tuple[tuple[type[ITOpsError], int], ...] = (
    (InvalidInputError, 2),
    (NotFoundError, 3),
    (ForbiddenError, 4),
    (ConflictError, 5),
    (OutOfReachError, 6),
    (NotOverError, 7),
)


def exit_code_of(error: ITOpsError) -> int:
    """Return the exit code that tells a script what kind of failure `error` is."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


@contextmanager
def aws_errors_told() -> Generator[None]:
    """Turn what boto3 raises inside into one sentence for the user."""
    from botocore.exceptions import (  # noqa: PLC0415 - slow to import
        BotoCoreError,
        ClientError,
        NoRegionError,
        ProfileNotFound,
    )

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise OutOfReachError(
            f"AWS refused {error.operation_name}: {told.get('Code')}: {told.get('Message')}"
        ) from error
    except NoRegionError as error:
        raise InvalidInputError(
            "no region is named: set AWS_REGION, or a region in the AWS profile"
        ) from error
    except ProfileNotFound as error:
        raise InvalidInputError(f"{error}: see AWS_PROFILE") from error
    except BotoCoreError as error:
        raise OutOfReachError(f"AWS does not answer: {error}") from error
