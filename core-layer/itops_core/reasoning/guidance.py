"""How a runbook guides an investigation: context that is weighed, within bounds, never obeyed.

Its hypotheses make faults likelier at first, its hints make questions cheaper, and what it says of
confidence moves a verdict a little. What was done of it, and what it did not foresee, is reported.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident
from itops_core.domain.investigation import (
    Agent,
    Case,
    Observation,
    ObservationStatus,
    Step,
    Turn,
)
from itops_core.domain.runbook import (
    MOST_ADDED,
    MOST_TAKEN,
    Adjusted,
    Runbook,
    RunbookStep,
    RunbookTrace,
    StepTaken,
    Unforeseen,
)
from itops_core.domain.verdict import Verdict, VerdictOutcome
from itops_core.reasoning.offline.extraction import sightings
from itops_core.reasoning.offline.leads import priors
from itops_core.reasoning.offline.scene import Scene
from itops_core.reasoning.reasoner import WrappedReasoner

_CERTAIN = 0.97
_SURE_ENOUGH = 0.3
"""So strong a sighting has to be to move a verdict by a runbook's word."""
_EVERYBODYS = ("get_catalog_entry", "get_runbook", "list_incidents", "get_evidence")
"""What is asked in every investigation, so that no runbook has to foresee it."""


@dataclass(frozen=True)
class GuidedReasoner(WrappedReasoner):
    """A reasoner that is told of a runbook, and whose verdicts are adjusted as it says."""

    runbook: Runbook
    auto_confidence: float
    """The confidence from which things happen with nobody asked."""

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions, or the answer."""
        told = case.model_copy(update={"runbook": self.runbook})
        return self._adjusted(told, self.inner.next_turn(told))

    def _adjusted(self, case: Case, turn: Turn) -> Turn:
        """Return a turn with its verdict's confidence adjusted as the runbook says."""
        if turn.verdict is None or case.agent is not Agent.ROOT_CAUSE:
            return turn
        before = turn.verdict.confidence
        after = self.confidence(before, adjustments(self.runbook, case))
        if turn.verdict.outcome is not VerdictOutcome.FOUND or after == before:
            return turn
        return turn.with_answer(turn.verdict.model_copy(update={"confidence": after}))

    def confidence(self, before: float, adjusted: Iterable[Adjusted]) -> float:
        """Return a confidence after adjustment; no runbook lifts one to where nobody is asked."""
        change = sum(one.by for one in adjusted)
        after = before + max(-MOST_TAKEN, min(MOST_ADDED, change))
        ceiling = _CERTAIN if before > self.auto_confidence else self.auto_confidence
        return round(max(0.0, min(after, max(before, ceiling))), 4)


@dataclass(frozen=True)
class ByTheBook(WrappedReasoner):
    """A reasoner that is told of the runbook that an incident names, where it names one."""

    find: Callable[[str], Runbook | None]
    auto_confidence: float

    def next_turn(self, case: Case) -> Turn:
        """Return the next questions, or the answer."""
        named = case.incident.runbook
        book = self.find(named) if named and case.agent is Agent.ROOT_CAUSE else None
        if book is None:
            return self.inner.next_turn(case)
        return GuidedReasoner(self.inner, book, self.auto_confidence).next_turn(case)


def adjustments(runbook: Runbook, case: Case) -> tuple[Adjusted, ...]:
    """Return the adjustments whose conditions hold by what was seen in this case."""
    seen = sightings(Scene(case))
    there = {name for name, one in seen.items() if one.present and one.strength >= _SURE_ENOUGH}
    absent = {name for name, one in seen.items() if not one.present}
    mute = _unreachable(case.observations)
    found: list[Adjusted] = []
    for rule in runbook.confidence:
        if rule.seen in there:
            condition = f"{rule.seen} was seen"
        elif rule.not_seen in absent:
            condition = f"{rule.not_seen} was looked for and not seen"
        elif rule.unreachable in mute:
            condition = f"{rule.unreachable} did not answer"
        else:
            continue
        found.append(Adjusted(by=rule.by, condition=condition, because=rule.because))
    return tuple(found)


