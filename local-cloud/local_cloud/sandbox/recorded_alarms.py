"""Alarms of a scenario as CloudWatch would have judged them, with what they went through."""

import json

from local_cloud.alarms import NO_DATA, Window, judge
from local_cloud.sandbox.effects import AlarmSpec
from local_cloud.sandbox.injection import alarm_of
from local_cloud.sandbox.past import LONG_AGO_SECONDS
from local_cloud.sandbox.recorded_scene import Scene, moment
from local_cloud.sandbox.story import Story
from monitoring_server.recorded.recording import Raw


def alarms_of(scene: Scene) -> tuple[list[Raw], list[Raw]]:
    """Return every alarm as it stands, and what they went through."""
    alarms: list[Raw] = []
    history: list[Raw] = []
    told = {
        alarm.name: (story, alarm)
        for _, story in scene.told.values()
        for alarm in story.scenario.alarms
    }
    for story, spec in told.values():
        alarm, went_through = _alarm(story, spec, scene)
        alarms.append(alarm)
        history.extend(went_through)
    return alarms, history


def _alarm(story: Story, spec: AlarmSpec, scene: Scene) -> tuple[Raw, list[Raw]]:
    """Judge an alarm by the minute, as CloudWatch does, from shortly before the onset on."""
    alarm = alarm_of(story.scenario, spec)
    standing: Raw = {
        **alarm,
        "StateValue": "OK",
        "StateReason": "Threshold Crossed: no datapoint was beyond the threshold.",
        "StateUpdatedTimestamp": moment(scene.now - LONG_AGO_SECONDS),
    }
    history: list[Raw] = []
    begin = scene.story.onset - 300
    for minute in range(int((scene.now - begin) // 60) + 1):
        at = min(begin + minute * 60, scene.now)
        judged = judge(alarm, _windows(story, spec, at), at)
        if judged is None or judged.state in {standing["StateValue"], NO_DATA}:
            continue
        history.append(_transition(alarm, standing, (judged.state, judged.reason), at))
        standing |= {
            "StateValue": judged.state,
            "StateReason": judged.reason,
            "StateUpdatedTimestamp": moment(at),
        }
    return standing, history


def _windows(story: Story, alarm: AlarmSpec, at: float) -> list[Window]:
    part = story.scenario.part(alarm.service)
    metric = story.scenario.metric(alarm.service, alarm.metric)
    if story.is_missing(part.name, metric):
        return []
    known_until = at - story.seconds_late(part.name)
    minutes = alarm.period_seconds / 60 if metric.kind == "count" else 1.0
    starts = [at - (index + 1) * alarm.period_seconds for index in range(alarm.evaluation_periods)]
    return [
        Window(index, start, minutes * story.value(part, metric, start + alarm.period_seconds / 2))
        for index, start in enumerate(starts)
        if start + alarm.period_seconds <= known_until and not story.is_silent(part.name, start)
    ]


def _transition(alarm: Raw, standing: Raw, to: tuple[str, str], at: float) -> Raw:
    before = str(standing["StateValue"])
    state, reason = to
    told = {
        "version": "1.0",
        "oldState": {"stateValue": before, "stateReason": standing["StateReason"]},
        "newState": {"stateValue": state, "stateReason": reason},
    }
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "MetricAlarm",
        "Timestamp": moment(at),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {before} to {state}",
        "HistoryData": json.dumps(told),
    }
