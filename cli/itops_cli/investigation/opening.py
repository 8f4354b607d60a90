"""The incident that a recording's alarm opens, as the intake would open it."""

import json
from datetime import datetime
from typing import Any

from itops_core.domain.alarm import Alarm, AlarmMessage, AlarmState
from itops_core.domain.incident import Incident
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.workflow.alarms import incident_of, service_of
from monitoring_server.recorded.recording import Raw, Recording


def incident_in(recording: Recording, alarm_name: str | None = None) -> Incident:
    """Return the incident of the named alarm, or of the one that went off first.

    An alarm that went back to OK opens the incident that it opened when it went off. Whoever
    looks into it does so at the last moment of the recording.
    """
    alarm = _chosen(recording, alarm_name)
    went_off = _went_off(recording, alarm)
    told = Alarm(
        name=str(alarm["AlarmName"]),
        namespace=str(alarm.get("Namespace") or ""),
        metric=str(alarm.get("MetricName") or ""),
        dimensions={one["Name"]: one["Value"] for one in alarm.get("Dimensions") or ()},
        statistic=str(alarm.get("Statistic") or alarm.get("ExtendedStatistic") or "Average"),
        period_seconds=int(alarm.get("Period") or 60),
        threshold=None if alarm.get("Threshold") is None else float(alarm["Threshold"]),
        comparison=str(alarm.get("ComparisonOperator") or "GreaterThanThreshold"),
        reason=went_off[1],
        description=str(alarm.get("AlarmDescription") or ""),
        changed_at=went_off[0],
    )
    message = AlarmMessage(
        message_id=f"recorded {went_off[0].isoformat()}", state=AlarmState.ALARM, alarm=told
    )
    return incident_of(message, service_of(message, recording.catalog), recording.recorded_at)


def _chosen(recording: Recording, name: str | None) -> Raw:
    if name is not None:
        for alarm in recording.alarms:
            if alarm["AlarmName"] == name:
                return alarm
        raise NotFoundError(f"the recording has no alarm {name!r}")
    ringing = [one for one in recording.alarms if one.get("StateValue") == "ALARM"]
    if not ringing:
        raise InvalidInputError(
            "no alarm of the recording is in ALARM: name the one to be looked into"
        )
    return min(ringing, key=lambda one: _changed_at(one, recording))


def _changed_at(alarm: Raw, recording: Recording) -> datetime:
    told: Any = alarm.get("StateUpdatedTimestamp")
    return told if isinstance(told, datetime) else recording.recorded_at


def _went_off(recording: Recording, alarm: Raw) -> tuple[datetime, str]:
    """Return when the alarm last went off, and why."""
    if alarm.get("StateValue") == "ALARM":
        return _changed_at(alarm, recording), str(alarm.get("StateReason") or "")
    history = [
        item
        for item in recording.alarm_history
        if item["AlarmName"] == alarm["AlarmName"] and _new_state(item).get("stateValue") == "ALARM"
    ]
    if not history:
        return _changed_at(alarm, recording), str(alarm.get("StateReason") or "")
    last = max(history, key=lambda item: item["Timestamp"])
    return last["Timestamp"], str(_new_state(last).get("stateReason") or "")


def _new_state(item: Raw) -> Raw:
    try:
        told = json.loads(item.get("HistoryData") or "{}")
    except ValueError:
        return {}
    state = told.get("newState") if isinstance(told, dict) else None
    return state if isinstance(state, dict) else {}
