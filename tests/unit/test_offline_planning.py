"""Triage and remedies without a model."""

from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Status
from itops_core.domain.investigation import Agent, ObservationStatus
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.verdict import RootCause, Severity, Verdict, VerdictOutcome
from itops_core.settings import bundled, config
from local_cloud.sandbox.scenario import load
from tests.support.memory import Server
from tests.support.rehearsal import Rehearsal
from tests.support.variants import any_variant


def rehearsed(slug: str = "payment-oom") -> Rehearsal:
    return Rehearsal(load(slug, bundled("scenarios")))


def found(case: Rehearsal, fault: str, outcome: VerdictOutcome = VerdictOutcome.FOUND) -> None:
    cause = RootCause(component=case.scenario.alarm.service, fault=fault, mechanism="So.")
    verdict = Verdict(
        outcome=outcome,
        root_cause=cause if outcome is VerdictOutcome.FOUND else None,
        confidence=0.9,
        summary="So.",
        reasoner="offline",
    )
    case.stores.incident = case.stores.incident.changed(
        case.now, verdict=verdict, status=Status.INVESTIGATING
    )


def another(case: Rehearsal, **changes: Any) -> None:  # noqa: ANN401
    incident = case.stores.incident
    case.others.append(
        {
            "incident_id": "INC-0000000A",
            "title": incident.title,
            "service": incident.service,
            "status": "investigating",
            "opened_at": (case.now - timedelta(minutes=5)).isoformat(),
            "alarm": incident.alarm.name if incident.alarm else None,
            **changes,
        }
    )


