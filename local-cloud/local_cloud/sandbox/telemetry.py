"""Which datapoints are due: the past all at once, the present as it comes."""

import math
from collections.abc import Iterator

from local_cloud.sandbox.parts import MetricSpec, Part
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.world import Point

_MINUTE = 60
_FRESH_SECONDS = 300
"""So long after a turn of events the telling metrics come every second."""
_HOT, _WARM, _CALM, _ESTATE = 1, 5, 20, 60
_FINE_SECONDS, _FINE_STEP = 180, 10
_SLICE = 5
"""Telling counts come in slices of a minute, so that a sum falls soon after a recovery."""


def past(story: Story, part: Part, begin: float, now: float) -> Iterator[Point]:
    """Yield one point a minute since `begin`, and finer ones of telling metrics at the end."""
    points = _all_past(story, part, begin, now)
    return (point for point in points if not story.is_silent(part.name, point.at))


def _all_past(story: Story, part: Part, begin: float, now: float) -> Iterator[Point]:
    telling = telling_metrics(story)
    now -= story.seconds_late(part.name)
    for metric in part.all_metrics():
        if story.is_missing(part.name, metric):
            continue
        fine = (part.name, metric.key) in telling
        if metric.kind == "count":
            yield from _counted(story, (part, metric), begin, now, fine=fine)
            continue
        for at in _moments(begin, now, fine=fine):
            yield _point(story, part, metric, at)


def present(run: Run, story: Story, now: float, last: float) -> Iterator[Point]:
    """Yield what falls due between `last` and `now` of a run's own parts."""
    telling = telling_metrics(story)
    fresh = now - run.turned_at < _FRESH_SECONDS
    for part in run.own_parts():
        if story.is_silent(part.name, now):
            continue
        late = story.seconds_late(part.name)
        for metric in part.all_metrics():
            hot = (part.name, metric.key) in telling
            step = (_HOT if fresh else _WARM) if hot else _CALM
            if story.is_missing(part.name, metric):
                continue
            if hot and metric.kind == "count":
                yield from _slices(story, (part, metric), last - late, now - late)
            else:
                yield from _due(story, part, metric, (last - late, now - late, step))


def calm(story: Story, part: Part, now: float, last: float) -> Iterator[Point]:
    """Yield what falls due between `last` and `now` of a part that nothing ails."""
    for metric in part.all_metrics():
        if metric.published:
            yield from _due(story, part, metric, (last, now, _ESTATE))


def telling_metrics(story: Story) -> frozenset[tuple[str, str]]:
    """Return the metrics that show the fault: the alarms', and those it has an effect on."""
    scenario = story.scenario
    told = {(effect.service, effect.metric) for effect in scenario.effects}
    alarmed = {(alarm.service, alarm.metric) for alarm in scenario.alarms}
    following = {
        (part.name, metric.key)
        for part in scenario.parts
        for metric in part.all_metrics()
        if any((part.name, key) in told for key in metric.product_of or ())
    }
    return frozenset(told | alarmed | following)


def _due(
    story: Story, part: Part, metric: MetricSpec, window: tuple[float, float, int]
) -> Iterator[Point]:
    last, now, step = window
    if metric.kind == "count":
        minute = math.floor(now / _MINUTE)
        if math.floor(last / _MINUTE) < minute:
            yield _whole_minute(story, part, metric, (minute - 1) * _MINUTE)
    elif step == _HOT or math.floor(last / step) < math.floor(now / step):
        yield _point(story, part, metric, now)


def _counted(
    story: Story, what: tuple[Part, MetricSpec], begin: float, now: float, *, fine: bool
) -> Iterator[Point]:
    """Yield the totals of whole minutes; of telling counts the last ones in slices."""
    part, metric = what
    first, last = math.ceil(begin / _MINUTE), math.floor(now / _MINUTE)
    split = max(first, last - _FINE_SECONDS // _MINUTE) if fine else last
    for minute in range(first, split):
        yield _whole_minute(story, part, metric, float(minute * _MINUTE))
    if fine:
        yield from _slices(story, what, float(split * _MINUTE), now)


def _slices(
    story: Story, what: tuple[Part, MetricSpec], last: float, now: float
) -> Iterator[Point]:
    """Yield the share of each slice of a minute that ended after `last` and by `now`."""
    part, metric = what
    for number in range(math.floor(last / _SLICE), math.floor(now / _SLICE)):
        at = float(number * _SLICE)
        per_minute = story.value(part, metric, at + _SLICE / 2)
        before = at % _MINUTE / _MINUTE
        share = _whole(per_minute * (before + _SLICE / _MINUTE)) - _whole(per_minute * before)
        yield Point(metric, at, share)


def _whole(value: float) -> float:
    return float(math.floor(value + 1e-6))


def _moments(begin: float, now: float, *, fine: bool) -> Iterator[float]:
    minutes = range(math.ceil(begin / _MINUTE) * _MINUTE, math.floor(now), _MINUTE)
    split = math.floor(now - _FINE_SECONDS) if fine else math.floor(now) + 1
    yield from (float(at) for at in minutes if at < split)
    if fine:
        yield from (float(at) for at in range(split, math.floor(now), _FINE_STEP))
    yield now


def _point(story: Story, part: Part, metric: MetricSpec, at: float) -> Point:
    return Point(metric, at, story.value(part, metric, at))


def _whole_minute(story: Story, part: Part, metric: MetricSpec, at: float) -> Point:
    return Point(metric, at, story.value(part, metric, at + _MINUTE / 2))
