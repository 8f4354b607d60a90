"""The compact view of an answer: bounded, telling, and quotable to the letter."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itops_core.domain.values import canonical_json
from itops_core.tools.compaction import NOTES, compact

LIMIT = 2000

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=200),
    lambda inner: (
        st.lists(inner, max_size=40) | st.dictionaries(st.text(max_size=10), inner, max_size=10)
    ),
    max_leaves=80,
)


def minutes(values: list[float]) -> list[list[Any]]:
    return [[f"2026-11-20T03:{at:02d}:00Z", value] for at, value in enumerate(values)]


def test_an_answer_that_fits_is_shown_as_it_is() -> None:
    answer = {"state": "ALARM", "points": minutes([1.0, 2.0])}

    assert compact(answer, LIMIT) is answer


def test_a_long_series_keeps_its_ends_and_its_extremes() -> None:
    values = [10.0] * 60
    values[17], values[41] = 99.5, 0.25

    shown = compact({"points": minutes(values)}, 900)

    seen = [value for _, value in shown["points"]]
    assert 99.5 in seen
    assert 0.25 in seen
    assert shown["points"][0][0] < shown["points"][-1][0] == "2026-11-20T03:59:00Z"
    assert shown["points"] == sorted(shown["points"])
    assert "of 60 shown" in shown[NOTES][0]


def test_the_one_odd_line_among_hundreds_is_shown_and_the_rest_is_counted() -> None:
    lines = [{"message": f"GET /cart/{at} 200 in {at % 9} ms"} for at in range(500)]
    lines.insert(333, {"message": "java.lang.OutOfMemoryError: Java heap space"})

    shown = compact({"lines": lines}, LIMIT)

    messages = [line["message"] for line in shown["lines"]]
    assert "java.lang.OutOfMemoryError: Java heap space" in messages
    assert "500 like 'GET /cart/0 200 in 0 ms'" in shown[NOTES][0]


def test_a_long_text_is_cut_so_that_it_can_still_be_quoted() -> None:
    answer = {"reason": "x" * 50 + "tail" * 2000}

    shown = compact(answer, LIMIT)

    assert answer["reason"].startswith(shown["reason"])
    assert "of 8050 characters" in shown[NOTES][0]


def test_an_answer_too_broad_to_thin_out_keeps_the_fields_that_fit() -> None:
    answer = {"state": "ALARM"} | {f"field_{at}": at for at in range(5000)}

    shown = compact(answer, LIMIT)

    assert len(canonical_json(shown)) <= LIMIT
    assert shown["state"] == "ALARM"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=12), json_values, max_size=12))
def test_the_view_is_bounded_and_shows_nothing_that_the_answer_does_not_hold(
    answer: dict[str, Any],
) -> None:
    shown = compact(answer, LIMIT)

    assert len(canonical_json(shown)) <= LIMIT
    shown_only = {name: value for name, value in shown.items() if name != NOTES or name in answer}
    assert_part_of(shown_only, answer)


def assert_part_of(part: Any, whole: Any) -> None:  # noqa: ANN401
    """Every value of `part` stands in `whole`, texts as their beginnings."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name != NOTES:
                assert_part_of(value, whole[name])
    elif isinstance(part, list):
        assert len(part) <= len(whole)
    elif isinstance(part, str):
        assert whole.startswith(part)
    else:
        assert part == whole


@pytest.mark.parametrize("limit", [600, 2000, 6000])
def test_the_bound_holds_at_every_limit(limit: int) -> None:
    answer = {
        "points": minutes([float(at) for at in range(60)]),
        "lines": [{"at": "2026-11-20T03:00:00Z", "message": "m" * 300} for _ in range(200)],
    }

    assert len(canonical_json(compact(answer, limit))) <= limit
