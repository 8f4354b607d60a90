"""What no schema compares: scenarios against the fault library, the actions and their own alarm."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

import itops_core
from itops_core.settings import bundled
from itops_core.stores.seeding import articles, catalog_entries, runbooks
from local_cloud.sandbox.components import ComponentKind
from local_cloud.sandbox.injection import library, list_scenarios
from local_cloud.sandbox.ringing import rings, was_quiet
from local_cloud.sandbox.scenario import Scenario, load

SCENARIOS = list_scenarios()
NOW = 1_800_000_000.0


@pytest.fixture(params=SCENARIOS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return load(str(request.param), library())


def test_the_six_to_start_with_are_there() -> None:
    assert {
        "payment-oom",
        "checkout-traffic-spike",
        "bad-deploy-5xx",
        "unhealthy-tasks",
        "healthy-noise",
        "blind-spot",
    } <= set(SCENARIOS)


def test_a_fault_is_one_of_the_library(scenario: Scenario) -> None:
    texts = [path.read_text(encoding="utf-8") for path in _library_files()]
    known = {name for text in texts for name in re.findall(r"^ *- id: (\w+)$", text, re.MULTILINE)}

    assert scenario.truth.fault is None or scenario.truth.fault in known


def test_actions_are_in_the_catalogue(scenario: Scenario) -> None:
    text = (bundled("config") / "actions.yaml").read_text(encoding="utf-8")
    known = set(yaml.safe_load(text)["actions"])

    truth = scenario.truth
    assert {*truth.acceptable_actions, *truth.forbidden_actions} <= known


def test_the_alarm_crosses_its_line_after_the_onset_and_never_in_the_hour_before(
    scenario: Scenario,
) -> None:
    assert rings(scenario, NOW)
    assert was_quiet(scenario, NOW)


@pytest.mark.parametrize("slug", SCENARIOS)
def test_nothing_that_an_agent_sees_says_which_scenario_it_is(slug: str) -> None:
    scenario = load(slug, library())

    seen = [scenario.alarm.name, scenario.alarm.description]
    seen += [log.message for log in scenario.logs]
    seen += [change.change_id for change in scenario.changes]
    assert not any(slug in text for text in seen)


def test_a_scenario_has_at_least_three_parts_and_a_false_lead(scenario: Scenario) -> None:
    truth = scenario.truth
    leads = [change for change in scenario.changes if change.change_id != truth.change]

    pieces = [name for one in scenario.pipelines for name in one.names()]
    assert len({part.name for part in scenario.parts}.union(pieces)) >= 3
    assert leads or any(log.during == "always" for log in scenario.logs)


def test_dependencies_and_runbooks_of_the_catalog_exist() -> None:
    entries = catalog_entries(bundled("config") / "catalog.yaml")
    ids = {entry.entry_id for entry in entries}
    books = {book.article_id for book in runbooks(bundled("runbooks"))}

    assert {name for entry in entries for name in entry.depends_on} <= ids
    assert {entry.runbook for entry in entries if entry.runbook} <= books


def test_knowledge_is_about_services_that_exist_and_says_enough() -> None:
    ids = {entry.entry_id for entry in catalog_entries(bundled("config") / "catalog.yaml")}
    known = (*articles(bundled("knowledge-base")), *runbooks(bundled("runbooks")))

    assert len(known) >= 14
    for article in known:
        assert set(article.services) <= ids
        assert min(map(len, (article.symptoms, article.cause, article.fix))) > 30


def _library_files() -> list[Path]:
    return sorted((Path(itops_core.__file__).parent / "reasoning" / "faults").glob("*.yaml"))


def test_the_library_is_broad() -> None:
    library_of = [load(slug, library()) for slug in SCENARIOS]
    kinds = {one.kind for scenario in library_of for one in scenario.components}
    gaps = {gap.kind for scenario in library_of for gap in scenario.missing}
    near = [
        change
        for scenario in library_of
        for change in scenario.changes
        if change.minutes_before_onset < 60 and change.change_id != scenario.truth.change
    ]

    assert len(SCENARIOS) >= 50
    assert len({scenario.truth.fault for scenario in library_of}) >= 30
    assert kinds == set(get_args(ComponentKind))
    assert gaps >= {"log_group", "log_lines", "late_metrics", "telemetry", "traces", "backend"}
    assert "tool_server" in gaps
    assert len(near) >= len(SCENARIOS) / 2
    assert any(scenario.past_incidents for scenario in library_of)
    assert sum(scenario.truth.outcome == "healthy" for scenario in library_of) >= 3
    assert sum(scenario.truth.outcome == "unresolved" for scenario in library_of) >= 4
