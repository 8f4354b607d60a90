"""Escalation, all of it: why a person has to take over, in a word and a sentence, and the pack.

Whoever gives up says how the workflow came to it (an outcome of the state machine, or a reason)
and may add a detail; what that means is worked out here from what is stored of the incident.
"""

from collections.abc import Callable
from datetime import datetime

from itops_core.domain.escalation import Breakdown, Escalation, EscalationReason
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionStatus, VerificationOutcome
from itops_core.domain.verdict import Verdict
from itops_core.settings import config
from itops_core.workflow.handing_over import Circumstances, hand_off, narrowed_ones

Reason = EscalationReason
_BLOCKED = "blocked-keyword"
_SENTENCES = {
    Reason.LOW_CONFIDENCE: "no cause stands out from what could be seen",
    Reason.AMBIGUITY: "several causes fit what could be seen, and nothing tells them apart",
    Reason.BUDGET: "what this incident may cost is used up before it was resolved",
    Reason.BLOCKED_KEYWORD: "what was proposed contains a word that asks for a person",
    Reason.POLICY: "policy does not let the agents mend it",
    Reason.FAILURE: "the work on it failed",
    Reason.DENIED: "a person denied the remedy",
    Reason.EXPIRED: "nobody decided on the remedy in time",
    Reason.NOT_RECOVERED: "the remedies tried did not help",
    Reason.WORSE: "it became worse after what was tried",
    Reason.UNKNOWN_EFFECT: "it cannot be told whether what was tried helped",
    Reason.STUCK: "the work on it came to a halt",
}
_NOTHING_TO_DO = "there is nothing that the agents may do about it"
_LONGEST_CAUSE = 2000


def escalation_of(
    incident: Incident,
    came_by: str,
    around: Circumstances,
    at: datetime,
    detail: str = "",
) -> Escalation:
    """Return why people take over, and the pack: what is known, tried and to be done first.

    `came_by` is an `EscalationReason` or an outcome of the state machine.
    """
    reason = reason_of(incident, came_by, around)
    sentence = sentence_of(incident, reason, came_by, around)
    return Escalation(
        reason=f"{sentence}: {detail}" if detail else sentence,
        kind=reason,
        hand_off=hand_off(incident, reason, around),
        escalated_at=at,
    )


def failure_of(
    incident: Incident, broke: Breakdown, around: Circumstances, at: datetime
) -> Escalation:
    """Return the escalation of an incident whose work failed in a state of the workflow."""
    pack = hand_off(incident, Reason.FAILURE, around)
    short = broke.model_copy(update={"cause": broke.cause[:_LONGEST_CAUSE]})
    return Escalation(
        reason=f"{broke.state or 'the workflow'} failed: {broke.error or 'no error was given'}",
        kind=Reason.FAILURE,
        hand_off=pack.model_copy(update={"failure": short}),
        escalated_at=at,
    )


def reason_of(incident: Incident, came_by: str, around: Circumstances) -> EscalationReason:
    """Return the one word for why people take over."""
    if came_by in set(EscalationReason):
        return EscalationReason(came_by)
    judge = _JUDGES.get(came_by, _of_something_unknown)
    return judge(incident, around)


def _of_no_verdict(incident: Incident, around: Circumstances) -> EscalationReason:
    if around.budget_is_spent:
        return Reason.BUDGET
    return Reason.AMBIGUITY if _is_ambiguous(incident.verdict) else Reason.LOW_CONFIDENCE


def _is_ambiguous(verdict: Verdict | None) -> bool:
    """Whether two causes together are likely enough, and neither leads by as much as it takes."""
    rules = config().reasoning
    odds = sorted((rival.confidence for rival in verdict.rivals), reverse=True) if verdict else []
    if len(odds) < 2:
        return False
    first, second = odds[:2]
    return first + second >= rules.escalate_below and first - second < rules.lead


