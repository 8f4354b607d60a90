"""What `detect` finds in series of every kind, and what it leaves alone."""

import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from monitoring_server.analysis.anomalies import MOST_SERIES_TOLD, detect
from monitoring_server.analysis.findings import Direction, Finding, Kind, Shape

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY = 288


def points(
    values: Iterable[float | None], step_seconds: int = 300
) -> list[tuple[datetime, float | None]]:
    return [(START + timedelta(seconds=step_seconds * i), v) for i, v in enumerate(values)]


def noise(level: float, rows: int, seed: int = 1, scatter: float = 1.0) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 - reproducible noise
    return [level + chance.gauss(0, scatter) for _ in range(rows)]


def daily(days: float, seed: int = 1) -> list[float]:
    waves = (100 + 50 * math.sin(i / DAY * 2 * math.pi) for i in range(int(days * DAY)))
    return [
        wave + extra for wave, extra in zip(waves, noise(0, int(days * DAY), seed, 3), strict=True)
    ]


def only(values: Iterable[float | None], step_seconds: int = 300) -> Finding:
    findings = detect({"cpu": points(values, step_seconds)}).findings
    assert len(findings) == 1, [one.sentence for one in findings]
    return findings[0]


@pytest.mark.parametrize("seed", range(12))
def test_mere_noise_gives_no_finding(seed: int) -> None:
    assert detect({"cpu": points(noise(50, 250, seed))}).findings == ()


def test_a_step_is_told_with_its_onset_direction_and_size() -> None:
    step = only(noise(20, 200) + noise(80, 60, 2))

    assert (step.kind, step.direction, step.until) == (Kind.LEVEL_SHIFT, Direction.UP, None)
    assert step.onset == START + timedelta(seconds=300 * 200)
    assert step.change_percent == pytest.approx(300, abs=5)
    assert step.confidence > 0.9
    assert "rose from about 2" in step.sentence
    assert "2026-11-02 16:40:00 UTC" in step.sentence


def test_a_step_that_went_back_is_one_excursion_with_an_end() -> None:
    bump = only(noise(20, 150) + noise(80, 20, 2) + noise(20, 100, 3))

    assert (bump.kind, bump.direction) == (Kind.EXCURSION, Direction.UP)
    assert bump.onset == START + timedelta(seconds=300 * 150)
    assert bump.until == START + timedelta(seconds=300 * 169)


def test_a_fall_to_zero_in_the_last_rows_is_found() -> None:
    fall = only(noise(20, 200) + [0.0] * 6)

    assert (fall.direction, fall.observed, fall.change_percent) == (Direction.DOWN, 0.0, -100.0)


def test_one_point_far_off_is_told_as_one_point() -> None:
    spike = only([*noise(20, 150), 95.0, *noise(20, 100, 2)])

    assert (spike.kind, spike.onset, spike.until) == (
        Kind.EXCURSION,
        START + timedelta(seconds=300 * 150),
        START + timedelta(seconds=300 * 150),
    )
    assert spike.sentence.endswith("for one point.")


def test_a_daily_rhythm_is_no_anomaly() -> None:
    result = detect({"requests": points(daily(7))})

    assert result.findings == ()
    assert result.examined[0].shape is Shape.DAILY


def test_a_dip_within_the_daily_range_is_seen_against_the_same_hour_of_earlier_days() -> None:
    values = daily(7)
    began = int(6.5 * DAY)
    values[began : began + 24] = [value / 2 for value in values[began : began + 24]]

    dip = only(values)

    assert dip.direction is Direction.DOWN
    assert abs(dip.onset - (START + timedelta(seconds=300 * began))) <= timedelta(minutes=15)
    assert "usual at this hour" in dip.sentence


def test_a_sparse_series_with_a_few_small_counts_is_left_alone() -> None:
    chance = random.Random(1)  # noqa: S311 - reproducible noise
    counts = [0.0 if chance.random() < 0.97 else float(chance.randint(1, 4)) for _ in range(500)]

    assert detect({"errors": points(counts)}).findings == ()


def test_errors_where_there_never_were_any_are_one_finding() -> None:
    first = only([0.0] * 200 + [5, 9, 12, 30, 31, 28, 35, 30, 29, 31])

    assert first.kind is Kind.LEVEL_SHIFT
    assert first.onset == START + timedelta(seconds=300 * 200)
    assert (first.change_percent, first.deviations) == (None, None)


