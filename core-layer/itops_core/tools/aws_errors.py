"""What AWS says no with, in the words of the tool protocol; translated once, here."""

from collections.abc import Generator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorized",
    "UnauthorizedOperation",
    "AuthorizationError",
}
_DOWN = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "InternalFailure",
    "InternalServerError",
    "ServerException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}


class NothingThereError(ToolError):
    """A tool was asked about something that does not exist."""


@contextmanager
def asking(service: str) -> Generator[None]:
    """Translate what `service` (as IAM names it: `logs`, `ecs`) refuses inside the block.

    A missing permission or an argument that will not do is a `ToolError`: the server is well.
    Throttling, time-outs and failures of the service are an `MCPError`, which opens a circuit.
    """
    try:
        yield
    except ParamValidationError as error:
        raise ToolError(f"{service} cannot take this: {error}") from error
    except ClientError as error:
        raise _translated(service, error) from error
    except BotoCoreError as error:
        raise MCPError(INTERNAL_ERROR, f"{service} is out of reach: {error}") from error


def code_of(error: ClientError) -> str:
    """Return AWS's name for what went wrong."""
    return error.response.get("Error", {}).get("Code", "")


def _translated(service: str, error: ClientError) -> ToolError | MCPError:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    asked = f"{service}:{error.operation_name}"
    if code in _DENIED:
        return ToolError(
            f"this tool server lacks the permission {asked}; nothing can be read there "
            "until its role is allowed it: name this as a gap and use another source"
        )
    if code in _DOWN or status >= 500:
        return MCPError(INTERNAL_ERROR, f"{asked} does not answer: {code}")
    message = error.response.get("Error", {}).get("Message", "")
    return ToolError(f"{asked} refused ({code}): {message}; change the arguments")
