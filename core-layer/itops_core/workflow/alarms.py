"""What an alarm means here: whose it is, when its symptom began, which incident it would open.

Nothing in an alarm's text is trusted beyond being shown: it decides no permission.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from itops_core.domain.alarm import Alarm, AlarmMessage
from itops_core.domain.alarm_metrics import symbol_of
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.values import derived_id
from itops_core.tools.redaction import one_line, plain_text

_TELLING = (
    "ServiceName", "Service", "FunctionName", "StateMachineArn", "TableName", "QueueName",
    "DBInstanceIdentifier", "DeviceId", "TargetGroup", "LoadBalancer", "ApiName", "ClusterName",
)  # fmt: skip
"""Dimensions that name what is in trouble, the most telling first."""

_DATAPOINT = re.compile(r"\((\d{2}/\d{2}/\d{2} \d{2}:\d{2}:\d{2})\)")
_LONGEST_LEAD = timedelta(days=1)


def incident_of(message: AlarmMessage, service: str, at: datetime) -> Incident:
    """Return the incident that an alarm opens; the same message gives the same id."""
    alarm = message.alarm
    incident = open_incident(
        title_of(alarm),
        service[:200],
        at,
        fingerprint=alarm.fingerprint,
        description=plain_text("\n".join(filter(None, (alarm.description, alarm.reason))))[:10_000],
        affected_services=(service[:200],),
        detected_by=_detected_by(message),
        severity=message.severity,
        symptom_started_at=symptom_started_at(alarm, at),
        alarm=alarm,
    )
    return incident.model_copy(update={"incident_id": incident_id_of(message)})


def incident_id_of(message: AlarmMessage) -> str:
    """Return the id of the incident that a message would open."""
    return derived_id("INC", message.alarm.fingerprint, message.message_id)


def title_of(alarm: Alarm) -> str:
    """Return an alarm in a line: its name and what it watches for."""
    line = ""
    if alarm.threshold is not None:
        line = f" ({alarm.metric} {symbol_of(alarm.comparison)} {alarm.threshold:g})"
    elif alarm.condition:
        line = f" ({alarm.condition})"
    return one_line(f"{alarm.name}{line}")[:300] or "an alarm without a name"


def _detected_by(message: AlarmMessage) -> str:
    alarm = message.alarm
    if message.origin == "webhook":
        return "webhook"
    return "cloudwatch" if alarm.namespace or alarm.account else "alarm"


def symptom_started_at(alarm: Alarm, at: datetime) -> datetime:
    """Return when the first datapoint over the line was measured, as the alarm's reason tells."""
    earliest = min(alarm.changed_at, at)
    for text in _DATAPOINT.findall(alarm.reason):
        try:
            moment = datetime.strptime(text, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        if earliest - _LONGEST_LEAD < moment < earliest:
            earliest = moment
    return earliest


def service_of(message: AlarmMessage, entries: Sequence[CatalogEntry]) -> str:
    """Return the service an alarm is about: the catalog's name for it where it has one.

    It heads messages and stands in lists: a name from outside is one line that steers no screen.
    """
    name = _named(message, entries)
    if any(name == entry.entry_id for entry in entries):
        return name
    return one_line(name) or "a service without a name"


def _named(message: AlarmMessage, entries: Sequence[CatalogEntry]) -> str:
    if message.named_service is not None:
        named = _entry_named(message.named_service, entries)
        return named.entry_id if named else message.named_service
    alarm = message.alarm
    values = [alarm.dimensions[name] for name in _TELLING if alarm.dimensions.get(name)]
    for value in (*values, *alarm.dimensions.values()):
        entry = _entry_named(value, entries)
        if entry is not None:
            return entry.entry_id
    for found in (_by_dimensions(alarm, entries), _by_words(values, entries)):
        if found is not None:
            return found.entry_id
    if not values:
        told = _by_words([alarm.name, alarm.description, *alarm.children], entries)
        return told.entry_id if told else alarm.name
    return values[0]


def _entry_named(name: str, entries: Sequence[CatalogEntry]) -> CatalogEntry | None:
    for entry in entries:
        if name in (entry.entry_id, entry.ecs_service, entry.state_machine_arn, entry.resource):
            return entry
    return None


def _by_dimensions(alarm: Alarm, entries: Sequence[CatalogEntry]) -> CatalogEntry | None:
    mine = alarm.dimensions.items()
    return next(
        (
            entry
            for entry in entries
            if entry.metric_dimensions and entry.metric_dimensions.items() <= mine
        ),
        None,
    )


def _by_words(texts: Sequence[str], entries: Sequence[CatalogEntry]) -> CatalogEntry | None:
    """Return the entry whose name stands in a text as a whole word, the longest name first."""
    by_length = sorted(entries, key=lambda entry: -len(entry.entry_id))
    for text in texts:
        for entry in by_length:
            names = {entry.entry_id, entry.ecs_service or entry.entry_id}
            if any(re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text)
                   for name in names):  # fmt: skip
                return entry
    return None
