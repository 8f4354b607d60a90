"""An AWS service that was down, throttled or not to be read when a recording was made."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from monitoring_server.recorded.recording import Outage

_ROLE = "arn:aws:sts::000000000000:assumed-role/monitoring-server/monitoring-server"


class UnwellService:
    """Stands where a client does, and answers every call with what AWS would say."""

    def __init__(self, outage: Outage) -> None:
        self._outage = outage

    def get_paginator(self, operation: str) -> "_UnwellPages":
        """Return pages, the first of which fails."""
        return _UnwellPages(getattr(self, operation))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def fail(**_query: Any) -> Any:  # noqa: ANN401
            raise _error(self._outage, _camel(operation))

        return fail


class _UnwellPages:
    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def paginate(self, **query: Any) -> Any:  # noqa: ANN401
        """Fail."""
        return self._ask(**query)


def _error(outage: Outage, operation: str) -> ClientError | EndpointConnectionError:
    if outage.how == "down":
        return EndpointConnectionError(
            endpoint_url=f"https://{outage.source}.us-east-1.amazonaws.com/"
        )
    if outage.how == "throttled":
        return _refused(operation, "ThrottlingException", "Rate exceeded")
    message = (
        f"User: {_ROLE} is not authorized to perform: {outage.source}:{operation} "
        "because no identity-based policy allows the action"
    )
    return _refused(operation, "AccessDeniedException", message)


def _refused(operation: str, code: str, message: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": _STATUS}, operation
    )


_STATUS: Any = {"HTTPStatusCode": 400}


def _camel(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))