def traced(
    case: Case,
    verdict: Verdict | None,
    evidence: Sequence[Evidence],
    before: Sequence[Observation] = (),
) -> RunbookTrace | None:
    """Return how the case's runbook was used in an investigation that is over.

    `case` holds the whole transcript, from the side of the agent that looked for the cause;
    `before` is what was seen of the same thing before it was opened.
    """
    runbook = case.runbook
    if runbook is None:
        return None
    adjusted = adjustments(runbook, case)
    cause = verdict.root_cause if verdict else None
    known = {one.fault for one in runbook.hypotheses} | set(runbook.applies_to.faults)
    return RunbookTrace(
        runbook=runbook.id,
        title=runbook.title,
        steps=tuple(_steps(runbook, case, before)),
        raised=priors(runbook),
        adjusted=adjusted,
        unforeseen=tuple(_unforeseen(runbook, verdict, evidence)),
        foresaw_cause=cause.fault in known if cause else None,
    )


def _steps(runbook: Runbook, case: Case, before: Sequence[Observation]) -> Iterator[StepTaken]:
    early = {seen.call.tool for seen in before if seen.status is ObservationStatus.OK}
    looks = [
        (step, seen)
        for step in case.transcript
        if step.round == case.incident.round
        for seen in step.observations
    ]
    taken_in: dict[int, int] = {}
    seen_symptoms = {name for name, one in sightings(Scene(case)).items() if one.present}
    for number, step in enumerate(runbook.steps, start=1):
        matches = [(at, seen) for at, seen in looks if seen.call.tool in step.tools]
        answered = [(at, seen) for at, seen in matches if seen.status is ObservationStatus.OK]
        done = tuple(tool for tool in step.tools if tool in early)
        if done and not answered:
            reason = "seen before the incident was opened"
            yield StepTaken(number=number, say=step.say, outcome="taken", tools=done, reason=reason)
            continue
        if not answered:
            yield _skipped(number, step, [seen for _, seen in matches], seen_symptoms)
            continue
        first = answered[0][0].number
        others = [other for other, at in taken_in.items() if at == first]
        taken_in[number] = first
        yield StepTaken(
            number=number,
            say=step.say,
            outcome="combined" if others else "taken",
            tools=tuple(dict.fromkeys(seen.call.tool for _, seen in answered)),
            in_step=first,
            reason=f"asked together with step {others[0]}" if others else "",
        )


def _skipped(
    number: int, step: RunbookStep, refused: Sequence[Observation], seen: set[str]
) -> StepTaken:
    if refused:
        reason = f"{refused[-1].call.tool} did not answer: {refused[-1].message}"[:300]
    elif step.if_seen and step.if_seen not in seen:
        reason = f"{step.if_seen} was not seen"
    elif not step.tools:
        reason = "it is for people to do"
    else:
        reason = "what was known by then answered it"
    return StepTaken(number=number, say=step.say, outcome="skipped", reason=reason)


def _unforeseen(
    runbook: Runbook, verdict: Verdict | None, evidence: Sequence[Evidence]
) -> Iterator[Unforeseen]:
    foreseen = {*runbook.hinted_tools, *_EVERYBODYS}
    kept = {one.evidence_id: one for one in evidence}
    told: set[str] = set()
    for claim in verdict.claims if verdict else ():
        for citation in claim.citations:
            found = kept.get(citation.evidence_id)
            if found is not None and found.tool not in foreseen and claim.text not in told:
                told.add(claim.text)
                yield Unforeseen(
                    source=f"{found.server}.{found.tool}",
                    claim=claim.text,
                    evidence_id=found.evidence_id,
                )


def _unreachable(observations: Sequence[Observation]) -> set[str]:
    """Return the tools that were asked and never answered."""
    answered = {one.call.tool for one in observations if one.status is ObservationStatus.OK}
    silent = {
        one.call.tool
        for one in observations
        if one.status in (ObservationStatus.UNAVAILABLE, ObservationStatus.ERROR)
    }
    return silent - answered


def last_case(incident: Incident, steps: tuple[Step, ...], runbook: Runbook) -> Case:
    """Return the case as it stands at the end, from the side of who looked for the cause."""
    agent = Agent.ROOT_CAUSE
    return Case(incident=incident, agent=agent, transcript=steps, runbook=runbook)
