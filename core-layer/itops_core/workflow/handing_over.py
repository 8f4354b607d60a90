"""What a person is handed when the agents cannot go on: everything known, and what to do first."""

from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.remediation import ActionStatus, Approval
from itops_core.domain.verdict import Claim

REASONS = {
    "unresolved": "no cause stands out from what could be seen",
    "forbid": "policy forbids the remedy",
    "none": "nothing that may be done by itself mends it",
    "denied": "a person denied the remedy",
    "expired": "nobody decided on the remedy in time",
    "refused": "the remedy was refused when it was to be carried out",
    "failed": "the remedy could not be carried out",
    "exhausted": "the remedies tried did not help",
    "unknown": "it cannot be told whether the remedy helped",
}


def sentence_of(incident: Incident, reason: str) -> str:
    """Return why people take over, with what the plan or the system said about it."""
    sentence = REASONS.get(reason, REASONS["unknown"])
    plan, verdict = incident.plan, incident.verdict
    if reason == "unresolved" and verdict is not None:
        return f"{sentence}: {verdict.summary}"
    if reason == "none" and plan is not None:
        impossible = _impossible(incident)
        if impossible:
            return f"what was planned cannot be done now: {'; '.join(impossible)}"
        return f"{sentence}: {plan.rationale}" if plan.rationale else sentence
    if reason in {"refused", "failed"} and incident.actions:
        last = incident.actions[-1]
        return f"{sentence}: {last.action.name}: {last.message}" if last.message else sentence
    return sentence


def _impossible(incident: Incident) -> list[str]:
    return [
        f"{preview.action.name}: {preview.reason}"
        for preview in incident.previews
        if not preview.possible
    ]


def hand_off(
    incident: Incident,
    reason: str,
    approval: Approval | None = None,
    entry: CatalogEntry | None = None,
) -> dict[str, Any]:
    """Return the pack: what is known, its evidence, what is ruled out, what was tried."""
    verdict = incident.verdict
    claims = [*(incident.triage.claims if incident.triage else ())]
    claims += verdict.claims if verdict else ()
    return {
        "known": _known(incident),
        "evidence": [_evidence(claim) for claim in claims],
        "ruled_out": [rival.model_dump(mode="json") for rival in verdict.rivals] if verdict else [],
        "not_seen": [gap.model_dump(mode="json") for gap in verdict.gaps] if verdict else [],
        "tried": _tried(incident),
        "do_first": _do_first(incident, reason, approval, entry),
        "owner": entry.owner if entry else "",
        "runbook": entry.runbook if entry else None,
    }


def _known(incident: Incident) -> dict[str, Any]:
    verdict = incident.verdict
    known: dict[str, Any] = {
        "symptom": incident.title,
        "service": incident.service,
        "severity": incident.severity,
        "began_at": incident.symptom_started_at and incident.symptom_started_at.isoformat(),
    }
    if verdict is not None:
        known["summary"] = verdict.summary
        known["confidence"] = verdict.confidence
        known["cause"] = verdict.root_cause and verdict.root_cause.model_dump(mode="json")
        known["blast_radius"] = list(verdict.blast_radius)
    return known


def _evidence(claim: Claim) -> dict[str, Any]:
    cited = dict.fromkeys(citation.evidence_id for citation in claim.citations)
    return {"claim": claim.text, "evidence_ids": list(cited)}


def _tried(incident: Incident) -> list[dict[str, Any]]:
    tried: list[dict[str, Any]] = [
        {
            "action": record.action.model_dump(mode="json"),
            "round": record.round,
            "status": record.status.value,
            "message": record.message,
        }
        for record in incident.actions
    ]
    if incident.verification is not None:
        tried.append({"verification": incident.verification.outcome.value})
    return tried


def _do_first(
    incident: Incident, reason: str, approval: Approval | None, entry: CatalogEntry | None
) -> list[str]:
    first: list[str] = []
    if reason == "none" and incident.plan is not None and incident.plan.rationale:
        first.append(incident.plan.rationale)
    planned = [step.action.name for step in incident.plan.actions] if incident.plan else []
    if reason in {"forbid", "denied", "expired", "refused"} and planned:
        first.append(f"decide whether to do by hand what was proposed: {', '.join(planned)}")
    if reason in {"forbid", "denied", "refused"} and approval is not None:
        words = [word.reason for word in approval.decisions if not word.approved]
        first += [f"mind why it was denied: {word}" for word in words]
    if reason in {"failed", "exhausted", "unknown"}:
        undone = [r for r in incident.actions if r.status in {ActionStatus.DONE}]
        first += [f"check what {r.action.name} left behind on {r.resource}" for r in undone]
    if incident.verdict is not None:
        gaps = incident.verdict.gaps
        first += [f"look yourself at {gap.source}, which could not be seen" for gap in gaps]
        first += [
            f"rule {rival.fault} of {rival.component} in or out"
            for rival in incident.verdict.rivals[:2]
            if reason in {"unresolved", "exhausted"}
        ]
    if entry is not None and entry.runbook:
        first.append(f"follow the runbook {entry.runbook}")
    return first or [f"look at {incident.service}: its metrics, logs and last changes"]
