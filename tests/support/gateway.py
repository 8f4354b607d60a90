"""The API's function behind a small API Gateway of our own, for tools that speak WSGI."""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from api_authorizer.handler import UnauthorizedError
from api_authorizer.handler import handler as authorize
from incident_api.handler import handler
from tests.support.calls import Context

_OPEN = {"/health", "/openapi.json", "/sign-in"}
Start = Callable[[str, list[tuple[str, str]]], object]


def gateway(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Answer one request, if the authorizer lets it through."""
    answer = _answer(_event(environ))
    status = HTTPStatus(answer["statusCode"])
    many = answer.get("multiValueHeaders") or {}
    headers = [(name, value) for name, values in many.items() for value in values]
    headers += list((answer.get("headers") or {}).items())
    start_response(f"{status.value} {status.phrase}", headers)
    return [str(answer["body"]).encode()]


def _answer(event: dict[str, Any]) -> dict[str, Any]:
    context: Any = Context()
    if event["path"] not in _OPEN:
        try:
            allowed = authorize(event, context)
        except UnauthorizedError as error:
            told = json.dumps({"message": str(error)})
            return {
                "statusCode": 401,
                "headers": {"Content-Type": "application/json"},
                "body": told,
            }
        event["requestContext"]["authorizer"] = allowed["context"]
    return handler(event, context)


def _event(environ: dict[str, Any]) -> dict[str, Any]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return {
        "resource": "/{proxy+}",
        "path": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        "httpMethod": environ["REQUEST_METHOD"],
        "headers": headers,
        "multiValueHeaders": {},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": None,
        "methodArn": "arn:aws:execute-api:us-east-1:000000000000:abc/api/GET/x",
        "requestContext": {"stage": "api"},
        "body": body.decode("utf-8", "surrogateescape") or None,
        "isBase64Encoded": False,
    }
