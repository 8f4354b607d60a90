"""Errors as the API tells them: problem+json (RFC 9457), with a sentence that helps."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ValidationError

from itops_core.domain.refusals import in_words
from itops_core.domain.values import canonical_json
from itops_core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    ITOpsError,
    NotFoundError,
)

CONTENT_TYPE = "application/problem+json"
_TOO_LONG = {"string_too_long", "too_long"}


class Problem(BaseModel):
    """What went wrong with a request."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[str] = []


class RequestError(ITOpsError):
    """A request that cannot even be read; `status` says why."""

    def __init__(self, status: HTTPStatus, detail: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.errors = errors


_STATUS: dict[type[ITOpsError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def response_to(error: ITOpsError) -> Response[str]:
    """Return the answer to a request that `error` ended."""
    if isinstance(error, RequestError):
        return problem(error.status, str(error), error.errors)
    status = next(
        (status for kind, status in _STATUS.items() if isinstance(error, kind)),
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    return problem(status, str(error))


def problem(
    status: HTTPStatus,
    detail: str,
    errors: tuple[str, ...] = (),
    headers: dict[str, str | list[str]] | None = None,
) -> Response[str]:
    """Return a problem as an answer."""
    told = Problem(
        type="about:blank",
        title=status.phrase,
        status=status,
        detail=detail,
        errors=list(errors),
    )
    return Response(
        status_code=status,
        content_type=CONTENT_TYPE,
        body=canonical_json(told.model_dump()),
        headers=headers,
    )


def unusable(error: ValidationError, what: str) -> RequestError:
    """Return the error that says what is wrong with `what`, field by field."""
    told = in_words(error, f"the {what}")
    kinds = {fault["type"] for fault in error.errors(include_url=False, include_input=False)}
    if "json_invalid" in kinds:
        return RequestError(HTTPStatus.BAD_REQUEST, told[0])
    if kinds <= _TOO_LONG and what == "body":
        return RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the {what} holds more than is taken", told
        )
    return RequestError(
        HTTPStatus.UNPROCESSABLE_ENTITY, f"the {what} cannot be used as it is", told
    )
