"""Has everybody do their part of a play: the workflow, people, the reconciler, and the faults."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import partial
from random import Random
from typing import Any

import action_runner.handler
import approval_gate.handler
import incident_closer.handler
import notifier.handler
import reconciler.handler
import recovery_verifier.handler
import remediation_agent.handler
import root_cause_agent.handler
import triage_agent.handler
from itops_cli.investigation.stores import known_articles
from itops_core.domain.remediation import Approval, ApprovalStatus
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.endings import EndingStore
from itops_core.stores.knowledge import KnowledgeStore
from itops_core.stores.notifications import NotificationStore
from itops_core.workflow.executions import Executions
from tests.support.asl_interpreter import Call, TaskFailure
from tests.support.calls import Answer, Context, call
from tests.support.chaos.boundary import Boundary, Process, Trouble
from tests.support.chaos.clock import Clock
from tests.support.chaos.cloud import Cloud
from tests.support.chaos.estate import BEGINNING, Estate
from tests.support.chaos.faults import AT_CALLS, may_happen
from tests.support.chaos.given import Play
from tests.support.chaos.stories import INCIDENT
from tests.support.chaos.workflow import MACHINE_ARN, Workflow, function_of

_HORIZON_SECONDS = 6 * 3600
_EVERY_MINUTE = 60
_SETTLED_SECONDS = 120
"""So long after the last word everybody goes on looking: whatever is late has come by then."""

_SAID_SECONDS = 3600
"""So long may it take to tell people."""

HANDLERS: dict[str, Callable[..., Any]] = {
    "Triage": triage_agent.handler.handler,
    "RootCause": root_cause_agent.handler.handler,
    "Remediation": remediation_agent.handler.handler,
    "ApprovalGate": approval_gate.handler.handler,
    "ActionRunner": action_runner.handler.handler,
    "RecoveryVerifier": recovery_verifier.handler.handler,
    "IncidentCloser": incident_closer.handler.handler,
    "Notifier": notifier.handler.handler,
    "Reconciler": reconciler.handler.handler,
}


class Director:
    """Has everybody do their part of one play."""

    def __init__(self, play: Play, clock: Clock) -> None:
        self._play = play
        self._plan = play.plan
        self._fired: set[int] = set()
        self._bursts: list[tuple[str, Trouble, int]] = []
        self._late: list[Process] = []
        boundary = Boundary(clock, self._at_call, self._meanwhile)
        chance = Random(play.plan.seed)  # noqa: S311
        self._workflow = Workflow(clock, chance, self._work)
        scenario, recording = play.story.scene()
        estate = Estate(scenario, recording, clock)
        play.cloud = Cloud(boundary, self._workflow, estate, self._left, self._started)
        self._boundary, self._clock = boundary, clock

    def open(self) -> None:
        """Furnish the account, and open the incident as the intake does: stored, then started."""
        play, recording = self._play, self._play.cloud.estate.recording
        catalog = CatalogStore(play.table("Catalog"))
        for entry in recording.catalog:
            catalog.put(entry)
        knowledge = KnowledgeStore(play.table("KnowledgeBase"))
        for article in known_articles():
            knowledge.put(article)
        play.incidents().create(play.story.incident())
        own = _Untroubled(self._workflow)
        Executions(own, MACHINE_ARN).start(INCIDENT)  # pyright: ignore[reportArgumentType]

    def direct(self) -> None:
        """Let everything happen until the incident is over and nothing comes late any more."""
        for look in (self._reconcile, self._decide):
            self._workflow.at(BEGINNING + _EVERY_MINUTE, lambda look=look: self._again(look))
        latest = BEGINNING + _HORIZON_SECONDS
        self._play.is_over = self._workflow.run_until(self._has_ended, latest)
        self._workflow.run_until(lambda: False, self._clock.at + _SETTLED_SECONDS)
        self._workflow.run_until(self._is_all_said, self._clock.at + _SAID_SECONDS)

    def _has_ended(self) -> bool:
        return not any(self._play.incidents().unfinished()) and not self._workflow.running

    def _is_all_said(self) -> bool:
        """Whether nothing is left of what people are to be told."""
        undelivered = NotificationStore(self._play.table("Incidents")).undelivered(1)
        ending = EndingStore(self._play.table("Incidents")).begun_before(self._clock.moment(UTC))
        return not undelivered and not any(ending)

    def _started(self, name: str, event: dict[str, Any]) -> None:
        """Have a function run that nobody waits for; what fails is tried twice more."""
        self._try(name, event, iter((60, 120)))

    def _try(self, name: str, event: dict[str, Any], waits: Iterator[int]) -> None:
        def run() -> None:
            work = partial(HANDLERS[name], event, Context())
            try:
                self._run(self._process(name, work), work)
            except TaskFailure:
                if (wait := next(waits, None)) is not None:
                    self._workflow.at(self._clock.at + wait, run)

        self._workflow.at(self._clock.at + 0.1, run)

    def _again(self, look: Callable[[], None]) -> None:
        self._workflow.at(self._clock.at + _EVERY_MINUTE, lambda: self._again(look))
        look()

    def _reconcile(self) -> None:
        self._as_one("Reconciler", partial(HANDLERS["Reconciler"], {}, Context()))

    def _decide(self) -> None:
        """Have people say what the story says, each once to each question."""
        play = self._play
        for approval in play.approvals():
            said = [person for one, person, _ in play.heard if one == approval.approval_id]
            waiting = play.story.people[len(said) :]
            if approval.status is ApprovalStatus.PENDING and waiting:
                person = f"person-{len(said)}"
                self._as_one("Person", partial(self._says, approval, person, word=waiting[0]))

    def _says(self, approval: Approval, person: str, *, word: bool) -> Answer:
        body = {"approved": word, "reason": "so be it"}
        path = f"/approvals/{approval.approval_id}/decision"
        answer = call("POST", path, body, role="approver", name=person)
        alive = not self._boundary.stack or not self._boundary.stack[0].is_dead
        if answer.status == 200 and alive:
            self._play.heard.append((approval.approval_id, person, word))
        return answer

    def _as_one(self, name: str, work: Callable[[], Any]) -> None:
        """Have somebody do something who is not of the workflow; failing, it comes again."""
        try:
            self._run(self._process(name, work), work)
        except TaskFailure:
            return

    def _process(self, name: str, again: Callable[[], Any]) -> Process:
        visit = self._play.visits[name] = self._play.visits.get(name, 0) + 1
        process = Process(name, again, visit)
        self._play.traces[name, visit] = process.trace
        return process

    def _work(self, asked: Call, execution: str) -> Any:  # noqa: ANN401
        """Have the function of a task run."""
        del execution
        event = json.loads(json.dumps(asked.payload))
        handler = HANDLERS[function_of(asked.state)]
        self._play.states.append(asked.state)
        work = partial(handler, event, Context())
        return self._run(self._process(asked.state, work), work)

    def _run(self, process: Process, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        if self._meets(process, Trouble.THROWS):
            raise TaskFailure("Lambda.ServiceException", "it could not be started")
        with self._boundary.inside(process):
            self._boundary.stack = []
            status, answer = self._boundary.begin(process, work)
        if status == "left":
            self._left(process)
            self._clock.sleep(30)
            raise TaskFailure("Lambda.Unknown", "nothing is heard of it")
        if process.is_dead:
            raise TaskFailure("Runtime.ExitError", "the worker exited")
        if status == "failed":
            if isinstance(answer, AssertionError):
                raise answer
            raise TaskFailure(type(answer).__name__, str(answer)[:200])
        if self._meets(process, Trouble.AGAIN):
            fault = self._last_fired
            self._workflow.at(
                self._clock.at + fault.seconds, lambda: self._as_one(process.name, work)
            )
        if self._meets(process, Trouble.ANSWER_LOST):
            raise TaskFailure("Sandbox.Timedout", "the answer was lost")
        return json.loads(json.dumps(answer, default=str))

    def _left(self, process: Process) -> None:
        """Go on later with what is left in the middle, however long that was to be."""
        self._late.append(process)
        seconds = self._last_fired.seconds / (2 if process.name.endswith("Server") else 1)
        self._workflow.at(self._clock.at + seconds, lambda: self._goes_on(process))

    def _goes_on(self, process: Process) -> None:
        self._late.remove(process)
        self._boundary.go_on(process)

    def _meets(self, process: Process, trouble: Trouble) -> bool:
        for number, fault in enumerate(self._plan.faults):
            if fault.trouble is not trouble or fault.state != process.name:
                continue
            last = fault.visit + (fault.calls if trouble is Trouble.THROWS else 1)
            if fault.visit <= process.visit < last:
                self._note(number, process)
                return True
        return False

    def _at_call(self, stack: list[Process], service: str, operation: str) -> Trouble | None:
        """Say what goes wrong at this call."""
        for number, (struck, trouble, left) in enumerate(self._bursts):
            if struck == service and left > 0:
                self._bursts[number] = (struck, trouble, left - 1)
                return trouble
        process = stack[0]
        for number, fault in enumerate(self._plan.faults):
            here = (fault.state, fault.visit) == (process.name, process.visit)
            if number in self._fired or not here or fault.call != len(process.trace):
                continue
            if fault.trouble not in AT_CALLS or not may_happen(fault, stack, service, operation):
                continue
            self._note(number, process)
            self._bursts.append((service, fault.trouble, fault.calls - 1))
            return fault.trouble
        return None

    def _note(self, number: int, process: Process) -> None:
        self._fired.add(number)
        self._last_fired = self._plan.faults[number]
        told = f"{process.name} {process.visit}: {self._last_fired.trouble}"
        self._play.happened.append(told)

    def _meanwhile(self, process: Process, trouble: Trouble) -> None:
        """Do what happens in the middle of a function."""
        play = self._play
        match trouble:
            case Trouble.TWICE:
                self._as_one(process.name, process.event)
            case Trouble.RECONCILED:
                self._reconcile()
            case Trouble.RESTART:
                self._workflow.lose_everything()
                for late in self._late:
                    late.is_dead = True
            case Trouble.SWITCHED_OFF:
                play.cloud.is_switched_on = False
                play.switched_off_at = self._clock.at
            case Trouble.RESOLVED:
                self._as_one("Person", self._resolves)
            case _:
                return

    def _resolves(self) -> None:
        path, body = f"/incidents/{INCIDENT}/resolve", {"resolution": "I did it myself."}
        if call("POST", path, body).status == 200:
            self._play.resolved_by_person = True


class _Untroubled:
    """The client of the workflow for what happens before the play begins."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow

    def start_execution(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._workflow.ask("start_execution", arguments)
