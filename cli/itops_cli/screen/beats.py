"""An incident as a story: each beat is one thing that happened, ready to be drawn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from itops_cli.screen.console import tame
from itops_core.domain.incident import Incident, Phase, TimelineEvent
from itops_core.domain.investigation import Answer, Observation, Step
from itops_core.domain.remediation import (
    ActionRecord,
    ActionStatus,
    Approval,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.reports import ChatAnswer, WatchReport
from itops_core.domain.verdict import Claim, TriageVerdict, Verdict, VerdictOutcome

_GOOD, _BAD, _WAIT, _STATE, _MUTED = "good", "bad", "wait", "state", "muted"


@dataclass(frozen=True)
class Beat:
    """One thing that happened: a label, a headline and the lines below it."""

    at: datetime
    label: str
    headline: str
    details: tuple[str, ...] = ()
    tone: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for a script."""
        return asdict(self) | {"at": self.at.isoformat()}


def of_phase(phase: Phase, incident: Incident) -> Beat:
    """Return the beat of a state that was entered."""
    heading = {
        "detect": f"{incident.incident_id}: {tame(incident.title)} — {tame(incident.service)}, "
        f"detected by {tame(incident.detected_by)}",
        "triage": "how bad is it, and is it known already?",
        "diagnose": f"what is wrong, and why? (round {incident.round})"
        if incident.round > 1
        else "what is wrong, and why?",
        "wait_for_person": "a person has to decide",
        "act": "carrying out what was allowed",
        "verify": "did it help? measured by code",
    }
    label = phase.name.replace("_", " ")
    return Beat(phase.started_at, label, heading.get(phase.name, ""), tone=_STATE)


def of_step(step: Step) -> tuple[Beat, ...]:
    """Return the beats of one agent step: what it thought and asked, and its answer if any."""
    turn = step.turn
    label = f"{step.agent.replace('_', ' ')} {step.number}"
    asked = tuple(_asked(observation) for observation in step.observations)
    if turn.degraded:
        asked = (f"{turn.reasoner} took over: {tame(turn.degraded, 200)}", *asked)
    thought = Beat(step.started_at, label, tame(turn.thought, 300), asked)
    if turn.answer is None:
        return (thought,)
    answer = _of_answer(turn.answer, step.started_at)
    return (thought, answer) if asked else (answer,)


def _asked(observation: Observation) -> str:
    call = observation.call
    arguments = ", ".join(f"{name}={tame(value, 48)}" for name, value in call.arguments.items())
    told = observation.evidence_id or observation.status.value
    note = f": {tame(observation.message, 100)}" if observation.message else ""
    where = f" {call.server}.{call.tool}({tame(arguments, 150)})"
    return f"{where} → {told}{note} ({observation.duration_ms} ms)".strip()


def _of_answer(answer: Answer, at: datetime) -> Beat:
    if isinstance(answer, TriageVerdict):
        return Beat(
            at,
            "severity",
            f"{answer.severity.value}: {tame(answer.summary)}",
            tuple(claim_line(claim) for claim in answer.claims),
            _STATE,
        )
    if isinstance(answer, Verdict):
        return _of_verdict(answer, at)
    if isinstance(answer, WatchReport):
        found = tuple(f"{one.component}: {claim_line(one.claim)}" for one in answer.findings)
        return Beat(at, "report", tame(answer.summary), found)
    if isinstance(answer, ChatAnswer):
        known = tuple(claim_line(claim) for claim in answer.evidence)
        return Beat(at, "answer", tame(answer.summary), (*known, *map(tame, answer.next_steps)))
    planned = tuple(
        f"{action_line(step.action.name, step.action.parameters)}: {tame(step.reason)}"
        for step in answer.actions
    )
    sure = f" ({answer.confidence:.0%} sure)" if planned else ""
    return Beat(at, "plan", f"{tame(answer.rationale, 1500)}{sure}", planned)


