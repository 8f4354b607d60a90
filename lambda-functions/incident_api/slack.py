"""Slack's buttons: a signed click is a person's word on an approval, told back in Slack.

Slack waits three seconds for the answer and takes nothing from it but that it came. So the word
is recorded here, and the approval gate tells Slack of it afterwards. Who a Slack user is, and what
they may do, is configuration: nothing in the request gives anyone a role.
"""

import hashlib
import hmac
import re
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from pydantic import ConfigDict, Field, ValidationError

from incident_api.operations import PATTERNS, Call, Resource
from incident_api.problems import RequestError
from incident_api.requests import header, text_of
from itops_core.domain.approval_card import state_of
from itops_core.domain.people import Caller, Role
from itops_core.domain.values import Value, sha256_of
from itops_core.errors import ConflictError, ForbiddenError, NotFoundError
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring import stores
from itops_core.wiring.slack import signing_secret, tell_slack
from itops_core.wiring.workflow import decider
from itops_core.workflow.deciding import Word
from itops_core.workflow.rendering.approval import APPROVE, DENY

resource = Resource("approvals")
_log = logger("incident_api")
_VERSION = "v0"


class _Told(Value):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _User(_Told):
    id: str = Field(pattern=r"^[A-Z0-9]{1,40}$")


class _Click(_Told):
    action_id: str = Field(max_length=255)
    value: str = Field(default="", max_length=2000)


class Interaction(_Told):
    """What Slack sends of a click, as far as it matters here."""

    user: _User
    actions: tuple[_Click, ...] = Field(min_length=1, max_length=25)
    response_url: str = Field(default="", max_length=2000)


class SlackReceipt(Value):
    """That a click was taken, and what came of it."""

    told: str


@resource.operation(
    "POST /slack/interactions",
    role=None,
    answer=SlackReceipt,
    form="payload",
    also=(HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def take_slack_click(call: Call[None, None]) -> SlackReceipt:  # noqa: ARG001 - signed as a whole
    """Take a signed click on a Slack button as a person's word on an approval."""
    event = resource.router.current_event.raw_event
    body = text_of(event)
    signature = _signed(event, body)
    click = _interaction(body)
    if not stores.runtime().begin(
        f"slack#{sha256_of(signature)}", config().slack.tolerance_seconds * 2, {}
    ):
        return SlackReceipt(told="this click was handled before")
    return _answered(click)


def _answered(click: Interaction) -> SlackReceipt:
    pressed = next((one for one in click.actions if one.action_id in {APPROVE, DENY}), None)
    if pressed is None:
        return SlackReceipt(told="nothing is to be decided by that")
    try:
        approval = decider().decide(
            _approval_id(pressed), _caller(click.user), _word(pressed.action_id == APPROVE)
        )
    except (ConflictError, ForbiddenError, NotFoundError) as error:
        _log.info("slack click refused", slack_user=click.user.id, reason=str(error))
        told = f"Not counted: {error}"
        tell_slack(click.response_url, note=told)
        return SlackReceipt(told=told)
    tell_slack(click.response_url, approval_id=approval.approval_id)
    return SlackReceipt(told=f"{approval.approval_id} {state_of(approval)}")


def _signed(event: dict[str, Any], body: str) -> str:
    """Return the signature of a request that Slack has signed just now, or refuse it."""
    secret = signing_secret()
    if not secret:
        raise RequestError(
            HTTPStatus.NOT_FOUND,
            "Slack is not set up here: SlackSigningSecretArn names no signing secret",
        )
    stamp = header(event, "x-slack-request-timestamp") or ""
    given = header(event, "x-slack-signature") or ""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise RequestError(HTTPStatus.FORBIDDEN, "the request carries no time that Slack signed")
    if abs(time.time() - int(stamp)) > config().slack.tolerance_seconds:
        raise RequestError(HTTPStatus.FORBIDDEN, "the signature is too old, or from the future")
    base = f"{_VERSION}:{stamp}:{body}".encode()
    expected = f"{_VERSION}={hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise RequestError(HTTPStatus.FORBIDDEN, "the signature is not Slack's")
    return given


def _interaction(body: str) -> Interaction:
    try:
        fields = parse_qs(body, max_num_fields=20)
        return Interaction.model_validate_json(fields.get("payload", [""])[0])
    except (ValidationError, ValueError) as error:
        raise RequestError(
            HTTPStatus.BAD_REQUEST, "the payload is no interaction that Slack sends"
        ) from error


def _approval_id(click: _Click) -> str:
    if not re.fullmatch(PATTERNS["approval_id"], click.value):
        raise NotFoundError(f"no approval {click.value[:80]!r}")
    return click.value


def _caller(user: _User) -> Caller:
    """Return who a Slack user is here, or raise `ForbiddenError` with what to do about it."""
    known = config().slack.users.get(user.id)
    if known is None:
        raise ForbiddenError(
            f"the Slack user {user.id} is not known to ITOps; an admin can add them to slack.users"
        )
    role = Role(known.role)
    if not role.at_least(Role.APPROVER):
        raise ForbiddenError(
            f"{known.name} is a {role}; deciding needs the role {Role.APPROVER} or more"
        )
    return Caller(name=known.name, role=role)


def _word(approved: bool) -> Word:
    return Word(approved=approved, reason="approved in Slack" if approved else "denied in Slack")
