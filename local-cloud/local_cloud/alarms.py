"""How CloudWatch judges an alarm: M of N periods, missing data, and what it says about it.

Pure functions; `patches.alarm_evaluation` feeds them from the emulator. Windows slide: the newest
one ends now, so that an alarm of any period answers within a second or two of its data.
"""

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ALARM, OK, NO_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"
_EXTRA_WINDOWS = 2
"""CloudWatch looks back further than it needs, so that a late point is no missing one."""

_BREACH: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", operator.ge),
    "GreaterThanThreshold": ("greater than", operator.gt),
    "LessThanThreshold": ("less than", operator.lt),
    "LessThanOrEqualToThreshold": ("less than or equal to", operator.le),
}
_REGIONS = {"us-east-1": "US East (N. Virginia)", "eu-west-1": "EU (Ireland)"}


@dataclass(frozen=True)
class Judgement:
    """The state an alarm should be in, and AWS's words for why."""

    state: str
    reason: str
    reason_data: str


@dataclass(frozen=True)
class Window:
    """One period's statistic; `index` 0 is the newest."""

    index: int
    started_at: float
    value: float


def windows_needed(alarm: dict[str, Any]) -> int:
    """Return how many periods, counted back from now, an evaluation looks at."""
    return int(alarm.get("EvaluationPeriods") or 1) + _EXTRA_WINDOWS


def judge(alarm: dict[str, Any], windows: Sequence[Window], now: float) -> Judgement | None:
    """Return the state that follows from `windows` (newest first), None to leave it as it is."""
    compare = _BREACH.get(str(alarm.get("ComparisonOperator")))
    if compare is None:
        return None
    wanted = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    threshold = float(alarm.get("Threshold") or 0)
    taken = list(windows)[:wanted]
    breaching = [window for window in taken if compare[1](window.value, threshold)]
    state = _state(
        str(alarm.get("TreatMissingData") or "missing"), wanted, needed, taken, breaching
    )
    if state is None:
        return None
    told = breaching if state == ALARM and breaching else taken
    reason = _reason(alarm, state, told, compare[0])
    return Judgement(state, reason, _reason_data(alarm, taken, now))


def _state(
    treatment: str, wanted: int, needed: int, taken: list[Window], breaching: list[Window]
) -> str | None:
    missing = wanted - len(taken)
    if not taken:
        return {"breaching": ALARM, "notBreaching": OK, "ignore": None}.get(treatment, NO_DATA)
    if len(breaching) >= needed:
        return ALARM
    if not missing or treatment == "notBreaching":
        return OK
    if treatment == "breaching":
        return ALARM if len(breaching) + missing >= needed else OK
    if treatment == "ignore":
        return None if len(breaching) + missing >= needed else OK
    return ALARM if _breaches_since_long_enough(taken, breaching, needed) else OK


def _breaches_since_long_enough(taken: list[Window], breaching: list[Window], needed: int) -> bool:
    """Tell whether only missing points keep the alarm from `needed` breaching ones."""
    return len(breaching) == len(taken) and breaching[-1].index >= needed - 1


def _reason(alarm: dict[str, Any], state: str, told: list[Window], words: str) -> str:
    wanted = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    if not told:
        if state == NO_DATA:
            return f"Insufficient Data: {wanted} datapoint{_s(wanted)} were unknown."
        return (
            f"Threshold Crossed: no datapoints were received for {wanted} period{_s(wanted)} and "
            f"{wanted} missing datapoint{_s(wanted)} were treated as "
            f"[{'Breaching' if state == ALARM else 'NonBreaching'}]."
        )
    points = ", ".join(
        f"{window.value} ({datetime.fromtimestamp(window.started_at, UTC):%d/%m/%y %H:%M:%S})"
        for window in told
    )
    plural, negation = ("was", "was not") if len(told) == 1 else ("were", "were not")
    minimum, move = (
        (needed, "OK -> ALARM")
        if state == ALARM
        else (
            wanted - needed + 1,
            "ALARM -> OK",
        )
    )
    return (
        f"Threshold Crossed: {len(told)} out of the last {wanted} datapoints [{points}] "
        f"{plural if state == ALARM else negation} {words} the threshold "
        f"({float(alarm.get('Threshold') or 0)}) (minimum {minimum} datapoint{_s(minimum)} for "
        f"{move} transition)."
    )


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _reason_data(alarm: dict[str, Any], taken: list[Window], now: float) -> str:
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": moment(now),
            "startDate": moment(taken[-1].started_at) if taken else None,
            "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
            "period": int(alarm.get("Period") or 60),
            "recentDatapoints": [window.value for window in reversed(taken)],
            "threshold": float(alarm.get("Threshold") or 0),
        }
    )


