"""Every reason for which people take over, through the functions that give up, and the pack."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from incident_closer.handler import handler
from itops_core.domain.escalation import Escalation, EscalationReason
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.investigation import Agent, Step, Turn
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    Decision,
    DecisionOutcome,
    HumanDecision,
    PlannedAction,
    RemediationPlan,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Rival, Severity, Verdict, VerdictOutcome
from itops_core.wiring import stores
from itops_core.wiring.workflow import reporter
from itops_core.workflow.rendering import markdown, plain
from itops_core.workflow.stuck import StuckFinder
from reconciler.upkeep import CloserFunction
from tests.support.accounts import Account, forget_wiring
from tests.support.calls import Context
from tests.support.values import LEAK, a_plan, a_record, an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

Reason = EscalationReason
NOW = utc_now()


def unresolved(*odds: float) -> Verdict:
    rivals = tuple(
        Rival(component=f"part-{at}", fault="slow", confidence=one, ruled_out_by="nothing")
        for at, one in enumerate(odds)
    )
    told = {"outcome": VerdictOutcome.UNRESOLVED, "root_cause": None, "rivals": rivals}
    return LEAK.model_copy(update={**told, "confidence": 0.0, "summary": "no cause stands out"})


def done(status: ActionStatus) -> tuple[ActionRecord, ...]:
    return (a_record("INC-0000000A", NOW, status=status, message="asked for"),)


def measured(outcome: VerificationOutcome) -> Verification:
    return Verification(
        outcome=outcome, probes=(), observed_from=NOW, observed_to=NOW, samples=4, round=1
    )


def advice(rationale: str) -> RemediationPlan:
    told = PlannedAction(action=Action(name="notify_only"), reason="nothing fits")
    return a_plan("INC-0000000A").model_copy(update={"actions": (told,), "rationale": rationale})


def forbidden(policy_id: str) -> Decision:
    return Decision(
        outcome=DecisionOutcome.FORBID, reasons=("the policy says no",), policy_ids=(policy_id,)
    )


def worked_on(**changes: Any) -> Incident:  # noqa: ANN401
    incident = open_incident(
        "Payments fail", "payment", NOW, fingerprint="f", severity=Severity.HIGH
    )
    for step in (Status.TRIAGING, Status.INVESTIGATING):
        incident = incident.moved_to(step, NOW)
    return stores.incidents().create(incident.changed(NOW, **{"verdict": LEAK, **changes}))


def escalated(incident: Incident, outcome: str, **more: str) -> Escalation:
    event = {"operation": "escalate", "incident_id": incident.incident_id, "reason": outcome}
    assert handler({**event, **more}, Context())["outcome"] == "escalated"  # type: ignore[arg-type]
    stored = stores.incidents().get(incident.incident_id)
    assert stored.status is Status.ESCALATED
    assert stored.escalation is not None
    return stored.escalation


Case = tuple[EscalationReason, str, dict[str, Any]]
CASES: tuple[Case, ...] = (
    (Reason.LOW_CONFIDENCE, "unresolved", {"verdict": unresolved(0.2, 0.1)}),
    (Reason.AMBIGUITY, "unresolved", {"verdict": unresolved(0.45, 0.4)}),
    (Reason.BLOCKED_KEYWORD, "none", {"plan": advice("Delete the old rows by hand.")}),
    (
        Reason.BLOCKED_KEYWORD,
        "forbid",
        {"plan": a_plan("INC-0000000A"), "decision": forbidden("blocked-keyword")},
    ),
    (
        Reason.POLICY,
        "forbid",
        {"plan": a_plan("INC-0000000A"), "decision": forbidden("kill-switch")},
    ),
    (Reason.POLICY, "none", {"plan": advice("Give the role the permission first.")}),
    (
        Reason.NOT_RECOVERED,
        "none",
        {
            "plan": advice("Every known remedy that fits was tried."),
            "actions": done(ActionStatus.DONE),
            "verification": measured(VerificationOutcome.UNCHANGED),
        },
    ),
    (Reason.POLICY, "refused", {"actions": done(ActionStatus.REFUSED)}),
    (Reason.DENIED, "denied", {"plan": a_plan("INC-0000000A")}),
    (Reason.EXPIRED, "expired", {"plan": a_plan("INC-0000000A")}),
    (Reason.FAILURE, "failed", {"actions": done(ActionStatus.FAILED)}),
    (Reason.UNKNOWN_EFFECT, "failed", {"actions": done(ActionStatus.STARTED)}),
    (Reason.UNKNOWN_EFFECT, "unknown", {"actions": done(ActionStatus.DONE)}),
    (
        Reason.NOT_RECOVERED,
        "exhausted",
        {
            "actions": done(ActionStatus.UNDONE),
            "verification": measured(VerificationOutcome.UNCHANGED),
        },
    ),
    (
        Reason.WORSE,
        "exhausted",
        {"actions": done(ActionStatus.UNDONE), "verification": measured(VerificationOutcome.WORSE)},
    ),
    (Reason.STUCK, "unknown", {"resumes": 11}),
    (Reason.FAILURE, "something else", {}),
)


def test_what_was_narrowed_and_did_not_help_is_told_and_left_to_people() -> None:
    asked, allowed = (
        Action(name="scale_ecs_service", parameters={"desired_count": count}) for count in (5, 4)
    )
    (record,) = done(ActionStatus.DONE)
    narrowed = record.model_copy(update={"action": allowed, "asked": asked, "in_vain": True})
    incident = worked_on(
        plan=advice("Overload: every known remedy that fits was tried."),
        actions=(narrowed,),
        verification=measured(VerificationOutcome.UNCHANGED),
    )

    escalation = escalated(incident, "none")

    first = escalation.hand_off.do_first
    assert escalation.kind is Reason.NOT_RECOVERED
    assert escalation.reason == (
        "the remedies tried did not help: Overload: every known remedy that fits was tried.; "
        "less was approved than asked: scale_ecs_service desired_count 4 instead of 5"
    )
    assert any("desired_count 4 instead of 5" in one for one in first)
    assert any("stays: it did not help and was kept" in one for one in first)


@pytest.mark.parametrize(("reason", "outcome", "known"), CASES)
def test_whatever_the_workflow_gives_up_for_has_one_word_a_sentence_and_something_to_do(
    reason: EscalationReason, outcome: str, known: dict[str, Any]
) -> None:
    escalation = escalated(worked_on(**known), outcome)

    assert escalation.kind is reason
    assert escalation.reason
    assert escalation.hand_off.do_first


def test_the_budget_is_the_reason_where_it_ended_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ITOPS__BUDGET__STEPS", "1")
    forget_wiring()
    incident = worked_on(verdict=unresolved(0.45, 0.4))
    stores.agent_state().put_step(
        Step(
            incident_id=incident.incident_id,
            number=1,
            agent=Agent.ROOT_CAUSE,
            round=1,
            turn=Turn(thought="t", verdict=unresolved(), reasoner="offline"),
            started_at=NOW,
            duration_ms=1,
        )
    )

    assert escalated(incident, "unresolved").kind is Reason.BUDGET


def test_the_pack_says_what_is_known_how_what_was_ruled_out_tried_and_taken_back() -> None:
    incident = worked_on(
        actions=done(ActionStatus.UNDONE), verification=measured(VerificationOutcome.WORSE)
    )

    pack = escalated(incident, "exhausted").hand_off

    assert pack.known.cause == LEAK.root_cause
    (shown,) = pack.evidence
    assert (shown.citations[0].evidence_id, shown.citations[0].quote) == (
        "EV-0000000A",
        "OOM",
    )
    assert pack.ruled_out == LEAK.rivals
    assert pack.gaps == LEAK.gaps
    assert [(one.action.name, one.undone) for one in pack.tried] == [("restart_ecs_service", True)]
    assert pack.verification == "worse"
    assert any("monitoring.logs" in line for line in pack.do_first)


def test_nothing_is_called_ruled_out_that_was_not_refuted_or_is_to_be_looked_at() -> None:
    def rival(fault: str, confidence: float, *, refuted: bool) -> Rival:
        return Rival(
            component="edge", fault=fault, confidence=confidence, ruled_out_by="so", refuted=refuted
        )

    rivals = (
        rival("slow", 0.4, refuted=True),
        rival("full", 0.05, refuted=False),
        rival("cold", 0.02, refuted=True),
        rival("unknown", 0.3, refuted=False),
        rival("rare", 0.001, refuted=False),
    )
    verdict = unresolved(0.0).model_copy(update={"rivals": rivals})

    pack = escalated(worked_on(verdict=verdict), "unresolved").hand_off

    assert [one.fault for one in pack.ruled_out] == ["cold"]
    assert [one.fault for one in pack.still_open] == ["slow", "full"]
    assert [one for one in pack.do_first if "in or out" in one] == [
        "rule slow of edge in or out",
        "rule full of edge in or out",
    ]


def test_who_denied_it_and_why_is_what_to_mind_first() -> None:
    incident = worked_on(plan=a_plan("INC-0000000A"))
    asked = an_approval(NOW, incident.incident_id)
    word = HumanDecision(
        decided_by="ann", role="approver", approved=False, reason="it is Black Friday",
        decided_at=NOW,
    )  # fmt: skip
    stores.approvals().create(asked.model_copy(update={"decisions": (word,)}))
    stores.incidents().save(incident.changed(NOW, approval_id=asked.approval_id))

    first = escalated(incident, "denied").hand_off.do_first

    assert "decide whether to do by hand" in first[0]
    assert "it is Black Friday" in first[1]


def test_people_are_told_what_to_mend_where_nothing_may_be_done_alone() -> None:
    plan = advice("A permission is missing. Give the role the permission sns:Publish first.")

    escalation = escalated(worked_on(plan=plan, previews=()), "none")

    assert "sns:Publish" in escalation.reason
    assert escalation.hand_off.do_first[0] == plan.rationale


def test_an_incident_in_which_nothing_moves_is_found_and_handed_over(process: Account) -> None:
    incident = worked_on()
    finder = StuckFinder(stores.incidents(), stores.approvals(), minutes=30)
    quiet = finder.find(incident.updated_at)
    (stuck,) = finder.find(incident.updated_at + timedelta(minutes=40))
    calls = Recorded()

    CloserFunction(calls, "closer").hand_over(stuck)  # type: ignore[arg-type]

    assert quiet == ()
    assert handler(calls.event(), Context())["outcome"] == "escalated"  # type: ignore[arg-type]
    escalation = stores.incidents().get(incident.incident_id).escalation
    assert escalation is not None
    assert escalation.kind is Reason.STUCK
    assert "nothing was written about it" in escalation.reason


def test_a_question_that_waits_for_people_is_not_stuck_until_it_is_long_expired() -> None:
    incident = worked_on(plan=a_plan("INC-0000000A"))
    asked = stores.approvals().create(an_approval(NOW, incident.incident_id))
    moved = incident.moved_to(Status.AWAITING_APPROVAL, NOW, approval_id=asked.approval_id)
    stores.incidents().save(moved)

    def stuck_after(minutes: int) -> int:
        later = NOW + timedelta(minutes=minutes)
        return len(StuckFinder(stores.incidents(), stores.approvals(), 30).find(later))

    assert [stuck_after(at) for at in (31, 59, 61)] == [0, 0, 1]


@pytest.mark.parametrize("form", [plain, markdown])
def test_the_report_shows_the_same_pack(form: Callable[[Any], str]) -> None:
    verdict = LEAK.model_copy(update={"claims": ()})
    incident = worked_on(verdict=verdict, actions=done(ActionStatus.UNDONE))
    escalated(incident, "exhausted")

    text = form(reporter().report(incident.incident_id))

    assert "do first" in text
    assert "ruled out" in text
    assert "taken back" in text


def test_what_was_stored_before_the_pack_had_a_form_is_still_read() -> None:
    stored = {
        "reason": "policy forbids the remedy",
        "kind": "forbid",
        "hand_off": {"known": {"symptom": "x"}, "do_first": ["look"], "owner": "shop"},
        "escalated_at": NOW.isoformat(),
    }

    read = Escalation.model_validate(stored)

    assert (read.kind, read.hand_off.do_first) == (Reason.POLICY, ("look",))
    assert read.hand_off.owner == "shop"


class Recorded:
    """Stands where boto3's Lambda client does, and keeps what it was asked."""

    def __init__(self) -> None:
        self.payload = b""

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803
        assert (FunctionName, InvocationType) == ("closer", "Event")
        self.payload = Payload

    def event(self) -> dict[str, str]:
        return json.loads(self.payload)
