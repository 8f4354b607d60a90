"""The plan for a pipeline: a look at live state first, then a remedy, or advice for a person."""

from itops_core.domain.evidence import Citation
from itops_core.domain.investigation import Case, Observation, ObservationStatus, ToolCall, Turn
from itops_core.domain.remediation import Action
from itops_core.reasoning.forced import empty_plan
from itops_core.reasoning.offline.diagnosis import NAME
from itops_core.reasoning.offline.pipeline_planning import PipelinePlanning, Remedy
from itops_core.reasoning.offline.plan_parts import as_previewed, plan_of_one
from itops_core.reasoning.offline.reading import text_of
from itops_core.reasoning.offline.sightings import cite, quoted_field

_CITATIONS = 3


def plan_pipeline(case: Case) -> Turn:
    """Return the look at live state that a plan needs, or the plan."""
    planning = PipelinePlanning(case)
    if planning.fault is None:
        why = "no root cause was established, so nothing is proposed"
        return Turn(thought=why, plan=empty_plan(case.incident, why, NAME), reasoner=NAME)
    calls = () if case.must_answer else tuple(planning.looks())
    refused: list[str] = []
    for remedy in planning.remedies() if not calls else ():
        preview = planning.preview_of(remedy.action)
        if preview is None:
            calls = () if case.must_answer else (_preview(remedy.action),)
            break
        if _is_impossible(preview):
            told = preview.content.get("reason") or preview.message
            refused.append(f"{remedy.action.name}: {told}")
            continue
        return _proposed(planning, remedy, preview)
    if calls:
        asks = ", ".join(dict.fromkeys(call.tool for call in calls))
        thought = f"Before anything is proposed, the live state: {asks}."
        return Turn(thought=thought, calls=calls, reasoner=NAME)
    why = " ".join([f"{planning.fault.title}.", planning.advice(), *refused])
    return Turn(thought=why, plan=empty_plan(case.incident, why, NAME), reasoner=NAME)


def _proposed(planning: PipelinePlanning, remedy: Remedy, preview: Observation) -> Turn:
    incident, verdict = planning.case.incident, planning.case.incident.verdict
    because = remedy.because
    if remedy.repeats:
        passed = "it was mended since" if planning.was_mended else "later executions succeed"
        because = f"{because} What it failed of is over: {passed}."
    cited: tuple[Citation, ...] = tuple(
        citation
        for claim in (verdict.claims if verdict else ())
        for citation in claim.citations[:1]
    )[:_CITATIONS]
    if planning.run is not None and remedy.repeats:
        step = text_of(planning.run.advice, "step")
        cited = (*cited, *cite(planning.run.seen.evidence_id, quoted_field("step", step)))
    action = remedy.action
    if preview.status is ObservationStatus.OK:
        action = as_previewed(action, preview)
        cited = (*cited, *cite(preview.evidence_id, '"possible":true'))
    return plan_of_one(incident, action, because, cited, planning.advice())


def _is_impossible(preview: Observation) -> bool:
    return preview.content.get("possible") is False or preview.status is ObservationStatus.ERROR


def _preview(action: Action) -> ToolCall:
    return ToolCall(
        server="operations",
        tool="preview_action",
        arguments={"name": action.name, "parameters": action.parameters},
    )
