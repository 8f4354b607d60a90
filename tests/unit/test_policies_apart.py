"""What may happen and what needs a person are two files: a mistake in one lets nothing through."""

from typing import Any

import pytest

from itops_core.domain.remediation import BlastSize, Risk
from itops_core.domain.traffic import TrafficLevel
from itops_core.domain.verdict import Severity
from itops_core.remediation.policy import Policies, PolicyQuestion
from itops_core.settings import bundled

FOLDER = bundled("policies")
SCHEMA = (FOLDER / "schema.cedarschema").read_text(encoding="utf-8")
PERMITS = (FOLDER / "permits.cedar").read_text(encoding="utf-8")
LIMITS = (FOLDER / "limits.cedar").read_text(encoding="utf-8")
ANYTHING_GOES = '@id("anything-goes") @reason("a mistake") permit (principal, action, resource);'

BESIDE = {
    "the permits": Policies([PERMITS], SCHEMA),
    "the limits": Policies([LIMITS, ANYTHING_GOES], SCHEMA),
}
"""The one without the other: nothing forbids there, everything is permitted here."""


def a_question(**facts: Any) -> PolicyQuestion:  # noqa: ANN401
    fine: dict[str, Any] = {
        "agent": "remediation",
        "action": "restart_ecs_service",
        "resource": "cart",
        "known": True,
        "tier": 2,
        "environment": "production",
        "confidence": 0.9,
        "auto_confidence": 0.75,
        "severity": Severity.HIGH,
        "risk": Risk.LOW,
        "blast_size": BlastSize.SMALL,
        "reversible": True,
        "blocked_keyword": False,
        "alarmed": True,
        "earned": True,
        "approvals": 0,
        "undo": False,
    }
    return PolicyQuestion.model_validate({**fine, **facts})


ALONE: list[dict[str, Any]] = [
    {"confidence": 0.75},
    {"reversible": False},
    {"blast_size": BlastSize.MEDIUM},
    {"blast_size": BlastSize.LARGE},
    {"risk": Risk.HIGH},
    {"traffic": TrafficLevel.HEAVY, "disturbs_requests": True},
    {"traffic": TrafficLevel.FLOOD, "disturbs_requests": True},
    {"severity": Severity.CRITICAL},
    {"blocked_keyword": True},
    {"alarmed": False},
    {"earned": False},
    {"narrowed": True},
    {"known": False},
    {"mode": "watchdog"},
]
"""What a person decides about."""

NEVER: list[dict[str, Any]] = [
    {"agent": "chat"},
    {"agent": "chat", "approvals": 2},
    {"agent": "root_cause", "undo": True},
    {"own": True},
    {"own": True, "approvals": 2},
    {"own": True, "undo": True},
    {"blast_size": BlastSize.LARGE, "approvals": 1},
]
"""What so many yeses do not allow either."""


@pytest.mark.parametrize("beside", sorted(BESIDE))
def test_each_lets_pass_what_nothing_speaks_against(beside: str) -> None:
    policies = BESIDE[beside]

    assert policies.ask(a_question()).allowed
    assert policies.ask(a_question(risk=Risk.HIGH, approvals=1)).allowed
    assert policies.ask(a_question(blast_size=BlastSize.LARGE, approvals=2)).allowed
    assert policies.ask(a_question(confidence=0, undo=True)).allowed


@pytest.mark.parametrize("beside", sorted(BESIDE))
@pytest.mark.parametrize("facts", [*ALONE, *NEVER], ids=str)
def test_each_stops_what_the_other_should_have_stopped(facts: dict[str, Any], beside: str) -> None:
    answer = BESIDE[beside].ask(a_question(**facts))

    assert not answer.allowed
    assert not answer.errors


@pytest.mark.parametrize("facts", ALONE, ids=str)
def test_with_enough_people_the_same_may_happen(facts: dict[str, Any]) -> None:
    approvals = 2 if facts.get("blast_size") is BlastSize.LARGE else 1

    both = Policies([PERMITS, LIMITS], SCHEMA).ask(a_question(**facts, approvals=approvals))

    assert both.allowed


OVERFLOWS = """\
@id("overflows") @reason("it cannot be worked out")
forbid (principal, action, resource)
when { context.approvals + 9223372036854775807 > 0 };
"""


def test_a_policy_that_cannot_be_worked_out_is_a_no() -> None:
    policies = Policies([ANYTHING_GOES, OVERFLOWS], SCHEMA)

    answer = policies.ask(a_question(approvals=1))

    assert not answer.allowed
    assert "overflow" in answer.errors[0]


@pytest.mark.parametrize(
    ("confidence", "bar"), [(0.75, 0.75), (0.75004, 0.75), (0.7501, 0.75005), (0.9, 0.95)]
)
def test_a_confidence_is_rounded_down_and_the_bar_is_rounded_up(
    confidence: float, bar: float
) -> None:
    asked = a_question(confidence=confidence, auto_confidence=bar)

    assert not BESIDE["the permits"].ask(asked).allowed
    assert not BESIDE["the limits"].ask(asked).allowed
