"""What telemetry amounts to: pure functions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring_server.analysis.lines import level_of, readable
from monitoring_server.analysis.revisions import difference, in_words
from monitoring_server.analysis.series import MOST_POINTS, fitting_period, rounded, summarise

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(wanted=st.integers(1, 86_400), minutes=st.integers(1, 20_160), days_ago=st.integers(0, 400))
def test_a_series_is_never_too_long_nor_finer_than_what_is_kept(
    wanted: int, minutes: int, days_ago: int
) -> None:
    span, age = timedelta(minutes=minutes), timedelta(days=days_ago, minutes=minutes)

    period = fitting_period(wanted, span, age)

    assert span.total_seconds() / period <= MOST_POINTS
    assert period in {1, 5, 10, 30} or period % 60 == 0
    assert period >= wanted or period == 86_400
    if age > timedelta(days=15):
        assert period >= 300


def test_a_wanted_period_that_fits_is_taken() -> None:
    assert fitting_period(60, timedelta(hours=1), timedelta(hours=1)) == 60
    assert fitting_period(1, timedelta(minutes=2), timedelta(minutes=2)) == 1
    assert fitting_period(7, timedelta(minutes=2), timedelta(minutes=2)) == 10


def test_a_series_is_compared_with_its_own_past() -> None:
    points = [(NOON + timedelta(minutes=at), value) for at, value in enumerate([1, 1, 1, 9])]

    summary = summarise([(at, float(value)) for at, value in points])

    assert (summary.baseline_mean, summary.recent_mean) == (1.0, 9.0)
    assert summary.maximum_at == NOON + timedelta(minutes=3)
    assert summarise([]).count == 0
    assert summarise([]).mean is None


def test_numbers_are_shown_with_six_digits() -> None:
    assert rounded(97.34999999999) == 97.35
    assert rounded(123456789.0) == 123457000.0


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("2026-11-20 ERROR could not connect", "ERROR"),
        ("[warning] slow", "WARN"),
        ('{"level":"error","message":"x"}', "ERROR"),
        ('{"severity":"INFO","message":"no ERROR here"}', "INFO"),
        ('{"message":"ERROR stands here only"}', "ERROR"),
        ("{not json at all ERROR", "ERROR"),
        ("java.lang.OutOfMemoryError: Java heap space", "ERROR"),
        ("Killed", "ERROR"),
        ("GET /errors 200", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_a_line_tells_its_level(message: str, level: str) -> None:
    assert level_of(message) == level


@given(st.text(st.characters(codec=None), max_size=300))
def test_whatever_stands_in_a_log_can_be_stored_as_json(text: str) -> None:
    shown = readable(text, 200)

    assert len(shown) <= 200
    shown.encode("utf-8")


def definition(**container: object) -> dict[str, object]:
    return {"cpu": "256", "memory": "512", "containerDefinitions": [{"name": "app", **container}]}


def test_only_what_differs_between_revisions_is_told() -> None:
    before = definition(image="shop:1", environment=[{"name": "MODE", "value": "a"}])
    after = {**definition(image="shop:2", environment=[]), "memory": "256"}

    changed = difference(before, after)

    assert in_words(changed) == (
        "environment.MODE: a → none; image: shop:1 → shop:2; memory: 512 → 256"
    )
    assert difference(before, before) == {}


def test_secrets_of_a_revision_are_told_to_have_changed_and_nothing_more() -> None:
    def with_password(value: str) -> dict[str, object]:
        return definition(
            environment=[
                {"name": "API_KEY", "value": value},
                {"name": "URL", "value": f"postgres://shop:{value}@db/orders"},
            ]
        )

    changed = difference(with_password("hunter2"), with_password("hunter3"))

    assert set(changed) == {"environment.API_KEY", "environment.URL"}
    assert "hunter" not in in_words(changed)


def test_containers_of_one_task_are_told_apart() -> None:
    def two(image: str) -> dict[str, object]:
        return {
            "containerDefinitions": [
                {"name": "app", "image": "shop:1"},
                {"name": "proxy", "image": image},
            ]
        }

    assert set(difference(two("envoy:1"), two("envoy:2"))) == {"proxy.image"}
