"""What a record of the alarms' queue holds: a message of SNS, an event, or an alarm as it is."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from itops_core.domain.alarm import AlarmMessage
from itops_core.domain.alarm_messages import WEBHOOK, as_webhook, read_message
from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError
from itops_core.stores.link_writes import Entry
from itops_core.workflow.dead_letters import ORIGINAL_ID
from itops_core.workflow.deferring import ENTRIES, entries_in

_MOST_CHARACTERS = 256 * 1024


def content_of(record: Mapping[str, Any]) -> AlarmMessage | list[Entry]:
    """Return the alarm message in a record, or the links that were put off.

    Raises `InvalidInputError` with what is wrong.
    """
    content = _object_in(str(record.get("body") or ""), "the record")
    if ENTRIES in content:
        return entries_in(content)
    if content.get("Type") == "Notification" and "Message" in content:
        inner = _object_in(str(content["Message"]), "the message in the notification")
        received_at = _moment(content.get("Timestamp")) or _sent_at(record)
        return read_message(
            inner, str(content.get("MessageId") or original_id(record)), received_at
        )
    name = original_id(record)
    message = read_message(content, name, _sent_at(record))
    return as_webhook(message, name) if name.startswith(WEBHOOK) else message


def original_id(record: Mapping[str, Any]) -> str:
    """Return the name under which a record first came; sent again, it is a new one in the queue."""
    attributes = record.get("messageAttributes") or {}
    told = attributes.get(ORIGINAL_ID) or {}
    return str(told.get("stringValue") or record["messageId"])


def times_received(record: Mapping[str, Any]) -> int:
    """Return how often a record was taken up, this time included."""
    return int((record.get("attributes") or {}).get("ApproximateReceiveCount", 1))


def _object_in(text: str, what: str) -> Mapping[str, Any]:
    if len(text) > _MOST_CHARACTERS:
        raise InvalidInputError(f"{what} is too long: {len(text)} characters")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{what} is not JSON: {text:.200}") from error
    if not isinstance(content, Mapping):
        raise InvalidInputError(f"{what} is no JSON object: {text:.200}")
    return content


def _sent_at(record: Mapping[str, Any]) -> datetime:
    sent = (record.get("attributes") or {}).get("SentTimestamp")
    return datetime.fromtimestamp(int(sent) / 1000, UTC) if sent else utc_now()


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
