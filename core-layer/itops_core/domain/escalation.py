"""Why a person has to take over, and the pack that they are handed: one form, shown everywhere."""

from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from itops_core.domain.evidence import Citation
from itops_core.domain.remediation import Action
from itops_core.domain.values import Confidence, Moment, Value
from itops_core.domain.verdict import Gap, Rival, RootCause, Severity


class EscalationReason(StrEnum):
    """The one word for why the agents cannot go on."""

    LOW_CONFIDENCE = "low_confidence"
    BLOCKED_KEYWORD = "blocked_keyword"
    POLICY = "policy"
    AMBIGUITY = "ambiguity"
    BUDGET = "budget"
    FAILURE = "failure"
    DENIED = "denied"
    EXPIRED = "expired"
    NOT_RECOVERED = "not_recovered"
    WORSE = "worse"
    UNKNOWN_EFFECT = "unknown_effect"
    STUCK = "stuck"


class Known(Value):
    """What is known of the incident, as far as the agents came."""

    symptom: str = ""
    service: str = ""
    severity: Severity | None = None
    began_at: Moment | None = None
    summary: str = ""
    confidence: Confidence | None = None
    cause: RootCause | None = None
    blast_radius: tuple[str, ...] = ()


class Shown(Value):
    """A claim, with the spans of evidence that show it."""

    claim: str
    citations: tuple[Citation, ...]


class Tried(Value):
    """One thing that was done about it, and what became of it."""

    action: Action
    resource: str
    round: int
    status: str
    message: str = ""
    undone: bool = False


class Breakdown(Value):
    """What broke, where it was our own work."""

    state: str
    error: str
    cause: str = ""


class HandOff(Value):
    """The pack: what is known and how, what was ruled out, what was tried, what to do first.

    No cause is both ruled out and still open.
    """

    known: Known = Known()
    evidence: tuple[Shown, ...] = ()
    ruled_out: tuple[Rival, ...] = Field(
        default=(), description="Refuted by what was looked at, and next to impossible by now."
    )
    still_open: tuple[Rival, ...] = Field(
        default=(), description="Other causes that nothing which was looked at rules out."
    )
    tried: tuple[Tried, ...] = ()
    verification: str | None = Field(default=None, description="Whether what was tried helped.")
    do_first: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = Field(default=(), description="What could not be seen.")
    owner: str = ""
    runbook: str | None = None
    failure: Breakdown | None = None


class Escalation(Value):
    """Why a person has to take over, and what they are handed."""

    reason: str = Field(description="In a sentence.")
    kind: EscalationReason
    hand_off: HandOff = HandOff()
    escalated_at: Moment

    @model_validator(mode="before")
    @classmethod
    def _read_the_earlier_form(cls, told: Any) -> Any:  # noqa: ANN401 - whatever was stored
        """Read what was stored before the pack had a form; of its contents the advice is kept."""
        if not isinstance(told, dict) or told.get("kind") not in _EARLIER:
            return told
        pack = told.get("hand_off")
        kept = (
            {name: pack[name] for name in ("do_first", "owner", "runbook") if name in (pack or {})}
            if isinstance(pack, dict)
            else pack
        )
        return {**told, "kind": _EARLIER[told["kind"]], "hand_off": kept}


_EARLIER = {
    "unresolved": EscalationReason.LOW_CONFIDENCE,
    "forbid": EscalationReason.POLICY,
    "none": EscalationReason.POLICY,
    "refused": EscalationReason.POLICY,
    "failed": EscalationReason.FAILURE,
    "exhausted": EscalationReason.NOT_RECOVERED,
    "unknown": EscalationReason.UNKNOWN_EFFECT,
}
