"""One step of a run at a time: whoever is called again goes on from what the tables hold."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from goal_runner.cases import case_of, draft_of, incident_of, is_needed
from itops_core.domain.investigation import Agent, Observation, ObservationStatus, Step, Turn
from itops_core.domain.question import Deliverable, Unread
from itops_core.domain.reports import ChatAnswer
from itops_core.domain.run import Delivered, Draft, GoalRun, RunPhase, RunStatus, RunStep
from itops_core.errors import ConflictError, ToolUnavailableError
from itops_core.reasoning.engine import StepEngine
from itops_core.reasoning.offline.chat import OfflineAnswerer
from itops_core.reasoning.offline.chat_reading import Asked, understood
from itops_core.reasoning.ports import AgentState, Incidents
from itops_core.reasoning.reasoner import Reasoner
from itops_core.reasoning.single_case import SingleCase
from itops_core.settings import RunRules
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.runs import RunStore

EngineOf = Callable[[Incidents, tuple[Reasoner, ...]], StepEngine]
"""Returns the engine that works on a case with these reasoners."""


class Delivering(Protocol):
    """Makes what was consented to, and says beforehand what that would be."""

    def __call__(self, run: GoalRun) -> Delivered:
        """Take the next step of it."""
        ...

    def outlook(self, draft: Draft) -> str:
        """Return what would happen on consent."""
        ...

    def refusal(self, draft: Draft) -> str:
        """Return why nothing would be made even with consent, or nothing."""
        ...


@dataclass(frozen=True)
class GoalRunner:
    """Takes steps. Everything here may be done twice, and by two at once: one of them counts."""

    runs: RunStore
    catalog: CatalogStore
    agent_state: AgentState
    engine_of: EngineOf
    models: Callable[[], Sequence[Reasoner]]
    deliver: Delivering
    rules: RunRules
    now: Callable[[], datetime]

    def advance(self, run_id: str) -> dict[str, Any]:
        """Take the next step and return `continue`, `wait`, `needs_approval` or `over`."""
        run = self.runs.get(run_id)
        if run.is_over:
            return _answer(run, "over")
        if run.status is RunStatus.NEEDS_APPROVAL:
            return _answer(run, "needs_approval")
        left = self._seconds_left(run)
        if left > 0:
            return {**_answer(run, "wait"), "wait_seconds": left}
        try:
            return self._advanced(run)
        except ConflictError:
            # Somebody else took this very step: what stands is gone on from.
            return _answer(self.runs.get(run_id), "continue")

    def fail(self, run_id: str, error: str) -> dict[str, Any]:
        """Mark a run that could not go on; a person sees why."""
        run = self.runs.get(run_id)
        if run.is_over:
            return _answer(run, "over")
        return _answer(self._ended(run, RunStatus.FAILED, error=error[:500]), "over")

    def _advanced(self, run: GoalRun) -> dict[str, Any]:
        if run.phase is RunPhase.DELIVER:
            return self._delivered(run)
        if run.steps >= self.rules.steps:
            return self.fail(run.run_id, f"all {self.rules.steps} steps of a run are used")
        if run.phase is RunPhase.EXECUTE_TOOL and run.turn is not None:
            return self._executed(run, run.turn)
        return self._thought(run)

    def _thought(self, run: GoalRun) -> dict[str, Any]:
        """Plan, or judge what was seen: either may end in an answer or in more to look at."""
        transcript = self.agent_state.steps(run.case_id)
        last = transcript[-1].turn if transcript else None
        if last is not None and last.chat is not None:
            # Thought before by somebody who did not come to say so.
            return self._concluded(run, last.chat)
        turn = self._engine(run).thought(case_of(run, transcript))
        if turn.chat is not None:
            self._keep(run, turn, ())
            return self._concluded(run, turn.chat)
        judged = run.phase is RunPhase.EVALUATE
        if judged:
            again = "Not enough is known yet: looks further"
            self._note(run, run.steps + 1, RunPhase.EVALUATE, again)
        planned = run.changed(
            self.now(),
            phase=RunPhase.EXECUTE_TOOL,
            turn=turn,
            position=0,
            steps=run.steps + 1 + judged,
            round=run.round + judged,
        )
        saved = self.runs.save(planned)
        self._note_plan(saved, turn)
        return _answer(saved, "continue")

    def _note_plan(self, run: GoalRun, turn: Turn) -> None:
        self._note(
            run,
            run.steps,
            RunPhase.PLAN,
            _planned(turn),
            turn.thought,
            planned=turn.calls,
            reasoner=turn.reasoner,
        )

    def _executed(self, run: GoalRun, turn: Turn) -> dict[str, Any]:
        """Make one call of the plan; one that meets nobody is made again, later."""
        call, number = turn.calls[run.position], run.steps + 1
        if run.position == 0 and run.attempts == 0:
            self._note_plan(run, turn)
        step = self.runs.step(run.run_id, number)
        if step is None:
            clock = time.monotonic()
            case = case_of(run, self.agent_state.steps(run.case_id))
            seen = self._engine(run).looked(case, call, 1000 + number)
            title = f"{call.server}.{call.tool}: {seen.status.value}"
            if self._tries_again(run, seen):
                return self._later(run, title, seen.message)
            step = self._note(
                run, number, RunPhase.EXECUTE_TOOL, title, seen.message, observation=seen,
                duration_ms=round((time.monotonic() - clock) * 1000),
            )  # fmt: skip
        if run.position + 1 < len(turn.calls):
            return self._saved(run, position=run.position + 1, steps=number, **_AFRESH)
        self._keep(run, turn, self._seen(run, len(turn.calls)))
        return self._saved(run, phase=RunPhase.EVALUATE, turn=None, steps=number, **_AFRESH)

    def _concluded(self, run: GoalRun, answer: ChatAnswer) -> dict[str, Any]:
        number = run.steps + 1
        needed = is_needed(run, answer)
        wanted = (
            ""
            if run.deliverable is Deliverable.ANSWER
            else (
                f"A {run.deliverable} is needed." if needed else f"No {run.deliverable} is needed."
            )
        )
        self._note(
            run, number, RunPhase.EVALUATE, answer.summary[:300], wanted,
            reasoner=answer.reasoner,
        )  # fmt: skip
        done = run.changed(
            self.now(), answer=answer, turn=None, steps=number, phase=RunPhase.REPORT
        )
        if not needed:
            return _answer(self._ended(done, RunStatus.COMPLETED), "over")
        draft = draft_of(run, answer, self.catalog.list())
        foreseen = {"outlook": self.deliver.outlook(draft), "refusal": self.deliver.refusal(draft)}
        draft = draft.model_copy(update={name: told[:1000] for name, told in foreseen.items()})
        number += 1
        told = f"Waits for consent: a {draft.kind} on {draft.service}. {draft.outlook}"
        self._note(run, number, RunPhase.APPROVAL, told, draft.title)
        asked = done.changed(
            self.now(),
            draft=draft,
            steps=number,
            status=RunStatus.NEEDS_APPROVAL,
            phase=RunPhase.APPROVAL,
        )
        return _answer(self.runs.save(asked), "needs_approval")

    def _delivered(self, run: GoalRun) -> dict[str, Any]:
        try:
            made = self.deliver(run)
        except ToolUnavailableError as error:
            if run.attempts + 1 < self.rules.attempts:
                return self._later(run, "incident server out of reach", error.reason)
            made = Delivered(
                outcome="failed",
                reason=error.reason,
                incident_id=run.delivered.incident_id if run.delivered else None,
            )
        number = run.steps + 1
        self._note(run, number, RunPhase.DELIVER, f"{made.outcome}: {made.reason}"[:300])
        kept = run.changed(self.now(), delivered=made, steps=number, **_AFRESH)
        if made.outcome == "incident":
            return _answer(self.runs.save(kept), "continue")
        return _answer(self._ended(kept, RunStatus.COMPLETED), "over")

    def _tries_again(self, run: GoalRun, seen: Observation) -> bool:
        out_of_reach = seen.status is ObservationStatus.UNAVAILABLE
        return out_of_reach and run.attempts + 1 < self.rules.attempts

    def _later(self, run: GoalRun, title: str, reason: str) -> dict[str, Any]:
        """Keep when the step is tried again: a restart waits no longer than that."""
        attempts = run.attempts + 1
        wait = self.rules.wait(attempts)
        number = run.steps + 1
        told = f"{title}; attempt {attempts + 1} of {self.rules.attempts} in {wait:g} s"
        self._note(run, number, run.phase, told, reason)
        at = self.now() + timedelta(seconds=wait)
        self._saved(run, attempts=attempts, next_attempt_at=at, steps=number)
        return {**_answer(run, "wait"), "wait_seconds": wait}

    def _seconds_left(self, run: GoalRun) -> float:
        if run.next_attempt_at is None:
            return 0.0
        return max(0.0, (run.next_attempt_at - self.now()).total_seconds())

    def _engine(self, run: GoalRun) -> StepEngine:
        entries = self.catalog.list()
        read = run.reading or understood(Asked(run.goal, run.created_at), entries)
        code = OfflineAnswerer(read, entries, draws=True)
        ladder = () if isinstance(read, Unread) and read.is_refused else tuple(self.models())
        return self.engine_of(SingleCase(incident_of(run)), (*ladder, code))

    def _seen(self, run: GoalRun, count: int) -> tuple[Observation, ...]:
        """Return what the calls of the present plan showed, in their order."""
        steps = self.runs.steps(run.run_id)
        seen = [one.observation for one in steps if one.observation is not None]
        return tuple(seen[-count:])

    def _keep(self, run: GoalRun, turn: Turn, seen: tuple[Observation, ...]) -> None:
        """Append a turn with what it saw to the transcript, which the next one is thought from."""
        transcript = self.agent_state.steps(run.case_id)
        number = transcript[-1].number + 1 if transcript else 1
        if transcript and transcript[-1].turn == turn:
            return
        step = Step(
            incident_id=run.case_id,
            number=number,
            agent=Agent.CHAT,
            round=1,
            turn=turn,
            observations=seen,
            started_at=self.now(),
            duration_ms=sum(one.duration_ms for one in seen),
        )
        self.agent_state.put_step(step)

    def _note(
        self,
        run: GoalRun,
        number: int,
        phase: RunPhase,
        title: str,
        detail: str = "",
        **more: Any,  # noqa: ANN401 - further fields of the step
    ) -> RunStep:
        step = RunStep(
            run_id=run.run_id,
            number=number,
            phase=phase,
            title=title,
            detail=detail[:2000],
            at=self.now(),
            **more,
        )
        return self.runs.add_step(step)

    def _saved(self, run: GoalRun, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        return _answer(self.runs.save(run.changed(self.now(), **changes)), "continue")

    def _ended(self, run: GoalRun, status: RunStatus, error: str = "") -> GoalRun:
        at = self.now()
        ended = run.changed(at, status=status, phase=RunPhase.REPORT, closed_at=at, error=error)
        return self.runs.save(ended)


_AFRESH: dict[str, Any] = {"attempts": 0, "next_attempt_at": None}


def _planned(turn: Turn) -> str:
    tools = ", ".join(dict.fromkeys(call.tool for call in turn.calls))
    often = "once" if len(turn.calls) == 1 else f"{len(turn.calls)} times"
    return f"Looks {often}: {tools}"[:300]


def _answer(run: GoalRun, outcome: str) -> dict[str, Any]:
    return {"run_id": run.run_id, "outcome": outcome, "status": run.status.value}
