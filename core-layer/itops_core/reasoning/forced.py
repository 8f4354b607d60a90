"""The answers that code gives where nobody thought of one within the budget."""

from itops_core.domain.incident import Incident
from itops_core.domain.investigation import Agent, Case, Observation, ObservationStatus, Turn
from itops_core.domain.remediation import RemediationPlan
from itops_core.domain.reports import ChatAnswer, WatchReport
from itops_core.domain.verdict import Gap, Severity, TriageVerdict, Verdict, VerdictOutcome

NAME = "engine"
"""Stands as the reasoner of such an answer."""


def forced_turn(case: Case, reason: str) -> Turn:
    """Return the careful answer: a person should look, nothing is asserted or done."""
    incident = case.incident
    thought = f"Answered by code: {reason}."
    if case.agent is Agent.TRIAGE:
        severity = incident.severity or Severity.HIGH
        triage = TriageVerdict(
            severity=severity,
            summary=f"Not triaged ({reason}); treated as {severity} until a person has looked.",
            reasoner=NAME,
        )
        return Turn(thought=thought, triage=triage, reasoner=NAME)
    if case.agent is Agent.ROOT_CAUSE:
        verdict = Verdict(
            outcome=VerdictOutcome.UNRESOLVED,
            confidence=0.0,
            summary=f"No root cause: {reason}.",
            gaps=gaps(case.observations),
            blast_radius=incident.affected_services,
            reasoner=NAME,
        )
        return Turn(thought=thought, verdict=verdict, reasoner=NAME)
    if case.agent is Agent.REMEDIATION:
        return Turn(thought=thought, plan=empty_plan(incident, reason, NAME), reasoner=NAME)
    summary, unseen = f"Not concluded: {reason}.", gaps(case.observations)
    if case.agent is Agent.WATCHDOG:
        watch = WatchReport(summary=summary, gaps=unseen, reasoner=NAME)
        return Turn(thought=thought, watch=watch, reasoner=NAME)
    chat = ChatAnswer(
        summary=summary, probable_cause="", confidence=0.0, gaps=unseen, reasoner=NAME
    )
    return Turn(thought=thought, chat=chat, reasoner=NAME)


def empty_plan(incident: Incident, rationale: str, reasoner: str) -> RemediationPlan:
    """Return the plan to do nothing: a person takes over."""
    return RemediationPlan(
        incident_id=incident.incident_id,
        round=incident.round,
        actions=(),
        rationale=rationale,
        confidence=0.0,
        reasoner=reasoner,
    )


def gaps(observations: tuple[Observation, ...]) -> tuple[Gap, ...]:
    """Return the sources that were asked and could not be seen, and never answered later."""
    answered = {
        f"{seen.call.server}.{seen.call.tool}"
        for seen in observations
        if seen.status is ObservationStatus.OK
    }
    missing: dict[str, str] = {}
    for seen in observations:
        source = f"{seen.call.server}.{seen.call.tool}"
        if seen.status is ObservationStatus.UNAVAILABLE and source not in answered:
            missing[source] = seen.message or "out of reach"
    return tuple(Gap(source=source, reason=reason) for source, reason in missing.items())
