"""The answers a model may submit, and how they become the domain's own values.

A model says only what it concluded. Who said it, for which incident and in which round is added
here, and every claim is checked later against the evidence.
"""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from itops_core.domain.evidence import Claim
from itops_core.domain.investigation import Agent, Answer, Case
from itops_core.domain.remediation import PlannedAction, RemediationPlan
from itops_core.domain.reports import ChatAnswer, Finding, WatchReport
from itops_core.domain.values import Confidence, IncidentId, Moment, Value
from itops_core.domain.verdict import (
    Gap,
    Rival,
    RootCause,
    Severity,
    TriageVerdict,
    Verdict,
    VerdictOutcome,
)
from itops_core.reasoning.offline.library import library
from itops_core.tools.schemas import terse

_SUMMARY = Field(min_length=1, max_length=4000, description="Plain sentences, for the on-call.")
_CLAIMS = Field(
    default=(),
    max_length=20,
    description="Each with citations: an evidence_id you were shown, and words quoted from it to "
    "the letter. A claim without a quote that can be found is dropped.",
)


class TriageDraft(Value):
    """How bad the incident is, and whether it repeats one that is open."""

    severity: Severity
    summary: str = _SUMMARY
    duplicate_of: IncidentId | None = Field(
        default=None, description="Only an open incident on the same service, same symptom."
    )
    claims: tuple[Claim, ...] = _CLAIMS


class VerdictDraft(Value):
    """What is wrong, why, and how it is known. `unresolved` is a good answer."""

    outcome: VerdictOutcome
    root_cause: RootCause | None = Field(default=None, description="Only with `found`.")
    confidence: Confidence
    summary: str = _SUMMARY
    claims: tuple[Claim, ...] = _CLAIMS
    rivals: tuple[Rival, ...] = Field(default=(), max_length=10)
    gaps: tuple[Gap, ...] = Field(default=(), max_length=20)
    blast_radius: tuple[str, ...] = Field(default=(), max_length=50)
    began_at: Moment | None = None
    change_id: str | None = Field(
        default=None, max_length=300, description="The change to blame, as the evidence calls it."
    )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.outcome is VerdictOutcome.FOUND and self.root_cause is None:
            raise ValueError("`found` needs a root_cause; without one the outcome is `unresolved`")
        if self.outcome is not VerdictOutcome.FOUND and self.root_cause is not None:
            raise ValueError("only `found` has a root_cause")
        return self


class PlanDraft(Value):
    """What should undo the root cause, in order. No action at all is a good plan, too."""

    actions: tuple[PlannedAction, ...] = Field(default=(), max_length=5)
    rationale: str = _SUMMARY
    confidence: Confidence


class WatchDraft(Value):
    """What is wrong or about to be, the worst first. Nothing at all is a good answer, too."""

    summary: str = _SUMMARY
    findings: tuple[Finding, ...] = Field(
        default=(),
        max_length=30,
        description="A finding without a quote that can be found is dropped.",
    )
    gaps: tuple[Gap, ...] = Field(default=(), max_length=20)


class ChatDraft(Value):
    """The answer to the question: what, how it is known, why, and what to do next."""

    summary: str = _SUMMARY
    evidence: tuple[Claim, ...] = _CLAIMS
    probable_cause: str = Field(default="", max_length=2000)
    confidence: Confidence
    next_steps: tuple[str, ...] = Field(default=(), max_length=10)
    gaps: tuple[Gap, ...] = Field(default=(), max_length=20)
    condition_met: bool | None = Field(
        default=None,
        description="Only for a goal with a condition: whether what was seen meets it.",
    )


Draft = TriageDraft | VerdictDraft | PlanDraft | WatchDraft | ChatDraft

_DRAFTS: dict[Agent, tuple[str, type[Draft]]] = {
    Agent.TRIAGE: ("submit_triage", TriageDraft),
    Agent.ROOT_CAUSE: ("submit_verdict", VerdictDraft),
    Agent.REMEDIATION: ("submit_plan", PlanDraft),
    Agent.WATCHDOG: ("submit_watch_report", WatchDraft),
    Agent.CHAT: ("submit_chat_answer", ChatDraft),
}


def answer_tool(agent: Agent) -> dict[str, Any]:
    """Return the tool by which `agent` gives its answer, as the Messages API takes it."""
    name, draft = _DRAFTS[agent]
    schema = draft.model_json_schema()
    if agent is Agent.ROOT_CAUSE:
        faults = sorted({fault.id for fault in library().faults if not fault.is_healthy})
        schema["$defs"]["RootCause"]["properties"]["fault"]["enum"] = [*faults, "unknown"]
    return {
        "name": name,
        "description": f"Give your answer and end the work. {draft.__doc__}",
        "input_schema": terse(schema),
    }


def answer_name(agent: Agent) -> str:
    """Return the name of the tool by which `agent` answers."""
    return _DRAFTS[agent][0]


def answer_of(case: Case, submitted: Mapping[str, Any], reasoner: str) -> Answer:
    """Return the answer that was submitted; raise a `ValueError` that says what is wrong."""
    draft = _DRAFTS[case.agent][1].model_validate(submitted)
    told = dict(draft)
    if isinstance(draft, TriageDraft):
        return TriageVerdict(**told, reasoner=reasoner)
    if isinstance(draft, VerdictDraft):
        return Verdict(**told, reasoner=reasoner)
    if isinstance(draft, WatchDraft):
        return WatchReport(**told, reasoner=reasoner)
    if isinstance(draft, ChatDraft):
        return ChatAnswer(**told, reasoner=reasoner)
    incident = case.incident
    return RemediationPlan(
        **told, incident_id=incident.incident_id, round=incident.round, reasoner=reasoner
    )
