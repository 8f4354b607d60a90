"""What is put on record of decisions, actions, approvals and people's own doings."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from itops_core.domain.audit import AuditEvent, AuditHead, AuditKind, day_chain, seal_chain
from itops_core.domain.autonomy import Standing, Trial
from itops_core.domain.catalog import Article
from itops_core.domain.grade import Grade
from itops_core.domain.incident import Incident
from itops_core.domain.maintenance import MaintenanceWindow
from itops_core.domain.people import Role
from itops_core.domain.remediation import (
    ActionRecord,
    ActionStatus,
    Approval,
    Decision,
    HumanDecision,
    RemediationPlan,
)
from itops_core.domain.values import derived_id, sha256_of

Witness = Callable[[AuditEvent], object]
"""Puts an event on record, once, however often it is told of it."""

_MESSAGE = 1000


def unwitnessed(_event: AuditEvent) -> None:
    """Put nothing on record: for rehearsals, in which nothing real is decided or done."""


def plan_judged(
    plan: RemediationPlan, decision: Decision | None, outcome: str, why: str, at: datetime
) -> AuditEvent:
    """Return what is put on record when the gate has judged a plan."""
    identity = sha256_of([plan.plan_hash, outcome, why])
    return _event(
        plan.incident_id,
        ("decision", identity),
        at,
        AuditKind.DECISION,
        "gate",
        f"{outcome}: {why}",
        plan_hash=plan.plan_hash,
        actions=[planned.action.model_dump(mode="json") for planned in plan.actions],
        reasoner=plan.reasoner,
        decision=decision.model_dump(mode="json") if decision else None,
    )


def action_begun(record: ActionRecord) -> AuditEvent:
    """Return what is put on record before an action is begun."""
    return _action(record, AuditKind.ACTION_BEGUN, record.started_at, "begins")


def action_ended(record: ActionRecord) -> AuditEvent:
    """Return what is put on record when an action has come to an end."""
    at = record.ended_at or record.started_at
    return _action(record, AuditKind.ACTION_ENDED, at, f"{record.status}: {record.message}")


def action_refused(record: ActionRecord) -> AuditEvent:
    """Return what is put on record when an action was asked for and not allowed."""
    said = f"{record.status}: {record.message}"
    return _action(record, AuditKind.ACTION_REFUSED, record.started_at, said)


def approval_asked(approval: Approval) -> AuditEvent:
    """Return what is put on record when people are asked."""
    return _event(
        approval.incident_id,
        (approval.approval_id, "asked"),
        approval.created_at,
        AuditKind.APPROVAL_ASKED,
        "approval_gate",
        f"{approval.approval_id}: {approval.summary}",
        **_bound_to(approval),
    )


def approval_decided(approval: Approval, word: HumanDecision) -> AuditEvent:
    """Return what is put on record of one person's word, and of what it made of the plan."""
    said = "approved" if word.approved else "denied"
    given_for = word.plan_hash or approval.asked_plan_hash
    key = (approval.approval_id, "decided", word.decided_by)
    smaller = next(
        (
            one
            for one in approval.narrowings
            if one.to_plan_hash == given_for and one.narrowed_by == word.decided_by
        ),
        None,
    )
    told = f" narrowed ({'; '.join(smaller.told)})" if smaller else ""
    return _event(
        approval.incident_id,
        key if given_for == approval.asked_plan_hash else (*key, given_for),
        word.decided_at,
        AuditKind.APPROVAL_DECIDED,
        word.decided_by,
        f"{word.decided_by} {said} {approval.approval_id}{told}: {word.reason}",
        role=word.role,
        approved=word.approved,
        narrowed=list(smaller.told) if smaller else [],
        **{**_bound_to(approval), "plan_hash": given_for},
    )


def approval_ended(approval: Approval, at: datetime) -> AuditEvent:
    """Return what is put on record when a question ended without an answer."""
    why = approval.void_reason or "nobody decided in time"
    return _event(
        approval.incident_id,
        (approval.approval_id, "ended", approval.status),
        at,
        AuditKind.APPROVAL_ENDED,
        "workflow",
        f"{approval.approval_id} {approval.status}: {why}",
        status=approval.status.value,
    )


def intervened(incident: Incident, actor: str, message: str, at: datetime) -> AuditEvent:
    """Return what is put on record of a person's own hand on an incident."""
    key = ("intervened", incident.version, message)
    kind = AuditKind.INTERVENTION
    return _event(incident.incident_id, key, at, kind, actor, message, status=incident.status.value)


def graded(incident: Incident, grade: Grade) -> AuditEvent:
    """Return what is put on record of a person's mark on a verdict."""
    verdict = incident.verdict
    return _event(
        incident.incident_id,
        ("grade", grade.graded_by, grade.graded_at.isoformat()),
        grade.graded_at,
        AuditKind.GRADE,
        grade.graded_by,
        f"{grade.mark} ({grade.percent} %) {grade.cause_was}".strip(),
        verdict=sha256_of(verdict) if verdict else None,
        **grade.model_dump(mode="json"),
    )


