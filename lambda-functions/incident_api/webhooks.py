"""Alarms of other systems, signed: taken in at once, and answered with what became of them.

A signature holds for a few minutes, and the message under it counts once: sent again as it is,
it is answered with its first fate and changes nothing.
"""

from http import HTTPStatus

from pydantic import BaseModel, Field

from incident_api.operations import Call, Resource
from itops_core.domain.intake import Fate
from itops_core.domain.values import Value

resource = Resource("webhooks")


class Receipt(Value):
    """What became of a message."""

    fate: Fate
    repeated: bool = Field(description="Whether it was taken in before; then nothing has changed.")


def _form() -> type[BaseModel]:
    from incident_api.signed_alarms import WebhookAlarm  # noqa: PLC0415 - for the document only

    return WebhookAlarm


@resource.operation(
    "POST /webhooks/alarms",
    role=None,
    answer=Receipt,
    status=HTTPStatus.ACCEPTED,
    reads=_form,
    also=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
def take_alarm(call: Call[None, None]) -> Receipt:  # noqa: ARG001 - signed as a whole
    """Take in a signed alarm; the header X-ITOps-Signature is t=<unix time>,v1=<HMAC-SHA256>."""
    from incident_api.signed_alarms import taken_in  # noqa: PLC0415 - needed by this call only

    fate, repeated = taken_in(resource.router.current_event.raw_event)
    return Receipt(fate=fate, repeated=repeated)