def test_an_open_incident_of_the_same_alarm_is_the_same_incident() -> None:
    case = rehearsed()
    another(case)

    triage = case.triage()

    assert triage.duplicate_of == "INC-0000000A"
    assert triage.claims[0].citations


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "orders"},
        {"alarm": "payment-service-errors"},
        {"status": "resolved"},
        {"opened_at": "2026-11-21T00:00:00Z"},
        {"opened_at": "yesterday"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_only_looks_alike_is_no_duplicate(changes: dict[str, Any]) -> None:
    case = rehearsed()
    another(case, **changes)

    assert case.triage().duplicate_of is None


def test_an_incident_is_not_its_own_duplicate() -> None:
    case = rehearsed()
    another(case, incident_id=case.stores.incident.incident_id)

    assert case.triage().duplicate_of is None


def test_severity_follows_tier_and_size() -> None:
    def severity(tier: int, rate: float, *, lasts: bool = True) -> Severity:
        scenario = any_variant("deployment" if lasts else "healthy", 4)
        fields = scenario.model_dump()
        fields["estate"][0]["tier"] = tier
        if lasts:
            fields["effects"] = [
                {"service": scenario.alarm.service, "metric": "error_rate", "to": rate}
            ]
        return Rehearsal(type(scenario).model_validate(fields)).triage().severity

    assert severity(1, 60) is Severity.CRITICAL
    assert severity(1, 12) is Severity.HIGH
    assert severity(2, 60) is Severity.HIGH
    assert severity(3, 9) is Severity.MEDIUM
    assert severity(1, 0, lasts=False) in (Severity.MEDIUM, Severity.LOW)
    assert severity(3, 0, lasts=False) is Severity.LOW


def test_what_a_person_reported_is_not_talked_down() -> None:
    case = rehearsed("healthy-noise")
    case.stores.incident = case.stores.incident.changed(case.now, severity=Severity.HIGH)

    assert case.triage().severity is Severity.HIGH


def test_a_plan_looks_at_live_state_before_it_proposes() -> None:
    case = rehearsed()
    case.triage()
    case.diagnose()

    plan = case.plan()

    first = next(step for step in case.stores.transcript if step.agent is Agent.REMEDIATION)
    assert [seen.call.tool for seen in first.observations] == [
        "describe_ecs_service",
        "preview_action",
    ]
    assert plan.actions[0].citations
    assert plan.confidence == case.stores.incident.verdict.confidence  # type: ignore[union-attr]


def test_scaling_adds_the_configured_step_to_what_runs_now() -> None:
    case = rehearsed("checkout-traffic-spike")
    found(case, "traffic_saturation")

    plan = case.plan()

    desired = case.scenario.service("checkout").desired_count
    wanted = desired + config().remediation.scale_step
    assert plan.actions[0].action.parameters["desired_count"] == wanted


def scaled(case: Rehearsal, to: int, outcome: VerificationOutcome, asked: int | None) -> None:
    """Have the first round scaled, in vain, to what people allowed of what was asked."""
    incident, target = case.stores.incident, {"cluster": "shop", "service": "checkout"}
    action, whole = (
        Action(name="scale_ecs_service", parameters={**target, "desired_count": count})
        for count in (to, asked or to)
    )
    record = ActionRecord(
        action_id=ActionRecord.id_for(incident.incident_id, 1, action),
        incident_id=incident.incident_id,
        round=1,
        action=action,
        resource="checkout",
        inverse=None,
        status=ActionStatus.DONE,
        asked=whole if asked else None,
        started_at=case.now,
    )
    seen = Verification(
        outcome=outcome, probes=(), observed_from=case.now, observed_to=case.now, samples=4, round=1
    )
    case.stores.incident = incident.changed(case.now, actions=(record,), verification=seen, round=2)


def test_what_people_allowed_less_of_is_asked_for_again_as_it_was() -> None:
    case = rehearsed("checkout-traffic-spike")
    found(case, "traffic_saturation")
    scaled(case, 4, VerificationOutcome.UNCHANGED, asked=5)

    (planned,) = case.plan().actions

    assert planned.action.parameters["desired_count"] == 5
    assert "desired_count 4 instead of 5" in planned.reason


@pytest.mark.parametrize(
    ("outcome", "asked"), [(VerificationOutcome.UNCHANGED, None), (VerificationOutcome.WORSE, 5)]
)
def test_what_was_tried_whole_or_made_it_worse_is_not_asked_for_again(
    outcome: VerificationOutcome, asked: int | None
) -> None:
    case = rehearsed("checkout-traffic-spike")
    found(case, "traffic_saturation")
    scaled(case, 4, outcome, asked)

    plan = case.plan()

    assert "scale_ecs_service" not in {one.action.name for one in plan.actions}
    assert plan.actions or "every known remedy that fits was tried" in plan.rationale


def test_where_there_never_was_a_remedy_none_is_said_to_have_been_tried() -> None:
    case = rehearsed()
    found(case, "certificate_expired")

    assert "tried" not in case.plan().rationale


def test_where_there_is_no_remedy_it_is_said_whom_to_call_and_what_to_check() -> None:
    case = rehearsed("checkout-traffic-spike")
    found(case, "dependency_failure")

    plan = case.plan()

    entry = next(one for one in case.scenario.estate if one.name == case.scenario.alarm.service)
    assert plan.actions == ()
    assert f"who owns {entry.name}, and check its errors" in plan.rationale


def test_rolling_back_names_the_revision_before() -> None:
    case = rehearsed("bad-deploy-5xx")
    case.triage()
    case.diagnose()

    plan = case.plan()

    assert plan.actions[0].action.parameters["task_definition"] == "catalog-service:4"


@pytest.mark.parametrize("outcome", [VerdictOutcome.HEALTHY, VerdictOutcome.UNRESOLVED])
def test_nothing_is_proposed_where_no_cause_was_found(outcome: VerdictOutcome) -> None:
    case = rehearsed()
    found(case, "memory_exhaustion", outcome)

    assert case.plan().actions == ()


@pytest.mark.parametrize("fault", ["unknown", "certificate_expired", "made-up"])
def test_nothing_is_proposed_for_a_fault_without_a_remedy(fault: str) -> None:
    case = rehearsed()
    found(case, fault)

    assert case.plan().actions == ()


def test_what_the_preview_calls_impossible_gives_way_to_the_next_remedy() -> None:
    case = rehearsed("checkout-traffic-spike")
    found(case, "cpu_exhaustion")
    case.impossible = {"restart_ecs_service"}

    plan = case.plan()

    assert [planned.action.name for planned in plan.actions] == ["scale_ecs_service"]


def test_when_every_remedy_is_impossible_nothing_is_proposed() -> None:
    case = rehearsed()
    found(case, "memory_exhaustion")
    case.impossible = {"restart_ecs_service"}

    plan = case.plan()

    assert plan.actions == ()
    assert "restart_ecs_service" in plan.rationale


def test_a_tool_that_answers_for_another_service_says_nothing_of_this_one() -> None:
    case = rehearsed("blind-spot")
    case.triage()

    verdict = case.diagnose()

    refused = {
        seen.call.tool
        for step in case.stores.transcript
        for seen in step.observations
        if seen.status is ObservationStatus.ERROR
    }
    assert "query_cloudwatch_logs" in refused
    assert verdict.outcome is VerdictOutcome.UNRESOLVED


def test_a_number_that_the_server_picks_is_what_is_proposed() -> None:
    case = rehearsed("thumbnails-large")
    found(case, "function_out_of_memory")
    seen: list[dict[str, Any]] = []

    def preview_action(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        seen.append(parameters)
        picked = {"name": name, "parameters": {**parameters, "memory_mb": 512}}
        return {"action": picked, "possible": True, "reason": ""}

    case.operations = Server("operations", {"preview_action": preview_action})

    action = case.plan().actions[0].action

    assert action.name == "set_lambda_memory"
    assert [sorted(parameters) for parameters in seen] == [["function_name"]]
    assert action.parameters == {**seen[0], "memory_mb": 512}


def test_what_is_at_fault_is_mended_and_not_what_was_alarmed() -> None:
    case = rehearsed("session-table-cut")
    cause = RootCause(component="player-sessions", fault="table_throttling", mechanism="So.")
    found(case, "table_throttling")
    verdict = case.stores.incident.verdict
    assert verdict is not None
    case.stores.incident = case.stores.incident.changed(
        case.now, verdict=verdict.model_copy(update={"root_cause": cause})
    )
    asked: list[str] = []

    def get_catalog_entry(name: str) -> dict[str, Any]:
        asked.append(name)
        if name != "player-sessions":
            return case.get_catalog_entry(name)
        table = CatalogEntry(entry_id=name, kind="table", resource="game-sessions-3")
        return {"entry": table.model_dump(mode="json")}

    case.knowing = Server("incident", {"get_catalog_entry": get_catalog_entry})

    plan = case.plan()

    assert asked.count("player-sessions") == 1
    assert [one.action for one in plan.actions] == [
        Action(name="raise_dynamodb_capacity", parameters={"table_name": "game-sessions-3"})
    ]
