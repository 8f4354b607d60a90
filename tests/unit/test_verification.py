"""Judging from numbers whether a remedy helped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.alarm import Alarm
from itops_core.domain.remediation import ProbeResult, VerificationOutcome
from itops_core.remediation.verification import (
    Findings,
    Limit,
    Sample,
    ServiceHealth,
    StoppedTask,
    Watch,
    has_held,
    improvement_probe,
    judge,
    limit_of,
    metric_probe,
    neighbour_probe,
    service_probe,
    was_ill,
)
from itops_core.settings import VerificationRules

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ABOVE = Limit(threshold=80, comparison="GreaterThanThreshold")
RULES = VerificationRules(
    minimum_seconds=120,
    maximum_seconds=600,
    wait_seconds=30,
    period_seconds=60,
    before_seconds=600,
    healthy_samples=3,
    window_samples=4,
)
MINUTES = timedelta(minutes=1)


def samples(*values: float, start: datetime = NOON) -> tuple[Sample, ...]:
    return tuple(
        Sample(at=start + place * MINUTES, value=value) for place, value in enumerate(values)
    )


def a_watch(minutes: float = 5) -> Watch:
    return Watch(acted_from=NOON, acted_to=NOON, now=NOON + minutes * MINUTES)


def findings(*after: float, before: tuple[float, ...] = (95, 95, 95, 95), **more: Any) -> Findings:  # noqa: ANN401
    symptom = metric_probe("cpu", samples(*before), samples(*after), ABOVE, RULES)
    return Findings(symptom=symptom, limit=ABOVE, samples=len(after), **more)


def a_neighbour(passed: bool | None) -> ProbeResult:
    return ProbeResult(
        name="neighbour", subject="x", before=1, after=2, passed=passed, explanation="said"
    )


@pytest.mark.parametrize(
    ("values", "held"),
    [
        ((), None),
        ((10,), None),
        ((10, 10), None),
        ((10, 10, 10), True),
        ((95, 10, 10, 10), True),
        ((10, 10, 95, 10), True),
        ((95, 95, 10, 10), False),
        ((95, 95), False),
        ((10, 10, 10, 95, 95, 95, 95), False),
        ((95, 95, 95, 95, 10, 10, 10), True),
    ],
)
def test_m_of_the_last_n_samples_decide(values: tuple[float, ...], held: bool | None) -> None:
    assert has_held(samples(*values), ABOVE, RULES) is held


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanThreshold", True, True, False),
        ("GreaterThanOrEqualToThreshold", True, False, False),
        ("LessThanThreshold", False, True, True),
        ("LessThanOrEqualToThreshold", False, False, True),
        ("GreaterThanUpperThreshold", True, True, False),
    ],
)
def test_a_limit_reads_its_comparison_as_cloudwatch_does(
    comparison: str, below: bool, at: bool, above: bool
) -> None:
    limit = Limit(threshold=80, comparison=comparison)

    assert [limit.is_healthy(value) for value in (79, 80, 81)] == [below, at, above]


def test_a_limit_for_sums_shrinks_with_the_period_and_one_for_averages_does_not() -> None:
    summed = Alarm(name="a", metric="m", statistic="Sum", threshold=50, changed_at=NOON)
    mean = summed.model_copy(update={"statistic": "Average"})

    assert limit_of(summed.model_copy(update={"period_seconds": 300}), 60) == Limit(
        threshold=10, comparison="GreaterThanThreshold"
    )
    assert limit_of(mean.model_copy(update={"period_seconds": 300}), 60) == Limit(
        threshold=50, comparison="GreaterThanThreshold"
    )
    assert limit_of(summed.model_copy(update={"threshold": None}), 60) is None
    assert limit_of(summed.model_copy(update={"metric": ""}), 60) is None


def test_a_sample_whose_period_began_before_the_end_of_the_action_is_not_after_it() -> None:
    watch = Watch(acted_from=NOON, acted_to=NOON + MINUTES, now=NOON + 5 * MINUTES)
    every = samples(1, 2, 3, start=NOON)

    assert [one.value for one in watch.after(every)] == [2, 3]
    assert watch.before(every, 600) == ()
    assert [one.value for one in watch.before(samples(7, start=NOON - MINUTES), 600)] == [7]


def test_nothing_is_said_before_the_minimum_and_recovery_is_said_from_then_on() -> None:
    well = findings(10, 10, 10)

    assert judge(well, 119, RULES) is None
    assert judge(well, 120, RULES) is VerificationOutcome.RECOVERED


def test_what_stays_as_it_was_is_unchanged_at_the_end_and_not_before() -> None:
    same = findings(95, 95, 95, 95)

    assert judge(same, 599, RULES) is None
    assert judge(same, 600, RULES) is VerificationOutcome.UNCHANGED


def test_what_cannot_be_measured_is_unknown_at_the_end_and_not_before() -> None:
    for blind in (Findings(), findings(), findings(10, 10)):
        assert judge(blind, 599, RULES) is None
        assert judge(blind, 600, RULES) is VerificationOutcome.UNKNOWN


def test_a_symptom_that_grew_is_worse_after_half_of_the_time() -> None:
    grown = findings(130, 130, 130, 130)

    assert judge(grown, 359, RULES) is None
    assert judge(grown, 360, RULES) is VerificationOutcome.WORSE


def test_a_metric_that_should_be_high_is_worse_when_it_sinks() -> None:
    below = Limit(threshold=80, comparison="LessThanThreshold")
    probe = metric_probe("hosts", samples(70, 70), samples(20, 20, 20, 20), below, RULES)

    sunk = Findings(symptom=probe, limit=below)

    assert judge(sunk, 400, RULES) is VerificationOutcome.WORSE
    assert below.is_much_worse(70, 58)
    assert not below.is_much_worse(70, 60), "that is a drift"
    assert ABOVE.is_much_worse(90, 109)
    assert not ABOVE.is_much_worse(90, 107), "that is a drift"


def test_a_neighbour_that_suffers_keeps_it_from_being_recovered_and_then_is_worse() -> None:
    hurt = findings(10, 10, 10, 10, neighbours=(a_neighbour(False),))

    assert judge(hurt, 200, RULES) is None
    assert judge(hurt, 400, RULES) is VerificationOutcome.WORSE


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        ((127, 128, 127, 126), (129, 130, 129, 129), None),
        ((95, 95, 95, 95), (190, 190, 190, 190), None),
        ((10, 10, 10, 95), (95, 95, 95, 95), None),
        ((79, 79, 79, 79), (81, 81, 81, 81), None),
        ((40, 40, 40, 40), (95, 95, 95, 95), False),
        ((), (95, 95, 95, 95), False),
        ((40, 40, 40, 40), (41, 41, 41, 41), True),
        ((95, 95, 95, 95), (40, 40, 40, 40), None),
        ((40, 40, 40, 40), (), None),
    ],
)
def test_only_a_neighbour_that_was_well_and_clearly_is_not_any_more_counts(
    before: tuple[float, ...], after: tuple[float, ...], passed: bool | None
) -> None:
    probe = neighbour_probe("inventory", samples(*before), samples(*after), ABOVE, RULES)

    assert probe.passed is passed
    hurt = findings(10, 10, 10, 10, neighbours=(probe,))
    assert hurt.got_worse is (passed is False)
    assert hurt.recovered is (passed is not False)


def test_a_neighbour_of_which_nothing_is_known_does_not_stand_in_the_way() -> None:
    fine = findings(10, 10, 10, 10, neighbours=(a_neighbour(None), a_neighbour(True)))

    assert judge(fine, 200, RULES) is VerificationOutcome.RECOVERED


def test_a_rollout_that_was_given_up_is_worse_at_once() -> None:
    assert judge(findings(rollout_failed=True), 1, RULES) is VerificationOutcome.WORSE


def test_a_symptom_that_is_gone_while_tasks_are_missing_is_not_recovered() -> None:
    missing = ServiceHealth(
        service="cart", desired_count=3, running_count=2, rollout_state="COMPLETED"
    )
    probe = service_probe(missing, 3, a_watch(), RULES)
    short = findings(10, 10, 10, 10, service=probe)

    assert probe.passed is False
    assert judge(short, 300, RULES) is None
    assert judge(short, 600, RULES) is VerificationOutcome.UNCHANGED


@pytest.mark.parametrize(
    ("reason", "minutes", "passed"),
    [
        ("OutOfMemoryError: Container killed due to memory usage", 4.5, False),
        ("Task failed ELB health checks in (target-group x)", 4.5, False),
        ("Essential container in task exited", 4.5, False),
        ("CannotPullContainerError: image not found", 4.5, False),
        ("Scaling activity initiated by deployment ecs-svc/1", 4.5, True),
        ("Deployment completed", 4.5, True),
        ("OutOfMemoryError: Container killed due to memory usage", 0.5, True),
        ("OutOfMemoryError: Container killed due to memory usage", -3.0, True),
    ],
)
def test_only_tasks_that_died_lately_and_not_by_a_deployment_speak_against_it(
    reason: str, minutes: float, passed: bool
) -> None:
    health = ServiceHealth(
        service="cart",
        desired_count=2,
        running_count=2,
        rollout_state="COMPLETED",
        stopped=(StoppedTask(stopped_at=NOON + minutes * MINUTES, reason=reason),),
    )

    assert service_probe(health, 2, a_watch(minutes=5), RULES).passed is passed


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        ((10, 10), (0, 0, 0), True),
        ((10, 10), (5, 5, 5), True),
        ((10, 10), (6, 6, 6), False),
        ((0, 0), (0, 0, 0), True),
        ((0, 0), (1, 0, 0), False),
        ((10, 10), (0, 0), None),
        ((), (0, 0, 0), None),
    ],
)
def test_an_error_metric_without_an_alarm_has_to_fall_to_half(
    before: tuple[float, ...], after: tuple[float, ...], passed: bool | None
) -> None:
    probe = improvement_probe("errors", samples(*before), samples(*after), RULES)

    assert probe.passed is passed


def test_a_service_was_ill_if_tasks_were_missing_or_had_died() -> None:
    died = StoppedTask(stopped_at=NOON - 2 * MINUTES, reason="OutOfMemoryError")
    well = ServiceHealth(service="cart", desired_count=2, running_count=2, rollout_state="")
    earlier = (NOON - 10 * MINUTES, NOON)
    full, short = (
        {"running_count": 2, "desired_count": 2},
        {"running_count": 1, "desired_count": 2},
    )

    assert not was_ill(well, full, earlier)
    assert was_ill(well, short, earlier)
    assert was_ill(well.model_copy(update={"stopped": (died,)}), full, earlier)


def test_health_that_cannot_be_measured_does_not_stand_against_a_symptom_that_is_gone() -> None:
    gone = ProbeResult(
        name="symptom", subject="s", before=9, after=0, passed=True, explanation="gone"
    )
    unknown = gone.model_copy(update={"name": "health", "passed": None})
    ill = gone.model_copy(update={"name": "health", "passed": False})

    assert Findings(symptom=gone, service=unknown).recovered
    assert not Findings(symptom=gone, service=ill).recovered
    assert not Findings(symptom=unknown, service=gone).recovered
