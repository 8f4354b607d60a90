"""What plans of services and of pipelines have in common."""

from collections.abc import Sequence

from itops_core.domain.evidence import Citation
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Case, Observation, Turn
from itops_core.domain.remediation import Action, PlannedAction, RemediationPlan
from itops_core.domain.verdict import VerdictOutcome
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.library import Fault, library
from itops_core.reasoning.offline.scene import Scene


def fault_found(case: Case, scene: Scene) -> Fault | None:
    """Return the fault that the verdict names, as the library has it, if one was found."""
    verdict = case.incident.verdict
    if verdict is None or verdict.outcome is not VerdictOutcome.FOUND:
        return None
    told = verdict.root_cause
    return library().fault(told.fault, scene.kinds) if told else None


def as_previewed(action: Action, preview: Observation) -> Action:
    """Return the action as the server would carry it out: it picks the numbers left open."""
    told = preview.content.get("action")
    return Action.model_validate(told) if isinstance(told, dict) else action


def plan_of_one(
    incident: Incident, action: Action, because: str, cited: Sequence[Citation], advice: str = ""
) -> Turn:
    """Return the turn that plans one action, as sure as the verdict is."""
    verdict = incident.verdict
    summary = verdict.summary if verdict else ""
    plan = RemediationPlan(
        incident_id=incident.incident_id,
        round=incident.round,
        actions=(PlannedAction(action=action, reason=because, citations=tuple(cited)),),
        rationale=" ".join(part for part in (summary, because, advice) if part),
        confidence=verdict.confidence if verdict else 0.0,
        reasoner=NAME,
    )
    return Turn(thought=because, plan=plan, reasoner=NAME)
