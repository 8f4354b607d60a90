"""The offline reasoner on faults it was rehearsed with, and on many that nobody has seen."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itops_core.domain.investigation import Agent, Case
from itops_core.domain.remediation import ActionRecord, ActionStatus
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.reasoning.offline.choosing import Bar
from itops_core.reasoning.offline.diagnosis import Diagnosis
from itops_core.settings import bundled, config
from local_cloud.sandbox.scenario import Scenario, load
from tests.support.rehearsal import Rehearsal
from tests.support.scenarios import REHEARSED
from tests.support.variants import KINDS, any_variant

LIBRARY = bundled("scenarios")
MONITORING = (
    "get_metrics",
    "list_metrics",
    "get_cloudwatch_alarm_state",
    "query_cloudwatch_logs",
    "describe_ecs_service",
    "list_recent_changes",
)


def rehearsed(slug: str) -> Rehearsal:
    return Rehearsal(load(slug, LIBRARY))


def with_more(scenario: Scenario, **more: list[dict[str, object]]) -> Scenario:
    fields = scenario.model_dump()
    return Scenario.model_validate(
        {**fields, **{name: [*fields[name], *added] for name, added in more.items()}}
    )


def assert_as_in_truth(case: Rehearsal, verdict: Verdict, actions: list[str]) -> None:
    truth = case.scenario.truth
    assert verdict.outcome is truth.outcome, verdict.summary
    if truth.fault:
        assert verdict.root_cause is not None
        assert verdict.root_cause.fault == truth.fault, verdict.summary
        assert verdict.root_cause.component == truth.component
    assert set(truth.expected_gaps) <= {gap.source for gap in verdict.gaps}
    assert bool(actions) is bool(truth.acceptable_actions), actions
    assert set(actions) <= set(truth.acceptable_actions)


@pytest.mark.parametrize("slug", REHEARSED)
def test_a_rehearsed_fault_is_told_for_what_it_is(slug: str) -> None:
    case = rehearsed(slug)

    triage, verdict, plan = case.triage(), case.diagnose(), case.plan()

    assert_as_in_truth(case, verdict, [planned.action.name for planned in plan.actions])
    assert triage.severity in case.scenario.truth.severity
    asked = {tool for agent in Agent for tool in case.tools_asked(agent)}
    assert set(case.scenario.truth.required_evidence) <= asked


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 10**9))
@settings(
    derandomize=True, max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_a_fault_nobody_has_rehearsed_is_told_for_what_it_is(kind: str, seed: int) -> None:
    case = Rehearsal(any_variant(kind, seed))

    case.triage()
    verdict, plan = case.diagnose(), case.plan()

    assert_as_in_truth(case, verdict, [planned.action.name for planned in plan.actions])


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"deployment"}))
@given(seed=st.integers(0, 10**9), minutes=st.floats(8, 90))
@settings(
    derandomize=True, max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_a_deployment_is_not_blamed_for_being_near(kind: str, seed: int, minutes: float) -> None:
    scenario = any_variant(kind, seed)
    near: dict[str, object] = {
        "change_id": "near",
        "kind": "deployment",
        "service": scenario.alarm.service,
        "minutes_before_onset": minutes,
        "environment": {"FEATURE_X": "on"},
    }
    case = Rehearsal(with_more(scenario, changes=[near]))

    case.triage()
    verdict = case.diagnose()

    assert verdict.change_id is None
    assert verdict.outcome is scenario.truth.outcome, verdict.summary


@pytest.mark.parametrize("kind", KINDS)
def test_a_monitoring_server_that_is_down_leaves_gaps_and_no_invented_cause(kind: str) -> None:
    case = Rehearsal(any_variant(kind, 11))
    case.monitoring.down = set(MONITORING)

    case.triage()
    verdict, plan = case.diagnose(), case.plan()

    assert verdict.outcome is VerdictOutcome.UNRESOLVED
    assert {"monitoring.query_cloudwatch_logs", "monitoring.get_metrics"} <= {
        gap.source for gap in verdict.gaps
    }
    assert plan.actions == ()


@pytest.mark.parametrize("tool", ["query_cloudwatch_logs", "describe_ecs_service"])
@pytest.mark.parametrize("seed", range(4))
def test_a_missing_source_is_named_and_lowers_confidence(tool: str, seed: int) -> None:
    whole = Rehearsal(any_variant("memory", seed))
    blind = Rehearsal(any_variant("memory", seed))
    blind.monitoring.down = {tool}

    whole.triage()
    blind.triage()
    all_seen, partly_seen = whole.diagnose(), blind.diagnose()

    assert f"monitoring.{tool}" in {gap.source for gap in partly_seen.gaps}
    assert partly_seen.confidence < all_seen.confidence
    assert partly_seen.outcome in (VerdictOutcome.FOUND, VerdictOutcome.UNRESOLVED)


def test_a_log_that_answers_with_nothing_is_a_gap_and_no_sign_of_health() -> None:
    scenario = any_variant("blind", 7).model_copy(update={"missing": ()})
    silent = [service.model_copy(update={"routine_logs": ()}) for service in scenario.estate]
    case = Rehearsal(scenario.model_copy(update={"estate": tuple(silent), "logs": ()}))

    case.triage()
    verdict = case.diagnose()

    assert verdict.outcome is VerdictOutcome.UNRESOLVED
    assert "monitoring.query_cloudwatch_logs" in {gap.source for gap in verdict.gaps}


def test_without_the_catalog_the_service_is_found_by_its_deployment() -> None:
    scenario = any_variant("deployment", 3)
    gone: dict[str, object] = {"kind": "catalog_entry", "service": scenario.alarm.service}
    case = Rehearsal(with_more(scenario, missing=[gone]))

    case.triage()
    verdict = case.diagnose()

    assert verdict.root_cause is not None
    assert verdict.root_cause.fault == "bad_deployment"
    assert "incident.get_catalog_entry" in {gap.source for gap in verdict.gaps}


def test_an_incident_that_a_person_opened_needs_no_alarm() -> None:
    case = Rehearsal(any_variant("traffic", 5))
    case.stores.incident = case.stores.incident.model_copy(
        update={"alarm": None, "symptom_started_at": None}
    )

    case.triage()
    verdict = case.diagnose()

    assert verdict.root_cause is not None
    assert verdict.root_cause.fault == "traffic_saturation"


def test_every_claim_of_a_verdict_can_be_looked_up() -> None:
    case = rehearsed("payment-oom")
    case.triage()

    verdict = case.diagnose()

    cited = [citation for claim in verdict.claims for citation in claim.citations]
    assert len(verdict.claims) >= 3
    for citation in cited:
        assert citation.quote in case.stores.evidence[citation.evidence_id].text


def test_a_verdict_names_the_change_it_blames() -> None:
    case = rehearsed("bad-deploy-5xx")
    case.triage()

    verdict = case.diagnose()

    assert verdict.change_id == "ecs-svc/new-prices"
    assert verdict.rivals
    assert all(rival.ruled_out_by for rival in verdict.rivals)


def test_the_same_case_gives_the_same_verdict() -> None:
    one, other = rehearsed("unhealthy-tasks"), rehearsed("unhealthy-tasks")
    other.stores.incident = one.stores.incident

    for case in (one, other):
        case.triage()
        case.diagnose()

    assert one.stores.incident.verdict == other.stores.incident.verdict


def test_questions_are_few_and_none_is_asked_twice() -> None:
    for slug in REHEARSED:
        case = rehearsed(slug)
        case.triage()
        case.diagnose()
        case.plan()

        steps = case.stores.transcript
        asked = [
            seen.call.model_dump_json()
            for step in steps
            if step.agent is not Agent.REMEDIATION
            for seen in step.observations
        ]
        assert len(asked) == len(set(asked))
        # A fault that lies three calls away takes more looking than one that lies here.
        assert len(asked) <= 40
        assert len(steps) <= 14


def test_must_answer_is_answered() -> None:
    case = rehearsed("payment-oom")
    engine = case.engine(Agent.ROOT_CAUSE)
    budget = config().budget.model_copy(update={"steps": 1})
    hurried = replace(engine, budget=budget)

    verdict = hurried.take_step(case.stores.incident.incident_id, Agent.ROOT_CAUSE).verdict

    assert verdict is not None
    assert verdict.outcome is VerdictOutcome.UNRESOLVED
    assert verdict.reasoner == "offline"


def test_a_remedy_that_did_not_help_makes_its_fault_less_likely_and_is_not_tried_again() -> None:
    case = rehearsed("payment-oom")
    case.triage()
    case.diagnose()
    before = _belief(case, "memory_exhaustion")
    record = ActionRecord(
        action_id="ACT-0000000A",
        incident_id=case.stores.incident.incident_id,
        round=0,
        action=case.plan().actions[0].action,
        resource="a service",
        inverse=None,
        status=ActionStatus.DONE,
        started_at=case.now,
    )

    case.stores.incident = case.stores.incident.changed(case.now, actions=(record,))

    assert _belief(case, "memory_exhaustion") < before
    case.stores.transcript = [
        step for step in case.stores.transcript if step.agent is not Agent.REMEDIATION
    ]
    assert case.plan().actions == ()


def _belief(case: Rehearsal, fault: str) -> float:
    steps = tuple(case.stores.transcript[:2])
    seen = Case(incident=case.stores.incident, agent=Agent.ROOT_CAUSE, transcript=steps)
    return Diagnosis(seen, Bar(0.7, 0.25)).ranking.probability(fault)
