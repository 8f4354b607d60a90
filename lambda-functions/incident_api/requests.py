"""Reading requests: who calls, and what body and query say, checked before anything else."""

import base64
import binascii
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from incident_api.problems import RequestError, unusable
from itops_core.domain.people import Caller, Credential

M = TypeVar("M", bound=BaseModel)
_MOST_BYTES = 256 * 1024


def caller_of(event: dict[str, Any]) -> Caller | None:
    """Return who the authorizer says is calling."""
    known = (event.get("requestContext") or {}).get("authorizer") or {}
    try:
        return Caller.model_validate({"name": known.get("name"), "role": known.get("role")})
    except ValidationError:
        return None


def credential_of(event: dict[str, Any]) -> Credential:
    """Return what the authorizer says the caller showed; of a stranger nothing is known."""
    known = (event.get("requestContext") or {}).get("authorizer") or {}
    told = {name: known[name] for name in Credential.model_fields if known.get(name)}
    try:
        return Credential.model_validate(told)
    except ValidationError:
        return Credential()


def header(event: dict[str, Any], name: str) -> str | None:
    """Return a header's value, whatever the case of its name."""
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name), None)


def read_query(event: dict[str, Any], model: type[M] | None) -> M | None:
    """Return the query string as a `model`."""
    given = dict(event.get("queryStringParameters") or {})
    if model is None:
        if given:
            raise RequestError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"this takes no query parameters, but got {', '.join(sorted(given))[:200]}",
            )
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise unusable(error, "query") from error


def read_body(event: dict[str, Any], model: type[M] | None) -> tuple[str, M | None]:
    """Return the body's text and what it says as a `model`; without a model it is not looked at."""
    if model is None:
        return "", None
    text = text_of(event)
    content_type = (header(event, "content-type") or "application/json").partition(";")[0].strip()
    if not (content_type == "application/json" or content_type.endswith("+json")):
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"the body has to be application/json, not {content_type[:80]!r}",
        )
    try:
        return text, model.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise unusable(error, "body") from error


def text_of(event: dict[str, Any]) -> str:
    """Return the body as it was sent, in UTF-8 and not too long, or refuse it."""
    text = str(event.get("body") or "")
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
        if len(raw) > _MOST_BYTES:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"the body holds {len(raw)} bytes; {_MOST_BYTES} are taken at most",
            )
        return raw.decode()
    except (binascii.Error, UnicodeError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the body is not text in UTF-8") from error