def moment(at: float) -> str:
    """Return a time as CloudWatch writes it."""
    written = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "+0000")


def notification(
    alarm: dict[str, Any], old_state: str, account: str, now: float
) -> tuple[str, dict[str, Any]]:
    """Return subject and message of the SNS notification, field for field as AWS sends them."""
    arn = str(alarm.get("AlarmArn", ""))
    region_id = arn.split(":")[3] if arn.count(":") > 3 else ""
    region = _REGIONS.get(region_id, region_id)
    name, state = str(alarm.get("AlarmName", "")), str(alarm.get("StateValue", ""))
    message = {
        "AlarmName": name,
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": moment(
            float(alarm.get("AlarmConfigurationUpdatedTimestamp") or now)
        ),
        "NewStateValue": state,
        "NewStateReason": alarm.get("StateReason", ""),
        "StateChangeTime": moment(now),
        "Region": region,
        "AlarmArn": arn,
        "OldStateValue": old_state,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
    }
    if alarm.get("AlarmRule"):
        message["AlarmRule"] = alarm["AlarmRule"]
    else:
        message["Trigger"] = _trigger(alarm)
    return f'{state}: "{name}" in {region}'[:100], message


def state_change(alarm: dict[str, Any], old: dict[str, str], now: float) -> dict[str, Any]:
    """Return the detail of the event CloudWatch Alarm State Change, field for field as AWS does.

    `old` is the state before: its value, reason and time.
    """
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    metric = {
        "namespace": alarm.get("Namespace", ""),
        "name": alarm.get("MetricName", ""),
        "dimensions": {
            item.get("Name", ""): item.get("Value", "") for item in alarm.get("Dimensions") or []
        },
    }
    return {
        "alarmName": str(alarm.get("AlarmName", "")),
        "state": {
            "value": str(alarm.get("StateValue", "")),
            "reason": alarm.get("StateReason", ""),
            "reasonData": alarm.get("StateReasonData") or "",
            "timestamp": moment(now),
        },
        "previousState": old,
        "configuration": {
            "description": alarm.get("AlarmDescription") or "",
            "metrics": [
                {
                    "id": "m1",
                    "metricStat": {
                        "metric": metric,
                        "period": int(alarm.get("Period") or 60),
                        "stat": stat,
                    },
                    "returnData": True,
                }
            ],
        },
    }


def _trigger(alarm: dict[str, Any]) -> dict[str, Any]:
    extended = alarm.get("ExtendedStatistic")
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {
            "StatisticType": "Statistic",
            "Statistic": _SHOUTED.get(str(alarm.get("Statistic")), "AVERAGE"),
        }
    )
    trigger: dict[str, Any] = {
        "MetricName": alarm.get("MetricName", ""),
        "Namespace": alarm.get("Namespace", ""),
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": [
            {"value": item.get("Value", ""), "name": item.get("Name", "")}
            for item in alarm.get("Dimensions") or []
        ],
        "Period": int(alarm.get("Period") or 60),
        "EvaluationPeriods": int(alarm.get("EvaluationPeriods") or 1),
        "ComparisonOperator": alarm.get("ComparisonOperator", ""),
        "Threshold": float(alarm.get("Threshold") or 0),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    if alarm.get("DatapointsToAlarm"):
        trigger["DatapointsToAlarm"] = int(alarm["DatapointsToAlarm"])
    return trigger


_SHOUTED = {
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
    "SampleCount": "SAMPLE_COUNT",
}
