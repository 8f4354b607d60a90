"""Every scenario again: what it takes the second time, and what a past that misleads does to it."""

from functools import cache
from typing import Any

import pytest

from itops_cli.benchmark.decoys import PASTS, misled
from itops_cli.benchmark.recurrence import recurring
from itops_cli.evals.cases import Selection, cases_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
TWO_FIFTHS, HALF = 0.4, 0.5
COUNTED = ("right_causes", "invented_causes", "unwanted_writes")
SOME = ("payment-oom", "stale-replica")


@cache
def everything_twice() -> dict[str, Any]:
    return recurring()


def test_every_scenario_takes_two_fifths_of_the_steps_the_second_time() -> None:
    figures = everything_twice()["offline"]

    assert figures["scenarios"] >= 60
    assert figures["worst_share_of_steps"] <= TWO_FIFTHS
    assert figures["otherwise_than_the_first_time"] == []


def test_a_played_model_takes_two_fifths_of_steps_and_tokens_the_second_time() -> None:
    figures = everything_twice()["model_played"]

    assert figures["worst_share_of_steps"] <= TWO_FIFTHS
    assert figures["tokens"]["share"] <= TWO_FIFTHS
    # Where the first time takes but five steps, the two that remain carry most of the prompt.
    assert figures["worst_share_of_tokens"] <= HALF


def test_no_past_that_misleads_loses_a_cause_or_invents_one() -> None:
    """On every fourth scenario; `itops bench --part recurrence` plays them all."""
    slugs = sorted({case.slug for case in cases_of(Selection()) if not case.is_capsule})

    figures = misled(slugs[::4])

    usual = _counted(figures["nothing_on_record"])
    assert {name: _counted(one) for name, one in figures.items()} == dict.fromkeys(PASTS, usual)


def test_some_scenarios_stay_right_whatever_is_on_record() -> None:
    figures = misled(SOME)

    assert {name: _counted(one) for name, one in figures.items()} == {
        name: (len(SOME), 0, 0) for name in PASTS
    }


def _counted(figures: dict[str, int]) -> tuple[int, ...]:
    return tuple(figures[name] for name in COUNTED)
