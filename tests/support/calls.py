"""Calls of the API's function as API Gateway makes them: REST proxy events, version 1."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident_api.handler import handler


class Context:
    """The few things that functions ask of their Lambda context."""

    function_name = "a-function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:a-function"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    tenant_id = None

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        """The body, read."""
        return json.loads(self.text)

    @property
    def detail(self) -> str:
        """The sentence of a problem; fails where the answer is no problem."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        assert self.json["status"] == self.status
        return str(self.json["detail"])


def call(
    method: str,
    path: str,
    body: object = None,
    *,
    role: str | None = "admin",
    name: str = "ann",
    headers: dict[str, str] | None = None,
    raw: str | None = None,
    query: Mapping[str, object] | None = None,
) -> Answer:
    """Send one request; `raw` is a body as it is, `role=None` one without the authorizer."""
    authorizer = {} if role is None else {"name": name, "role": role, "principalId": name}
    event: dict[str, Any] = {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json", **(headers or {})},
        "multiValueHeaders": {},
        "queryStringParameters": {key: str(value) for key, value in (query or {}).items()} or None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {"authorizer": authorizer, "stage": "api", "requestId": "r"},
        "body": raw if raw is not None else (None if body is None else json.dumps(body)),
        "isBase64Encoded": False,
    }
    answer = handler(event, Context())  # type: ignore[arg-type]
    many = answer.get("multiValueHeaders") or {}
    headers_back = {key: values[0] for key, values in many.items()} | (answer.get("headers") or {})
    return Answer(int(answer["statusCode"]), headers_back, str(answer["body"]))
