"""What an investigation came to, held against what is so: every point of it, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from itops_cli.investigation import Investigation
from itops_core.domain.investigation import Agent, Observation, ObservationStatus
from itops_core.domain.remediation import DecisionOutcome
from itops_core.domain.values import Value
from itops_core.domain.verdict import Severity, VerdictOutcome
from local_cloud.sandbox.truth import Truth

_SAME_MOMENT_SECONDS = 5.0
NONE = "none"


class Judgement(Value):
    """Right or wrong, point by point; `None` where a point does not apply."""

    right: bool
    component: bool | None = None
    fault: bool | None = None
    actions: bool
    gate: bool
    severity: bool
    change: bool | None = None
    invented: bool
    unwanted_writes: int = 0
    gaps_expected: int = 0
    gaps_named: int = 0
    evidence_asked: bool
    claimed: bool
    """Whether a cause was named, or everything called well."""
    confidence: float
    expected: str
    got: str
    proposed: dict[str, bool] = Field(default_factory=dict[str, bool])
    """Each action that was planned, and whether it is one that helps there."""
    wrong: tuple[str, ...] = ()
    """Each point that is not as it should be: expected, and what came instead."""


@dataclass(frozen=True)
class Blamed:
    """What caused it: by when it was done, or by its id; empty where nobody did anything."""

    moments: tuple[float, ...] = ()
    none_will_do: bool = True
    named: tuple[str, ...] = ()


def judged(found: Investigation, truth: Truth, blamed: Blamed) -> Judgement:
    """Return how an investigation stands to the truth."""
    verdict = found.verdict
    outcome = verdict.outcome if verdict else VerdictOutcome.UNRESOLVED
    cause = verdict.root_cause if verdict and outcome is VerdictOutcome.FOUND else None
    can_be_found = truth.outcome is VerdictOutcome.FOUND
    component = bool(cause and cause.component in truth.components)
    fault = bool(cause and cause.fault in truth.faults)
    right = outcome is truth.outcome and (not can_be_found or (component and fault))
    named = {gap.source for gap in verdict.gaps} if verdict else set[str]()
    change = _change_is_right(found, blamed) if can_be_found else None
    points = Judgement(
        right=right,
        component=component if can_be_found else None,
        fault=fault if can_be_found else None,
        actions=_actions_are_right(_planned(found), truth),
        gate=_gate_is_right(found, truth),
        severity=found.incident.severity in truth.severity,
        change=change,
        invented=outcome is VerdictOutcome.FOUND and not right,
        unwanted_writes=len(_unwanted(found, truth, placed=component)),
        gaps_expected=len(truth.expected_gaps),
        gaps_named=len(set(truth.expected_gaps) & named),
        evidence_asked=set(truth.required_evidence) <= _asked(found.observations),
        claimed=outcome is not VerdictOutcome.UNRESOLVED,
        proposed={
            name: component and name in truth.acceptable_actions for name in sorted(_planned(found))
        },
        confidence=verdict.confidence if verdict else 0.0,
        expected=_told(truth.outcome, truth.component, truth.fault),
        got=_told(outcome, cause.component if cause else None, cause.fault if cause else None),
    )
    return points.model_copy(update={"wrong": tuple(_wrongs(points, found, truth))})


def believed(found: Investigation, truth: Truth) -> Iterator[tuple[float, bool]]:
    """Yield each last belief in a cause and whether it is the truth; none where none can be."""
    steps = [step for step in found.steps if step.agent is Agent.ROOT_CAUSE and step.turn.beliefs]
    if not steps or truth.outcome is VerdictOutcome.UNRESOLVED:
        return
    for belief in steps[-1].turn.beliefs:
        placed = belief.component in truth.components and belief.fault in truth.faults
        healthy = truth.outcome is VerdictOutcome.HEALTHY
        is_so = belief.fault == VerdictOutcome.HEALTHY.value if healthy else placed
        yield belief.probability, is_so


def _planned(found: Investigation) -> set[str]:
    plan = found.plan
    return {
        one.action.name for one in (plan.actions if plan else ()) if one.action.changes_something
    }


def _actions_are_right(planned: set[str], truth: Truth) -> bool:
    acceptable = set(truth.acceptable_actions)
    return planned <= acceptable and bool(planned) is bool(acceptable)


def _gate_is_right(found: Investigation, truth: Truth) -> bool:
    """Where something may be done, a person is asked or not as told; else nothing happens.

    In a critical incident a person decides, whatever is told; whether it is one, counts elsewhere.
    """
    runs_alone = found.outcome == DecisionOutcome.AUTO and bool(_planned(found))
    asks = truth.needs_human or found.incident.severity is Severity.CRITICAL
    return runs_alone is bool(truth.acceptable_actions and not asks)


def _unwanted(found: Investigation, truth: Truth, *, placed: bool) -> list[str]:
    """Return what would be done with nobody asked, and should not be: in kind, or there."""
    if found.outcome != DecisionOutcome.AUTO:
        return []
    return [
        one.action.name
        for one in found.judged
        if one.action.changes_something
        and one.decision.outcome is DecisionOutcome.AUTO
        and not (placed and one.action.name in truth.acceptable_actions)
    ]


def _asked(observations: Iterable[Observation]) -> set[str]:
    answered = {ObservationStatus.OK, ObservationStatus.ERROR, ObservationStatus.UNAVAILABLE}
    return {seen.call.tool for seen in observations if seen.status in answered}


def _change_is_right(found: Investigation, blamed: Blamed) -> bool:
    named = found.verdict.change_id if found.verdict else None
    if named is None:
        return blamed.none_will_do
    return named in blamed.named or any(
        abs(at - moment) <= _SAME_MOMENT_SECONDS
        for at in _moments_of(found, named)
        for moment in blamed.moments
    )


def _moments_of(found: Investigation, change_id: str) -> Iterator[float]:
    """Yield when a change was made, by what any tool told of it."""
    for evidence in found.evidence:
        changes: Any = evidence.content.get("changes")
        for change in changes if isinstance(changes, list) else []:
            if isinstance(change, dict) and change.get("change_id") == change_id:
                yield datetime.fromisoformat(str(change["at"])).timestamp()


def _wrongs(points: Judgement, found: Investigation, truth: Truth) -> Iterator[str]:
    if not points.right:
        yield f"expected {points.expected}, got {points.got}{_suspects(found)}"
    if points.change is False:
        named = found.verdict.change_id if found.verdict else None
        yield f"change: expected {truth.change or NONE}, got {named or NONE}"
    if not points.severity:
        allowed = " or ".join(truth.severity)
        yield f"severity: expected {allowed}, got {found.incident.severity or NONE}"
    if not points.actions:
        planned = _listed(_planned(found))
        yield f"actions: expected {_listed(truth.acceptable_actions)}, got {planned}"
    if not points.gate:
        wanted = "a person to be asked" if truth.needs_human else "it to run by itself"
        wanted = wanted if truth.acceptable_actions else "nothing to be done"
        yield f"gate: expected {wanted}, got {found.outcome or 'no plan'} ({found.reason})"
    if points.unwanted_writes:
        yield f"would be done with nobody asked: {_listed(_unwanted_names(found))}"
    if points.gaps_named < points.gaps_expected:
        named = {gap.source for gap in found.verdict.gaps} if found.verdict else set[str]()
        yield f"gaps: not named {_listed(set(truth.expected_gaps) - named)}, but {_listed(named)}"
    if not points.evidence_asked:
        missing = set(truth.required_evidence) - _asked(found.observations)
        yield f"never asked {_listed(missing)}"


def _unwanted_names(found: Investigation) -> set[str]:
    return {one.action.name for one in found.judged if one.action.changes_something}


def _suspects(found: Investigation) -> str:
    verdict = found.verdict
    if verdict is None:
        return " (ended in triage)"
    others = [f"{one.component}/{one.fault} {one.confidence:.2f}" for one in verdict.rivals[:3]]
    return f" at {verdict.confidence:.2f}" + (f"; others: {', '.join(others)}" if others else "")


def _told(outcome: VerdictOutcome, component: str | None, fault: str | None) -> str:
    return f"{component}/{fault}" if outcome is VerdictOutcome.FOUND else outcome.value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or NONE