def _of_a_prohibition(incident: Incident, _around: Circumstances) -> EscalationReason:
    forbidden = incident.decision is not None and _BLOCKED in incident.decision.policy_ids
    return Reason.BLOCKED_KEYWORD if forbidden else Reason.POLICY


def _of_no_remedy(incident: Incident, around: Circumstances) -> EscalationReason:
    if _impossible(incident):
        return Reason.FAILURE
    if around.blocked_keyword is not None:
        return Reason.BLOCKED_KEYWORD
    planned = incident.plan is not None and incident.plan.actions
    if around.budget_is_spent and not planned:
        return Reason.BUDGET
    return _of_rounds_in_vain(incident, around) if _was_in_vain(incident) else Reason.POLICY


def _was_in_vain(incident: Incident) -> bool:
    """Whether something was done, and measured not to have helped."""
    measured = incident.verification
    tried = any(one.action.changes_something and not one.is_undo for one in incident.actions)
    in_vain = (VerificationOutcome.UNCHANGED, VerificationOutcome.WORSE)
    return tried and measured is not None and measured.outcome in in_vain


def _of_a_failed_action(incident: Incident, _around: Circumstances) -> EscalationReason:
    begun = incident.actions and incident.actions[-1].status is ActionStatus.STARTED
    return Reason.UNKNOWN_EFFECT if begun else Reason.FAILURE


def _of_rounds_in_vain(incident: Incident, _around: Circumstances) -> EscalationReason:
    measured = incident.verification
    worse = measured is not None and measured.outcome is VerificationOutcome.WORSE
    return Reason.WORSE if worse else Reason.NOT_RECOVERED


def _of_something_unknown(incident: Incident, _around: Circumstances) -> EscalationReason:
    if incident.actions:
        return Reason.UNKNOWN_EFFECT
    return Reason.STUCK if incident.resumes else Reason.FAILURE


_JUDGES: dict[str, Callable[[Incident, Circumstances], EscalationReason]] = {
    "unresolved": _of_no_verdict,
    "forbid": _of_a_prohibition,
    "refused": _of_a_prohibition,
    "none": _of_no_remedy,
    "failed": _of_a_failed_action,
    "exhausted": _of_rounds_in_vain,
    "unknown": _of_something_unknown,
}
"""By the outcome with which the state machine comes to its state Escalate."""


def sentence_of(
    incident: Incident, reason: EscalationReason, came_by: str, around: Circumstances
) -> str:
    """Return why people take over, with what the plan or the system said about it."""
    told = _sentence_of(incident, reason, came_by, around)
    less = [one.less_than_asked for one in narrowed_ones(incident)]
    return f"{told}; less was approved than asked: {'; '.join(less)}" if less else told


def _sentence_of(
    incident: Incident, reason: EscalationReason, came_by: str, around: Circumstances
) -> str:
    sentence, verdict, plan = _SENTENCES[reason], incident.verdict, incident.plan
    if came_by == "none" and reason is Reason.POLICY:
        sentence = _NOTHING_TO_DO
    if came_by == "unresolved" and verdict is not None:
        return f"{sentence}: {verdict.summary}"
    if came_by == "none" and _impossible(incident):
        return f"what was planned cannot be done now: {'; '.join(_impossible(incident))}"
    if reason is Reason.BLOCKED_KEYWORD and around.blocked_keyword:
        sentence = f"{sentence} ({around.blocked_keyword})"
    if came_by == "none" and plan is not None and plan.rationale:
        return f"{sentence}: {plan.rationale}"
    if came_by == "forbid" and incident.decision is not None:
        return f"{sentence}: {'; '.join(incident.decision.reasons)}"
    if came_by in {"refused", "failed"} and incident.actions:
        last = incident.actions[-1]
        return f"{sentence}: {last.action.name}: {last.message}" if last.message else sentence
    return sentence


def _impossible(incident: Incident) -> list[str]:
    return [
        f"{preview.action.name}: {preview.reason}"
        for preview in incident.previews
        if not preview.possible
    ]
