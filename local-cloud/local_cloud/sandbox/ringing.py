"""Whether a scenario's alarm rings because of its fault, and only since."""

import operator
from collections.abc import Callable
from statistics import mean

from local_cloud.sandbox.scenario import Scenario
from local_cloud.sandbox.story import Story

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_SAMPLE_SECONDS = 10
_QUIET_MINUTES = 60


def rings(scenario: Scenario, now: float) -> bool:
    """Whether it crosses its line often enough at the end of the story."""
    story = Story(scenario, now - scenario.onset_minutes_ago * 60)
    alarm = scenario.alarm
    ends = (now - number * alarm.period_seconds for number in range(alarm.evaluation_periods))
    return sum(_crosses(story, end) for end in ends) >= alarm.datapoints_to_alarm


def was_quiet(scenario: Scenario, now: float) -> bool:
    """Whether it never crossed its line in the hour before the onset."""
    onset = now - scenario.onset_minutes_ago * 60
    story = Story(scenario, onset)
    return not any(_crosses(story, onset - minute * 60) for minute in range(1, _QUIET_MINUTES))


def _crosses(story: Story, end: float) -> bool:
    alarm = story.scenario.alarm
    value = _period(story, end - alarm.period_seconds)
    if value is None:
        return alarm.treat_missing == "breaching"
    return _COMPARE[alarm.comparison](value, alarm.threshold)


def _period(story: Story, begin: float) -> float | None:
    alarm = story.scenario.alarm
    part = story.scenario.part(alarm.service)
    metric = story.scenario.metric(alarm.service, alarm.metric)
    if story.is_silent(part.name, begin) or story.is_missing(part.name, metric):
        return None
    moments = range(0, alarm.period_seconds, _SAMPLE_SECONDS)
    told = mean(story.value(part, metric, begin + second) for second in moments)
    return told * alarm.period_seconds / 60 if metric.kind == "count" else told
