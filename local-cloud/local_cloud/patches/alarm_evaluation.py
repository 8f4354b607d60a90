"""MiniStack judges alarms by the wrong points and only when points arrive; here as AWS does.

Upstream ignores dimensions, M of N and missing data, and never evaluates without new data, so an
alarm could neither tell two services apart nor go back to OK on silence.
"""

import json
import logging
import threading
import time
from typing import Any

from local_cloud.alarms import Judgement, Window, judge, notification, state_change, windows_needed
from local_cloud.emulator import cloudwatch, eventbridge, responses, sns
from local_cloud.patches.upstream import expect

TIMER_SECONDS = 1.0
_POINTS_LOOKED_AT = 1000
"""Newest first: plenty for short periods, and it keeps a tick cheap after hours of telemetry."""
_FIELDS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_one_at_a_time = threading.RLock()
_logger = logging.getLogger(__name__)


def evaluate_alarms_as_aws_does() -> None:
    """Replace the evaluation of metric alarms and the message their actions send."""
    for name in (
        "_evaluate_alarm", "_dispatch_alarm_actions", "_dims_key", "_calc_stats", "_stat_value",
        "_record_history", "_evaluate_parent_alarms", "_metrics", "_alarms",
    ):  # fmt: skip
        expect(hasattr(cloudwatch, name), f"cloudwatch.{name} is gone")
    expect(hasattr(sns, "_fanout"), "sns._fanout is gone")
    expect(hasattr(eventbridge, "_put_events"), "eventbridge._put_events is gone")
    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._dispatch_alarm_actions = dispatch


def start_timer() -> None:
    """Evaluate every alarm of every account and region each second, data or no data."""
    threading.Thread(target=_evaluate_for_ever, daemon=True, name="alarm-timer").start()


def _evaluate_for_ever() -> None:
    while True:
        time.sleep(TIMER_SECONDS)
        for account, region, alarm in _all_alarms():
            try:
                with responses.request_scope(account, region):
                    evaluate(alarm)
            except Exception:
                _logger.exception("an alarm could not be evaluated")


def _all_alarms() -> list[tuple[str, str, dict[str, Any]]]:
    stored = dict(cloudwatch._alarms._data)
    return [(account, region, alarm) for (account, region, _), alarm in stored.items()]


def evaluate(alarm: dict[str, Any]) -> None:
    """Put the alarm of the current account and region into the state its metric calls for."""
    if not alarm.get("Namespace") or not alarm.get("MetricName"):
        return
    now = time.time()
    judgement = judge(alarm, _windows(alarm, now), now)
    if judgement is None or judgement.state == alarm.get("StateValue"):
        return
    with _one_at_a_time:
        if judgement.state != alarm.get("StateValue"):
            _move(alarm, judgement, now)


def _move(alarm: dict[str, Any], judgement: Judgement, now: float) -> None:
    old_state = str(alarm.get("StateValue"))
    alarm["StateValue"] = judgement.state
    alarm["StateReason"] = judgement.reason
    alarm["StateReasonData"] = judgement.reason_data
    alarm["StateUpdatedTimestamp"] = int(now)
    cloudwatch._record_history(
        alarm["AlarmName"],
        old_state,
        judgement.state,
        judgement.reason,
        reason_data=json.loads(judgement.reason_data),
    )
    dispatch(alarm, old_state, judgement.state, judgement.reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _windows(alarm: dict[str, Any], now: float) -> list[Window]:
    """Return the statistic of each period that has data, the newest first."""
    dimensions = {item["Name"]: item.get("Value", "") for item in alarm.get("Dimensions") or []}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    period = float(alarm.get("Period") or 60)
    points = (cloudwatch._metrics.get(key) or [])[-_POINTS_LOOKED_AT if period <= 60 else 0 :]
    count = windows_needed(alarm)
    by_window: dict[int, list[dict[str, Any]]] = {}
    for point in points:
        index = int((now - point["Timestamp"]) // period)
        if 0 <= index < count:
            by_window.setdefault(index, []).append(point)
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    windows: list[Window] = []
    for index in sorted(by_window):
        found = by_window[index]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(found), statistic, found)
        if value is not None:
            windows.append(Window(index, now - (index + 1) * period, float(value)))
    return windows


def dispatch(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
    """Tell the alarm's topics of its new state, and EventBridge, which upstream never does."""
    now = time.time()
    told = {**alarm, "StateValue": new_state, "StateReason": reason}
    _emit(told, old_state, now)
    if not alarm.get("ActionsEnabled", True) or new_state not in _FIELDS:
        return
    topics = [
        arn for arn in alarm.get(_FIELDS[new_state]) or [] if cloudwatch._is_sns_action_arn(arn)
    ]
    subject, message = notification(told, old_state, responses.get_account_id(), now)
    for arn in topics:
        try:
            sns._fanout(arn, responses.new_uuid(), json.dumps(message), subject)
        except Exception:
            _logger.exception("an alarm action failed")


def _emit(alarm: dict[str, Any], old_state: str, now: float) -> None:
    """Put the event of a change on the default bus; EventBridge hears of alarms without actions."""
    detail = state_change(alarm, {"value": old_state}, now)
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "Resources": [str(alarm.get("AlarmArn", ""))],
    }
    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:
        _logger.exception("an alarm event failed")
