"""Looks at pipelines through the function that reaches the tool servers; waits for the answer."""

import json
from collections.abc import Mapping
from typing import Any

from itops_core.errors import InvalidInputError, ToolUnavailableError

_SERVER = "monitoring"


class Looker:
    """Asks for figures: failures, trend, shared causes."""

    def __init__(self, client: Any, function_name: str) -> None:  # noqa: ANN401 - boto3's client
        self._client = client
        self._function = function_name

    def look(self, what: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the tool saw, or raise an error that says why it saw nothing."""
        payload = json.dumps({"look": what, "arguments": dict(arguments)}).encode()
        answer = self._client.invoke(FunctionName=self._function, Payload=payload)
        if answer.get("FunctionError"):
            raise ToolUnavailableError(_SERVER, "it failed on its side; try again in a moment")
        told: dict[str, Any] = json.loads(answer["Payload"].read())
        if told["ok"]:
            return told["content"]
        if told.get("unavailable"):
            raise ToolUnavailableError(_SERVER, str(told["message"])[:300])
        raise InvalidInputError(str(told["message"])[:500])
