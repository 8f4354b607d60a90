"""The REST API as the command line uses it: plain JSON in and out, failures as our errors."""

import re
import secrets
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx2

from itops_cli.connection import Connection
from itops_cli.failures import OutOfReachError
from itops_core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    ITOpsError,
    NotFoundError,
)

Json = dict[str, Any]

_ERRORS: dict[int, type[ITOpsError]] = {
    400: InvalidInputError,
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: InvalidInputError,
    415: InvalidInputError,
    422: InvalidInputError,
}
_NOT_READY = (429, 500, 502, 503, 504)
_TRIES = 3
_FIELD = re.compile(r"(\w+)(?:\.\d+)*")
_WHAT_TO_DO = "start the local cloud with `itops local up`, or check ITOPS_API_URL"
_OPTIONS = {
    "affected_services": "--service",
    "cause_was": "--cause-was",
    "description": "--description",
    "ends_at": "--until",
    "reason": "--reason",
    "resolution": "--reason",
    "severity": "--severity",
    "starts_at": "--from",
}
"""How the fields of what is sent are called where they are typed."""


class Api:
    """One connection to the API. Every write carries an `Idempotency-Key`, so it may repeat."""

    def __init__(self, connection: Connection, seconds: float = 30.0) -> None:
        self._url = connection.api_url
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {connection.token}", "Accept": "application/json"},
            timeout=httpx2.Timeout(seconds, connect=5.0),
            trust_env=not connection.is_loopback,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: object) -> Json:
        """Return what is at `path`."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        return self._send("GET", path, params=given)

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Send `body` to `path`; sent again, it still counts once."""
        key = {"Idempotency-Key": secrets.token_hex(16)}
        return self._send("POST", path, json=dict(body), headers=key)

    def delete(self, path: str) -> Json:
        """Remove what is at `path`."""
        return self._send("DELETE", path)

    def pages(self, path: str, **parameters: object) -> Iterator[Json]:
        """Yield every item of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **parameters, cursor=cursor)
            yield from page["items"]
            cursor = page.get("cursor")
            if not cursor:
                return

    def _send(self, method: str, path: str, **request: Any) -> Json:  # noqa: ANN401
        response = self._answer(method, path, request)
        if response.status_code in _NOT_READY:
            raise OutOfReachError(f"the API is in trouble: {_told(response)}")
        if response.is_error:
            kind = _ERRORS.get(response.status_code, ITOpsError)
            raise kind(_told(response))
        try:
            return response.json()
        except ValueError as error:
            raise OutOfReachError(f"{self._url} does not speak JSON; is it ITOps?") from error

    def _answer(self, method: str, path: str, request: Mapping[str, Any]) -> httpx2.Response:
        for tries_left in reversed(range(_TRIES)):
            try:
                response = self._client.request(method, f"{self._url}{path}", **request)
            except httpx2.HTTPError as error:
                if not tries_left:
                    raise OutOfReachError(
                        f"{self._url} does not answer: {error}; {_WHAT_TO_DO}"
                    ) from error
            else:
                if response.status_code not in _NOT_READY or not tries_left:
                    return response
        raise OutOfReachError(f"{self._url} does not answer; {_WHAT_TO_DO}")


def _told(response: httpx2.Response) -> str:
    """Return the problem's own words, or the status where it has none."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, Mapping):
        detail = problem.get("detail") or problem.get("message") or problem.get("title")
        if detail:
            faults = _faults(problem.get("errors"))
            if faults and response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
                # The words of the API speak of a body, which nobody here has typed.
                detail = "what was given cannot be used"
            where = f": {faults}" if faults else ""
            return re.sub(r"\s+", " ", f"{detail}{where}").strip()
    if response.status_code in {401, 403}:
        return "the API does not accept this token; see `itops token create`"
    return f"HTTP {response.status_code} {response.reason_phrase}".strip()


def _faults(errors: object) -> str:
    if not isinstance(errors, list) or not errors:
        return ""
    return "; ".join(_as_typed(str(error)) for error in errors[:5])


def _as_typed(fault: str) -> str:
    """Return a fault with its field called as the option that it was given with."""
    field = _FIELD.match(fault)
    option = _OPTIONS.get(field[1]) if field else None
    return f"{option}{fault[field.end() :]}" if field and option else fault
