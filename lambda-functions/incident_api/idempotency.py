"""`Idempotency-Key`: the same request sent again gets the same answer, and is done once."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from incident_api.problems import RequestError
from incident_api.requests import header
from itops_core.domain.people import Caller
from itops_core.domain.values import sha256_of
from itops_core.errors import ConflictError
from itops_core.wiring import stores

_REMEMBERED_SECONDS = 24 * 3600
_LEASE_SECONDS = 35
"""Longer than the function may run: then whoever began it is gone."""
_KEY = re.compile(r"[!-~]{1,200}")


def once(
    event: dict[str, Any],
    caller: Caller,
    text: str,
    answer: Callable[[str | None], Response[str]],
) -> Response[str]:
    """Return the answer to a request, from memory where its key was used for it before.

    `answer` is given what identifies the request, or `None` where it carries no key.
    """
    key = header(event, "idempotency-key")
    if key is None:
        return answer(None)
    if not _KEY.fullmatch(key):
        raise RequestError(
            HTTPStatus.BAD_REQUEST, "Idempotency-Key has to be 1 to 200 printable characters"
        )
    identity = sha256_of([caller.name, event.get("httpMethod"), event.get("path"), key])
    record, request = f"idempotency#{identity}", sha256_of(text)
    if not stores.runtime().begin(record, _LEASE_SECONDS, {"request": request}):
        return _remembered(record, request)
    try:
        answered = answer(identity)
    except BaseException:
        # A refused request did nothing: the next try is a new one.
        stores.runtime().delete(record)
        raise
    kept = {"request": request, "status": answered.status_code, "body": answered.body}
    stores.runtime().put(record, kept, _REMEMBERED_SECONDS)
    return answered


def _remembered(record: str, request: str) -> Response[str]:
    known = stores.runtime().read(record)
    if known is not None and known["request"] != request:
        raise RequestError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "this Idempotency-Key was used for another request; take a new one",
        )
    if known is None or "status" not in known:
        raise ConflictError("the same request is being answered right now; try again in a moment")
    return Response(
        status_code=int(known["status"]),
        content_type="application/json",
        body=str(known["body"]),
        headers={"Idempotent-Replayed": "true"},
    )
