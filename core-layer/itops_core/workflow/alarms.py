"""What arrives as an alarm, and what it says: its state, its service, when the symptom began.

Nothing in an alarm's text is trusted beyond being shown: it decides no permission.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field, ValidationError

from itops_core.domain.alarm import Alarm
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.values import Value, derived_id
from itops_core.errors import InvalidInputError
from itops_core.tools.redaction import plain_text

_TELLING = (
    "ServiceName", "Service", "FunctionName", "StateMachineArn", "TableName", "QueueName",
    "DBInstanceIdentifier", "DeviceId", "TargetGroup", "LoadBalancer", "ApiName", "ClusterName",
)  # fmt: skip
"""Dimensions that name what is in trouble, the most telling first."""

_SYMBOLS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}
_STATISTICS = {
    name.lower(): name for name in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
}
_DATAPOINT = re.compile(r"\((\d{2}/\d{2}/\d{2} \d{2}:\d{2}:\d{2})\)")
_LONGEST_LEAD = timedelta(days=1)


class AlarmState(StrEnum):
    """What an alarm message says."""

    ALARM = "ALARM"
    OK = "OK"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class AlarmMessage(Value):
    """One message about an alarm; `message_id` is the same when it is delivered again."""

    message_id: str
    state: AlarmState
    alarm: Alarm
    named_service: str | None = None


class _Plain(Value):
    service: str = Field(min_length=1, max_length=200)
    metric: str = Field(min_length=1, max_length=250)
    value: float
    threshold: float


def read_message(content: object, message_id: str, received_at: datetime) -> AlarmMessage:
    """Return the alarm in a message: CloudWatch's own JSON, or the plain form.

    The plain form is `{"service", "metric", "value", "threshold"}`. Raises `InvalidInputError`.
    """
    if not isinstance(content, Mapping):
        raise InvalidInputError("an alarm message is a JSON object")
    try:
        if "AlarmName" in content:
            return _of_cloudwatch(content, message_id)
        return _of_plain(_Plain.model_validate(dict(content)), message_id, received_at)
    except (ValidationError, KeyError, ValueError, TypeError, AttributeError) as error:
        told = "a CloudWatch alarm notification, or service, metric, value and threshold"
        raise InvalidInputError(f"the message is not {told}: {error!r:.500}") from error


def incident_of(message: AlarmMessage, service: str, at: datetime) -> Incident:
    """Return the incident that an alarm opens; the same message gives the same id."""
    alarm = message.alarm
    symbol = _SYMBOLS.get(alarm.comparison, "crossed")
    line = "" if alarm.threshold is None else f" ({alarm.metric} {symbol} {alarm.threshold:g})"
    incident = open_incident(
        plain_text(f"{alarm.name}{line}")[:300] or "an alarm without a name",
        service[:200],
        at,
        fingerprint=alarm.fingerprint,
        description=plain_text("\n".join(filter(None, (alarm.description, alarm.reason))))[:10_000],
        affected_services=(service[:200],),
        detected_by="cloudwatch" if alarm.namespace else "alarm",
        symptom_started_at=symptom_started_at(alarm, at),
        alarm=alarm,
    )
    same_id = derived_id("INC", alarm.fingerprint, message.message_id)
    return incident.model_copy(update={"incident_id": same_id})


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
    """Return the service an alarm is about: the catalog's name for it where it has one."""
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
        told = _by_words([alarm.name, alarm.description], entries)
        return told.entry_id if told else alarm.name
    return values[0]


def _of_cloudwatch(content: Mapping[str, Any], message_id: str) -> AlarmMessage:
    trigger = content.get("Trigger") or {}
    metric = _metric_of(trigger)
    statistic = str(metric.get("Statistic") or metric.get("ExtendedStatistic") or "Average")
    arn = str(content.get("AlarmArn") or "").split(":")
    threshold = trigger.get("Threshold")
    alarm = Alarm(
        name=str(content["AlarmName"]),
        account=str(content.get("AWSAccountId") or ""),
        region=arn[3] if len(arn) > 3 else str(content.get("Region") or ""),
        namespace=str(metric.get("Namespace") or ""),
        metric=str(metric.get("MetricName") or ""),
        dimensions={
            str(item.get("name") or item["Name"]): str(item.get("value") or item["Value"])
            for item in metric.get("Dimensions") or ()
        },
        statistic=_STATISTICS.get(statistic.lower(), statistic),
        period_seconds=int(metric.get("Period") or 60),
        threshold=None if threshold is None else float(threshold),
        comparison=str(trigger.get("ComparisonOperator") or "GreaterThanThreshold"),
        reason=str(content.get("NewStateReason") or ""),
        description=str(content.get("AlarmDescription") or ""),
        changed_at=datetime.fromisoformat(str(content["StateChangeTime"])),
    )
    return AlarmMessage(
        message_id=message_id, state=AlarmState(content["NewStateValue"]), alarm=alarm
    )


def _metric_of(trigger: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is measured; of metric math, the first metric that goes into it."""
    for query in trigger.get("Metrics") or ():
        measured = query.get("MetricStat")
        if measured:
            return {**measured["Metric"], **measured, "Statistic": measured.get("Stat")}
    return trigger


def _of_plain(plain: _Plain, message_id: str, received_at: datetime) -> AlarmMessage:
    above = plain.value >= plain.threshold
    alarm = Alarm(
        name=f"{plain.service} {plain.metric}",
        metric=plain.metric,
        threshold=plain.threshold,
        comparison="GreaterThanThreshold" if above else "LessThanThreshold",
        reason=f"{plain.metric} is {plain.value:g}, the threshold is {plain.threshold:g}",
        changed_at=received_at,
    )
    return AlarmMessage(
        message_id=message_id, state=AlarmState.ALARM, alarm=alarm, named_service=plain.service
    )


def _entry_named(name: str, entries: Sequence[CatalogEntry]) -> CatalogEntry | None:
    for entry in entries:
        if name in (entry.entry_id, entry.ecs_service, entry.state_machine_arn):
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
