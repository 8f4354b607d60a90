from statistics import mean
from typing import Any

import pytest

from local_cloud.sandbox.scenario import Scenario, parse
from local_cloud.sandbox.story import Story, Turning
from local_cloud.sandbox.telemetry import past
from tests.support.scenarios import a_scenario

ONSET = 1_800_000_000.0
MINUTE = 60


def story_of(*turnings: Turning, **changes: Any) -> Story:  # noqa: ANN401
    return Story(parse(a_scenario(**changes)), ONSET, turnings)


def memory(story: Story, at: float) -> float:
    scenario: Scenario = story.scenario
    return story.value(scenario.service("ledger"), scenario.metric("ledger", "memory"), at)


def test_before_the_onset_all_is_as_usual_and_after_it_the_fault_shows() -> None:
    story = story_of()

    assert mean(memory(story, ONSET - at) for at in range(1, 600)) == pytest.approx(50, rel=0.02)
    assert memory(story, ONSET + 1) == pytest.approx(95, rel=0.02)


def test_the_same_moment_always_has_the_same_value() -> None:
    assert memory(story_of(), ONSET + 17) == memory(story_of(), ONSET + 17)


@pytest.mark.parametrize(
    ("shape", "minutes", "expected"),
    [
        ("ramp", 5, 72.5),
        ("ramp", 20, 95),
        ("spike", 5, 95),
        ("spike", 11, 50),
        ("sawtooth", 9.99, 95),
        ("sawtooth", 10.01, 65.8),
    ],
)
def test_a_shape_says_how_the_metric_gets_there(
    shape: str, minutes: float, expected: float
) -> None:
    effect = {"service": "ledger", "metric": "memory", "to": 95, "shape": shape, "over_minutes": 10}

    story = story_of(effects=[effect])

    assert memory(story, ONSET + minutes * MINUTE) == pytest.approx(expected, rel=0.03)


def test_a_recovery_takes_seconds_and_a_relapse_brings_the_fault_back() -> None:
    healed, relapsed = ONSET + 600, ONSET + 900
    story = story_of(Turning(healed, 0.0), Turning(relapsed, 1.0))

    assert memory(story, healed - 1) == pytest.approx(95, rel=0.02)
    assert memory(story, healed + 3) == pytest.approx(50, rel=0.03)
    assert memory(story, relapsed + 3) == pytest.approx(95, rel=0.02)


def test_a_worse_world_shows_more_of_the_fault_up_to_what_is_possible() -> None:
    story = story_of(Turning(ONSET + 60, 3.0))

    assert memory(story, ONSET + 70) == 100


def test_error_counts_follow_from_requests_and_error_rate() -> None:
    story = story_of(effects=[{"service": "ledger", "metric": "error_rate", "to": 50}])
    ledger = story.scenario.service("ledger")
    errors = story.scenario.metric("ledger", "errors")

    assert story.value(ledger, errors, ONSET - 60) < 5
    assert story.value(ledger, errors, ONSET + 60) == pytest.approx(300, rel=0.2)


def test_healthy_targets_are_those_that_are_not_unhealthy() -> None:
    story = story_of(effects=[{"service": "ledger", "metric": "unhealthy_hosts", "to": 1}])
    ledger = story.scenario.service("ledger")
    healthy = story.scenario.metric("ledger", "healthy_hosts")

    assert story.value(ledger, healthy, ONSET - 60) == 2
    assert story.value(ledger, healthy, ONSET + 60) == 1


def test_fault_lines_begin_with_the_fault_and_end_with_it() -> None:
    log = {"service": "ledger", "message": "broken {id}", "per_minute": 30, "level": "ERROR"}
    story = story_of(Turning(ONSET + 300, 0.0), logs=[log])
    ledger = story.scenario.service("ledger")

    lines = story.log_lines(ledger, ONSET - 600, ONSET + 900)

    assert len(lines) == pytest.approx(150, rel=0.1)
    assert ONSET <= lines[0].at <= lines[-1].at <= ONSET + 303
    assert "ERROR [ledger] broken" in lines[0].message


def test_lines_come_once_however_the_time_is_cut() -> None:
    log = {"service": "ledger", "message": "{int:1-9999}", "per_minute": 7, "during": "always"}
    story = story_of(logs=[log])
    ledger = story.scenario.service("ledger")

    whole = story.log_lines(ledger, ONSET, ONSET + 600)
    cut = [
        line
        for begin in range(0, 600, 13)
        for line in story.log_lines(ledger, ONSET + begin, ONSET + min(begin + 13, 600))
    ]

    assert cut == whole


def test_tasks_stop_at_their_times_until_the_world_has_recovered() -> None:
    stops = {
        "service": "ledger",
        "stopped_reason": "Essential container in task exited",
        "after_minutes": 2,
        "every_minutes": 3,
    }
    story = story_of(Turning(ONSET + 600, 0.0), stopped_tasks=[stops])

    times = [(stop.at - ONSET) / MINUTE for stop in story.stops(ONSET - 600, ONSET + 1800)]

    assert times == [2, 5, 8]


def test_the_past_has_a_point_a_minute_and_ends_now_with_the_alarm_metric_in_fine_steps() -> None:
    story = story_of()
    now = ONSET + 600.5

    points = list(past(story, story.scenario.service("ledger"), now - 3600, now))

    memory_at = sorted(point.at for point in points if point.metric.key == "memory")
    assert memory_at[-1] == now
    assert memory_at[1] - memory_at[0] == MINUTE
    assert sum(at > now - 120 for at in memory_at) >= 12
    assert all(point.at <= now for point in points)


def test_a_missing_metric_leaves_no_trace() -> None:
    story = story_of(missing=[{"kind": "metric", "service": "ledger", "metric": "cpu"}])
    now = ONSET + 600

    points = past(story, story.scenario.service("ledger"), now - 3600, now)

    assert "cpu" not in {point.metric.key for point in points}


def test_what_follows_from_other_metrics_is_that_of_the_part_asked_about() -> None:
    story = story_of()
    part = story.scenario.service("ledger")
    busy = part.levels.model_copy(update={"error_rate": 50.0, "requests": 10_000.0})
    other = part.model_copy(update={"levels": busy})

    errors = [
        story.value(one, metric, ONSET - 3600)
        for one in (part, other, part)
        if (metric := one.metric("errors")) is not None
    ]

    assert errors[0] == errors[2] < 100
    assert errors[1] > 1000
