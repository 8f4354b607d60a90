"""The pack that a person is handed: what is known and how, what was tried, what to do first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.escalation import EscalationReason, HandOff, Known, Shown, Tried
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionRecord, ActionStatus, Approval
from itops_core.domain.verdict import Rival, Verdict

Reason = EscalationReason
_NEXT_TO_NOTHING = 0.1
"""Of the probability: what is likelier than that is a suspect, whatever speaks against it."""
_WORTH_A_LOOK = 0.01
_HEALTHY, _UNNAMED = "healthy", "unknown"
"""No faults: that nothing is wrong, and all causes without a name, which nobody can look for."""


@dataclass(frozen=True)
class Circumstances:
    """What the incident itself does not hold, and the reason may depend on."""

    budget_is_spent: bool = False
    blocked_keyword: str | None = None
    """The word in the plan that asks for a person."""
    approval: Approval | None = None
    """The question that was asked last."""
    entry: CatalogEntry | None = None
    """What the catalog says of the service."""


def narrowed_ones(incident: Incident) -> tuple[ActionRecord, ...]:
    """Return what was done of which people allowed less than was asked, and never the whole."""
    done = {ActionStatus.DONE, ActionStatus.UNDONE}
    whole = {one.action.action_hash for one in incident.actions if one.status in done}
    return tuple(
        one
        for one in incident.actions
        if one.asked and one.status in done and one.asked.action_hash not in whole
    )


def hand_off(incident: Incident, reason: EscalationReason, around: Circumstances) -> HandOff:
    """Return the pack that a person is handed."""
    verdict, entry = incident.verdict, around.entry
    claims = (*(incident.triage.claims if incident.triage else ()),)
    claims += verdict.claims if verdict else ()
    rivals = verdict.rivals if verdict else ()
    measured = incident.verification
    return HandOff(
        known=_known(incident),
        evidence=tuple(Shown(claim=one.text, citations=one.citations) for one in claims),
        ruled_out=tuple(one for one in rivals if _is_ruled_out(one)),
        still_open=_still_open(verdict),
        tried=_tried(incident),
        verification=measured.outcome.value if measured else None,
        do_first=tuple(_do_first(incident, reason, around)),
        gaps=verdict.gaps if verdict else (),
        owner=entry.owner if entry else "",
        runbook=entry.runbook if entry else None,
    )


def _is_ruled_out(rival: Rival) -> bool:
    """Whether it was looked for and refuted; what is merely less likely is not ruled out."""
    return rival.refuted and rival.confidence <= _NEXT_TO_NOTHING


def _still_open(verdict: Verdict | None) -> tuple[Rival, ...]:
    """Return the named causes that are worth a look: not refuted, or likely all the same."""
    rivals = verdict.rivals if verdict else ()
    return tuple(
        one
        for one in rivals
        if one.fault != _UNNAMED and one.confidence >= _WORTH_A_LOOK and not _is_ruled_out(one)
    )


def _known(incident: Incident) -> Known:
    verdict = incident.verdict
    return Known(
        symptom=incident.title,
        service=incident.service,
        severity=incident.severity,
        began_at=(verdict.began_at if verdict else None) or incident.symptom_started_at,
        summary=verdict.summary if verdict else "",
        confidence=verdict.confidence if verdict else None,
        cause=verdict.root_cause if verdict else None,
        blast_radius=verdict.blast_radius if verdict else (),
    )


def _tried(incident: Incident) -> tuple[Tried, ...]:
    return tuple(
        Tried(
            action=record.action,
            resource=record.resource,
            round=record.round,
            status=record.status.value,
            message=record.message,
            undone=record.status is ActionStatus.UNDONE,
        )
        for record in incident.actions
    )


def _do_first(incident: Incident, reason: EscalationReason, around: Circumstances) -> Sequence[str]:
    entry = around.entry
    first = list(
        chain(
            _about_the_plan(incident, reason, around.approval),
            _about_what_was_done(incident, reason),
            _about_what_is_open(incident, reason),
            [f"follow the runbook {entry.runbook}"] if entry and entry.runbook else [],
        )
    )
    return first or [f"look at {incident.service}: its metrics, logs and last changes"]


def _about_the_plan(
    incident: Incident, reason: EscalationReason, approval: Approval | None
) -> Sequence[str]:
    plan, first = incident.plan, list[str]()
    if plan is None:
        return first
    planned = ", ".join(step.action.name for step in plan.actions)
    waits = {Reason.POLICY, Reason.BLOCKED_KEYWORD, Reason.DENIED, Reason.EXPIRED}
    if reason in waits and all(not one.action.changes_something for one in plan.actions):
        first += [plan.rationale] if plan.rationale else []
    elif reason in waits:
        first.append(f"decide whether to do by hand what was proposed: {planned}")
    for word in approval.decisions if approval and reason in waits else ():
        first += [] if word.approved else [f"mind why it was denied: {word.reason}"]
    return first


def _about_what_was_done(incident: Incident, reason: EscalationReason) -> Sequence[str]:
    unsure = {
        Reason.FAILURE, Reason.NOT_RECOVERED, Reason.WORSE, Reason.UNKNOWN_EFFECT, Reason.STUCK,
    }  # fmt: skip
    left = (ActionStatus.DONE, ActionStatus.STARTED)
    narrowed = [
        f"decide whether to do all of what was asked, of which less was approved: {said}"
        for one in narrowed_ones(incident)
        if (said := one.less_than_asked)
    ]
    kept = [
        f"decide whether {one.action.name} on {one.resource} stays: it did not help and was kept"
        for one in incident.actions
        if one.in_vain
    ]
    return (
        narrowed
        + kept
        + [
            f"check what {record.action.name} left behind on {record.resource}"
            for record in incident.actions
            if reason in unsure and record.status in left and not record.in_vain
        ]
    )


def _about_what_is_open(incident: Incident, reason: EscalationReason) -> Sequence[str]:
    verdict = incident.verdict
    if verdict is None:
        return []
    open_causes = {
        Reason.LOW_CONFIDENCE, Reason.AMBIGUITY, Reason.BUDGET, Reason.NOT_RECOVERED, Reason.WORSE,
    }  # fmt: skip
    rivals = _still_open(verdict)[:2] if reason in open_causes else ()
    return [
        *(f"look yourself at {gap.source}, which could not be seen" for gap in verdict.gaps),
        *map(_to_settle, rivals),
    ]


def _to_settle(rival: Rival) -> str:
    if rival.fault == _HEALTHY:
        return f"see whether anything is wrong with {rival.component} at all"
    return f"rule {rival.fault} of {rival.component} in or out"
