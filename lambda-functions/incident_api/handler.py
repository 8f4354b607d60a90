"""The REST API: one function behind API Gateway."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from incident_api.application import build
from itops_core.observability import logger

_log = logger("incident_api")
_application = build()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    answer = _application.resolve(event, context)
    caller = ((event.get("requestContext") or {}).get("authorizer") or {}).get("name")
    _log.info(
        "request answered",
        method=event.get("httpMethod"),
        path=event.get("path"),
        status_code=answer["statusCode"],
        caller=caller,
    )
    return answer