def test_a_counter_is_read_as_a_rate_and_its_reset_is_told() -> None:
    chance = random.Random(1)  # noqa: S311 - reproducible noise
    values = [float((i * 10 + chance.randint(0, 5)) % 3000) for i in range(500)]

    reset = only(values)

    assert reset.kind is Kind.COUNTER_RESET
    assert reset.onset == START + timedelta(seconds=300 * 300)


def test_a_counter_that_counts_faster_is_a_level_shift_of_its_rate() -> None:
    chance = random.Random(1)  # noqa: S311 - reproducible noise
    values = [
        float((i * 10 if i < 400 else 4000 + (i - 400) * 60) + chance.randint(0, 5))
        for i in range(500)
    ]

    faster = only(values)

    assert faster.kind is Kind.LEVEL_SHIFT
    assert faster.usual == pytest.approx(10, abs=1)
    assert faster.observed == pytest.approx(60, abs=2)


def test_a_slow_leak_is_a_trend_and_not_a_row_of_steps() -> None:
    leak = only([20 + i * 0.2 + extra for i, extra in enumerate(noise(0, 200))])

    assert (leak.kind, leak.direction) == (Kind.TREND, Direction.UP)
    assert "risen steadily" in leak.sentence


def test_a_series_that_stops_moving_is_stuck() -> None:
    stuck = only([*noise(20, 200), *[20.5] * 40])

    assert (stuck.kind, stuck.direction) == (Kind.STUCK, Direction.NONE)
    assert stuck.onset == START + timedelta(seconds=300 * 200)


def test_a_hole_is_told_with_its_borders() -> None:
    rows = points(noise(20, 100))

    gap = detect({"cpu": [*rows[:40], *rows[80:]]}).findings[0]

    assert (gap.kind, gap.onset, gap.until) == (Kind.GAP, rows[40][0], rows[80][0])


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ([], Shape.NO_DATA),
        ([None, math.nan, math.inf] * 20, Shape.NO_DATA),
        ([3.0], Shape.TOO_SHORT),
        ([1.0, 900.0, 1.0], Shape.TOO_SHORT),
        ([5.0] * 100, Shape.CONSTANT),
        ([0.0] * 100, Shape.CONSTANT),
    ],
)
def test_where_nothing_can_be_said_the_reason_is(values: list[float | None], shape: Shape) -> None:
    result = detect({"cpu": points(values)})

    assert result.findings == ()
    assert result.examined[0].shape is shape
    assert result.examined[0].note


def test_what_was_over_before_the_time_asked_about_is_left_out() -> None:
    values = points(noise(20, 150) + noise(80, 20, 2) + noise(20, 100, 3))

    late = detect({"cpu": values}, since=START + timedelta(seconds=300 * 200))
    early = detect({"cpu": values}, since=START + timedelta(seconds=300 * 160))

    assert (len(late.findings), len(early.findings)) == (0, 1)


def test_many_series_give_a_bounded_answer_that_says_what_it_left_out() -> None:
    many = {f"cpu-{i:03}": points(noise(20, 60, i) + noise(90, 30, i)) for i in range(120)}

    result = detect(many, limit=10)

    assert len(result.findings) == 10
    assert result.findings_left_out >= 110
    assert (len(result.examined), result.series_left_out) == (MOST_SERIES_TOLD, 70)


def test_order_of_points_and_a_repeated_moment_do_not_matter() -> None:
    rows = points(noise(20, 200) + noise(80, 60, 2))
    shuffled = random.Random(3).sample(rows, len(rows))  # noqa: S311 - reproducible noise

    assert detect({"cpu": [*shuffled, rows[5]]}) == detect({"cpu": rows})


@pytest.mark.parametrize(("factor", "offset"), [(8.0, 0.0), (0.125, 0.0)])
def test_the_unit_of_the_values_changes_no_finding(factor: float, offset: float) -> None:
    values = noise(20, 200) + noise(80, 60, 2)

    plain = only(values)
    scaled = only([value * factor + offset for value in values])

    assert (scaled.onset, scaled.deviations, scaled.confidence, scaled.change_percent) == (
        plain.onset,
        plain.deviations,
        plain.confidence,
        plain.change_percent,
    )