def _of_verdict(verdict: Verdict, at: datetime) -> Beat:
    sure = f"{verdict.confidence:.0%} sure, {tame(verdict.reasoner)}"
    if verdict.root_cause:
        cause = verdict.root_cause
        headline = f"{cause.component}: {cause.fault} — {tame(cause.mechanism)} ({sure})"
    else:
        headline = f"{verdict.outcome.value}: {tame(verdict.summary)} ({sure})"
    details = tuple(claim_line(claim) for claim in verdict.claims)
    unseen = tuple(f"not seen: {gap.source}: {tame(gap.reason, 100)}" for gap in verdict.gaps)
    tone = _WAIT if verdict.outcome is VerdictOutcome.UNRESOLVED else _GOOD
    return Beat(at, "verdict", headline, details + unseen, tone)


def claim_line(claim: Claim) -> str:
    """Return a claim with the ids of what it rests on."""
    sources = ", ".join(dict.fromkeys(citation.evidence_id for citation in claim.citations))
    return f"{tame(claim.text)} [{sources}]"


def action_line(name: str, parameters: Mapping[str, Any]) -> str:
    """Return an action as one would say it: its name and what it is done to."""
    given = ", ".join(f"{key}={tame(value, 60)}" for key, value in parameters.items())
    return f"{name}({given})"


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what changed, one `name: old → new` a line."""
    changed: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old != new:
            changed.append(f"{name}: {tame(old, 80)} → {tame(new, 80)}")
    return tuple(changed)


def of_action(record: ActionRecord) -> Beat:
    """Return the beat of an action, as far as it got."""
    tones = {
        ActionStatus.DONE: _GOOD,
        ActionStatus.FAILED: _BAD,
        ActionStatus.REFUSED: _BAD,
        ActionStatus.VOID: _WAIT,
        ActionStatus.UNDONE: _WAIT,
    }
    line = action_line(record.action.name, record.action.parameters)
    note = f" — {tame(record.message)}" if record.message else ""
    details = difference(record.before, record.after) if record.after else ()
    return Beat(
        record.ended_at or record.started_at,
        "action",
        f"{record.status.value}: {line}{note}",
        details,
        tones.get(record.status, ""),
    )


def of_verification(verification: Verification) -> Beat:
    """Return the beat of a measured outcome, with each probe before and after."""
    probes = tuple(
        f"{_mark(probe.passed)} {probe.subject} {probe.name}: {_number(probe.before)} → "
        f"{_number(probe.after)} — {tame(probe.explanation, 200)}"
        for probe in verification.probes
    )
    good = verification.outcome is VerificationOutcome.RECOVERED
    return Beat(
        verification.observed_to,
        "verified",
        f"{verification.outcome.value}, {verification.samples} samples",
        probes,
        _GOOD if good else _BAD,
    )


def of_approval(approval: Approval) -> Beat:
    """Return the beat of a question put to people."""
    actions = tuple(
        action_line(planned.action.name, planned.action.parameters)
        for planned in approval.plan.actions
    )
    reasons = tuple(tame(reason) for reason in approval.decision.reasons)
    return Beat(
        approval.created_at,
        "approval",
        f"{approval.approval_id} {approval.status.value}: {tame(approval.summary)}",
        (*actions, *reasons),
        _WAIT,
    )


def of_event(event: TimelineEvent) -> Beat:
    """Return the beat of a line of the timeline."""
    if event.kind == "plan":
        tones = {"auto": _GOOD, "approval": _WAIT, "forbid": _BAD}
        tone = tones.get(str(event.fields.get("outcome")), "")
        return Beat(event.at, "gate", tame(event.message), tone=tone)
    return Beat(event.at, event.kind.replace("_", " "), tame(event.message, 160), tone=_MUTED)


def of_end(incident: Incident) -> Beat:
    """Return the last beat: how it ended."""
    at = incident.closed_at or incident.updated_at
    took = (at - incident.opened_at).total_seconds()
    told = incident.resolution or (incident.escalation.reason if incident.escalation else "")
    if incident.duplicate_of:
        told = f"the same as {incident.duplicate_of}"
    tone = _GOOD if incident.status in {"resolved", "closed", "duplicate"} else _BAD
    return Beat(
        at, incident.status.value, f"{tame(told)} ({took:.1f} s after it was opened)".strip(),
        tone=tone,
    )  # fmt: skip


def _mark(passed: bool | None) -> str:
    return {True: "✔", False: "✘", None: "?"}[passed]


def _number(value: float | None) -> str:
    return "no data" if value is None else f"{value:.4g}"
