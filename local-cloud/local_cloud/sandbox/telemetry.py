"""Which datapoints and log lines are due: the past all at once, the present as it comes."""

import math
from collections.abc import Iterator

from local_cloud.sandbox.estate import MetricSpec, ServiceSpec
from local_cloud.sandbox.runs import Run
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.world import Point

_MINUTE = 60
_FRESH_SECONDS = 300
"""So long after a turn of events the telling metrics come every second."""
_HOT, _WARM, _CALM, _ESTATE = 1, 5, 20, 60
_FINE_SECONDS, _FINE_STEP = 180, 10


def past(story: Story, service: ServiceSpec, begin: float, now: float) -> Iterator[Point]:
    """Yield one point a minute since `begin`, and finer ones of telling metrics at the end."""
    telling = telling_metrics(story)
    for metric in service.all_metrics():
        if story.is_missing(service.name, metric):
            continue
        fine = (service.name, metric.key) in telling
        for at in _moments(metric, begin, now, fine=fine):
            yield _point(story, service, metric, at)


def present(run: Run, story: Story, now: float, last: float) -> Iterator[Point]:
    """Yield what falls due between `last` and `now` of a run's own services."""
    telling = telling_metrics(story)
    fresh = now - run.turned_at < _FRESH_SECONDS
    for service in run.own_services():
        for metric in service.all_metrics():
            hot = (service.name, metric.key) in telling
            step = (_HOT if fresh else _WARM) if hot else _CALM
            if not story.is_missing(service.name, metric):
                yield from _due(story, service, metric, (last, now, step))


def calm(story: Story, service: ServiceSpec, now: float, last: float) -> Iterator[Point]:
    """Yield what falls due between `last` and `now` of a service that nothing ails."""
    for metric in service.all_metrics():
        yield from _due(story, service, metric, (last, now, _ESTATE))


def telling_metrics(story: Story) -> frozenset[tuple[str, str]]:
    """Return the metrics that show the fault: the alarm's, and those it has an effect on."""
    scenario = story.scenario
    told = {(effect.service, effect.metric) for effect in scenario.effects}
    gauges = {pair for pair in told if scenario.metric(*pair).kind == "gauge"}
    return frozenset(gauges | {(scenario.alarm.service, scenario.alarm.metric)})


def _due(
    story: Story, service: ServiceSpec, metric: MetricSpec, window: tuple[float, float, int]
) -> Iterator[Point]:
    last, now, step = window
    if metric.kind == "count":
        minute = math.floor(now / _MINUTE)
        if math.floor(last / _MINUTE) < minute:
            yield _point(story, service, metric, (minute - 1) * _MINUTE)
    elif step == _HOT or math.floor(last / step) < math.floor(now / step):
        yield _point(story, service, metric, now)


def _moments(metric: MetricSpec, begin: float, now: float, *, fine: bool) -> Iterator[float]:
    minutes = range(math.ceil(begin / _MINUTE) * _MINUTE, math.floor(now), _MINUTE)
    if metric.kind == "count":
        yield from (float(at) for at in minutes if at + _MINUTE <= now)
        return
    split = math.floor(now - _FINE_SECONDS) if fine else math.floor(now) + 1
    yield from (float(at) for at in minutes if at < split)
    if fine:
        yield from (float(at) for at in range(split, math.floor(now), _FINE_STEP))
    yield now


def _point(story: Story, service: ServiceSpec, metric: MetricSpec, at: float) -> Point:
    middle = at + _MINUTE / 2 if metric.kind == "count" else at
    return Point(metric, at, story.value(service, metric, middle))
