"""The answer of an investigation as one document: what, why, how known, and what to do."""

from collections.abc import Iterable
from typing import Any

from itops_cli.investigation.outcome import Investigation
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.reasoning.offline.library import library

OPERATIONAL = "none"
"""Stands where a change would, when none is to blame."""

_UNKNOWN = "unknown"
_REMEDIES = {
    "rollback_ecs_deployment": "rollback",
    "scale_ecs_service": "scale",
    "restart_ecs_service": "restart",
    "stop_ecs_task": "restart",
    "redrive_queue": "redrive",
    "redrive_execution": "redrive",
    "rerun_execution": "rerun",
    "set_lambda_concurrency": "raise-limit",
    "set_lambda_memory": "raise-limit",
    "raise_dynamodb_capacity": "raise-capacity",
    "restart_device": "restart",
}


def answer_of(found: Investigation) -> dict[str, Any]:
    """Return what `itops investigate --json` prints."""
    verdict = found.verdict
    if verdict is None:
        return _without_verdict(found)
    cause = verdict.root_cause
    first = cause.component if cause else found.incident.service
    return {
        **verdict.model_dump(mode="json"),
        "change_id": verdict.change_id or OPERATIONAL,
        "first_failing_component": first if verdict.outcome is not VerdictOutcome.HEALTHY else "",
        "blast_radius": [name for name in verdict.blast_radius if name != first],
        "remediation": remedy_of(found),
        "category": category_of(verdict),
        "explanation": explanation_of(verdict),
        "evidence": list(_cited(found, verdict)),
        "severity": found.incident.severity,
        "plan": found.plan.model_dump(mode="json") if found.plan else None,
        "gate": {
            "outcome": found.outcome,
            "reason": found.reason,
            "actions": [one.model_dump(mode="json", exclude={"preview"}) for one in found.judged],
        },
        "incident_id": found.incident.incident_id,
        "steps": len(found.steps),
        "degraded": found.degraded,
        "usage": found.usage.model_dump(mode="json"),
        "seconds": round(found.seconds, 3),
    }


def category_of(verdict: Verdict) -> str:
    """Return the kind of cause, as the fault library has it."""
    if verdict.outcome is VerdictOutcome.HEALTHY:
        return VerdictOutcome.HEALTHY.value
    fault = library().fault(verdict.root_cause.fault) if verdict.root_cause else None
    return fault.category if fault else _UNKNOWN


def explanation_of(verdict: Verdict) -> str:
    """Return the whole story: the summary, and each claim that it does not contain already."""
    parts = [verdict.summary]
    parts += [claim.text for claim in verdict.claims if claim.text not in verdict.summary]
    return "\n".join(parts)


def remedy_of(found: Investigation) -> str:
    """Return in a word what would put it right."""
    verdict, plan = found.verdict, found.plan
    if verdict is None or verdict.outcome is VerdictOutcome.UNRESOLVED:
        return "escalate"
    if verdict.outcome is VerdictOutcome.HEALTHY:
        return "none"
    planned = [one.action.name for one in plan.actions] if plan else []
    named = next((_REMEDIES[name] for name in planned if name in _REMEDIES), "")
    return named or ("rollback" if verdict.change_id else "escalate")


def _cited(found: Investigation, verdict: Verdict) -> Iterable[dict[str, Any]]:
    known = {one.evidence_id: one for one in found.evidence}
    for claim in verdict.claims:
        for citation in claim.citations:
            evidence = known.get(citation.evidence_id)
            yield {
                "claim": claim.text,
                "evidence_id": citation.evidence_id,
                "tool": f"{evidence.server}.{evidence.tool}" if evidence else "",
                "sha256": evidence.sha256 if evidence else "",
                "quote": citation.quote,
            }


def _without_verdict(found: Investigation) -> dict[str, Any]:
    reason = "the incident ended before its cause was looked for"
    return {
        "outcome": VerdictOutcome.UNRESOLVED.value,
        "root_cause": None,
        "confidence": 0.0,
        "summary": reason,
        "change_id": OPERATIONAL,
        "first_failing_component": found.incident.service,
        "blast_radius": [],
        "remediation": "escalate",
        "category": _UNKNOWN,
        "explanation": reason,
        "evidence": [],
        "incident_id": found.incident.incident_id,
    }
