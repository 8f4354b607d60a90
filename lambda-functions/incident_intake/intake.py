"""What one SNS record is about, and what becomes of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from itops_core.domain.values import sha256_of, utc_now
from itops_core.errors import InvalidInputError
from itops_core.wiring import stores
from itops_core.wiring.workflow import opener
from itops_core.workflow.alarms import AlarmMessage, AlarmState, read_message, service_of


class UnusableAlarmsError(InvalidInputError):
    """Some alarms could not be read. The others were taken in: a repeat of those is harmless."""

    def __init__(self, reasons: Sequence[str]) -> None:
        told = "; ".join(reasons) or "the event holds no SNS record"
        super().__init__(f"alarms that cannot be used: {told}")


def take_in(record: Mapping[str, Any]) -> dict[str, Any]:
    """Open an incident for the alarm in `record`, or note it where it belongs."""
    message = _message_of(record)
    name, state = message.alarm.name, message.state.value
    if message.state is not AlarmState.ALARM:
        noted = opener().note_recovery(message)
        known = noted.incident_id if noted else None
        return {"alarm": name, "state": state, "incident_id": known, "is_new": False}
    service = service_of(message, stores.catalog().list())
    opened = opener().open_for_alarm(message, service)
    return {
        "alarm": name,
        "state": state,
        "incident_id": opened.incident.incident_id,
        "is_new": opened.is_new,
    }


def _message_of(record: Mapping[str, Any]) -> AlarmMessage:
    try:
        sns = record["Sns"]
        text = str(sns["Message"])
    except (KeyError, TypeError) as error:
        raise InvalidInputError("the record is none of SNS: it has no Sns.Message") from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"the message is not JSON: {text:.200}") from error
    message_id = str(sns.get("MessageId") or sha256_of(text))
    return read_message(content, message_id, _received_at(sns))


def _received_at(sns: Mapping[str, Any]) -> datetime:
    try:
        received = datetime.fromisoformat(str(sns.get("Timestamp")))
    except ValueError:
        return utc_now()
    return received if received.tzinfo else utc_now()
