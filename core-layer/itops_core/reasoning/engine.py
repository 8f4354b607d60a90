"""One step of any agent: load, think, look, check, record. Step Functions is the loop."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itops_core.domain.evidence import Evidence
from itops_core.domain.investigation import Agent, Answer, Case, Observation, Step, ToolCall, Turn
from itops_core.domain.reports import ChatAnswer, WatchReport
from itops_core.domain.values import derived_id, utc_now
from itops_core.domain.verdict import Verdict
from itops_core.errors import ConflictError, ModelUnavailableError
from itops_core.reasoning.admission import refusals
from itops_core.reasoning.budget import Allowance, allowance, spent
from itops_core.reasoning.citations import CitationCheck, verify_claims
from itops_core.reasoning.coverage import checked_in
from itops_core.reasoning.forced import forced_turn, gaps
from itops_core.reasoning.ports import AgentState, Incidents, Tools
from itops_core.reasoning.probing import LOOKS, looked_at, probes
from itops_core.reasoning.reasoner import Reasoner, UnusableAnswerError
from itops_core.reasoning.second_opinion import weighed
from itops_core.reasoning.step_outcome import StepOutcome
from itops_core.reasoning.telling import log_step, step_event
from itops_core.reasoning.usability import labelled, usable
from itops_core.settings import Budget


@dataclass(frozen=True)
class StepEngine:
    """The contract that all agents work under, whoever thinks for them."""

    incidents: Incidents
    agent_state: AgentState
    toolbox: Tools
    reasoners: tuple[Reasoner, ...]
    """The ladder: each is asked where those before it could not think."""
    budget: Budget
    lone_confidence: float
    """The most that a model is trusted whom the reasoner below it does not confirm."""

    def take_step(
        self, incident_id: str, agent: Agent, *, not_before: datetime | None = None
    ) -> StepOutcome:
        """Take the next step of `agent`, or return its answer where it has given one.

        Safe to run twice: an answer of this round is returned as it stands, and of two steps
        that were taken at once the one recorded first counts for both. An answer from before
        `not_before` is out of date: the agent thinks again.
        """
        incident = self.incidents.get(incident_id)
        if incident.is_over:
            return StepOutcome(incident, None)
        transcript = self.agent_state.steps(incident_id)
        case = Case(incident=incident, agent=agent, transcript=transcript)
        latest = case.steps_of_this_agent[-1:]
        if latest and latest[0].turn.answer and _is_current(latest[0], not_before):
            return StepOutcome(incident, latest[0])
        allowed = allowance(spent(transcript, agent, incident.round), self.budget)
        case = case.model_copy(update={"must_answer": allowed.must_answer})
        return StepOutcome(incident, self._taken(case, allowed))

    def concluded(self, incident_id: str, agent: Agent, reasoner: Reasoner) -> Answer | None:
        """Return what `reasoner` makes of what was seen so far, checked; no step is taken."""
        transcript = self.agent_state.steps(incident_id)
        incident = self.incidents.get(incident_id)
        case = Case(incident=incident, agent=agent, transcript=transcript, must_answer=True)
        return self._checked(case, reasoner.next_turn(case)).answer

    def thought(self, case: Case) -> Turn:
        """Return the next turn on a case, its answer checked, for who makes its calls singly."""
        allowed = _allowed(case, self.budget)
        case = case.model_copy(update={"must_answer": allowed.must_answer})
        return self._weighed(case, self._checked(case, self._think(case, allowed)))

    def looked(self, case: Case, call: ToolCall, number: int) -> Observation:
        """Return what one call of a turn shows, its evidence kept under that number."""
        turn = Turn(thought="", calls=(call,), reasoner="")
        return self._look(case, turn, number, _allowed(case, self.budget))[0]

    def _taken(self, case: Case, allowed: Allowance) -> Step:
        clock = time.monotonic()
        first = self._looked_at_first(case, allowed)
        if first is None:
            return self._recorded(self._step(case, self._think(case, allowed), allowed, clock))
        known = _seeing(case, first)
        turn = self._think(known, allowed)
        if turn.answer is not None:
            judged = self._weighed(known, self._checked(known, turn))
            turn = judged.model_copy(update={"calls": first.turn.calls})
            return self._recorded(_timed(first.model_copy(update={"turn": turn}), clock))
        kept = self._recorded(_timed(first, clock))
        if kept.turn.answer is not None or not self._is_paid(turn):
            return kept
        known = case.model_copy(update={"transcript": (*case.transcript, kept)})
        left = allowance(spent(known.transcript, case.agent, case.incident.round), self.budget)
        return self._recorded(self._step(known, turn, left, time.monotonic()))

    def _step(self, case: Case, turn: Turn, allowed: Allowance, clock: float) -> Step:
        number = _next_number(case)
        observations = self._look(case, turn, number, allowed)
        step = Step(
            incident_id=case.incident.incident_id,
            number=number,
            agent=case.agent,
            round=case.incident.round,
            turn=self._weighed(case, self._checked(case, turn)),
            observations=observations,
            started_at=utc_now() - timedelta(seconds=time.monotonic() - clock),
            duration_ms=0,
        )
        return _timed(step, clock)

    def _looked_at_first(self, case: Case, allowed: Allowance) -> Step | None:
        """Return what code looked at by itself, as a step that is not recorded yet."""
        if allowed.overdrawn:
            return None
        free = next((one for one in self.reasoners if not one.is_paid), None)
        number, step, known = _next_number(case), None, case
        seen: tuple[Observation, ...] = ()
        for _ in range(LOOKS):
            calls = probes(known, free)[: allowed.calls_left - len(seen)]
            if not calls:
                break
            answers = self.toolbox.run_all(calls, case.incident.incident_id, number)
            seen = (*seen, *(self._kept(one, evidence) for one, evidence in answers))
            step = looked_at(case, number, seen)
            known = _seeing(case, step)
        return step

    def _think(self, case: Case, allowed: Allowance) -> Turn:
        if allowed.overdrawn:
            return forced_turn(case, allowed.overdrawn)
        failed: list[str] = []
        unused: Turn | None = None
        for reasoner in self.reasoners:
            if reasoner.is_paid and not allowed.may_pay:
                failed.append(f"{reasoner.name}: the budget of tokens or dollars is used up")
                continue
            try:
                turn = usable(case, reasoner.next_turn(case))
            except UnusableAnswerError as error:
                unused = Turn(thought="", usage=error.usage, reasoner=reasoner.name)
                failed.append(f"{reasoner.name}: {error}")
            except ModelUnavailableError as error:
                failed.append(f"{reasoner.name}: {error}")
            else:
                return labelled(turn, failed, unused)
        return labelled(forced_turn(case, "nobody could think"), failed, unused)

    def _look(
        self, case: Case, turn: Turn, number: int, allowed: Allowance
    ) -> tuple[Observation, ...]:
        shown = refusals(case, turn.calls, allowed.calls_left)
        admitted = [place for place in range(len(turn.calls)) if place not in shown]
        calls: Sequence[ToolCall] = [turn.calls[place] for place in admitted]
        if calls:
            answers = self.toolbox.run_all(calls, case.incident.incident_id, number)
            for place, (observation, evidence) in zip(admitted, answers, strict=True):
                shown[place] = self._kept(observation, evidence)
        return tuple(shown[place] for place in range(len(turn.calls)))

    def _kept(self, observation: Observation, evidence: Evidence | None) -> Observation:
        """Keep the evidence and return the observation that points to it.

        Where another run of this step has kept something else under its id, this goes under an
        id of its own: each step points to exactly what it saw.
        """
        if evidence is None:
            return observation
        if self.agent_state.put_evidence(evidence).sha256 == evidence.sha256:
            return observation
        own_id = derived_id("EV", evidence.evidence_id, evidence.sha256)
        self.agent_state.put_evidence(evidence.model_copy(update={"evidence_id": own_id}))
        return observation.model_copy(update={"evidence_id": own_id})

    def _checked(self, case: Case, turn: Turn) -> Turn:
        if turn.answer is None:
            return turn
        recorded = {
            seen.evidence_id: seen.sha256 or ""
            for step in case.transcript
            for seen in step.observations
            if seen.evidence_id
        }
        incident_id = case.incident.incident_id
        check = CitationCheck(
            lambda evidence_id: self.agent_state.get_evidence(incident_id, evidence_id), recorded
        )
        answer = verify_claims(turn.answer, check)
        if isinstance(answer, Verdict | WatchReport | ChatAnswer):
            named = {gap.source for gap in answer.gaps}
            unnamed = [gap for gap in gaps(case.observations) if gap.source not in named]
            answer = answer.model_copy(update={"gaps": (*answer.gaps, *unnamed)})
        if isinstance(answer, WatchReport):
            answer = answer.model_copy(update={"checked": checked_in(case.observations)})
        return turn.with_answer(answer)

    def _weighed(self, case: Case, turn: Turn) -> Turn:
        """Hold what a model concluded against somebody who thinks without one."""
        paid = {reasoner.name for reasoner in self.reasoners if reasoner.is_paid}
        free = [reasoner for reasoner in self.reasoners if not reasoner.is_paid]
        if turn.answer is None or turn.reasoner not in paid or not free:
            return turn
        return weighed(case, turn, free[0], self.lone_confidence)

    def _is_paid(self, turn: Turn) -> bool:
        return any(one.is_paid and one.name == turn.reasoner for one in self.reasoners)

    def _recorded(self, step: Step) -> Step:
        """Append the step; of two that were taken at once the first counts for both."""
        if self.agent_state.put_step(step):
            self.incidents.add_event(step_event(step))
            log_step(step)
            return step
        for stored in self.agent_state.steps(step.incident_id, after=step.number - 1):
            if stored.number == step.number and stored.agent is step.agent:
                self.incidents.add_event(step_event(stored))
                return stored
        raise ConflictError(f"step {step.number} of {step.incident_id} is another agent's")


def _allowed(case: Case, budget: Budget) -> Allowance:
    return allowance(spent(case.transcript, case.agent, case.incident.round), budget)


def _next_number(case: Case) -> int:
    return case.transcript[-1].number + 1 if case.transcript else 1


def _seeing(case: Case, step: Step) -> Case:
    """Return the case with a step that is not recorded yet."""
    return case.model_copy(update={"transcript": (*case.transcript, step), "unrecorded": 1})


def _timed(step: Step, clock: float) -> Step:
    return step.model_copy(update={"duration_ms": round((time.monotonic() - clock) * 1000)})


def _is_current(step: Step, not_before: datetime | None) -> bool:
    return not_before is None or step.started_at >= not_before
