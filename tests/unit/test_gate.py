"""The gate: properties that hold whatever is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from itops_core.domain.autonomy import Bar as AutonomyBar
from itops_core.domain.autonomy import Seed, Standing, standing_of
from itops_core.domain.remediation import (
    Action,
    BlastSize,
    Decision,
    DecisionOutcome,
    PlannedAction,
    RemediationPlan,
    Risk,
)
from itops_core.domain.traffic import TrafficLevel
from itops_core.domain.verdict import Severity
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.gate import Bar, Gate, GateRequest, blocked_keyword_in, strictest
from itops_core.remediation.kill_switch import KillSwitch, SwitchReading
from itops_core.remediation.policy import policies

ON = SwitchReading(is_on=True, reason="on")
OFF = SwitchReading(is_on=False, reason="off")
BAR = 0.75
RESTART = Action(name="restart_ecs_service", parameters={"cluster": "shop", "service": "cart"})


def a_standing(action: str, *, earned: bool = True) -> Standing:
    bar = AutonomyBar(precision=0.8, seed_weight=30)
    of = 30 if earned else 3
    return standing_of(action, (), Seed(right=of, of=of), bar)


def the_gate(reading: SwitchReading = ON, *, earned: bool = True) -> Gate:
    bar = Bar(BAR, lambda action: a_standing(action, earned=earned))
    return Gate(catalogue(), policies(), lambda: reading, bar)


def a_request(**changes: Any) -> GateRequest:  # noqa: ANN401
    facts: dict[str, Any] = {
        "action": RESTART,
        "resource": "arn:aws:ecs:us-east-1:000000000000:service/shop/cart",
        "known": True,
        "alarmed": True,
        "tier": 2,
        "environment": "production",
        "confidence": 0.9,
        "severity": Severity.HIGH,
        "risk": Risk.LOW,
        "blast_size": BlastSize.SMALL,
        "reversible": True,
    }
    return GateRequest.model_validate({**facts, **changes})


NAMES = st.sampled_from(sorted(catalogue().actions))
REQUESTS = st.builds(
    GateRequest,
    agent=st.sampled_from(["remediation", "triage", "chat", "somebody"]),
    mode=st.sampled_from(["incident", "watchdog", "chat", "briefing", "other"]),
    action=NAMES.map(lambda name: Action(name=name, parameters={})),
    resource=st.text(max_size=30),
    known=st.booleans(),
    own=st.booleans(),
    alarmed=st.booleans(),
    tier=st.integers(1, 4),
    environment=st.sampled_from(["sandbox", "production", "unknown"]),
    confidence=st.one_of(st.floats(0, 1), st.floats(0.7499, 0.7501)),
    severity=st.one_of(st.none(), st.sampled_from(Severity)),
    risk=st.sampled_from(Risk),
    blast_size=st.sampled_from(BlastSize),
    traffic=st.sampled_from(TrafficLevel),
    disturbs_requests=st.booleans(),
    reversible=st.booleans(),
    blocked_keyword=st.sampled_from([None, "delete"]),
    narrowed=st.booleans(),
    undo=st.booleans(),
)


@given(REQUESTS)
@settings(max_examples=400, deadline=None)
def test_what_happens_by_itself_meets_every_condition(request: GateRequest) -> None:
    decision = the_gate().decide(request)

    if decision.outcome is DecisionOutcome.AUTO and not request.undo:
        assert request.agent == "remediation"
        assert request.action.name in catalogue().modes.get(request.mode, ())
        assert request.confidence > BAR
        assert request.severity not in (None, Severity.CRITICAL)
        assert request.blast_size is BlastSize.SMALL
        assert request.risk is not Risk.HIGH
        assert request.reversible
        assert request.known
        assert request.alarmed
        assert request.blocked_keyword is None
        assert not request.narrowed
        heavy = request.traffic in (TrafficLevel.HEAVY, TrafficLevel.FLOOD)
        assert not (heavy and request.disturbs_requests)


def test_what_a_person_allowed_less_of_is_asked_for_and_never_simply_done() -> None:
    decision = the_gate().decide(a_request(narrowed=True))

    assert decision.outcome is DecisionOutcome.APPROVAL
    assert decision.policy_ids == ("narrowed-before",)


@given(REQUESTS)
@settings(max_examples=100, deadline=None)
def test_with_the_switch_off_everything_is_forbidden(request: GateRequest) -> None:
    decision = the_gate(OFF).decide(request)

    assert decision.outcome is DecisionOutcome.FORBID
    assert decision.policy_ids == ("kill-switch",)


@given(REQUESTS.map(lambda asked: asked.model_copy(update={"own": True})))
@settings(max_examples=200, deadline=None)
def test_nothing_is_done_to_itops_itself_whoever_approves_and_not_even_to_undo(
    request: GateRequest,
) -> None:
    decision = the_gate().decide(request)

    assert decision.outcome is DecisionOutcome.FORBID


def test_an_action_on_itops_itself_is_refused_by_the_policy_that_says_so() -> None:
    decision = the_gate().decide(a_request(own=True))

    assert decision.outcome is DecisionOutcome.FORBID
    assert decision.policy_ids == ("not-itops-itself",)


@given(REQUESTS)
@settings(max_examples=200, deadline=None)
def test_every_decision_names_its_reasons_and_a_large_blast_takes_two_people(
    request: GateRequest,
) -> None:
    decision = the_gate().decide(request)

    assert all(decision.reasons)
    if decision.outcome is DecisionOutcome.APPROVAL:
        large = request.blast_size is BlastSize.LARGE
        assert decision.approvers_needed == (2 if large else 1)


@pytest.mark.parametrize(
    ("facts", "policy"),
    [
        ({"confidence": 0.75}, "confidence-too-low"),
        ({"confidence": 0.75004}, "confidence-too-low"),
        ({"severity": Severity.CRITICAL}, "incident-critical"),
        ({"severity": None}, "incident-critical"),
        ({"blast_size": BlastSize.MEDIUM}, "blast-not-small"),
        ({"traffic": TrafficLevel.HEAVY, "disturbs_requests": True}, "traffic-heavy"),
        ({"traffic": TrafficLevel.FLOOD, "disturbs_requests": True}, "traffic-heavy"),
        ({"risk": Risk.HIGH}, "risk-high"),
        ({"reversible": False}, "not-reversible"),
        ({"blocked_keyword": "drop"}, "blocked-keyword"),
        ({"known": False}, "not-in-catalog"),
        ({"alarmed": False}, "no-alarm"),
    ],
)
def test_each_condition_alone_asks_a_person_and_is_named(
    facts: dict[str, Any], policy: str
) -> None:
    decision = the_gate().decide(a_request(**facts))

    assert decision.outcome is DecisionOutcome.APPROVAL
    assert decision.policy_ids == (policy,)
    assert decision.approvers_needed == 1


def test_of_a_large_part_two_people_decide_and_one_is_not_enough() -> None:
    decision = the_gate().decide(a_request(blast_size=BlastSize.LARGE))

    assert decision.outcome is DecisionOutcome.APPROVAL
    assert decision.approvers_needed == 2
    assert set(decision.policy_ids) == {"blast-not-small", "large-blast-needs-two"}


def test_a_class_of_actions_that_has_not_earned_it_asks_a_person_and_tells_its_figures() -> None:
    decision = the_gate(earned=False).decide(a_request())

    assert decision.outcome is DecisionOutcome.APPROVAL
    assert decision.policy_ids == ("autonomy-not-earned",)
    assert "at least 0.44 and does not hold the bar of 0.80" in decision.reasons[-1]


@given(REQUESTS)
@settings(max_examples=200, deadline=None)
def test_what_has_not_earned_it_never_changes_anything_by_itself(request: GateRequest) -> None:
    decision = the_gate(earned=False).decide(request)

    if request.action.changes_something and not request.undo:
        assert decision.outcome is not DecisionOutcome.AUTO


def test_telling_people_and_undoing_need_no_record() -> None:
    told = Action(name="notify_only", parameters={"message": "look"})
    out_of_reach = Gate(catalogue(), policies(), lambda: ON, Bar(BAR, no_record))

    assert out_of_reach.decide(a_request(action=told)).outcome is DecisionOutcome.AUTO
    assert out_of_reach.decide(a_request(undo=True)).outcome is DecisionOutcome.AUTO


def no_record(action: str) -> Standing:
    raise AssertionError(f"the record of {action} was asked for")


def test_a_sure_reversible_small_action_happens_by_itself() -> None:
    decision = the_gate().decide(a_request())

    assert decision.outcome is DecisionOutcome.AUTO
    assert decision.policy_ids == ("acts-by-itself",)


@pytest.mark.parametrize("mode", ["watchdog", "chat", "briefing", "made-up"])
def test_a_mode_does_only_what_its_list_says(mode: str) -> None:
    decision = the_gate().decide(a_request(mode=mode))

    assert decision.outcome is DecisionOutcome.FORBID
    assert decision.policy_ids == ("mode-allow-list",)


def test_an_agent_that_the_schema_does_not_know_is_forbidden_with_the_error() -> None:
    decision = the_gate().decide(a_request(agent="remediation2"))

    assert decision.outcome is DecisionOutcome.FORBID
    assert "remediation2" in decision.reasons[0]


def test_a_plan_is_as_strict_as_its_strictest_action() -> None:
    decided = [
        Decision(outcome=DecisionOutcome.AUTO, reasons=("fine",)),
        Decision(outcome=DecisionOutcome.APPROVAL, reasons=("large",), approvers_needed=2),
        Decision(outcome=DecisionOutcome.APPROVAL, reasons=("critical",)),
    ]

    assert strictest(decided).outcome is DecisionOutcome.APPROVAL
    assert strictest(decided).approvers_needed == 2
    assert strictest(decided).reasons == ("large", "critical")


@pytest.mark.parametrize(
    "text",
    [
        "Delete the table",
        "we DROP it",
        "terminate.",
        "\uff44elete it",
        "de\u200blete it",
        "drop-all",
    ],
)
def test_a_blocked_word_is_found_however_it_is_written(text: str) -> None:
    assert blocked_keyword_in(a_plan(rationale=text), ("Delete", "drop", "TERMINATE"))


@pytest.mark.parametrize("text", ["the error rate dropped", "raindrop service", "undeleted"])
def test_a_word_that_only_contains_a_blocked_one_is_not_blocked(text: str) -> None:
    assert blocked_keyword_in(a_plan(rationale=text), ("delete", "drop")) is None


def test_a_blocked_word_counts_in_parameters_and_reasons_too() -> None:
    parameters = {"cluster": "shop", "service": "drop_tables"}
    named = a_plan(action=Action(name="restart_ecs_service", parameters=parameters))

    assert blocked_keyword_in(named, ("drop",)) == "drop"
    assert blocked_keyword_in(a_plan(reason="then purge"), ("purge",)) == "purge"
    assert blocked_keyword_in(a_plan(), ("restart",)) == "restart"


def a_plan(
    rationale: str = "It helps.", reason: str = "It helps.", action: Action = RESTART
) -> RemediationPlan:
    return RemediationPlan(
        incident_id="INC-0000000A",
        round=1,
        actions=(PlannedAction(action=action, reason=reason),),
        rationale=rationale,
        confidence=0.9,
        reasoner="offline",
    )


@dataclass
class StubbedSwitch:
    """A kill switch whose answers a test writes."""

    switch: KillSwitch
    stub: Stubber


@pytest.fixture
def stubbed() -> Iterator[StubbedSwitch]:
    client = boto3.client(
        "ssm",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with Stubber(client) as stub:
        yield StubbedSwitch(KillSwitch(client, "/ITOps/actions-enabled"), stub)


@pytest.mark.parametrize(
    ("value", "is_on"),
    [("on", True), (" on\n", False), ("off", False), ("ON", False), ("true", False), ("1", False)],
)
def test_only_the_word_on_is_on(stubbed: StubbedSwitch, value: str, is_on: bool) -> None:
    stubbed.stub.add_response("get_parameter", {"Parameter": {"Value": value}})

    assert stubbed.switch.read().is_on is is_on


@pytest.mark.parametrize("code", ["ParameterNotFound", "AccessDeniedException", "Throttling"])
def test_a_switch_that_cannot_be_read_is_off_and_says_why(
    stubbed: StubbedSwitch, code: str
) -> None:
    stubbed.stub.add_client_error("get_parameter", code)

    reading = stubbed.switch.read()

    assert not reading.is_on
    assert code in reading.reason


class OutOfReach:
    """Stands where SSM's client does, and finds no way there."""

    def get_parameter(self, **_asked: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://ssm")


def test_a_switch_that_is_out_of_reach_is_off_and_says_why() -> None:
    switch = KillSwitch(cast(Any, OutOfReach()), "/ITOps/actions-enabled")

    reading = switch.read()

    assert not reading.is_on
    assert "EndpointConnectionError" in reading.reason
    assert switch.changed_at() is None


def test_without_a_parameter_actions_are_off(stubbed: StubbedSwitch) -> None:
    client: Any = stubbed.stub.client

    assert not KillSwitch(client, "").read().is_on
