"""What became of a question to people: how it ended, and whether what they allowed was done."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionRecord, ActionStatus, Approval, ApprovalStatus
from itops_core.domain.values import Value


class Tone(StrEnum):
    """How it is to be taken."""

    GOOD = "good"
    OPEN = "open"
    HALTED = "halted"
    BAD = "bad"


class Aftermath(Value):
    """What became of it."""

    tone: Tone = Field(description="`good` only where all that was allowed was done, and helped.")
    title: str
    why: str = ""
    is_final: bool = Field(default=True, description="Whether nothing more comes of it.")


Deeds = tuple[ActionRecord, ...]
Told = tuple[Tone, str, str]

_STOPPED = {
    ActionStatus.FAILED: (Tone.BAD, "Approved, but it failed"),
    ActionStatus.REFUSED: (Tone.HALTED, "Approved, but refused when it was to be carried out"),
    ActionStatus.VOID: (Tone.HALTED, "Approved, but void: things had changed by then"),
    ActionStatus.UNDONE: (Tone.HALTED, "Approved and carried out, then taken back"),
}
"""What weighs most comes first."""


def aftermath_of(
    approval: Approval, incident: Incident | None = None, off: str | None = None
) -> Aftermath | None:
    """Return what became of `approval`, or `None` while it waits for an answer.

    What was done of it stands in its `incident`. `off` says why nothing is carried out at all.
    """
    match approval.status:
        case ApprovalStatus.PENDING:
            return None
        case ApprovalStatus.DENIED:
            return Aftermath(tone=Tone.OPEN, title="The plan was denied")
        case ApprovalStatus.EXPIRED:
            title = "Nobody decided in time: the question expired"
            return Aftermath(tone=Tone.OPEN, title=title)
        case ApprovalStatus.VOID:
            agreed = "Approved, but void: it was not carried out"
            title = agreed if approval.agreed else "The question is void"
            return Aftermath(tone=Tone.HALTED, title=title, why=approval.void_reason or "")
        case ApprovalStatus.APPROVED:
            if incident is None:
                title = "The plan was approved"
                return Aftermath(tone=Tone.OPEN, title=title, is_final=False)
            return _of_approved(approval, incident, off)


def _of_approved(approval: Approval, incident: Incident, off: str | None) -> Aftermath:
    deeds, asked = _deeds_of(approval, incident), len(approval.plan.actions)
    done = sum(one.status is ActionStatus.DONE for one in deeds)
    tone, title, why = (
        _stopped(deeds, asked, done)
        or _done(deeds, asked, done)
        or _ended(incident, asked, done)
        or _under_way(deeds, off)
    )
    return Aftermath(tone=tone, title=title, why=why, is_final=incident.closed_at is not None)


def _stopped(deeds: Deeds, asked: int, done: int) -> Told | None:
    for status, (tone, title) in _STOPPED.items():
        deed = next((one for one in deeds if one.status is status), None)
        if deed is None:
            continue
        is_shared = asked > 1 and status is not ActionStatus.UNDONE
        share = f"{done} of {asked} actions stand as carried out. " if is_shared else ""
        return tone, title, f"{share}{deed.message}".strip()
    return None


def _done(deeds: Deeds, asked: int, done: int) -> Told | None:
    if done < asked:
        return None
    if any(one.in_vain for one in deeds):
        return Tone.HALTED, "Approved and carried out, but it did not help", ""
    return Tone.GOOD, "Approved and carried out", ""


def _ended(incident: Incident, asked: int, done: int) -> Told | None:
    if incident.closed_at is None:
        return None
    some = f"Approved, but only {done} of {asked} actions were carried out"
    why = incident.resolution or (incident.escalation.reason if incident.escalation else "")
    title = some if done else "Approved, but never carried out"
    return Tone.HALTED, title, why or "The incident ended before."


def _under_way(deeds: Deeds, off: str | None) -> Told:
    if off:
        return Tone.HALTED, "Approved, but nothing is carried out now", off
    stage = "it is being carried out" if deeds else "it is about to be carried out"
    return Tone.OPEN, f"Approved; {stage}", ""


def _deeds_of(approval: Approval, incident: Incident) -> Deeds:
    """Return what was done of its plan; what took it back is an action of its own."""
    planned = [one.action for one in approval.plan.actions]
    return tuple(
        one
        for one in incident.actions
        if one.round == approval.plan.round and one.action in planned and not one.is_undo
    )
