"""The application: every resource, one answer to errors, and CORS."""

import re
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from botocore.exceptions import BotoCoreError, ClientError

from incident_api.problems import problem, response_to
from incident_api.resources import RESOURCES, operations
from itops_core.errors import ITOpsError
from itops_core.observability import logger

_log = logger("incident_api")


def build() -> APIGatewayRestResolver:
    """Return the application with every route."""
    application = APIGatewayRestResolver(
        cors=CORSConfig(
            allow_origin="*",
            allow_headers=["Idempotency-Key"],
            expose_headers=["Location", "Idempotent-Replayed"],
            max_age=600,
        )
    )
    for resource in RESOURCES:
        application.include_router(resource.router)

    @application.exception_handler(ITOpsError)
    def refuse(error: ITOpsError) -> Response[str]:
        return response_to(error)

    @application.exception_handler([ClientError, BotoCoreError])
    def excuse(error: ClientError | BotoCoreError) -> Response[str]:
        _log.error("a service behind the API failed", exc_info=error)
        told = "a service behind the API did not answer as it should; try again in a moment"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, told)

    @application.not_found
    def miss(_error: NoRouteError) -> Response[str]:
        event = application.current_event
        return _no_route(event.http_method, event.path)

    return application


def _no_route(method: str, path: str) -> Response[str]:
    allowed = sorted(
        {
            operation.method
            for operation in operations()
            if re.fullmatch(re.sub(r"<\w+>", "[^/]+", operation.path), path)
        }
    )
    if not allowed or method in allowed:
        return problem(HTTPStatus.NOT_FOUND, f"nothing is at {path[:200]}; see /openapi.json")
    return problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"{method} is not possible here; {', '.join(allowed)} is",
        headers={"Allow": ", ".join(allowed)},
    )
