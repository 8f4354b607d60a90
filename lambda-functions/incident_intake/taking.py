"""One batch of the queue: what is read is taken in, what cannot be used is kept with the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from incident_intake.records import content_of, original_id, times_received
from itops_core.domain.alarm import AlarmMessage
from itops_core.domain.intake import Fate
from itops_core.errors import InvalidInputError, ITOpsError
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.stores.link_writes import Entry
from itops_core.wiring.intake import dead_letters, intake

_log = logger("incident_intake")

Record = Mapping[str, Any]


def take_in(records: Sequence[Record]) -> dict[str, Any]:
    """Return the records that the queue has to bring again, as it wants to be told.

    A record is answered for once its alarm is stored, or its dead letter is.
    """
    messages: dict[str, AlarmMessage] = {}
    again: list[str] = []
    for record in records:
        try:
            content = content_of(record)
        except InvalidInputError as error:
            again += _buried(record, str(error))
        else:
            if isinstance(content, AlarmMessage):
                messages[record["messageId"]] = content
            else:
                again += _linked(record, content)
    fates = intake().take_in(list(messages.values())) if messages else {}
    for record in records:
        message = messages.get(record["messageId"])
        if message is None:
            continue
        fate = fates[message.message_id]
        if isinstance(fate, Fate):
            continue
        again += _failed(record, fate)
    _log.info("alarms taken in", records=len(records), again=len(again))
    return {"batchItemFailures": [{"itemIdentifier": name} for name in again]}


def _linked(record: Record, entries: Sequence[Entry]) -> list[str]:
    """Write links that were put off, or return the record's id where that failed."""
    try:
        intake().link(entries)
    except (ITOpsError, ClientError, BotoCoreError) as error:
        _log.warning("links not written", links=len(entries), exc_info=True)
        return _failed(record, error)
    return []


def _failed(record: Record, error: Exception) -> list[str]:
    tries = times_received(record)
    if tries < config().intake.tries:
        return [record["messageId"]]
    return _buried(record, f"not taken in after {tries} tries: {error}")


def _buried(record: Record, reason: str) -> list[str]:
    """Keep a record that cannot be used, or return its id where even that failed."""
    try:
        dead_letters().bury(str(record.get("body") or "-"), reason, original_id(record))
    except (ClientError, BotoCoreError):
        _log.exception("dead letter not kept", record=record["messageId"])
        return [record["messageId"]]
    return []
