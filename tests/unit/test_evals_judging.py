"""What counts as right, as invented, as an unwanted write: each point by a case that shows it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from itops_cli.evals.baseline import baseline_of, drops
from itops_cli.evals.cases import MOMENT, Selection, blamed_in, cases_of, scenario_of
from itops_cli.evals.halves import Half, half_of
from itops_cli.evals.judging import Blamed, Judgement, judged
from itops_cli.evals.report import Report, report_of
from itops_cli.evals.running import CaseResult, result_of, results_of
from itops_cli.investigation import Investigation, incident_in, investigate
from itops_cli.main import main
from itops_core.domain.remediation import DecisionOutcome
from itops_core.domain.verdict import Severity, VerdictOutcome
from itops_core.errors import InvalidInputError, NotFoundError
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import load
from local_cloud.sandbox.truth import Truth


@lru_cache
def found(slug: str) -> Investigation:
    scenario = load(slug, library())
    recording = recorded(scenario, MOMENT)
    return investigate(recording, incident_in(recording, scenario.alarm.name))


def truth(slug: str, **changes: Any) -> Truth:  # noqa: ANN401
    return Truth.model_validate({**load(slug, library()).truth.model_dump(), **changes})


def judgement(slug: str, **changes: Any) -> Judgement:  # noqa: ANN401
    return judged(found(slug), truth(slug, **changes), blamed_in(load(slug, library())))


def test_a_case_as_its_truth_says_has_nothing_wrong() -> None:
    told = judgement("payment-oom")

    assert told.wrong == ()
    assert told.right
    assert told.actions
    assert told.gate
    assert not told.invented
    assert told.unwanted_writes == 0


def test_another_component_or_fault_is_an_invented_cause_and_its_write_unwanted() -> None:
    elsewhere = judgement("payment-oom", component="checkout")
    otherwise = judgement("payment-oom", fault="disk_full")

    assert (elsewhere.right, elsewhere.component, elsewhere.fault) == (False, False, True)
    assert elsewhere.invented
    assert elsewhere.unwanted_writes == 1
    assert (otherwise.right, otherwise.component, otherwise.fault) == (False, True, False)
    assert otherwise.invented
    assert "payment-service/disk_full" in otherwise.wrong[0]


def test_what_experts_would_let_pass_is_right() -> None:
    told = judgement(
        "payment-oom",
        component="checkout",
        fault="disk_full",
        also_components=["payment-service"],
        also_faults=["memory_exhaustion"],
    )

    assert told.right


@pytest.mark.parametrize("outcome", [VerdictOutcome.HEALTHY, VerdictOutcome.UNRESOLVED])
def test_a_cause_where_there_is_none_to_be_seen_is_invented(outcome: VerdictOutcome) -> None:
    told = judgement("payment-oom", outcome=outcome)

    assert told.invented
    assert told.component is None
    assert told.unwanted_writes == 0, "the action is among those that are acceptable"


def test_an_action_that_is_not_acceptable_and_would_run_alone_is_an_unwanted_write() -> None:
    told = judgement(
        "payment-oom", acceptable_actions=[], forbidden_actions=["restart_ecs_service"]
    )

    assert found("payment-oom").outcome == DecisionOutcome.AUTO
    assert told.unwanted_writes == 1
    assert not told.actions
    assert not told.gate


def test_an_action_that_waits_for_a_person_is_no_unwanted_write() -> None:
    told = judgement("bad-deploy-5xx", acceptable_actions=[])

    assert found("bad-deploy-5xx").outcome == DecisionOutcome.APPROVAL
    assert told.unwanted_writes == 0
    assert not told.actions


def test_nobody_asked_where_a_person_is_needed_is_wrong_of_the_gate() -> None:
    assert not judgement("payment-oom", needs_human=True).gate


def test_in_a_critical_incident_asking_a_person_is_right() -> None:
    case = found("bad-deploy-5xx")
    critical = replace(
        case, incident=case.incident.model_copy(update={"severity": Severity.CRITICAL})
    )

    assert judged(critical, truth("bad-deploy-5xx", needs_human=False), Blamed()).gate


def test_a_gap_that_is_not_named_is_told() -> None:
    named = judgement("blind-spot")
    unnamed = judgement("blind-spot", expected_gaps=["monitoring.get_traces"])

    assert (named.gaps_named, named.gaps_expected) == (1, 1)
    assert (unnamed.gaps_named, unnamed.gaps_expected) == (0, 1)
    assert any("monitoring.get_traces" in words for words in unnamed.wrong)


def test_a_change_is_right_by_when_it_was_made_and_not_by_its_name() -> None:
    scenario = load("bad-deploy-5xx", library())
    guilty = blamed_in(scenario)
    another = Blamed((guilty.moments[0] - 600,), none_will_do=False)

    assert judged(found("bad-deploy-5xx"), scenario.truth, guilty).change is True
    assert judged(found("bad-deploy-5xx"), scenario.truth, another).change is False


def test_a_change_that_is_blamed_where_none_is_guilty_is_wrong() -> None:
    told = judged(found("bad-deploy-5xx"), truth("bad-deploy-5xx", change=None), Blamed())

    assert told.change is False


def test_the_same_case_is_the_same_in_another_process_and_order() -> None:
    cases = [one for one in cases_of(Selection(variants=1)) if one.slug == "payment-oom"]

    alone = {one.case: one.judgement for one in results_of(cases, workers=1)}
    pooled = {one.case: one.judgement for one in results_of(cases[::-1], workers=2)}

    assert alone == pooled


def test_variants_follow_from_the_seed() -> None:
    (first,), (second,) = (
        [one for one in cases_of(Selection(variants=1, seed=seed)) if one.name == "payment-oom~1"]
        for seed in (1, 2)
    )

    assert scenario_of(first) == scenario_of(first)
    assert scenario_of(first) != scenario_of(second)


def test_the_halves_hold_every_scenario_once_and_share_no_fault() -> None:
    tuned = cases_of(Selection(half=Half.TUNED))
    untouched = cases_of(Selection(half=Half.UNTOUCHED))

    assert len(tuned) + len(untouched) == len(cases_of(Selection()))
    assert not {one.key for one in tuned} & {one.key for one in untouched}
    assert half_of("memory_exhaustion") is Half.TUNED


def test_a_folder_without_cases_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="holds no case"):
        cases_of(Selection(folder=tmp_path))
    with pytest.raises(NotFoundError):
        cases_of(Selection(folder=tmp_path / "nowhere"))


def a_report(results: Sequence[CaseResult]) -> Report:
    told = {"reasoner": "offline", "seed": 1, "variants": 0, "wall_seconds": 0}
    return report_of(results, told)


def test_a_figure_that_drops_is_told_and_one_that_rises_is_not() -> None:
    (case,) = [one for one in cases_of(Selection()) if one.slug == "payment-oom"]
    good = result_of(case)
    wrong = good.judgement.model_copy(
        update={"right": False, "invented": True, "unwanted_writes": 1}
    )
    before, after = a_report([good]), a_report([good.model_copy(update={"judgement": wrong})])

    assert drops(before, baseline_of(before)) == ()
    told = " ".join(drops(after, baseline_of(before)))
    assert "right_cause" in told
    assert "invented_causes" in told
    assert "unwanted writes" in told
    assert drops(before, baseline_of(after)) == ()


def itops(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["itops", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_claude_without_a_key_is_told_of_and_nothing_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert itops(monkeypatch, "eval", "--reasoner", "claude") == 1
    told = capsys.readouterr()
    assert "ANTHROPIC_API_KEY" in told.err
    assert told.out == ""