def incident_ended(incident: Incident) -> AuditEvent:
    """Return what is put on record when an incident has come to its end."""
    verdict = incident.verdict
    return _event(
        incident.incident_id,
        ("ended", incident.status),
        incident.closed_at or incident.updated_at,
        AuditKind.INCIDENT_ENDED,
        "incident_closer",
        incident.resolution or (incident.escalation.reason if incident.escalation else ""),
        status=incident.status.value,
        verdict=sha256_of(verdict) if verdict else None,
        cause=verdict.root_cause.model_dump(mode="json")
        if verdict and verdict.root_cause
        else None,
    )


def switched(value: str, actor: str, at: datetime, key: str, reason: str) -> AuditEvent:
    """Return what is put on record when somebody turns the kill switch, and why."""
    chain, kind = day_chain(at), AuditKind.KILL_SWITCH
    said = f"actions {value}: {reason}"
    return _event(chain, ("switch", key), at, kind, actor, said, value=value, reason=reason)


def token_changed(  # noqa: PLR0913, PLR0917 - who it is for, and what was done with it by whom
    token_id: str, name: str, role: Role, done: str, actor: str, at: datetime
) -> AuditEvent:
    """Return what is put on record when somebody makes a token or makes it useless."""
    said = f"{token_id} of {name} ({role}) {done}"
    key = ("token", token_id, done)
    return _event(
        day_chain(at), key, at, AuditKind.TOKEN, actor, said, token_id=token_id, role=role.value
    )


def knowledge_changed(
    article: Article, done: str, actor: str, at: datetime, /, **details: object
) -> AuditEvent:
    """Return what is put on record when somebody adds, edits, withdraws or restores an article."""
    return _event(
        day_chain(at),
        ("knowledge", article.article_id, article.version, done),
        at,
        AuditKind.KNOWLEDGE,
        actor,
        f"{article.article_id} {done}: {article.title}",
        article_id=article.article_id,
        version=article.version,
        sha256=sha256_of(article),
        **details,
    )


def maintenance_changed(
    window: MaintenanceWindow, done: str, actor: str, at: datetime
) -> AuditEvent:
    """Return what is put on record when somebody adds or removes a maintenance window."""
    services = ", ".join(window.services)
    return _event(
        day_chain(at),
        ("maintenance", window.window_id, done),
        at,
        AuditKind.MAINTENANCE,
        actor,
        f"{window.window_id} {done}: {services}: {window.reason}",
        window=window.model_dump(mode="json"),
    )


def dead_letter_handled(
    letter_id: str, done: str, actor: str, reason: str, at: datetime, /
) -> AuditEvent:
    """Return what is put on record when somebody redrives or discards a dead letter."""
    said = f"dead letter {letter_id} {done}: {reason}"
    key = ("dead_letter", letter_id, done, at.isoformat())
    return _event(day_chain(at), key, at, AuditKind.DEAD_LETTER, actor, said)


def autonomy_changed(incident: Incident, trial: Trial, standing: Standing, said: str) -> AuditEvent:
    """Return what is put on record when a class of actions earns its autonomy, or loses it."""
    return _event(
        incident.incident_id,
        ("autonomy", standing.action, trial.key, trial.outcome),
        trial.at,
        AuditKind.AUTONOMY,
        "gate",
        said,
        **standing.model_dump(mode="json"),
    )


def sealed(head: AuditHead, at: datetime) -> AuditEvent:
    """Return what the day's chain remembers of another one, so that it cannot vanish whole."""
    return _event(
        seal_chain(at, head.chain),
        ("seal", head.chain, head.sequence),
        at,
        AuditKind.SEAL,
        "incident_closer",
        f"{head.chain} has {head.sequence} entries",
        **head.model_dump(mode="json"),
    )


def _action(record: ActionRecord, kind: AuditKind, at: datetime, said: str) -> AuditEvent:
    refused = said if kind is AuditKind.ACTION_REFUSED else ""
    status = record.status if kind is AuditKind.ACTION_ENDED else ActionStatus.STARTED
    names = {"action_id", "round", "action", "resource", "inverse", "approval_id", "before"}
    if kind is AuditKind.ACTION_ENDED:
        names |= {"after", "status"}
    return _event(
        record.incident_id,
        (record.action_id, kind, status, refused),
        at,
        kind,
        "operations_server",
        f"{record.action.name} on {record.resource} {said}",
        **record.model_dump(mode="json", include=names),
    )


def _bound_to(approval: Approval) -> dict[str, Any]:
    return {
        "approval_id": approval.approval_id,
        "plan_hash": approval.plan_hash,
        "evidence_hash": approval.evidence_hash,
        "state_hash": approval.state_hash,
    }


def _event(  # noqa: PLR0913, PLR0917 - the parts of an event, in its own order
    chain: str, key: tuple[object, ...], at: datetime, kind: AuditKind, actor: str, message: str, /,
    **details: Any,  # noqa: ANN401
) -> AuditEvent:  # fmt: skip
    return AuditEvent(
        chain=chain,
        event_id=derived_id("AUD", chain, *key),
        at=at,
        kind=kind,
        actor=actor[:200],
        message=message[:_MESSAGE],
        details=details,
    )
