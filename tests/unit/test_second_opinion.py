"""A model's verdict beside what the offline reasoner makes of the same evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from itops_core.domain.remediation import Action, PlannedAction, RemediationPlan
from itops_core.domain.verdict import (
    Agreement,
    RootCause,
    Severity,
    TriageVerdict,
    Verdict,
    VerdictOutcome,
)
from itops_core.reasoning.second_opinion import weighed_plan, weighed_triage, weighed_verdict
from itops_core.settings import Config, config

LONE = config().reasoning.lone_confidence
AUTO = config().remediation.auto_confidence
SHARES = st.floats(0, 1)


def a_verdict(
    component: str | None = "cart",
    fault: str = "disk_full",
    *,
    confidence: float = 0.9,
    outcome: VerdictOutcome | None = None,
) -> Verdict:
    cause = component and RootCause(component=component, fault=fault, mechanism="It is full.")
    usual = VerdictOutcome.FOUND if component else VerdictOutcome.UNRESOLVED
    return Verdict(
        outcome=outcome or usual,
        root_cause=cause or None,
        confidence=confidence,
        summary="The disk is full.",
        reasoner="somebody",
    )


def a_plan(*actions: Action, confidence: float = 0.95) -> RemediationPlan:
    return RemediationPlan(
        incident_id="INC-0000000A",
        round=1,
        actions=tuple(PlannedAction(action=action, reason="It helps.") for action in actions),
        rationale="It helps.",
        confidence=confidence,
        reasoner="somebody",
    )


RESTART = Action(name="restart_ecs_service", parameters={"cluster": "shop", "service": "cart"})
OTHER = Action(name="restart_ecs_service", parameters={"cluster": "shop", "service": "orders"})


@given(SHARES, SHARES)
def test_agreement_never_makes_a_verdict_less_sure_and_nothing_makes_it_certain(
    before: float, other: float
) -> None:
    weighed = weighed_verdict(a_verdict(confidence=before), a_verdict(confidence=other), LONE)

    assert weighed.second_opinion is not None
    assert weighed.second_opinion.agreement is Agreement.AGREES
    assert round(before, 4) <= weighed.confidence <= max(0.97, round(before, 4))


@given(
    SHARES,
    SHARES,
    st.sampled_from([("cart", "deadlock"), ("orders", "disk_full"), (None, ""), ("x", "y")]),
)
def test_what_nobody_confirms_is_never_sure_enough_to_act_on(
    before: float, other: float, seen: tuple[str | None, str]
) -> None:
    opinion = a_verdict(*seen, confidence=other)

    weighed = weighed_verdict(a_verdict(confidence=before), opinion, LONE)

    assert weighed.confidence <= min(LONE, round(before, 4)) < AUTO


def test_the_surer_the_contradiction_the_less_sure_the_verdict() -> None:
    sure, unsure = (
        weighed_verdict(a_verdict(confidence=0.8), a_verdict("orders", confidence=p), LONE)
        for p in (0.9, 0.4)
    )

    assert sure.confidence == pytest.approx(0.44)
    assert unsure.confidence == pytest.approx(0.64)


def test_the_second_opinion_tells_what_it_saw_and_what_that_changed() -> None:
    opinion = a_verdict("orders", "deadlock", confidence=0.8)

    told = weighed_verdict(a_verdict(confidence=0.9), opinion, LONE).second_opinion

    assert told is not None
    assert (told.component, told.fault, told.verdict_confidence) == ("orders", "deadlock", 0.9)
    assert "orders: deadlock (80%)" in told.effect
    assert "90% → 54%" in told.effect


def test_healthy_is_not_believed_where_the_second_opinion_sees_a_fault() -> None:
    healthy = a_verdict(None, outcome=VerdictOutcome.HEALTHY)

    weighed = weighed_verdict(healthy, a_verdict(confidence=0.9), LONE)

    assert weighed.outcome is VerdictOutcome.UNRESOLVED
    assert weighed.summary.startswith("Not taken for healthy")


def test_healthy_is_not_believed_where_the_second_opinion_sees_nothing_at_all() -> None:
    healthy = a_verdict(None, outcome=VerdictOutcome.HEALTHY, confidence=0.99)

    weighed = weighed_verdict(healthy, a_verdict(None, confidence=0.1), LONE)

    assert weighed.outcome is VerdictOutcome.UNRESOLVED


def test_healthy_stands_where_both_say_so() -> None:
    healthy = a_verdict(None, outcome=VerdictOutcome.HEALTHY)

    assert weighed_verdict(healthy, healthy, LONE).outcome is VerdictOutcome.HEALTHY


def a_triage(severity: Severity, duplicate_of: str | None = None) -> TriageVerdict:
    return TriageVerdict(
        severity=severity, summary="Slow.", duplicate_of=duplicate_of, reasoner="somebody"
    )


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("other", list(Severity))
def test_of_two_severities_the_worse_one_counts(severity: Severity, other: Severity) -> None:
    weighed = weighed_triage(a_triage(severity), a_triage(other))

    order = list(Severity)
    assert order.index(weighed.severity) == min(order.index(severity), order.index(other))


def test_a_duplicate_is_one_where_both_say_so_of_the_same_incident() -> None:
    one, other = "INC-0000000A", "INC-0000000B"
    claimed = a_triage(Severity.LOW, one)

    assert weighed_triage(claimed, a_triage(Severity.LOW, one)).duplicate_of == one
    assert weighed_triage(claimed, a_triage(Severity.LOW, other)).duplicate_of is None
    assert "does not see" in weighed_triage(claimed, a_triage(Severity.LOW)).summary


def test_an_unresolved_verdict_is_left_as_careful_as_it_is() -> None:
    unresolved = a_verdict(None, confidence=0.2)

    weighed = weighed_verdict(unresolved, a_verdict(confidence=0.95), LONE)

    assert weighed.outcome is VerdictOutcome.UNRESOLVED
    assert weighed.confidence == 0.2


def test_an_action_that_only_the_model_thought_of_waits_for_a_person() -> None:
    weighed = weighed_plan(a_plan(RESTART, OTHER), a_plan(RESTART), LONE)

    assert weighed.confidence == LONE
    assert weighed.actions == a_plan(RESTART, OTHER).actions
    assert "own idea" in weighed.rationale


def test_actions_that_both_chose_stay_as_sure_as_they_were() -> None:
    plan = a_plan(RESTART)

    assert weighed_plan(plan, a_plan(RESTART, OTHER), LONE) == plan


def a_scale(tasks: int) -> Action:
    return Action(
        name="scale_ecs_service",
        parameters={"cluster": "shop", "service": "cart", "desired_count": tasks},
    )


@pytest.mark.parametrize(("tasks", "confidence"), [(3, 0.95), (4, 0.95), (5, LONE), (400, LONE)])
def test_more_of_the_same_is_the_models_own_idea(tasks: int, confidence: float) -> None:
    weighed = weighed_plan(a_plan(a_scale(tasks)), a_plan(a_scale(4)), LONE)

    assert weighed.confidence == confidence


def test_a_message_that_only_the_model_wants_sent_waits_for_a_person() -> None:
    message = Action(name="notify_only", parameters={"message": "Sign in at example.com."})

    assert weighed_plan(a_plan(RESTART, message), a_plan(RESTART), LONE).confidence == LONE


def test_what_the_second_opinion_leaves_to_a_person_it_does_not_confirm() -> None:
    weighed = weighed_plan(a_plan(RESTART), a_plan(RESTART, confidence=LONE), LONE)

    assert weighed.confidence == LONE


def test_a_lone_voice_that_could_act_is_a_mistake_in_the_configuration() -> None:
    told = config().model_dump()
    told["reasoning"]["lone_confidence"] = told["remediation"]["auto_confidence"]

    with pytest.raises(ValidationError, match="lone_confidence has to lie below"):
        Config.model_validate(told)
