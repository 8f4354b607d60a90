"""The card that people decide by: everything they have to know, in every rendering alike."""

import json
from datetime import UTC, datetime

import pytest

from itops_core.domain.approval_card import card_of
from itops_core.domain.evidence import Citation
from itops_core.domain.remediation import Action, Approval, ApprovalStatus, PlannedAction
from itops_core.domain.traffic import Traffic, TrafficLevel
from itops_core.workflow.rendering.approval import (
    APPROVE,
    DENY,
    approval_blocks,
    card_sections,
    question_told,
)
from tests.support.values import an_approval

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCALE = Action(
    name="scale_ecs_service",
    parameters={"cluster": "shop", "service": "payment-service", "desired_count": 4},
)
BACK = SCALE.model_copy(update={"parameters": {**SCALE.parameters, "desired_count": 2}})


def asked(traffic: Traffic | None = None) -> Approval:
    approval = an_approval(AT, approvers_needed=2)
    planned = PlannedAction(
        action=SCALE,
        reason="each task is at its limit",
        citations=(Citation(evidence_id="EV-0000000A", quote="CPUUtilization 97"),),
    )
    preview = approval.previews[0].model_copy(
        update={
            "action": SCALE,
            "before": {"desired_count": 2},
            "after": {"desired_count": 4},
            "blast_radius": ("payment-service", "checkout"),
            "inverse": BACK,
            "cost": "The price of two tasks.",
            "traffic": traffic,
        }
    )
    plan = approval.plan.model_copy(update={"actions": (planned,)})
    return approval.model_copy(
        update={"plan": plan, "previews": (preview,), "cause": "The load is real."}
    )


TOLD = {
    "what": "scale_ecs_service(cluster=shop, service=payment-service, desired_count=4)",
    "to what": "on arn:aws:ecs:us-east-1:000000000000:service/shop/payment-service",
    "why": "why: each task is at its limit",
    "before and after": "desired_count: 2 → 4",
    "effect": "effect: two tasks are replaced",
    "risk and reach": "risk low; blast radius small: payment-service, checkout",
    "traffic": "about 42 requests a minute reach it now (Shop RequestCount)",
    "inverse": "undo: scale_ecs_service(desired_count=2)",
    "cost": "cost: The price of two tasks.",
    "less": "may be narrowed: desired_count to anything from 2 (now) to 4",
    "cause": "cause: The load is real.",
    "confidence": "confidence 80%",
    "reasons and people": "asked because: severity is critical — two different people",
    "evidence": "evidence EV-0000000A: CPUUtilization 97",
    "expiry": "expires 2026-11-20 12:30:00 UTC",
}
BUSY = Traffic(level=TrafficLevel.LIGHT, per_minute=42.0, source="Shop RequestCount")


@pytest.mark.parametrize("line", TOLD.values(), ids=TOLD)
def test_every_rendering_of_the_card_tells_what_a_person_has_to_know(line: str) -> None:
    approval = asked(BUSY)

    assert line in question_told(approval)
    assert any(line in section for section in card_sections(card_of(approval)))
    assert line in json.dumps(approval_blocks(card_of(approval)), ensure_ascii=False)


def test_what_is_not_known_of_the_traffic_is_told_too_and_what_nothing_calls_has_none() -> None:
    assert "traffic is not known: no metric of requests" in question_told(asked(Traffic()))
    assert "traffic" not in question_told(asked(None))


def test_buttons_are_there_only_while_there_is_something_to_decide() -> None:
    waiting = asked(BUSY)
    ended = waiting.model_copy(update={"status": ApprovalStatus.EXPIRED})

    shown, after = (json.dumps(approval_blocks(card_of(one))) for one in (waiting, ended))

    assert (APPROVE in shown, DENY in shown) == (True, True)
    assert (APPROVE in after, DENY in after) == (False, False)
