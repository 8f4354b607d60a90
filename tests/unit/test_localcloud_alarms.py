"""How alarms are judged: M of N, missing data, and the words for it."""

from typing import Any

import pytest

from local_cloud.alarms import Window, judge, notification, windows_needed

NOW = 1_790_000_000.0


def an_alarm(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    alarm: dict[str, Any] = {
        "AlarmName": "payment-memory",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:payment-memory",
        "Namespace": "AWS/ECS",
        "MetricName": "MemoryUtilization",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 90.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "StateValue": "OK",
    }
    return {**alarm, **more}


def windows(pattern: str) -> list[Window]:
    """Return windows from a picture, oldest first: X breaches, 0 does not, - is missing."""
    values = {"X": 99.0, "0": 10.0}
    newest_first = list(reversed(pattern.replace(" ", "")))
    return [
        Window(index, NOW - (index + 1) * 60, values[mark])
        for index, mark in enumerate(newest_first)
        if mark in values
    ]


def state(pattern: str, **more: Any) -> str | None:  # noqa: ANN401
    judgement = judge(an_alarm(**more), windows(pattern), NOW)
    return judgement.state if judgement else None


@pytest.mark.parametrize(
    ("pattern", "missing", "expected"),
    [
        ("- - 0 0 0", "missing", "OK"),
        ("- - X X X", "missing", "ALARM"),
        ("- - X X 0", "missing", "OK"),
        ("0 - X - X", "missing", "OK"),
        ("X X X - -", "missing", "ALARM"),
        ("- - - - 0", "missing", "OK"),
        ("- - - - X", "missing", "OK"),
        ("- - X - -", "missing", "ALARM"),
        ("- - - - -", "missing", "INSUFFICIENT_DATA"),
        ("- - - - -", "breaching", "ALARM"),
        ("- - - - -", "notBreaching", "OK"),
        ("- - - - -", "ignore", None),
        ("- - - - 0", "breaching", "OK"),
        ("- - X - -", "breaching", "ALARM"),
        ("- - X - -", "notBreaching", "OK"),
        ("- - X - -", "ignore", None),
        ("- - 0 - -", "ignore", "OK"),
    ],
)
def test_three_of_three_periods_treat_missing_data_as_aws_documents_it(
    pattern: str, missing: str, expected: str | None
) -> None:
    assert state(pattern, TreatMissingData=missing) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("- - X 0 X", "ALARM"), ("- - X 0 0", "OK"), ("0 0 X - X", "ALARM"), ("- - - - X", "OK")],
)
def test_two_breaching_periods_of_three_are_enough(pattern: str, expected: str) -> None:
    assert state(pattern, DatapointsToAlarm=2) == expected


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("GreaterThanThreshold", "OK"),
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM"),
    ],
)
def test_the_threshold_itself_breaches_only_where_the_operator_includes_it(
    comparison: str, expected: str
) -> None:
    alarm = an_alarm(EvaluationPeriods=1, ComparisonOperator=comparison)

    judgement = judge(alarm, [Window(0, NOW - 60, 90.0)], NOW)

    assert judgement is not None
    assert judgement.state == expected


def test_an_operator_that_is_not_emulated_leaves_the_alarm_alone() -> None:
    assert state("0 X X", ComparisonOperator="GreaterThanUpperThreshold") is None


def test_older_periods_are_looked_at_so_that_late_points_are_not_missing_ones() -> None:
    assert windows_needed(an_alarm()) > 3


def test_the_reason_reads_as_cloudwatch_writes_it() -> None:
    alarm = an_alarm(EvaluationPeriods=1)

    judgement = judge(alarm, [Window(0, NOW - 60, 97.5)], NOW)

    assert judgement is not None
    assert judgement.reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [97.5 (21/09/26 14:12:20)] was greater "
        "than the threshold (90.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_silence_is_told_as_missing_points() -> None:
    judgement = judge(an_alarm(TreatMissingData="notBreaching"), [], NOW)

    assert judgement is not None
    assert "no datapoints were received for 3 periods" in judgement.reason
    assert "treated as [NonBreaching]" in judgement.reason


def test_a_percentile_alarm_names_its_extended_statistic() -> None:
    alarm = an_alarm(ExtendedStatistic="p99", StateValue="ALARM", DatapointsToAlarm=2)

    subject, message = notification(alarm, "OK", "000000000000", NOW)

    assert subject == 'ALARM: "payment-memory" in US East (N. Virginia)'
    assert message["Trigger"]["StatisticType"] == "ExtendedStatistic"
    assert message["Trigger"]["ExtendedStatistic"] == "p99"
    assert message["Trigger"]["DatapointsToAlarm"] == 2
    assert message["StateChangeTime"].endswith("+0000")
