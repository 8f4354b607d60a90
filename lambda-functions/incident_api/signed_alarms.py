"""Signed alarms: who signed, what they say, and what became of them."""

import hashlib
import hmac
import json
import re
import time
from http import HTTPStatus
from typing import Any

from pydantic import RootModel

from incident_api.problems import RequestError
from incident_api.requests import header, text_of
from itops_core.domain.alarm_messages import (
    WEBHOOK,
    CloudWatchNotification,
    GenericAlarm,
    PlainAlarm,
    as_webhook,
    read_message,
)
from itops_core.domain.intake import Fate, Outcome
from itops_core.domain.values import sha256_of, utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.intake import dead_letters, intake, webhook_secrets
from itops_core.workflow.alarms import service_of
from itops_core.workflow.early_ends import fate_of

_log = logger("incident_api")
_MOST_BYTES = 64 * 1024
_LOST = "\N{REPLACEMENT CHARACTER}"
"""What API Gateway hands on for bytes that are no text: of them, no signature can hold."""
_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


class WebhookAlarm(RootModel[PlainAlarm | GenericAlarm | CloudWatchNotification]):
    """An alarm in one of three forms: plain, generic, or as CloudWatch tells it."""


def taken_in(event: dict[str, Any]) -> tuple[Fate, bool]:
    """Return what became of the alarm in a request, and whether it was taken in before.

    What cannot be taken in at this moment goes to the queue, which brings it again.
    """
    body = text_of(event)
    if len(body.encode()) > _MOST_BYTES:
        told = f"the body holds {len(body.encode())} bytes; {_MOST_BYTES} are taken at most"
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
    stamp, signature = _signed(event, body)
    # Named by what was signed: a replay has the name of the message that it repeats.
    message_id = f"{WEBHOOK}{sha256_of([stamp, signature])[:32]}"
    # The time of day here, for the stamp tells whole seconds only: an alarm and its end may
    # come within one.
    content = _content(body)
    named = as_webhook(read_message(content, message_id, utc_now()), message_id)
    before = intake().links.fates([message_id])
    fate = intake().take_in([named])[message_id]
    if not isinstance(fate, Fate):
        _log.warning("webhook alarm queued", alarm=named.alarm.name, reason=str(fate))
        # Its incident is being closed, or a table is busy: no sender has to know of either.
        dead_letters().send(json.dumps(content), message_id)
        fate = fate_of(named, service_of(named, ()), Outcome.QUEUED, None)
    return fate, message_id in before


def _signed(event: dict[str, Any], body: str) -> tuple[int, str]:
    """Return time and signature of a request that was signed just now, or refuse it."""
    secrets = webhook_secrets()
    if not secrets:
        raise RequestError(
            HTTPStatus.NOT_FOUND, "webhooks are not set up here: no secret is configured"
        )
    found = _SIGNATURE.fullmatch((header(event, "x-itops-signature") or "").replace(" ", ""))
    if found is None:
        raise RequestError(
            HTTPStatus.FORBIDDEN,
            "X-ITOps-Signature has to be t=<unix time>,v1=<HMAC-SHA256 in hex of time.body>",
        )
    stamp, given = int(found[1]), found[2]
    if abs(time.time() - stamp) > config().intake.webhook_tolerance_seconds:
        raise RequestError(HTTPStatus.FORBIDDEN, "the signature is too old, or from the future")
    signed = f"{found[1]}.{body}".encode()
    expected = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secrets]
    if not any(hmac.compare_digest(one, given) for one in expected):
        if _LOST in body:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the body is not text in UTF-8")
        raise RequestError(HTTPStatus.FORBIDDEN, "the signature is not one of ours")
    return stamp, given


def _content(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from error
