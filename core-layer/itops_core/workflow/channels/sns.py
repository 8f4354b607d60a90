"""The notifications topic: e-mail, SMS, pagers, whatever subscribes to it."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.notification import Notification
from itops_core.workflow.channels.port import DeliveryFailedError, Letter
from itops_core.workflow.channels.text import shortened

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_MAIL = 60_000
_SMS = 140
_FINAL = {"InvalidParameter", "InvalidParameterValue", "NotFound"}


@dataclass(frozen=True)
class SnsChannel:
    """Publishes: a letter for e-mail, a line for SMS; attributes for filter policies."""

    client: "SNSClient"
    topic_arn: str
    name: str = "sns"

    def send(self, letter: Letter) -> dict[str, Any]:
        """Publish to the topic. A repeat may come twice: SNS delivers at least once anyway."""
        told = letter.notification
        body = mail(letter)
        attributes = {
            "incident_id": told.incident_id,
            "kind": told.occasion.value,
            "severity": told.severity.value if told.severity else "unknown",
            "service": shortened(told.service, 200),
        }
        try:
            answer = self.client.publish(
                TopicArn=self.topic_arn,
                Subject=subject(told),
                Message=json.dumps({"default": body, "email": body, "sms": _line(told)}),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                    if value
                },
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise DeliveryFailedError(
                f"SNS refused it ({code})", is_final=code in _FINAL
            ) from error
        except BotoCoreError as error:
            raise DeliveryFailedError(f"SNS is out of reach ({type(error).__name__})") from error
        return {"message_id": answer["MessageId"]}


def subject(told: Notification) -> str:
    """Return what SNS takes as a subject: ASCII, one line, at most 100 characters."""
    plain = f"{told.incident_id} {told.headline}: {told.title}".encode("ascii", "replace").decode()
    return "".join(mark if mark.isprintable() else " " for mark in plain)[:100].strip()


def mail(letter: Letter) -> str:
    """Return the letter that e-mail shows."""
    told = letter.notification
    lines = [f"{told.incident_id}: {told.headline}", told.title]
    for passage in told.passages:
        lines += ["", passage.heading.upper(), *passage.lines]
    if letter.link:
        lines += ["", letter.link]
    return shortened("\n".join(lines), _MAIL)


def _line(told: Notification) -> str:
    return shortened(f"{told.incident_id} {told.headline}: {told.title}", _SMS)
