"""The row-by-row scores: causal, bounded, the same in any unit, and awake to what matters."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring_server.analysis.streaming_scores import ALARMING, score_stream

START = datetime(2026, 11, 2, tzinfo=UTC)
ROWS = 420


def moments(rows: int, step_seconds: int = 300) -> list[datetime]:
    return [START + timedelta(seconds=step_seconds * i) for i in range(rows)]


def a_series(seed: int, rows: int = ROWS) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 - reproducible noise
    waves = (40 + 20 * math.sin(i / 288 * 2 * math.pi) for i in range(rows))
    return [float(round(wave + chance.gauss(0, 4))) for wave in waves]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    cut=st.integers(1, ROWS - 1),
    future=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=ROWS),
)
def test_no_later_row_changes_the_score_of_an_earlier_one(
    seed: int, cut: int, future: list[float]
) -> None:
    values = a_series(seed)
    changed = values[:cut] + [future[i % len(future)] for i in range(ROWS - cut)]

    before = score_stream(moments(ROWS), values)[:cut]

    assert score_stream(moments(ROWS), changed)[:cut] == before
    assert score_stream(moments(cut), values[:cut]) == before


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=260),
    step=st.integers(0, 90_000),
)
def test_every_score_is_a_number_from_0_to_1_whatever_comes(values: list[float], step: int) -> None:
    scores = score_stream(moments(len(values), step), values)

    assert len(scores) == len(values)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize(("factor", "offset"), [(4.0, 0.0), (0.25, 0.0), (1.0, 4096.0)])
def test_the_unit_of_the_values_does_not_matter(factor: float, offset: float) -> None:
    values = a_series(7, 900)
    values[700] = 400.0

    plain = score_stream(moments(900), values)
    other = score_stream(moments(900), [value * factor + offset for value in values])

    assert other == pytest.approx(plain, abs=0.02)


def test_a_shift_of_all_times_by_whole_weeks_does_not_matter() -> None:
    values = a_series(7, 900)
    later = [at + timedelta(weeks=3) for at in moments(900)]

    assert score_stream(later, values) == score_stream(moments(900), values)


def test_a_spike_is_scored_at_its_own_row_and_above_everything_before() -> None:
    values = a_series(3, 1500)
    values[1200] = 300.0

    scores = score_stream(moments(1500), values)

    assert scores[1200] > ALARMING
    assert scores[1200] > max(scores[:1200])


def test_a_new_level_is_one_event_and_not_an_alarm_at_every_row() -> None:
    values = a_series(3, 1500)
    values[1000:] = [value + 150 for value in values[1000:]]

    scores = score_stream(moments(1500), values)
    alarming = [row for row in range(1000, 1080) if scores[row] >= ALARMING]

    assert alarming[0] == 1000
    assert len(alarming) <= 5


def test_what_keeps_happening_is_less_of_an_event_each_time() -> None:
    values = a_series(3, 6000)
    bursts = range(1000, 6000, 500)
    for row in bursts:
        values[row] = 200.0

    scores = score_stream(moments(6000), values)

    assert scores[bursts[0]] > ALARMING
    assert scores[bursts[-1]] < scores[bursts[0]]


@pytest.mark.parametrize("value", [0.0, 45.0, -3.5])
def test_a_flat_line_is_never_alarming(value: float) -> None:
    assert max(score_stream(moments(800), [value] * 800)) == 0


def test_missing_values_score_nothing_and_teach_nothing() -> None:
    values = a_series(3, 600)
    holey = [math.nan if 300 <= i < 320 else value for i, value in enumerate(values)]

    scores = score_stream(moments(600), holey)

    assert scores[300:320] == [0.0] * 20
    assert scores[:300] == score_stream(moments(300), values[:300])


def test_no_rows_give_no_scores() -> None:
    assert score_stream([], []) == []
