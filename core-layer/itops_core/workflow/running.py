"""Runs towards goals from outside: made, started, consented to, and picked up when they died."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from itops_core.domain.people import Caller
from itops_core.domain.question import Deliverable, Reading
from itops_core.domain.run import Delivered, GoalRun, RunDecision, RunPhase, RunStatus, RunStep
from itops_core.domain.values import derived_id, new_id
from itops_core.errors import ConflictError, InvalidInputError
from itops_core.observability import logger
from itops_core.stores.runs import RunStore
from itops_core.workflow.executions import RUNNING, Executions

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

MOST_CHARACTERS = 4000
_MOST_EXECUTIONS = 10
_GRACE = timedelta(seconds=15)
_LOOKED_AT = 100
_log = logger("workflow")


class RunExecutions:
    """The state machine that takes a run's steps."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client = client
        self._machine = state_machine_arn
        self._known = Executions(client, state_machine_arn)

    def arn_of(self, run_id: str, number: int) -> str:
        """Return the ARN of a run's execution of that number."""
        head = self._machine.replace(":stateMachine:", ":execution:")
        return f"{head}:{run_id}-{number}"

    def start(self, run_id: str, number: int) -> None:
        """Start a run's execution of that number; started before is success."""
        name = f"{run_id}-{number}"
        try:
            self._client.start_execution(
                stateMachineArn=self._machine, name=name, input=json.dumps({"run_id": run_id})
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ExecutionAlreadyExists":
                raise

    def is_running(self, arn: str) -> bool:
        """Whether an execution is at work."""
        found = self._known.find(arn)
        return found is not None and found.status == RUNNING


class Machine(Protocol):
    """Whatever takes the steps of runs."""

    def arn_of(self, run_id: str, number: int) -> str:
        """Return the name of a run's execution of that number."""
        ...

    def start(self, run_id: str, number: int) -> None:
        """Start it; started before is success."""
        ...

    def is_running(self, arn: str) -> bool:
        """Whether it is at work."""
        ...


@dataclass(frozen=True)
class GoalRuns:
    """What is done with runs from outside."""

    runs: RunStore
    executions: Machine
    now: Callable[[], datetime]

    def create(
        self,
        goal: str,
        asked_by: str,
        key: str | None,
        understood: tuple[Reading | None, Deliverable, bool],
    ) -> GoalRun:
        """Store a run; nothing happens before it is executed. The same key finds the same run."""
        at, (reading, deliverable, is_conditional) = self.now(), understood
        run_id = derived_id("RUN", key) if key else new_id("RUN")
        run = GoalRun(
            run_id=run_id,
            goal=goal,
            asked_by=asked_by,
            reading=reading,
            deliverable=deliverable,
            is_conditional=is_conditional,
            case_id=derived_id("INC", run_id),
            created_at=at,
            updated_at=at,
        )
        return self.runs.create(run)

    def execute(self, run_id: str) -> GoalRun:
        """Start a run; one that is at work or waits is returned as it stands."""
        run = self.runs.get(run_id)
        if run.is_over:
            raise ConflictError(f"{run_id} is {run.status.value}; make a new run")
        if run.status is not RunStatus.CREATED:
            return run
        return self._start(run, started_at=self.now())

    def decide(self, run_id: str, caller: Caller, reason: str, *, approved: bool) -> GoalRun:
        """Take a person's word on what a run would make; what is denied is not made."""
        run = self.runs.get(run_id)
        if run.decision is not None and run.decision.approved == approved:
            return run
        if run.status is not RunStatus.NEEDS_APPROVAL or run.draft is None:
            raise ConflictError(f"{run_id} is {run.status.value}; it waits for nobody's consent")
        decision = RunDecision(
            approved=approved,
            reason=reason,
            decided_by=caller.name,
            decided_at=self.now(),
            sha256=run.draft.sha256,
        )
        told = run.changed(self.now(), decision=decision, steps=run.steps + 1)
        if approved:
            decided = self._start(told, phase=RunPhase.DELIVER)
        else:
            denied = Delivered(outcome="denied", reason=f"{caller.name}: {reason}"[:500])
            decided = self.runs.save(
                told.changed(
                    self.now(),
                    delivered=denied,
                    status=RunStatus.COMPLETED,
                    phase=RunPhase.REPORT,
                    closed_at=self.now(),
                )
            )
        self._note(decided, told.steps, decision)
        return decided

    def reconcile(self) -> dict[str, int]:
        """Start runs again that nobody works on: their executions died, or never began."""
        done: Counter[str] = Counter()
        for seen in self.runs.list(RunStatus.RUNNING, limit=_LOOKED_AT).items:
            run = self.runs.get(seen.run_id)
            if run.status is RunStatus.RUNNING:
                done[self._looked_after(run)] += 1
        return dict(done)

    def _looked_after(self, run: GoalRun) -> str:
        if run.execution_arn and self.executions.is_running(run.execution_arn):
            return "running"
        if self.now() - run.updated_at < _GRACE:
            return "fresh"
        try:
            if run.executions >= _MOST_EXECUTIONS:
                told = f"it died {_MOST_EXECUTIONS} times"
                at = self.now()
                self.runs.save(run.changed(at, status=RunStatus.FAILED, error=told, closed_at=at))
                return "given up"
            self._start(run)
        except ConflictError:
            return "fresh"
        _log.warning("run resumed", run_id=run.run_id, number=run.executions + 1)
        return "resumed"

    def _start(self, run: GoalRun, **changes: object) -> GoalRun:
        """Save first, guarded by the version: of two that start it, one does."""
        number = run.executions + 1
        saved = self.runs.save(
            run.changed(
                self.now(),
                status=RunStatus.RUNNING,
                executions=number,
                execution_arn=self.executions.arn_of(run.run_id, number),
                **changes,
            )
        )
        self.executions.start(run.run_id, number)
        return saved

    def _note(self, run: GoalRun, number: int, decision: RunDecision) -> None:
        said = "consented" if decision.approved else "denied it"
        self.runs.add_step(
            RunStep(
                run_id=run.run_id,
                number=number,
                phase=RunPhase.APPROVAL,
                title=f"{decision.decided_by} {said}: {decision.reason}"[:300],
                at=decision.decided_at,
            )
        )


def check_goal(goal: str) -> str:
    """Return a goal as it is kept, or raise `InvalidInputError` where it cannot be used."""
    tidy = goal.strip()
    if not tidy:
        raise InvalidInputError("the goal is empty; say what is to be found out, and what made")
    if len(tidy) > MOST_CHARACTERS:
        raise InvalidInputError(f"the goal has {len(tidy)} characters; {MOST_CHARACTERS} are read")
    return tidy
