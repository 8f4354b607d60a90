"""The agents are as often right as they were: each figure of each half against its floor."""

import json
from pathlib import Path

import pytest

from itops_cli.evals.baseline import drops, read_baseline
from itops_cli.evals.cases import Selection, cases_of
from itops_cli.evals.halves import Half, published
from itops_cli.evals.report import Report, report_of
from itops_cli.evals.running import results_of
from itops_core.settings import bundled

BASELINE = Path(__file__).parent / "baseline.json"
PROMISED = {Half.TUNED: 0.90, Half.UNTOUCHED: 0.80}
"""Right causes, at least; of both halves together no more than 5 % invented, all gaps named."""


def ran(half: Half | None, variants: int, workers: int) -> Report:
    cases = cases_of(Selection(variants=variants, half=half))
    told = {"reasoner": "offline", "seed": 1, "variants": variants, "wall_seconds": 0}
    return report_of(results_of(cases, workers=workers), told)


def wrongs(report: Report) -> str:
    told = [
        f"{one.case.name}: {'; '.join(one.judgement.wrong)}"
        for one in report.results
        if one.judgement.wrong
    ]
    return "\n".join(told)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("half", list(Half))
def test_no_figure_of_a_half_is_below_its_floor(half: Half) -> None:
    floor = read_baseline(BASELINE)
    # Only this half was run: what is kept of both together says nothing here.
    own = floor.model_copy(update={"halves": {half.value: floor.halves[half.value]}})
    report = ran(half, floor.variants, workers=1)

    assert not drops(report, own), wrongs(report)
    assert report.halves["all"].unwanted_writes == 0
    assert {one.report_faults for one in report.results} == {()}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_three_variants_of_everything_are_as_right_as_promised() -> None:
    report = ran(None, 3, workers=2)

    for half, promised in PROMISED.items():
        assert report.halves[half].shares["right_cause"].value >= promised, wrongs(report)
    everything = report.halves["all"]
    assert everything.shares["invented_causes"].value <= 0.05, wrongs(report)
    assert everything.shares["gap_recall"].value == 1, wrongs(report)
    assert everything.unwanted_writes == 0, wrongs(report)


def test_the_published_halves_are_those_that_are_measured() -> None:
    place = bundled("scenarios") / "halves.yaml"

    assert place.read_text(encoding="utf-8") == published(), "run scripts/evals_halves.py"


def test_the_floor_holds_every_figure_of_both_halves_and_no_unwanted_write() -> None:
    floor = read_baseline(BASELINE)
    told = json.loads(BASELINE.read_text(encoding="utf-8"))

    assert set(floor.halves) >= {half.value for half in Half}
    assert floor.variants == 1
    assert told["unwanted_writes"] == 0
