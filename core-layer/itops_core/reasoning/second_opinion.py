"""The offline reasoner beside a model: agreement makes a verdict surer, a lone voice may not act.

Both see the same evidence and neither sees the other's answer. The rule, on a verdict with
confidence c and a second opinion with confidence p:

| agreement | confidence |
|---|---|
| agrees: same outcome, same component, same fault | c + (1 - c) · p / 2 |
| partly: same component, another fault | c · (1 - p / 4), and at most `lone_confidence` |
| silent: it has found nothing | at most `lone_confidence` |
| differs: another component, or something is wrong after all | c · (1 - p / 2), and at most that |

`lone_confidence` lies below what acting without a person takes (`remediation.auto_confidence`):
whatever a text talked a model into, it needs a second voice that reads no prose, or a person.
Nobody closes an incident alone either: `healthy` without agreement becomes `unresolved`. Of two
severities the worse one counts, and a duplicate is one only where both say so of the same incident.
"""

from itops_core.domain.investigation import Case, Turn
from itops_core.domain.remediation import Action, RemediationPlan
from itops_core.domain.verdict import (
    Agreement,
    SecondOpinion,
    Severity,
    TriageVerdict,
    Verdict,
    VerdictOutcome,
)
from itops_core.errors import ModelUnavailableError
from itops_core.reasoning.reasoner import Reasoner

_SUREST = 0.97
_WORST_FIRST = tuple(Severity)


def weighed(case: Case, turn: Turn, second: Reasoner, lone_confidence: float) -> Turn:
    """Return a model's turn with its answer held against a second opinion."""
    try:
        opinion = second.next_turn(case.model_copy(update={"must_answer": True}))
    except ModelUnavailableError:
        return turn
    if turn.triage is not None and opinion.triage is not None:
        return turn.model_copy(update={"triage": weighed_triage(turn.triage, opinion.triage)})
    if turn.verdict is not None and opinion.verdict is not None:
        verdict = weighed_verdict(turn.verdict, opinion.verdict, lone_confidence)
        return turn.model_copy(update={"verdict": verdict})
    if turn.plan is not None and opinion.plan is not None:
        plan = weighed_plan(turn.plan, opinion.plan, lone_confidence)
        return turn.model_copy(update={"plan": plan})
    return turn


def weighed_triage(triage: TriageVerdict, opinion: TriageVerdict) -> TriageVerdict:
    """Return the worse severity of both, and the duplicate only where both mean the same."""
    severity = min(triage.severity, opinion.severity, key=_WORST_FIRST.index)
    told: list[str] = []
    if severity is not triage.severity:
        told.append(f"{opinion.reasoner} rates it {severity.value}: the worse of both counts.")
    is_confirmed = triage.duplicate_of == opinion.duplicate_of
    if triage.duplicate_of and not is_confirmed:
        told.append(f"{opinion.reasoner} does not see that it repeats {triage.duplicate_of}.")
    return triage.model_copy(
        update={
            "severity": severity,
            "duplicate_of": triage.duplicate_of if is_confirmed else None,
            "summary": " ".join((triage.summary, *told)),
        }
    )


def weighed_verdict(verdict: Verdict, opinion: Verdict, lone_confidence: float) -> Verdict:
    """Return the verdict with the second opinion beside it, its confidence moved by the rule."""
    agreement = agreement_of(verdict, opinion)
    before, other = verdict.confidence, opinion.confidence
    after = _moved(agreement, before, other, lone_confidence)
    if verdict.outcome is VerdictOutcome.UNRESOLVED:
        after = before
    cause = opinion.root_cause
    told = SecondOpinion(
        reasoner=opinion.reasoner,
        agreement=agreement,
        component=cause.component if cause else "",
        fault=cause.fault if cause else "",
        confidence=other,
        verdict_confidence=before,
        effect=_effect(agreement, opinion, before, after),
    )
    changes: dict[str, object] = {"confidence": after, "second_opinion": told}
    if verdict.outcome is VerdictOutcome.HEALTHY and agreement is not Agreement.AGREES:
        changes |= {
            "outcome": VerdictOutcome.UNRESOLVED,
            "summary": f"Not taken for healthy: {told.effect} {verdict.summary}",
        }
    return verdict.model_copy(update=changes)


def weighed_plan(
    plan: RemediationPlan, opinion: RemediationPlan, lone_confidence: float
) -> RemediationPlan:
    """Return the plan, no surer than a lone voice where it does more than the second one would.

    What the second one would leave to a person itself is no confirmation.
    """
    confirmed = opinion.actions if opinion.confidence > lone_confidence else ()
    lone = [
        planned.action.name
        for planned in plan.actions
        if not any(_covers(known.action, planned.action) for known in confirmed)
    ]
    if not lone or plan.confidence <= lone_confidence:
        return plan
    told = f"{', '.join(lone)} is the model's own idea: a person decides. {plan.rationale}"
    return plan.model_copy(update={"confidence": lone_confidence, "rationale": told})


def agreement_of(verdict: Verdict, opinion: Verdict) -> Agreement:
    """Return how `opinion` stands to `verdict`."""
    if opinion.outcome is VerdictOutcome.UNRESOLVED:
        return Agreement.SILENT
    if verdict.outcome is not opinion.outcome:
        return Agreement.DIFFERS
    if verdict.root_cause is None or opinion.root_cause is None:
        return Agreement.AGREES
    if verdict.root_cause.component.casefold() != opinion.root_cause.component.casefold():
        return Agreement.DIFFERS
    same_fault = verdict.root_cause.fault == opinion.root_cause.fault
    return Agreement.AGREES if same_fault else Agreement.PARTLY


def _moved(agreement: Agreement, before: float, other: float, lone_confidence: float) -> float:
    match agreement:
        case Agreement.AGREES:
            after = max(before, min(_SUREST, before + (1 - before) * other / 2))
        case Agreement.PARTLY:
            after = min(lone_confidence, before * (1 - other / 4))
        case Agreement.SILENT:
            after = min(lone_confidence, before)
        case Agreement.DIFFERS:
            after = min(lone_confidence, before * (1 - other / 2))
    return round(after, 4)


def _effect(agreement: Agreement, opinion: Verdict, before: float, after: float) -> str:
    cause = opinion.root_cause
    seen = f"{cause.component}: {cause.fault}" if cause else opinion.outcome.value
    words = {
        Agreement.AGREES: f"{opinion.reasoner} finds the same in the same evidence",
        Agreement.PARTLY: f"{opinion.reasoner} finds the same component, but {seen}",
        Agreement.SILENT: f"{opinion.reasoner} cannot confirm it from the same evidence",
        Agreement.DIFFERS: f"{opinion.reasoner} reads the same evidence as {seen}",
    }[agreement]
    return f"{words} ({opinion.confidence:.0%}): confidence {before:.0%} → {after:.0%}."


def _covers(known: Action, action: Action) -> bool:
    """Whether `known` does at least as much of the same to the same thing."""
    if known.name != action.name or set(known.parameters) != set(action.parameters):
        return False
    return all(
        action.parameters[name] <= value
        if isinstance(value, int) and isinstance(action.parameters[name], int)
        else action.parameters[name] == value
        for name, value in known.parameters.items()
    )
