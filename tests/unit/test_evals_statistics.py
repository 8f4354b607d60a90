"""Intervals and calibration: known values, and what has to hold of any."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_cli.evals.reliability import picture
from itops_cli.evals.statistics import bins, brier, calibration, expected_error, mean, share
from itops_cli.evals.temperature import surprise

CLAIMS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (50, 100, 0.4038, 0.5962)],
)
def test_a_share_has_the_interval_of_wilson(hits: int, count: int, low: float, high: float) -> None:
    found = share(hits, count)

    assert found is not None
    assert found.value == hits / count
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_of_nothing_there_is_no_figure() -> None:
    assert share(0, 0) is None
    assert mean({}) is None
    assert calibration([]) is None


@given(st.integers(1, 400).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_an_interval_holds_its_share_and_lies_between_none_and_all(of: tuple[int, int]) -> None:
    found = share(*of)

    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_mean_is_drawn_by_scenario_and_the_same_every_time() -> None:
    groups = {"one": [1.0, 1.0, 1.0], "two": [5.0, 5.0, 5.0]}

    found, again = mean(groups), mean(groups)

    assert found is not None
    assert found == again
    assert (found.low, found.value, found.high) == (1.0, 3.0, 5.0)


def test_sure_and_right_costs_nothing_sure_and_wrong_everything() -> None:
    assert brier([(1.0, True), (0.0, False)]) == 0
    assert brier([(1.0, False)]) == 1
    assert expected_error([(1.0, True)] * 3) == 0


def test_eight_in_ten_at_a_confidence_of_eight_tenths_is_calibrated() -> None:
    claims = [(0.85, True)] * 85 + [(0.85, False)] * 15

    assert expected_error(claims) == pytest.approx(0)
    assert brier(claims) == pytest.approx(0.85 * 0.15)


@given(CLAIMS)
def test_every_claim_is_in_one_bin_and_errors_are_shares(claims: list[tuple[float, bool]]) -> None:
    found = bins(claims)

    assert sum(one.count for one in found) == len(claims)
    assert all(one.low <= one.confidence <= one.high + 1e-9 for one in found)
    assert 0 <= expected_error(claims) <= 1
    assert 0 <= brier(claims) <= 1


def test_the_picture_is_sound_xml_with_a_point_for_each_bin_and_always_the_same() -> None:
    found = calibration([(0.97, True), (0.95, True), (0.62, False), (0.31, True)])
    assert found is not None

    drawn = picture(found, "Verdicts of <nobody> & all")

    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    points = [one for one in root.iter() if one.get("class") == "right"]
    assert len(points) == len(found.bins) == 3
    assert drawn == picture(found, "Verdicts of <nobody> & all")


def test_beliefs_that_are_too_sure_are_cooled_and_too_timid_ones_heated() -> None:
    sure_and_half_right = [((0.99, True), (0.01, False)), ((0.99, False), (0.01, True))] * 5
    timid_and_right = [((0.6, True), (0.4, False))] * 5

    powers = (0.3, 0.7, 1.0, 1.5, 3.0)
    assert min(powers, key=lambda power: surprise(sure_and_half_right, power)) == 0.3
    assert min(powers, key=lambda power: surprise(timid_and_right, power)) == 3.0
